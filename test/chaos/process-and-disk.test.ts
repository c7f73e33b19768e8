// The real program as a child process that is told to stop, starved of disk, or given damaged files (F70, F71). Kills
// during saves and damaged starts are in test/e2e/crash.test.ts as well.

import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseConfig } from "../../src/config/parse-config.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { clientCall, errorOf, PROTOCOLS, send, streamEvents, streamViolations } from "../e2e/support/client-calls.ts";
import { looksFinished } from "../e2e/support/looks-finished.ts";
import { createDataDir, type Program, removeDataDir, startProgram } from "../e2e/support/program.ts";
import { upstreamEntry } from "../e2e/support/upstreams.ts";
import { until } from "../e2e/support/waiting.ts";
import { PLAIN_CLIENT } from "./support/seen.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const ADMIN = { "x-admin-password": "admin" };
const CALL = clientCall("anthropic", { stream: true });

async function worldFor(config: object = {}): Promise<{ dataDir: string; url: string }> {
  const upstream = startSimulator({ plan: { answer: { text: "hello" } } });
  closers.push(() => upstream.stop());
  const dataDir = await createDataDir({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)], ...config });
  closers.push(() => removeDataDir(dataDir));
  return { dataDir, url: upstream.url };
}

function started(dataDir: string, wrapper: readonly string[] = []): Program {
  const program = startProgram(dataDir, 0, [], wrapper);
  closers.push(() => (program.exitCode === undefined ? program.kill("SIGKILL") : undefined));
  return program;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`F70 ${signal}: streams that outlast the grace are told in their protocol, and the program ends with 0`, async () => {
    const upstream = startSimulator({ plan: { answer: { text: "never ends at all" }, stallAfterEvents: "in-text" } });
    closers.push(() => upstream.stop());
    const dataDir = await createDataDir({
      upstreams: [upstreamEntry("one", "anthropic", upstream.url)],
      drain_ms: 400,
      mid_stream: "error",
    });
    closers.push(() => removeDataDir(dataDir));
    const program = started(dataDir);
    await program.ready();
    const calls = PROTOCOLS.flatMap((client) => Array.from({ length: 3 }, () => clientCall(client, { stream: true })));
    const running = calls.map((call) => send(program.url, call, PLAIN_CLIENT));
    await until("all streams run", () => upstream.requests.filter(({ eventsSent }) => eventsSent > 2).length === 12);
    await program.kill(signal);
    expect(program.exitCode).toBe(0);
    for (const [at, answer] of (await Promise.all(running)).entries()) {
      const { protocol } = calls[at] as (typeof calls)[number];
      expect(streamViolations(protocol, answer.text)).toEqual([]);
      expect(looksFinished(protocol, answer.text)).toBe(false);
      const last = streamEvents(answer.text).at(-1) ?? {};
      const isTold = last["type"] === "error" || errorOf(protocol, JSON.stringify(last)) !== undefined;
      expect(isTold ? "told" : JSON.stringify(last)).toBe("told");
    }
    const database = new Database(join(dataDir, "apirouter.db"), { readonly: true });
    expect(database.query("SELECT count(*) AS rows FROM requests").get()).toEqual({ rows: 12 });
    database.close();
  }, 20_000);
}

const isRoot = process.getuid?.() === 0;
const canUnshare = spawnSync("unshare", ["-rm", "true"]).status === 0;
if (!canUnshare) console.log("SKIPPED: full and read-only file systems need `unshare -rm`, which is not allowed here");

describe.skipIf(!canUnshare)("a file system", () => {
  /** Runs the program with a small file system of its own below the data folder's `mount`. */
  function onTmpfs(dataDir: string, kibibytes: number): string[] {
    const script = `mount -t tmpfs -o size=${kibibytes}k tmpfs "$1/mount" && cp "$1/config.json" "$1/mount/" && shift && exec "$@"`;
    return ["unshare", "-rm", "sh", "-c", script, "sh", dataDir];
  }

  test("F71 that is full costs log rows and saves, but no request, and heals by itself", async () => {
    const { dataDir, url } = await worldFor();
    await mkdir(join(dataDir, "mount"));
    const program = started(join(dataDir, "mount"), onTmpfs(dataDir, 640));
    await program.ready();
    const inside = `/proc/${program.pid}/root${join(dataDir, "mount")}`;
    expect((await send(program.url, CALL)).status).toBe(200);
    const before = await readFile(join(inside, "config.json"), "utf8");
    await writeFile(join(inside, "ballast"), Buffer.alloc(8 * 1024 * 1024)).catch(() => undefined); // ENOSPC
    for (let i = 0; i < 200; i++) expect((await send(program.url, CALL)).status).toBe(200);
    const save = await fetch(`${program.url}/admin/config`, {
      method: "POST",
      headers: ADMIN,
      body: JSON.stringify({ upstreams: [upstreamEntry("two", "anthropic", url, { note: "x".repeat(4000) })] }),
    });
    expect(save.status).toBeGreaterThanOrEqual(500);
    expect(await readFile(join(inside, "config.json"), "utf8")).toBe(before);
    // The configuration that could not be kept does not run either.
    const shown = await (await fetch(`${program.url}/admin/config`, { headers: ADMIN })).text();
    expect(shown).toContain('"one"');
    expect(shown).not.toContain('"two"');
    await until("it is told", () => /full|no space|ENOSPC|disk/i.test(program.output + program.errors), 10_000);
    expect((await readdir(inside)).filter((name) => name.endsWith(".tmp"))).toEqual([]);

    await writeFile(join(inside, "ballast"), "");
    expect((await send(program.url, CALL)).status).toBe(200);
    const again = await fetch(`${program.url}/admin/config`, {
      method: "POST",
      headers: ADMIN,
      body: JSON.stringify({ upstreams: [upstreamEntry("two", "anthropic", url)] }),
    });
    expect(again.status).toBe(200);
    expect((await send(program.url, CALL)).status).toBe(200);
  }, 30_000);

  test("F71 that is read-only stops the start with one line that says so", async () => {
    const { dataDir } = await worldFor();
    const script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"';
    const program = started(dataDir, ["unshare", "-rm", "sh", "-c", script, "sh", dataDir]);
    await until("it ends or runs", () => program.exitCode !== undefined || /listening/.test(program.output), 10_000);
    if (program.exitCode === undefined) {
      // It may run without a log, as long as it says so and serves.
      expect(program.output).toMatch(/read-only|EROFS|cannot be written/i);
      expect((await send(program.url, CALL)).status).toBe(200);
    } else {
      expect(program.exitCode).toBe(1);
      expect(program.errors).toMatch(/^error: .*(read-only|EROFS|cannot be|not writable)/i);
    }
  }, 20_000);
});

/** Rows that are written; 0 while there is no log. */
function rowsIn(dataDir: string): number {
  try {
    const database = new Database(join(dataDir, "apirouter.db"), { readonly: true });
    const rows = database.query<{ n: number }, []>("SELECT count(*) AS n FROM requests").get()?.n ?? 0;
    database.close();
    return rows;
  } catch {
    return 0;
  }
}

test("F71 a log that is deleted while in use goes on in a new file, and says so", async () => {
  const { dataDir } = await worldFor();
  const program = started(dataDir);
  await program.ready();
  await send(program.url, CALL);
  await until("the first row is written", () => rowsIn(dataDir) === 1);
  for (const name of await readdir(dataDir)) if (name.startsWith("apirouter.db")) await rm(join(dataDir, name));
  for (let i = 0; i < 3; i++) expect((await send(program.url, CALL)).status).toBe(200);
  // Making a new one takes longer than all else that ends now.
  await program.kill("SIGTERM");
  expect(program.output).toContain("request log was deleted or replaced while in use");
  expect(rowsIn(dataDir)).toBe(3);
}, 20_000);

test("F71 a data folder that is deleted costs no request, and a save and the log make it anew", async () => {
  const { dataDir, url } = await worldFor();
  const program = started(dataDir);
  await program.ready();
  await send(program.url, CALL);
  await rm(dataDir, { recursive: true });
  expect((await send(program.url, CALL)).status).toBe(200);
  const body = JSON.stringify({ upstreams: [upstreamEntry("two", "anthropic", url)] });
  const save = await fetch(`${program.url}/admin/config`, { method: "POST", headers: ADMIN, body });
  expect(save.status).toBe(200);
  expect((await send(program.url, CALL)).status).toBe(200);
  await program.kill("SIGTERM");
  expect(program.exitCode).toBe(0);
  expect(await readFile(join(dataDir, "config.json"), "utf8")).toContain('"two"');
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  expect(rowsIn(dataDir)).toBeGreaterThan(0);
}, 20_000);

test("F71 a limit on the size of files (EFBIG) costs no request", async () => {
  const { dataDir } = await worldFor();
  // 400 blocks of 512 bytes: room for the empty log, not for what follows.
  const program = started(dataDir, ["sh", "-c", 'ulimit -f 800; exec "$@"', "sh"]);
  await program.ready();
  for (let i = 0; i < 1500; i++) expect((await send(program.url, CALL)).status).toBe(200);
  expect(program.exitCode).toBeUndefined();
}, 30_000);

test("F71 a config.json that is cut at any place, or has any byte flipped, never comes up as something else", async () => {
  const whole = JSON.stringify({
    upstreams: [upstreamEntry("one", "anthropic", "http://127.0.0.1:9", { priority: 3 })],
    admin_password_hash: "a".repeat(64),
    access_control_enabled: true,
    client_keys: [{ key: "sk-client-key-0001", name: "first" }],
  });
  let accepted = 0;
  for (let at = 0; at < whole.length; at++) {
    const cut = parseConfig(whole.slice(0, at), { version: 1, env: {} });
    expect({ at, ok: cut.ok }).toEqual({ at, ok: false });
    const flipped = whole.slice(0, at) + String.fromCharCode(whole.charCodeAt(at) ^ 1) + whole.slice(at + 1);
    const parsed = parseConfig(flipped, { version: 1, env: {} });
    if (!parsed.ok) continue;
    accepted += 1;
    // A flipped letter inside a value is another value. Inside a name it is an unknown field, which is told.
    const isGuarded = parsed.config.adminPasswordHash !== "" && parsed.config.accessControlEnabled;
    expect({ at, isTold: isGuarded || parsed.warnings.length > 0 }).toEqual({ at, isTold: true });
  }
  expect(accepted).toBeGreaterThan(0);
});

describe.skipIf(isRoot)("a data folder that is not ours", () => {
  test("F71 without the right to write stops the start", async () => {
    const { dataDir } = await worldFor();
    spawnSync("chmod", ["500", dataDir]);
    closers.push(() => spawnSync("chmod", ["700", dataDir]));
    const program = started(dataDir);
    await until("it ends", () => program.exitCode !== undefined, 10_000);
    expect(program.exitCode).toBe(1);
    expect(program.errors).toMatch(/^error: /);
  }, 20_000);
});
