// The real program as a child process: killed in the middle of its work, started again, stopped politely, started where
// it cannot run.

import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PlanSource } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { answerText, clientCall, send, streamViolations } from "./support/client-calls.ts";
import { createDataDir, type Program, removeDataDir, stablePort, startProgram } from "./support/program.ts";
import { upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function simulator(plan: PlanSource = {}): Simulator {
  const started = startSimulator({ plan });
  closers.push(() => started.stop());
  return started;
}

async function dataDirWith(config: unknown): Promise<string> {
  const dataDir = await createDataDir(config);
  closers.push(() => removeDataDir(dataDir));
  return dataDir;
}

function program(dataDir: string, port = 0): Program {
  const started = startProgram(dataDir, port);
  closers.push(() => (started.exitCode === undefined ? started.kill("SIGKILL") : undefined));
  return started;
}

const ADMIN = { "x-admin-password": "admin" };
const STREAM = clientCall("anthropic", { stream: true });

describe("kill -9", () => {
  const CYCLES = 50;

  test(`${CYCLES} times during load and saves harms neither config.json nor the log`, async () => {
    const upstream = simulator({ answer: { text: "word ".repeat(50), chunkSize: 20 }, eventDelayMs: 1 });
    const dataDir = await dataDirWith({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)], round: -1 });
    const path = join(dataDir, "config.json");
    let acknowledged = -1;
    let next = 0;
    let served = 0;
    let saved = 0;
    let lastLogged = 0;

    const port = stablePort();
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const running = program(dataDir, port);
      await running.ready();
      // Nothing of an interrupted write is left once it runs again.
      expect((await readdir(dataDir)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
      const { url } = running;
      let isOver = false;
      const load = Array.from({ length: 3 }, async () => {
        while (!isOver) {
          const ok = await send(url, STREAM).catch(() => undefined);
          if (ok?.status === 200) served += 1;
        }
      });
      const saves = (async () => {
        while (!isOver) {
          const round = next++;
          const body = JSON.stringify({ upstreams: upstreamsOfRound(round, upstream.url) });
          const answer = await fetch(`${url}/admin/config`, { method: "POST", headers: ADMIN, body }).catch(
            () => undefined,
          );
          if (answer?.status !== 200) continue;
          acknowledged = round;
          saved += 1;
        }
      })();
      // A different moment in each cycle, the same ones in each run; in two of three behind the first answers.
      const before = { saved, served };
      if (cycle % 3 > 0) await until("answers came", () => saved > before.saved && served > before.served, 20_000);
      await Bun.sleep(20 + ((cycle * 37) % 180));
      isOver = true;
      await running.kill("SIGKILL");
      await Promise.all([...load, saves]);

      for (const name of ["config.json", "config.json.bak"]) {
        const text = await readFile(join(dataDir, name), "utf8").catch(() => undefined);
        if (text === undefined && name === "config.json.bak") continue;
        const document = JSON.parse(text as string) as { upstreams: { note?: string }[] };
        expect(document.upstreams.length).toBeGreaterThan(0);
      }
      // What was acknowledged is there, or the save after it.
      const round = await roundOf(path);
      expect(round).toBeGreaterThanOrEqual(acknowledged);
      expect(round).toBeLessThan(next);

      const database = new Database(join(dataDir, "apirouter.db"));
      expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      // The first kills come before the log is opened: then there is no table yet.
      const hasLog = database.query("SELECT 1 FROM sqlite_master WHERE name = 'requests'").get() !== null;
      const { rows } = hasLog
        ? (database.query("SELECT count(*) AS rows FROM requests").get() as { rows: number })
        : { rows: 0 };
      expect(rows).toBeGreaterThanOrEqual(lastLogged);
      lastLogged = rows;
      database.close();
    }

    const last = program(dataDir, port);
    await last.ready();
    expect((await send(last.url, STREAM)).status).toBe(200);
    expect((await readdir(dataDir)).filter((name) => /\.tmp|corrupt/.test(name))).toEqual([]);
    expect(last.output).not.toMatch(/corrupt|damaged/);
    console.log(`${CYCLES} kills: ${served} answers, ${saved} saves acknowledged, ${lastLogged} rows kept`);
    expect(served).toBeGreaterThanOrEqual(CYCLES / 2);
    expect(saved).toBeGreaterThanOrEqual(CYCLES / 2);
    expect(lastLogged).toBeGreaterThan(0);
  }, 120_000);

  /** A document whose size changes from save to save, so that a half-written one would be seen. */
  function upstreamsOfRound(round: number, url: string): object[] {
    const filler = Array.from({ length: (round * 13) % 40 }, (_, i) =>
      upstreamEntry(`filler-${i}`, "openai-chat", url, { enabled: false, note: "x".repeat(200) }),
    );
    return [upstreamEntry("one", "anthropic", url, { note: `round ${round}` }), ...filler];
  }

  async function roundOf(path: string): Promise<number> {
    const document = JSON.parse(await readFile(path, "utf8")) as { upstreams: { note?: string }[] };
    return Number(/round (\d+)/.exec(document.upstreams[0]?.note ?? "round -1")?.[1] ?? -1);
  }
});

describe("a start", () => {
  test("is ready within a second, the first and the second time", async () => {
    const dataDir = await dataDirWith({ upstreams: [upstreamEntry("one", "anthropic", simulator().url)] });
    const times: number[] = [];
    for (let i = 0; i < 4; i++) {
      const running = program(dataDir);
      times.push(await running.ready());
      expect((await send(running.url, STREAM)).status).toBe(200);
      await running.kill("SIGKILL");
    }
    console.log(`ready after ${times.map((ms) => Math.round(ms)).join(", ")} ms`);
    expect(Math.min(...times.slice(1))).toBeLessThan(1000);
  }, 30_000);

  test("without a data folder makes one that nobody else can read", async () => {
    const parent = await dataDirWith("{}");
    const dataDir = join(parent, "a", "b");
    const running = program(dataDir);
    await running.ready();
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    // The log is opened behind listening.
    await until("the log is there", () => existsSync(join(dataDir, "apirouter.db")));
    for (const name of ["config.json", "apirouter.db"])
      expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
    expect((await send(running.url, STREAM)).status).toBe(503);
  }, 20_000);

  test("on a port in use says so in one line and ends with 1", async () => {
    const upstream = simulator();
    const dataDir = await dataDirWith({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)] });
    const second = program(dataDir, upstream.port);
    await until("it ends", () => second.exitCode !== undefined, 10_000);
    expect(second.exitCode).toBe(1);
    expect(second.errors).toMatch(
      new RegExp(`^error: port ${upstream.port} on 127\\.0\\.0\\.1 is in use; .*--port\\n$`),
    );
    expect(second.output).not.toContain("listening");
  }, 20_000);

  test("beside a running program does not disturb it", async () => {
    const dataDir = await dataDirWith({ upstreams: [upstreamEntry("one", "anthropic", simulator().url)] });
    const first = program(dataDir);
    await first.ready();
    const before = await readFile(join(dataDir, "config.json"), "utf8");
    const second = program(dataDir, Number(new URL(first.url).port));
    await until("it ends", () => second.exitCode !== undefined, 10_000);
    expect(second.exitCode).toBe(1);
    expect((await send(first.url, STREAM)).status).toBe(200);
    const logs = await fetch(`${first.url}/admin/logs`, { headers: ADMIN });
    expect(((await logs.json()) as { logs: unknown[] }).logs).toHaveLength(1);
    expect(await readFile(join(dataDir, "config.json"), "utf8")).toBe(before);
  }, 20_000);

  test("with a damaged log moves it aside and serves", async () => {
    const dataDir = await dataDirWith({ upstreams: [upstreamEntry("one", "anthropic", simulator().url)] });
    await writeFile(join(dataDir, "apirouter.db"), Buffer.alloc(50_000, "no database "));
    const running = program(dataDir);
    await running.ready();
    expect((await send(running.url, STREAM)).status).toBe(200);
    // The log is opened behind the first requests.
    await until("the damage is told", () => /damaged|corrupt/.test(running.output));
    expect((await readdir(dataDir)).some((name) => name.startsWith("apirouter.db.corrupt-"))).toBe(true);
  }, 20_000);
});

describe("a configuration that cannot be used", () => {
  const BAD: readonly (readonly [name: string, text: string, told: RegExp])[] = [
    ["broken JSON", '{"upstreams": [}', /line 1, column 16/],
    ["an empty file", "", /config\.json is not valid/],
    ["cut in half", '{\n  "upstreams": [\n    {\n      "id": "ma', /line 4/],
    [
      "wrong types",
      '{"upstreams": 7, "debug_mode": "yes"}',
      /upstreams: expected a list[\s\S]*debug_mode: expected true or false/,
    ],
    ["a bad upstream", '{"upstreams":[{"id":"a","base_url":"x","api_format":"openai"}]}', /upstreams\[0\]\.base_url/],
    ["no hash as password", '{"admin_password_hash":"admin"}', /admin_password_hash/],
  ];
  for (const [name, text, told] of BAD) {
    test(`(${name}) stops the start with the reasons and stays as it is`, async () => {
      const dataDir = await dataDirWith(text);
      const before = await stat(join(dataDir, "config.json"));
      const running = program(dataDir);
      await until("it ends", () => running.exitCode !== undefined, 10_000);
      expect(running.exitCode).toBe(1);
      expect(running.errors).toMatch(/^error: /);
      expect(running.errors).toMatch(told);
      expect(running.errors).not.toMatch(/^\s+at /m);
      expect(running.output).not.toContain("listening");
      expect(await readFile(join(dataDir, "config.json"), "utf8")).toBe(text);
      expect((await stat(join(dataDir, "config.json"))).mtimeMs).toBe(before.mtimeMs);
      expect(await readdir(dataDir)).toEqual(["config.json"]);
    }, 20_000);
  }

  test("(a folder in its place) stops the start", async () => {
    const dataDir = await dataDirWith("{}");
    await rm(join(dataDir, "config.json"));
    await mkdir(join(dataDir, "config.json"));
    const running = program(dataDir);
    await until("it ends", () => running.exitCode !== undefined, 10_000);
    expect([running.exitCode, running.errors]).toEqual([
      1,
      expect.stringMatching(/^error: .*config\.json cannot be used/),
    ]);
  }, 20_000);

  test("(missing, with its backup beside it) stops the start and names the backup", async () => {
    const dataDir = await dataDirWith("{}");
    await rename(join(dataDir, "config.json"), join(dataDir, "config.json.bak"));
    const running = program(dataDir);
    await until("it ends", () => running.exitCode !== undefined, 10_000);
    expect(running.exitCode).toBe(1);
    expect(running.errors).toContain("config.json.bak");
    expect(await readdir(dataDir)).toEqual(["config.json.bak"]);
  }, 20_000);

  test("(not ours to read) stops the start", async () => {
    if (process.getuid?.() === 0) {
      console.log("skipping: root reads everything");
      return;
    }
    const dataDir = await dataDirWith("{}");
    await chmod(join(dataDir, "config.json"), 0);
    const running = program(dataDir);
    await until("it ends", () => running.exitCode !== undefined, 10_000);
    expect(running.exitCode).toBe(1);
  }, 20_000);

  test("is told without the keys in it", async () => {
    const dataDir = await dataDirWith(
      '{"upstreams":[{"id":"a","base_url":"x","api_format":"o","keys":["sk-very-secret-key-1"]}]}',
    );
    const running = program(dataDir);
    await until("it ends", () => running.exitCode !== undefined, 10_000);
    expect(running.errors + running.output).not.toContain("sk-very-secret-key-1");
  }, 20_000);
});

describe("a polite stop", () => {
  test("lets running streams finish, refuses new requests, writes the log out and ends with 0", async () => {
    const upstream = simulator({ answer: { text: "word ".repeat(60), chunkSize: 10 }, eventDelayMs: 20 });
    const dataDir = await dataDirWith({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)] });
    const running = program(dataDir);
    await running.ready();
    const stream = send(running.url, STREAM);
    await until("the stream runs", () => (upstream.requests[0]?.eventsSent ?? 0) > 2);
    const stopped = running.kill("SIGTERM");
    await until("it is told", () => running.output.includes("stopping"));
    const refused = await send(running.url, STREAM);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
    expect((await fetch(`${running.url}/ready`)).status).toBe(503);
    const { text } = await stream;
    expect(streamViolations("anthropic", text)).toEqual([]);
    expect(answerText(STREAM, text)).toBe("word ".repeat(60));
    await stopped;
    expect(running.exitCode).toBe(0);

    const database = new Database(join(dataDir, "apirouter.db"), { readonly: true });
    const rows = database
      .query("SELECT outcome FROM requests JOIN facets ON facets.no = requests.facet ORDER BY started_at")
      .all();
    database.close();
    expect(rows).toEqual([{ outcome: "ok" }, { outcome: "gateway-shutting-down" }]);
  }, 20_000);

  test("is cut short by a second signal", async () => {
    const upstream = simulator({ answer: { text: "never ends" }, stallAfterEvents: "in-text" });
    const dataDir = await dataDirWith({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)] });
    const running = program(dataDir);
    await running.ready();
    const stream = send(running.url, STREAM).catch(() => undefined);
    await until("the stream runs", () => (upstream.requests[0]?.eventsSent ?? 0) > 2);
    const first = running.kill("SIGTERM");
    await until("it is told", () => running.output.includes("stopping"));
    await running.kill("SIGTERM");
    await first;
    expect(running.exitCode).toBe(1);
    await stream;
  }, 20_000);
});
