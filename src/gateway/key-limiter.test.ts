import { describe, expect, test } from "bun:test";
import type { ClientKey, KeyLimits } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";
import { createKeyLimiter, type KeyLimiter } from "./key-limiter.ts";

const NOON = Date.UTC(2026, 10, 28, 12);
const NOTHING = { requests: 0, tokens: 0, costUsd: 0, unpricedRequests: 0 };

function setUp(spent: { today?: object; month?: object } = {}) {
  let now = 1_000_000;
  const clock = { monotonicMs: () => now, wallMs: () => NOON };
  const spend = {
    of: () => ({ today: { ...NOTHING, ...spent.today }, month: { ...NOTHING, ...spent.month }, lastUsedAt: undefined }),
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { limiter: createKeyLimiter(spend, clock), pass };
}

function keyWith(limits: KeyLimits | undefined, hash = "a".repeat(64)): ClientKey {
  return { hash, label: "sk-a…", name: "a", enabled: true, limits };
}

function refusal(limiter: KeyLimiter, key: ClientKey): GatewayError | undefined {
  try {
    limiter.enter(key)?.end(0);
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

describe("key limiter", () => {
  test("holds nothing for keys without limits", () => {
    const { limiter } = setUp();
    expect(limiter.enter(keyWith(undefined))).toBeUndefined();
    expect(limiter.rates(keyWith(undefined))).toBeUndefined();
    expect(limiter.size).toBe(0);
  });

  test("refuses the request beyond the minute's number, tells when to come back, and does not count refused ones", () => {
    const { limiter, pass } = setUp();
    const key = keyWith({ requestsPerMinute: 3 });
    for (let n = 0; n < 3; n++) {
      expect(refusal(limiter, key)).toBeUndefined();
      pass(10_000);
    }
    const refused = refusal(limiter, key);
    expect(refused).toMatchObject({
      code: "client-rate-limited",
      status: 429,
      retryAfterMs: 30_000,
      shouldRetry: true,
    });
    for (let n = 0; n < 100; n++) refusal(limiter, key);
    expect(limiter.rates(key)?.requests).toMatchObject({ limit: 3, remaining: 0 });
    pass(30_000);
    expect(refusal(limiter, key)).toBeUndefined();
    expect(refusal(limiter, key)).toBeDefined();
  });

  test("refuses requests beyond those at once, until one of them has ended, however often it says so", () => {
    const { limiter } = setUp();
    const key = keyWith({ concurrentRequests: 2 });
    const first = limiter.enter(key);
    limiter.enter(key);
    expect(refusal(limiter, key)).toMatchObject({ code: "client-rate-limited", retryAfterMs: 1000 });
    first?.end(1);
    first?.end(1);
    limiter.enter(key);
    expect(refusal(limiter, key)).toBeDefined();
  });

  test("counts a body's tokens at once and the real ones at the end", () => {
    const { limiter, pass } = setUp();
    const key = keyWith({ tokensPerMinute: 1000 });
    const permit = limiter.enter(key);
    permit?.reserve(2000);
    expect(limiter.rates(key)?.tokens).toMatchObject({ limit: 1000, remaining: 500 });
    pass(5000);
    permit?.end(100);
    expect(limiter.rates(key)?.tokens?.remaining).toBe(900);
    const large = limiter.enter(key);
    large?.reserve(10_000_000);
    expect(refusal(limiter, key)).toMatchObject({ code: "client-rate-limited" });
    large?.end(5000);
    expect(refusal(limiter, key)?.retryAfterMs).toBe(60_000);
    pass(60_000);
    expect(refusal(limiter, key)).toBeUndefined();
  });

  test("keeps what was reserved when nobody knows the real number", () => {
    const { limiter } = setUp();
    const key = keyWith({ tokensPerMinute: 1000 });
    const permit = limiter.enter(key);
    permit?.reserve(4000);
    permit?.end(undefined);
    expect(limiter.rates(key)?.tokens?.remaining).toBe(0);
  });

  test("ends a day's or month's budget in tokens or money, whichever comes first, until the period ends", () => {
    const day = (budget: object) => keyWith({ budget: { period: "day", ...budget } });
    const month = (budget: object) => keyWith({ budget: { period: "month", ...budget } });
    const { limiter } = setUp({ today: { tokens: 500, costUsd: 1 }, month: { tokens: 9000, costUsd: 20 } });
    const spent = { code: "client-quota-exhausted", status: 429, shouldRetry: false };
    expect(refusal(limiter, day({ tokens: 501 }))).toBeUndefined();
    expect(refusal(limiter, day({ tokens: 500 }))).toMatchObject({ ...spent, retryAfterMs: 12 * 3_600_000 });
    expect(refusal(limiter, day({ tokens: 501, usd: 1 }))).toMatchObject(spent);
    expect(refusal(limiter, day({ usd: 1.01 }))).toBeUndefined();
    expect(refusal(limiter, month({ tokens: 9001, usd: 20.01 }))).toBeUndefined();
    expect(refusal(limiter, month({ tokens: 9000 }))).toMatchObject({ ...spent, retryAfterMs: 60 * 3_600_000 });
    expect(refusal(limiter, month({ usd: 20 }))).toMatchObject(spent);
  });

  test("keeps keys apart, and ten thousand of them at most", () => {
    const { limiter, pass } = setUp();
    const limits = { requestsPerMinute: 1 };
    for (let n = 0; n < 30_000; n++) {
      pass(1);
      expect(refusal(limiter, keyWith(limits, String(n).padStart(64, "0")))).toBeUndefined();
    }
    expect(limiter.size).toBeLessThanOrEqual(10_000);
    expect(refusal(limiter, keyWith(limits, "29999".padStart(64, "0")))).toBeDefined();
  });
});
