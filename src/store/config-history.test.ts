import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigHistoryOptions, createConfigHistory } from "./config-history.ts";
import { systemFileSystem } from "./file-system.ts";

let dataDir = "";
let now = Date.UTC(2026, 10, 28, 15);
const problems: string[] = [];
const ORIGIN = { source: "console", author: "127.0.0.1" };

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "apirouter-history-"));
  problems.length = 0;
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

function open(options: Partial<ConfigHistoryOptions> = {}) {
  const clock = { wallMs: () => now, monotonicMs: () => now };
  return createConfigHistory({ dataDir, clock, onProblem: (line) => problems.push(line), ...options });
}

const names = () => readdir(join(dataDir, "history"));

describe("the history of the configuration", () => {
  test("is empty before the first change", async () => {
    expect(await open().list()).toEqual([]);
  });

  test("keeps each document with where it came from and what it changed", async () => {
    const history = open();
    history.record({ upstreams: [{ id: "a" }] }, { source: "start", author: "config.json" });
    now += 1000;
    history.record({ upstreams: [{ id: "a" }, { id: "b" }] }, ORIGIN);
    const rows = await history.list();
    expect(rows).toMatchObject([
      { ...ORIGIN, at: now, summary: ["upstreams.b: added"] },
      { source: "start", summary: [] },
    ]);
    expect(await history.read(rows[1]?.id ?? "")).toEqual({ upstreams: [{ id: "a" }] });
  });

  test("makes no snapshot of what it has already, also after a restart", async () => {
    open().record({ a: 1 }, ORIGIN);
    const history = open();
    await history.list();
    history.record({ a: 1 }, ORIGIN);
    expect(await history.list()).toHaveLength(1);
    history.record({ a: 2 }, ORIGIN);
    history.record({ a: 1 }, ORIGIN);
    expect(await history.list()).toHaveLength(3);
  });

  test("keeps its order when the clock is put back", async () => {
    const history = open();
    for (const a of [1, 2, 3]) {
      history.record({ a }, ORIGIN);
      await history.list();
      now -= 3_600_000;
    }
    const documents = [];
    for (const { id } of await history.list()) documents.push(await history.read(id));
    expect(documents).toEqual([{ a: 3 }, { a: 2 }, { a: 1 }]);
  });

  test("is bounded in number and size, and always keeps the newest", async () => {
    const history = open({ maxSnapshots: 3 });
    for (let a = 0; a < 6; a += 1) history.record({ a }, ORIGIN);
    expect(await history.list()).toHaveLength(3);
    const small = open({ maxBytes: 400 });
    small.record({ text: "x".repeat(1000) }, ORIGIN);
    expect(await small.list()).toHaveLength(1);
    expect(await names()).toHaveLength(1);
  });

  test("is private", async () => {
    const history = open();
    history.record({ a: 1 }, ORIGIN);
    await history.close();
    expect((await stat(join(dataDir, "history"))).mode & 0o777).toBe(0o700);
    for (const name of await names()) expect((await stat(join(dataDir, "history", name))).mode & 0o777).toBe(0o600);
  });

  test("leads nowhere outside its folder", async () => {
    await writeFile(join(dataDir, "config.json"), '{"document":{"secret":1}}');
    const history = open();
    history.record({ a: 1 }, ORIGIN);
    for (const id of ["../config", "..%2fconfig", "", ".", "2026-11-28T15-00-00.000Z/../../config", "x\u0000"])
      expect(await history.read(id)).toBeUndefined();
  });

  test("passes over files that are damaged or not its own", async () => {
    const history = open();
    history.record({ a: 1 }, ORIGIN);
    await history.close();
    await writeFile(join(dataDir, "history", "notes.json"), "{}");
    await writeFile(join(dataDir, "history", "2026-11-28T16-00-00.000Z.json"), "half a fi");
    expect(await open().list()).toHaveLength(1);
    const again = open();
    again.record({ a: 2 }, ORIGIN);
    expect(await again.list()).toHaveLength(2);
    expect(problems).toEqual([]);
  });

  test("tells when the disk refuses and goes on with the next", async () => {
    let isFull = true;
    const files = {
      ...systemFileSystem,
      createNew: (path: string) =>
        isFull ? Promise.reject(new Error("no space left on device")) : systemFileSystem.createNew(path),
    };
    const history = open({ files });
    history.record({ a: 1 }, ORIGIN);
    expect(await history.list()).toEqual([]);
    expect(problems).toEqual(["history: no snapshot was written: no space left on device"]);
    isFull = false;
    history.record({ a: 2 }, ORIGIN);
    expect(await history.list()).toHaveLength(1);
  });
});
