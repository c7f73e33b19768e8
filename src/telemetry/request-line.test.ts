import { describe, expect, test } from "bun:test";
import type { AttemptRecord, RequestRecord } from "../core/request-record.ts";
import { createLogger } from "./logger.ts";
import { formatRequestLine, logRequest } from "./request-line.ts";

const ATTEMPT: AttemptRecord = {
  upstreamId: "upstream-b",
  keyMasked: "sk-ant-a…wxyz",
  protocol: "anthropic",
  url: "https://api.example.com/v1/messages",
  lane: "pass-through",
  status: 200,
  outcome: "ok",
  startedMs: 3.4,
  totalMs: 1230.2,
  lossCount: 0,
};
const FAILED: AttemptRecord = { ...ATTEMPT, upstreamId: "upstream-a", status: 529, outcome: "overloaded" };

function record(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: "r1",
    startedAt: 1_790_000_000_000,
    method: "POST",
    path: "/v1/messages",
    clientProtocol: "anthropic",
    model: "claude-x",
    stream: true,
    status: 200,
    outcome: "ok",
    durationMs: 1240.4,
    upstreamId: "upstream-b",
    usage: { inputTokens: 1200, outputTokens: 85 },
    losses: [],
    attempts: [ATTEMPT],
    ...changes,
  };
}

describe("the line of a request", () => {
  const cases: { name: string; input: RequestRecord; expected: string }[] = [
    {
      name: "served at once",
      input: record(),
      expected: "POST /v1/messages claude-x -> upstream-b 200 1.24s in=1200 out=85",
    },
    {
      name: "passed on unread",
      input: record({
        path: "/v1/embeddings",
        usage: { inputTokens: 8 },
        attempts: [{ ...ATTEMPT, answerBytes: 18157 }],
      }),
      expected: "POST /v1/embeddings claude-x -> upstream-b 200 1.24s in=8 bytes=18157",
    },
    {
      name: "served by the second upstream",
      input: record({ attempts: [FAILED, ATTEMPT] }),
      expected:
        "POST /v1/messages claude-x -> upstream-b (attempt 2 of 2: upstream-a 529 overloaded) 200 1.24s in=1200 out=85",
    },
    {
      name: "after many attempts",
      input: record({
        attempts: [
          ...Array.from({ length: 7 }, () => FAILED),
          { ...FAILED, status: 0, outcome: "connect_refused" },
          ATTEMPT,
        ],
      }),
      expected:
        "POST /v1/messages claude-x -> upstream-b (attempt 9 of 9: 3 more, upstream-a 529 overloaded, upstream-a 529 overloaded, upstream-a 529 overloaded, upstream-a 529 overloaded, upstream-a connect_refused) 200 1.24s in=1200 out=85",
    },
    {
      name: "with cache and losses",
      input: record({
        usage: { inputTokens: 2, cacheReadTokens: 40, cacheWriteTokens: 3 },
        losses: [{ kind: "dropped", path: "top_k", feature: "top-k" }],
      }),
      expected: "POST /v1/messages claude-x -> upstream-b 200 1.24s in=45 cached=40 losses=1",
    },
    {
      name: "without model, upstream and usage",
      input: record({
        model: "",
        method: "GET",
        path: "/v1/models",
        upstreamId: undefined,
        usage: undefined,
        attempts: [],
        durationMs: 0.4,
      }),
      expected: "GET /v1/models 200 0ms",
    },
    {
      name: "failed",
      input: record({
        status: 503,
        outcome: "no-upstream-available",
        error: "all breakers are open",
        usage: undefined,
        attempts: [],
        upstreamId: undefined,
        durationMs: 185_000,
      }),
      expected: "POST /v1/messages claude-x 503 3m05s no-upstream-available: all breakers are open",
    },
  ];
  for (const { name, input, expected } of cases) test(name, () => expect(formatRequestLine(input)).toBe(expected));
});

describe("logging a request", () => {
  function log(format: "text" | "json", input: RequestRecord, level: "info" | "warn" = "info"): string {
    const written: string[] = [];
    const clock = { monotonicMs: () => 0, wallMs: () => 0 };
    logRequest(createLogger({ format, write: (line) => void written.push(line), clock, level }), input);
    return written.join("");
  }

  test("as JSON gives every fact a field", () => {
    const fields = JSON.parse(log("json", record({ attempts: [FAILED, ATTEMPT] })));
    expect(fields).toMatchObject({
      level: "info",
      message: "request",
      id: "r1",
      status: 200,
      duration_ms: 1240,
      upstream: "upstream-b",
    });
    expect(fields.attempts).toHaveLength(2);
    expect(fields.attempts[0]).toMatchObject({
      upstream: "upstream-a",
      status: 529,
      outcome: "overloaded",
      total_ms: 1230,
    });
  });

  test("warns when the gateway or an upstream failed, not when the client did", () => {
    expect(log("text", record({ status: 502, outcome: "upstream-transport" }))).toContain(" warn ");
    expect(log("text", record({ status: 400, outcome: "client-invalid-request" }))).toContain(" info ");
    expect(log("text", record({ status: 499, outcome: "client_closed" }))).toContain(" info ");
    expect(log("text", record(), "warn")).toBe("");
  });

  test("cannot be forged by a model name", () => {
    const line = log("text", record({ model: "x 200 1ms\n2026-01-01 00:00:00.000 info  all is well" }));
    expect(line.match(/\n/g)).toHaveLength(1);
  });
});
