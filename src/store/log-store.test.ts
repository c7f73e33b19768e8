// A log written by an earlier version keeps its rows.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogStore } from "./log-store.ts";
import { packRecords } from "./record-batch.ts";
import { leastRecord } from "./request-log-contract.ts";
import { SCHEMA_VERSION } from "./request-log-database.ts";

/** The schema of version 1 as it was. */
const VERSION_1 = `
  CREATE TABLE requests (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, started_at INTEGER NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, client_protocol TEXT NOT NULL, model TEXT NOT NULL, upstream_model TEXT, stream INTEGER NOT NULL,
    status INTEGER NOT NULL, outcome TEXT NOT NULL, error TEXT, duration_ms INTEGER NOT NULL, first_byte_ms INTEGER,
    first_content_ms INTEGER, upstream_id TEXT, key_masked TEXT, input_tokens INTEGER, cache_read_tokens INTEGER,
    cache_write_tokens INTEGER, cache_write_1h_tokens INTEGER, output_tokens INTEGER, reasoning_tokens INTEGER,
    web_searches INTEGER, service_tier TEXT, session_id TEXT, client_key_label TEXT, losses TEXT, user_agent TEXT,
    attempts TEXT);
  CREATE INDEX requests_by_time ON requests (started_at);
  PRAGMA user_version = 1;`;

test("rows of the first version are there, can be filtered, and new ones follow", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "apirouter-migrate-"));
  const old = new Database(join(dataDir, "apirouter.db"));
  old.run("PRAGMA journal_mode = WAL");
  for (const statement of VERSION_1.split(";").filter((text) => text.trim() !== "")) old.run(statement);
  const insert = old.prepare(
    `INSERT INTO requests (id, started_at, method, path, client_protocol, model, upstream_model, stream, status, outcome,
       error, duration_ms, upstream_id, key_masked, input_tokens, output_tokens, session_id, losses, user_agent, attempts)
     VALUES (?, ?, 'POST', '/v1/messages', 'anthropic', ?, ?, 1, ?, ?, ?, 12, ?, 'sk-a…z', 10, 20, 's', ?, ?, ?)`,
  );
  const attempt = [1, 1, "anthropic", "https://a.example/v1/messages", 0, 200, "ok", null, 1, 2, 3, 12, 1, 0, null];
  for (let index = 0; index < 300; index += 1) {
    const isBad = index % 10 === 0;
    insert.run(
      ...[`old-${index}`, 1_790_000_000_000 + index, `model-${index % 3}`, index % 2 === 0 ? null : "theirs"],
      ...[
        isBad ? 502 : 200,
        isBad ? "upstream-timeout" : "ok",
        isBad ? "too late" : null,
        index % 7 === 0 ? null : "a",
      ],
      ...[
        index % 5 === 0 ? '[{"kind":"dropped","path":"x","feature":"y","detail":"z"}]' : null,
        index % 4 === 0 ? null : "agent",
      ],
      JSON.stringify(index % 6 === 0 ? [["b", 1, ...attempt.slice(2)], attempt] : [attempt]),
    );
  }
  old.close();

  const store = new LogStore({ dataDir, wallMs: () => 1_790_000_000_000, onProblem: (line) => expect(line).toBe("") });
  expect(store.count()).toBe(300);
  const newest = store.recent(300);
  expect(newest.map((record) => record.id)).toEqual(Array.from({ length: 300 }, (_, index) => `old-${299 - index}`));
  expect(newest[0]).toMatchObject({
    model: "model-2",
    upstreamModel: "theirs",
    usage: { inputTokens: 10, outputTokens: 20 },
    attempts: [{ upstreamId: "a", firstContentMs: 3, usage: { inputTokens: 10 } }],
  });
  expect(newest[299]).toMatchObject({
    error: "too late",
    losses: [{ feature: "y" }],
    attempts: [{ upstreamId: "b" }, {}],
  });
  expect(store.page({ status: "error" }, 100, undefined).entries).toHaveLength(30);
  expect(store.page({ isRetried: true, model: "model-0" }, 100, undefined).entries).toHaveLength(50);
  expect(store.page({ search: "too late" }, 100, undefined).entries).toHaveLength(30);
  expect(store.find("old-7")?.id).toBe("old-7");
  store.close();

  const database = new Database(join(dataDir, "apirouter.db"), { readonly: true });
  expect(database.query("PRAGMA user_version").get()).toEqual({ user_version: SCHEMA_VERSION });
  expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test("rows are stored once when their sums cannot be written", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "apirouter-sums-"));
  const store = new LogStore({ dataDir, wallMs: () => 1_790_000_000_000, onProblem: () => undefined });
  store.open();
  const other = new Database(join(dataDir, "apirouter.db"));
  other.run("CREATE TRIGGER refuse BEFORE INSERT ON usage_sums BEGIN SELECT RAISE(ABORT, 'no'); END");
  const records = Array.from({ length: 5001 }, (_, index) => ({
    ...leastRecord(`r${index}`),
    upstreamId: `u${index}`,
  }));
  expect(store.write(packRecords(records))).toEqual({ type: "written", droppedCount: 0 });
  expect(store.count()).toBe(5001);
  other.run("DROP TRIGGER refuse");
  other.close();
  const filter = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, bucket: "total", groupBy: "none" } as const;
  expect(store.usage(filter)[0]?.sums.requests).toBe(5001);
  store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test("rows keep their texts when the facets could not be read again after a failure", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "apirouter-facets-"));
  const options = { dataDir, wallMs: () => 1_790_000_000_000, onProblem: () => undefined };
  const store = new LogStore(options);
  store.open();
  const other = new Database(join(dataDir, "apirouter.db"));
  other.run("CREATE TRIGGER refuse BEFORE INSERT ON requests BEGIN SELECT RAISE(ABORT, 'no'); END");
  const batch = packRecords([{ ...leastRecord("one"), model: "new-model" }]);
  const realQuery = Database.prototype.query;
  Database.prototype.query = function (this: Database, sql: string) {
    if (sql.includes("FROM facets")) throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_READ" });
    return realQuery.call(this, sql);
  } as typeof realQuery;
  try {
    expect(store.write(batch).type).toBe("refused");
  } finally {
    Database.prototype.query = realQuery;
  }
  other.run("DROP TRIGGER refuse");
  other.close();
  expect(store.write(batch)).toEqual({ type: "written", droppedCount: 0 });
  store.close();
  const again = new LogStore(options);
  expect(again.recent(10).map(({ id, model }) => [id, model])).toEqual([["one", "new-model"]]);
  again.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test("rows go on in the file that is there when the open one was deleted or replaced", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "apirouter-replaced-"));
  const told: string[] = [];
  const store = new LogStore({ dataDir, wallMs: () => 1_790_000_000_000, onProblem: (line) => told.push(line) });
  const path = join(dataDir, "apirouter.db");
  const ids = () => store.recent(10).map(({ id }) => id);
  store.write(packRecords([leastRecord("one")]));
  for (const suffix of ["", "-wal", "-shm"]) renameSync(path + suffix, `${path}.old${suffix}`);
  store.write(packRecords([leastRecord("two")]));
  expect(ids()).toEqual(["two"]);
  rmSync(dataDir, { recursive: true });
  store.write(packRecords([leastRecord("three")]));
  expect(ids()).toEqual(["three"]);
  expect(told).toHaveLength(2);
  store.close();
  rmSync(dataDir, { recursive: true, force: true });
});
