// The behaviour that every request log has, as tests. Used by the tests of each implementation.

import { describe, expect, test } from "bun:test";
import type { AttemptRecord, RequestRecord } from "../core/request-record.ts";
import type { RequestLog } from "./request-log.ts";

/** A record with every optional field, so that nothing is lost unnoticed. */
export function fullRecord(id: string, changes: Partial<RequestRecord> = {}): RequestRecord {
  const usage = {
    inputTokens: 1200,
    cacheReadTokens: 40_000,
    cacheWriteTokens: 100,
    cacheWrite1hTokens: 50,
    outputTokens: 85,
    reasoningTokens: 20,
    webSearchRequests: 1,
    serviceTier: "standard",
  };
  const attempt: AttemptRecord = {
    upstreamId: "upstream-b",
    keyMasked: "sk-ant-a…wxyz",
    protocol: "openai-chat",
    url: "https://api.example.com/v1/chat/completions",
    lane: "converted",
    status: 200,
    outcome: "ok",
    startedMs: 12,
    firstByteMs: 200,
    firstContentMs: 300,
    totalMs: 1233,
    usage,
    usageEstimated: true,
    costUsd: 0.5,
    model: "gpt-5",
    lossCount: 1,
    mayHaveBilled: false,
    capture: { requestHeaders: { accept: "*/*" }, requestBody: "{}", responseBody: "ok" },
  };
  return {
    id,
    startedAt: 1_790_000_000_000,
    method: "POST",
    path: "/v1/messages",
    clientProtocol: "anthropic",
    model: "claude-opus-4-6",
    upstreamModel: "gpt-5",
    stream: true,
    status: 200,
    outcome: "ok",
    error: "none really",
    durationMs: 1240,
    firstByteMs: 210,
    firstContentMs: 310,
    upstreamId: "upstream-b",
    keyMasked: "sk-ant-a…wxyz",
    usage,
    usageEstimated: true,
    stoppedBy: "window",
    costUsd: 0.75,
    restartCount: 1,
    clientKeyId: "0123456789abcdef",
    sessionId: "0b7c4c1e",
    clientKeyLabel: "sk-abcde…wxyz",
    losses: [{ kind: "dropped", path: "top_k", feature: "top-k", detail: "not known there" }],
    userAgent: "claude-cli/2.1.0",
    attempts: [
      {
        ...attempt,
        ...{ upstreamId: "upstream-a", model: "gpt-4", status: 529, outcome: "overloaded", error: "busy" },
        ...{ costUsd: null, usage: { inputTokens: 0, outputTokens: 1 }, usageEstimated: undefined },
      },
      attempt,
    ],
    ...changes,
  };
}

/** A record with nothing but what must be there. */
export function leastRecord(id: string): RequestRecord {
  return {
    id,
    startedAt: 1_790_000_000_000,
    method: "GET",
    path: "/v1/models",
    clientProtocol: "gemini",
    model: "",
    stream: false,
    status: 503,
    outcome: "no-upstream-available",
    durationMs: 1,
    losses: [],
    attempts: [],
  };
}

/** Registers the contract's tests; `open` gives a new, empty log and the test closes it. */
export function describeRequestLog(name: string, open: () => RequestLog): void {
  describe(`${name} as a request log`, () => {
    async function withLog(use: (log: RequestLog) => Promise<void>): Promise<void> {
      const log = open();
      try {
        await use(log);
      } finally {
        await log.close();
      }
    }

    test("gives records back as they were, newest first, at once", () =>
      withLog(async (log) => {
        expect(await log.recent(10)).toEqual([]);
        log.append(fullRecord("one"));
        log.append(leastRecord("two"));
        expect(await log.recent(10)).toEqual([leastRecord("two"), fullRecord("one")]);
      }));

    test("gives as many as were asked for", () =>
      withLog(async (log) => {
        for (let index = 0; index < 1200; index += 1) log.append(leastRecord(`r${index}`));
        expect((await log.recent(3)).map((record) => record.id)).toEqual(["r1199", "r1198", "r1197"]);
        expect(await log.recent(0)).toEqual([]);
        expect(await log.recent(5000)).toHaveLength(1200);
      }));

    test("tells no usage from a usage of zero", () =>
      withLog(async (log) => {
        log.append(fullRecord("zero", { usage: { inputTokens: 0 }, attempts: [] }));
        expect((await log.recent(1))[0]?.usage).toEqual({ inputTokens: 0 });
      }));

    test("keeps any text, whatever characters it holds", () =>
      withLog(async (log) => {
        const odd = "a\u0000b\n'\";DROP TABLE requests;--\u202e😀";
        log.append(fullRecord("odd", { model: odd, userAgent: odd, error: odd }));
        expect((await log.recent(1))[0]).toMatchObject({ model: odd, userAgent: odd, error: odd });
      }));

    test("forgets everything when cleared and goes on", () =>
      withLog(async (log) => {
        log.append(fullRecord("one"));
        await log.recent(1);
        log.append(fullRecord("two"));
        await log.clear();
        expect(await log.recent(10)).toEqual([]);
        log.append(fullRecord("three"));
        expect((await log.recent(10)).map((record) => record.id)).toEqual(["three"]);
      }));

    test("counts what comes after closing as dropped, and may be closed twice", () =>
      withLog(async (log) => {
        log.append(fullRecord("one"));
        expect(log.droppedCount).toBe(0);
        await log.close();
        await log.close();
        log.append(fullRecord("two"));
        expect(log.droppedCount).toBe(1);
      }));
  });
}
