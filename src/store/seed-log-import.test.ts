import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSeedLog } from "./seed-log-import.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function read(content: unknown) {
  const dir = mkdtempSync(join(tmpdir(), "apirouter-seed-log-"));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, "logs.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return readSeedLog(path);
}

const ENTRY = {
  timestamp: "2026-11-20T10:00:01.000Z",
  method: "POST",
  path: "/v1/messages",
  model: "claude",
  upstream_id: "a",
  status_code: 200,
  duration_ms: 1000,
  attempts: [
    {
      upstream_id: "b",
      url: "https://b.example/v1/models/x?key=secret-in-url",
      status_code: 503,
      error: "busy",
      request_headers: { "X-Api-Key": "secret-key", "User-Agent": "claude-cli", Authorization: "Bearer secret-key" },
      request_body: "{}",
    },
    { upstream_id: "a", status_code: 200 },
  ],
};

describe("the log of the Rust program", () => {
  test("is read as a list, and as the answer that holds one", () => {
    for (const content of [[ENTRY], { logs: [ENTRY] }]) {
      const [record] = read(content) ?? [];
      expect(record).toMatchObject({
        startedAt: Date.parse("2026-11-20T10:00:00.000Z"),
        clientProtocol: "anthropic",
        model: "claude",
        outcome: "ok",
        attempts: [
          { upstreamId: "b", outcome: "error", error: "busy" },
          { upstreamId: "a", outcome: "ok" },
        ],
      });
    }
  });

  test("brings no credentials along", () => {
    expect(JSON.stringify(read([ENTRY]))).not.toContain("secret");
    expect(read([ENTRY])?.[0]?.attempts[0]?.capture).toMatchObject({ requestHeaders: { "user-agent": "claude-cli" } });
  });

  test("comes in the order of time, without entries that make no sense", () => {
    const later = { ...ENTRY, timestamp: "2026-11-21T10:00:00Z", model: "later" };
    const odd = [
      null,
      1,
      "x",
      [],
      {},
      { timestamp: "never" },
      { timestamp: -5 },
      { ...ENTRY, attempts: "none", model: 7 },
    ];
    expect(read([later, ...odd, ENTRY])?.map((record) => record.model)).toEqual(["", "claude", "later"]);
  });

  test("is cut to the newest entries and to bounded texts", () => {
    const many = Array.from({ length: 10_050 }, (_, index) => ({
      ...ENTRY,
      model: "m".repeat(5000),
      duration_ms: index,
    }));
    const records = read(many) ?? [];
    expect(records).toHaveLength(10_000);
    expect(records[0]?.model.length).toBe(2048);
  });

  test("is none where the file is missing or no log", () => {
    for (const content of ["", "{", "null", "7", '{"logs": 1}', '{"entries": []}'])
      expect(read(content)).toBeUndefined();
    expect(readSeedLog("/nonexistent/logs.json")).toBeUndefined();
  });
});
