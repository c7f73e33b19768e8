import { expect, test } from "bun:test";
import { fullRecord, leastRecord } from "./request-log-contract.ts";
import { toSeedLogEntry } from "./seed-log-shape.ts";

test("a record has the fields of the seed's log entry, with every attempt", () => {
  expect(toSeedLogEntry(fullRecord("one", { error: undefined, durationMs: 1240.6 }))).toEqual({
    timestamp: "2026-09-21T14:13:21.240Z",
    method: "POST",
    path: "/v1/messages",
    model: "claude-opus-4-6",
    upstream_id: "upstream-b",
    status_code: 200,
    duration_ms: 1241,
    attempts: [
      {
        upstream_id: "upstream-a",
        url: "https://api.example.com/v1/chat/completions",
        status_code: 529,
        error: "busy",
        request_headers: { accept: "*/*" },
        request_body: "{}",
        response_body: "ok",
      },
      {
        upstream_id: "upstream-b",
        url: "https://api.example.com/v1/chat/completions",
        status_code: 200,
        request_headers: { accept: "*/*" },
        request_body: "{}",
        response_body: "ok",
      },
    ],
  });
});

test("what a record does not have is left out, as in the seed", () => {
  expect(toSeedLogEntry(leastRecord("one"))).toEqual({
    timestamp: "2026-09-21T14:13:20.001Z",
    method: "GET",
    path: "/v1/models",
    status_code: 503,
    duration_ms: 1,
    attempts: [],
  });
});

test("an attempt without an answer has the seed's status and its outcome as error", () => {
  const attempt = { ...fullRecord("x").attempts[1]!, status: 0, outcome: "connect_refused", capture: undefined };
  expect(toSeedLogEntry(fullRecord("one", { attempts: [attempt] })).attempts).toEqual([
    { upstream_id: "upstream-b", url: attempt.url, status_code: 502, error: "connect_refused" },
  ]);
});
