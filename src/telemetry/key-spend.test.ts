import { describe, expect, test } from "bun:test";
import type { AttemptRecord, RequestRecord } from "../core/request-record.ts";
import { createKeySpend } from "./key-spend.ts";

const NOON = Date.UTC(2026, 10, 28, 12);
const DAY_MS = 86_400_000;
const KEY = "0123456789abcdef";

const ATTEMPT: AttemptRecord = {
  upstreamId: "a",
  keyMasked: "",
  protocol: "anthropic",
  url: "",
  lane: "pass-through",
  status: 200,
  outcome: "ok",
  startedMs: 0,
  totalMs: 10,
  lossCount: 0,
  usage: { inputTokens: 10, cacheReadTokens: 20, cacheWriteTokens: 30, outputTokens: 40 },
  costUsd: 0.25,
};

function record(startedAt: number, changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: "r",
    startedAt,
    method: "POST",
    path: "/v1/messages",
    clientProtocol: "anthropic",
    model: "m",
    stream: false,
    status: 200,
    outcome: "ok",
    durationMs: 10,
    losses: [],
    clientKeyId: KEY,
    attempts: [ATTEMPT],
    ...changes,
  };
}

const ONE = { requests: 1, tokens: 100, costUsd: 0.25, unpricedRequests: 0 };
const NONE = { requests: 0, tokens: 0, costUsd: 0, unpricedRequests: 0 };

describe("what a client key has used", () => {
  test("is nothing for a key that was never seen", () => {
    expect(createKeySpend().of(KEY, NOON)).toEqual({ today: NONE, month: NONE, lastUsedAt: undefined });
  });

  test("counts all attempts of a request, and an unknown price as unpriced", () => {
    const spend = createKeySpend();
    spend.add(record(NOON, { attempts: [ATTEMPT, { ...ATTEMPT, costUsd: null }] }));
    expect(spend.of(KEY, NOON).today).toEqual({ requests: 1, tokens: 200, costUsd: 0.25, unpricedRequests: 1 });
    expect(spend.of(KEY, NOON).lastUsedAt).toBe(NOON + 10);
  });

  test("begins anew with the day and with the month, also when nothing has come in since", () => {
    const spend = createKeySpend();
    spend.add(record(NOON));
    expect(spend.of(KEY, NOON + DAY_MS)).toMatchObject({ today: NONE, month: ONE });
    expect(spend.of(KEY, NOON + 5 * DAY_MS)).toMatchObject({ today: NONE, month: NONE });
    spend.add(record(NOON + DAY_MS));
    expect(spend.of(KEY, NOON + DAY_MS)).toMatchObject({ today: ONE, month: { requests: 2, tokens: 200 } });
  });

  test("does not forget when the wall clock is set back", () => {
    const spend = createKeySpend();
    spend.add(record(NOON));
    spend.add(record(NOON - DAY_MS));
    expect(spend.of(KEY, NOON).today.requests).toBe(2);
  });

  test("takes up earlier days, today's part of them, and tells when", async () => {
    const spend = createKeySpend();
    spend.add(record(NOON));
    const day = Math.floor(NOON / DAY_MS) * DAY_MS;
    spend.load(
      [
        { ...ONE, clientKeyId: KEY, dayStart: day, lastUsedAt: NOON - 1000 },
        { ...ONE, clientKeyId: KEY, dayStart: day - DAY_MS, lastUsedAt: NOON - DAY_MS },
        { ...ONE, clientKeyId: "b", dayStart: day - 40 * DAY_MS, lastUsedAt: 7 },
      ],
      NOON,
    );
    await spend.ready;
    expect(spend.of(KEY, NOON)).toMatchObject({ today: { requests: 2 }, month: { requests: 3 } });
    expect(spend.of("b", NOON)).toEqual({ today: NONE, month: NONE, lastUsedAt: 7 });
  });

  test("ignores requests without a key and keeps a bounded number of keys", () => {
    const spend = createKeySpend();
    spend.add(record(NOON, { clientKeyId: undefined }));
    for (let index = 0; index < 25_000; index += 1) spend.add(record(NOON + index, { clientKeyId: `k${index}` }));
    expect(spend.of("k24999", NOON).today.requests).toBe(1);
    expect(spend.of("k0", NOON).today.requests).toBe(0);
  });
});
