import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestRecord } from "../core/request-record.ts";
import { describeLogPages } from "./log-page-contract.ts";
import { describeRequestLog, fullRecord, leastRecord } from "./request-log-contract.ts";
import { SCHEMA_VERSION } from "./request-log-database.ts";
import { openSqliteRequestLog, type SqliteRequestLog, type SqliteRequestLogOptions } from "./sqlite-request-log.ts";

const NOW = 1_790_000_000_000;
const DAY_MS = 86_400_000;

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "apirouter-log-"));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function open(
  dataDir: string,
  options: Partial<SqliteRequestLogOptions> = {},
): { log: SqliteRequestLog; lines: string[] } {
  const lines: string[] = [];
  const log = openSqliteRequestLog({
    dataDir,
    wallMs: NOW,
    sweeps: false,
    retention: { days: 30, rows: 1_000_000 },
    onProblem: (line) => void lines.push(line),
    ...options,
  });
  cleanups.push(() => log.close());
  return { log, lines };
}

async function idsOf(log: SqliteRequestLog): Promise<string[]> {
  return (await log.recent(100_000)).map((record) => record.id);
}

describeRequestLog("SQLite", () => open(newDir()).log);
describeLogPages("SQLite", () => open(newDir()).log);

describe("the file", () => {
  test("is private, with its companions, and holds the records after closing", async () => {
    const dir = newDir();
    const { log } = open(dir);
    log.append(fullRecord("one"));
    expect(await log.flush()).toBe(true);
    for (const name of readdirSync(dir)) expect([name, statSync(join(dir, name)).mode & 0o777]).toEqual([name, 0o600]);
    log.append(leastRecord("two"));
    await log.close();
    expect(readdirSync(dir)).toEqual(["apirouter.db"]);
    expect(await idsOf(open(dir).log)).toEqual(["two", "one"]);
  });

  test("uses a write-ahead log, knows its schema and has an index by time, facet and session", async () => {
    const dir = newDir();
    await open(dir).log.open();
    const database = new Database(join(dir, "apirouter.db"), { readonly: true });
    expect(database.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(database.query("PRAGMA user_version").get()).toEqual({ user_version: SCHEMA_VERSION });
    expect(database.query("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").all()).toEqual([
      { name: "requests_by_time" },
      { name: "requests_by_facet" },
      { name: "requests_with_texts" },
      { name: "requests_by_session" },
    ]);
    database.close();
  });

  test("of a newer program is refused and left alone", () => {
    const dir = newDir();
    const database = new Database(join(dir, "apirouter.db"));
    database.run(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    database.close();
    expect(() => open(dir)).toThrow("run the newer program or move the file away");
    expect(readdirSync(dir)).toEqual(["apirouter.db"]);
  });

  test("holds nothing of the records once they are cleared", async () => {
    const dir = newDir();
    const { log } = open(dir);
    for (let index = 0; index < 500; index += 1) log.append(fullRecord("r", { sessionId: "canary-session" }));
    await log.flush();
    await log.clear();
    for (const name of readdirSync(dir)) expect(readFileSync(join(dir, name)).includes("canary-session")).toBe(false);
  });

  test("cuts long texts from clients", async () => {
    const { log } = open(newDir());
    const long = "x".repeat(1_000_000);
    log.append(fullRecord("one", { model: long, path: long, userAgent: long, error: long, sessionId: long }));
    const record = (await log.recent(1))[0];
    const lengths = [record?.model, record?.path, record?.userAgent, record?.error, record?.sessionId].map(
      (text) => text?.length,
    );
    expect(lengths).toEqual([256, 1024, 256, 2048, 256]);
  });
});

describe("writing", () => {
  test("happens by itself within the flush time, in one go", async () => {
    const dir = newDir();
    const { log } = open(dir);
    await log.open();
    const reader = new Database(join(dir, "apirouter.db"), { readonly: true });
    cleanups.push(() => reader.close());
    const count = () => reader.query<{ n: number }, []>("SELECT count(*) AS n FROM requests").get()?.n;
    log.append(fullRecord("one"));
    log.append(fullRecord("two"));
    expect(count()).toBe(0);
    while (count() === 0) await Bun.sleep(5);
    expect(count()).toBe(2);
  });

  test("of many records gives other work a turn between the batches", async () => {
    const dir = newDir();
    const { log } = open(dir);
    await log.open();
    for (let index = 0; index < 5000; index += 1) log.append(leastRecord(`r${index}`));
    const reader = new Database(join(dir, "apirouter.db"), { readonly: true });
    cleanups.push(() => reader.close());
    const seen = new Set<number>();
    for (let count = 0; count < 5000; ) {
      count = reader.query<{ n: number }, []>("SELECT count(*) AS n FROM requests").get()?.n ?? 0;
      seen.add(count);
      await Bun.sleep(0);
    }
    expect(seen.size).toBeGreaterThan(2);
    for (const count of seen) expect(count % 500).toBe(0);
  });

  test("waits for a lock that someone else holds and loses nothing", async () => {
    const dir = newDir();
    const { log, lines } = open(dir);
    await log.open();
    const other = new Database(join(dir, "apirouter.db"));
    other.run("BEGIN IMMEDIATE");
    log.append(fullRecord("one"));
    expect(await log.flush()).toBe(false);
    expect(await idsOf(log)).toEqual(["one"]);
    other.run("COMMIT");
    other.close();
    expect(await log.flush()).toBe(true);
    expect(await idsOf(log)).toEqual(["one"]);
    expect(lines).toEqual([
      "request log cannot be written, requests go on without it: database is locked",
      "request log works again, 0 records were lost",
    ]);
    expect(log.droppedCount).toBe(0);
  });

  test("drops a record that cannot be stored, not its neighbours", async () => {
    const { log, lines } = open(newDir());
    log.append(leastRecord("one"));
    log.append({ ...leastRecord("bad"), id: null } as unknown as RequestRecord);
    log.append(leastRecord("three"));
    expect(await idsOf(log)).toEqual(["three", "one"]);
    expect(log.droppedCount).toBe(1);
    expect(lines).toHaveLength(1);
  });
});

test("what the thread has written before it ended is not written again, the rest is", async () => {
  const workers: Worker[] = [];
  const RealWorker = globalThis.Worker;
  class WatchedWorker extends RealWorker {
    constructor(...given: ConstructorParameters<typeof RealWorker>) {
      super(...given);
      workers.push(this);
    }
  }
  globalThis.Worker = WatchedWorker;
  cleanups.push(() => {
    globalThis.Worker = RealWorker;
  });
  const dir = newDir();
  const { log, lines } = open(dir);
  for (const [id, isWritten] of [
    ["one", true],
    ["two", false],
  ] as const) {
    await log.count();
    const worker = workers.at(-1);
    if (!worker) throw new Error("there is no thread");
    const answered = Promise.withResolvers<void>();
    // The thread's answers get lost, or it never hears the question.
    worker.onmessage = () => answered.resolve();
    if (!isWritten) worker.postMessage = () => answered.resolve();
    log.append(leastRecord(id));
    const flushed = log.flush();
    await answered.promise;
    worker.dispatchEvent(new ErrorEvent("error", { message: "out of memory" }));
    expect(await flushed).toBe(false);
    expect(await log.flush()).toBe(true);
  }
  expect(await idsOf(log)).toEqual(["two", "one"]);
  expect(await log.count()).toBe(2);
  expect(lines.filter((line) => line.includes("out of memory"))).toHaveLength(2);
});

describe("when the disk fails", () => {
  test("the log opens all the same, queues up to its bound, counts the rest and recovers", async () => {
    const dir = newDir();
    mkdirSync(join(dir, "apirouter.db"));
    const { log, lines } = open(dir);
    for (let index = 0; index < 10_007; index += 1) log.append(leastRecord(`r${index}`));
    expect(await log.flush()).toBe(false);
    expect(log.droppedCount).toBe(7);
    expect(lines).toHaveLength(1);
    rmdirSync(join(dir, "apirouter.db"));
    expect(await log.flush()).toBe(true);
    expect(lines).toEqual([
      expect.stringContaining("cannot be written"),
      "request log works again, 7 records were lost",
    ]);
    expect(await idsOf(log)).toHaveLength(10_000);
  });

  for (const { name, meanwhile, left } of [
    { name: "are given once", meanwhile: idsOf, left: ["one"] },
    { name: "are forgotten for good", meanwhile: (log: SqliteRequestLog) => log.clear(), left: [] },
  ]) {
    for (const isFirst of [true, false]) {
      test(`records that are asked for ${isFirst ? "before" : "while"} they are written again ${name}`, async () => {
        const dir = newDir();
        mkdirSync(join(dir, "apirouter.db"));
        const { log } = open(dir);
        log.append(leastRecord("one"));
        expect(await log.flush()).toBe(false);
        rmdirSync(join(dir, "apirouter.db"));
        const both = isFirst ? [meanwhile(log), log.flush()] : [log.flush(), meanwhile(log)];
        for (const result of await Promise.all(both)) if (Array.isArray(result)) expect(result).toEqual(left);
        expect(await idsOf(log)).toEqual(left);
        log.append(leastRecord("two"));
        expect(await idsOf(log)).toEqual(["two", ...left]);
        expect(await log.count()).toBe(left.length + 1);
      });
    }
  }

  const prlimit = Bun.which("prlimit");
  if (prlimit === null) console.log("skipped: the full-disk test needs prlimit (util-linux)");
  test.skipIf(prlimit === null)("a full disk keeps the queue and loses nothing once there is room", async () => {
    const child = Bun.spawn(["prlimit", "--fsize=200000:unlimited", process.execPath, "-e", FILL_LOG, newDir()], {
      cwd: import.meta.dir,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    cleanups.push(() => child.kill());
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    expect((await output.read()).value).toBe("false 0 1\n");
    Bun.spawnSync(["prlimit", "--pid", String(child.pid), "--fsize=unlimited:unlimited"]);
    child.stdin.write("go on\n");
    child.stdin.end();
    expect((await output.read()).value).toBe("true 0 2 3000\n");
    expect(await child.exited).toBe(0);
  });

  test("captured bodies do not pile up in memory", () => {
    const dir = newDir();
    mkdirSync(join(dir, "apirouter.db"));
    const { log } = open(dir);
    const attempt = { ...fullRecord("x").attempts[0]!, capture: { requestBody: "x".repeat(8_388_608) } };
    for (let index = 0; index < 10; index += 1) log.append(fullRecord(`r${index}`, { attempts: [attempt] }));
    expect(log.droppedCount).toBe(6);
  });

  test("closing gives up after one try and tells how much was lost", async () => {
    const dir = newDir();
    mkdirSync(join(dir, "apirouter.db"));
    const { log, lines } = open(dir);
    log.append(leastRecord("one"));
    await log.close();
    expect(lines.at(-1)).toBe("request log: 1 records could not be written");
    expect(log.droppedCount).toBe(1);
  });
});

describe("a damaged file", () => {
  const damages: { name: string; damage: (path: string) => void }[] = [
    {
      name: "that is no database",
      damage: (path) => writeFileSync(path, "this is not a database, it is a text file of some length".repeat(200)),
    },
    { name: "that was cut", damage: (path) => truncateSync(path, 5000) },
    { name: "that was overwritten in the middle", damage: (path) => overwrite(path, 4096, 1e9) },
  ];
  for (const { name, damage } of damages) {
    test(`${name} is moved aside at start, loudly, and a new one begun`, async () => {
      const dir = newDir();
      const first = open(dir).log;
      for (let index = 0; index < 200; index += 1) first.append(fullRecord(`r${index}`));
      await first.close();
      damage(join(dir, "apirouter.db"));
      const damaged = readFileSync(join(dir, "apirouter.db"));
      const { log, lines } = open(dir);
      await log.open();
      const aside = join(dir, "apirouter.db.corrupt-20260921T141320Z");
      expect(lines).toEqual([`request log is damaged: moved to ${aside}, a new one is started`]);
      expect(readFileSync(aside).equals(damaged)).toBe(true);
      log.append(leastRecord("new"));
      expect(await idsOf(log)).toEqual(["new"]);
    });
  }

  test("found while running is moved aside without losing what waits", async () => {
    const dir = newDir();
    const first = open(dir).log;
    for (let index = 0; index < 2000; index += 1) first.append(fullRecord(`r${index}`));
    await first.close();
    const path = join(dir, "apirouter.db");
    // The first pages hold the schema and the ends; damage in between shows only when it is read.
    const { log, lines } = open(dir);
    await log.open();
    overwrite(path, 40_960, statSync(path).size - 200_000);
    log.append(leastRecord("waiting"));
    await log.recent(100_000).catch(() => []);
    expect(lines.some((line) => line.includes("damaged"))).toBe(true);
    log.append(leastRecord("later"));
    expect((await idsOf(log))[0]).toBe("later");
    expect(log.droppedCount).toBe(0);
  });

  test("does not take an earlier damaged one's place", async () => {
    const dir = newDir();
    for (let round = 0; round < 2; round += 1) {
      writeFileSync(join(dir, "apirouter.db"), "no database".repeat(1000));
      const { log } = open(dir);
      await log.open();
      await log.close();
    }
    expect(
      readdirSync(dir)
        .filter((name) => name.includes("corrupt"))
        .toSorted(),
    ).toEqual(["apirouter.db.corrupt-20260921T141320Z", "apirouter.db.corrupt-20260921T141320Z-2"]);
  });
});

describe("retention", () => {
  test("deletes by age, a small batch at a time", async () => {
    const { log } = open(newDir(), { retention: { days: 2, rows: 1_000_000 } });
    for (let index = 0; index < 1200; index += 1)
      log.append({ ...leastRecord("old"), startedAt: NOW - 2 * DAY_MS - 1 });
    log.append({ ...leastRecord("kept"), startedAt: NOW - 2 * DAY_MS });
    await log.flush();
    expect([await log.sweep(), await log.sweep(), await log.sweep(), await log.sweep()]).toEqual([500, 500, 200, 0]);
    expect(await idsOf(log)).toEqual(["kept"]);
  });

  test("deletes by count, oldest first, and follows a changed setting", async () => {
    const { log } = open(newDir(), { retention: { days: 30, rows: 100 } });
    for (let index = 0; index < 700; index += 1) log.append(leastRecord(`r${index}`));
    await log.flush();
    expect([await log.sweep(), await log.sweep(), await log.sweep()]).toEqual([500, 100, 0]);
    expect((await idsOf(log)).at(-1)).toBe("r600");
    log.setRetention({ days: 30, rows: 1 });
    expect(await log.sweep()).toBe(99);
    expect(await idsOf(log)).toEqual(["r699"]);
  });

  test("runs by itself and gives the space back", async () => {
    const dir = newDir();
    const first = open(dir).log;
    for (let index = 0; index < 3000; index += 1) first.append(fullRecord("old", { startedAt: NOW - 40 * DAY_MS }));
    await first.close();
    const before = statSync(join(dir, "apirouter.db")).size;
    const { log } = open(dir, { sweeps: true });
    while ((await idsOf(log)).length > 0) await Bun.sleep(20);
    await log.close();
    expect(statSync(join(dir, "apirouter.db")).size).toBeLessThan(before / 4);
  });
});

test("an unreadable directory does not stop the gateway", async () => {
  // Root may write anywhere, so the path itself is what fails.
  const dir = join(newDir(), "file");
  writeFileSync(dir, "");
  const { log, lines } = open(dir);
  await log.open();
  log.append(leastRecord("one"));
  expect(lines).toHaveLength(1);
  rmSync(dir);
  expect(await log.flush()).toBe(true);
  expect(await idsOf(log)).toEqual(["one"]);
});

function overwrite(path: string, from: number, length: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, from, Math.min(from + length, bytes.length));
  writeFileSync(path, bytes);
}

/** Runs in a process whose files may not grow: fills the log, and tries again when a line comes in. */
const FILL_LOG = `
  import { openSqliteRequestLog } from "./sqlite-request-log.ts";
  import { fullRecord } from "./request-log-contract.ts";
  process.on("SIGXFSZ", () => {});
  let lines = 0;
  const retention = { days: 30, rows: 1000000 };
  const log = openSqliteRequestLog({ dataDir: process.argv.at(-1), sweeps: false, retention, onProblem: () => void (lines += 1) });
  for (let index = 0; index < 3000; index += 1) log.append(fullRecord("r" + index));
  console.log(await log.flush(), log.droppedCount, lines);
  for await (const line of console) {
    const done = await log.flush();
    console.log(done, log.droppedCount, lines, (await log.recent(10000)).length);
    break;
  }
  await log.close();
`;
