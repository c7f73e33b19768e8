// `apirouter check` and `apirouter config log|diff|rollback`, beside a running gateway and without one.

import { afterEach, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgram } from "../../src/cli/program.ts";
import { ADMIN_CONFIG, callAdmin } from "../support/admin-client.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";

const ALPHA = {
  id: "alpha",
  base_url: "http://127.0.0.1:9/v1",
  api_format: "anthropic",
  keys: ["sk-a-0123456789abcdef"],
};
let gateway: TestGateway | undefined;
let folder = "";

afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  if (folder !== "") await rm(folder, { recursive: true, force: true });
  folder = "";
});

async function run(...args: string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  let [out, err] = ["", ""];
  const program = buildProgram({ write: (text) => (out += text) }, { write: (text) => (err += text) });
  const code = await program.run(args);
  return { code, out, err };
}

async function folderWith(text: string): Promise<string> {
  folder = await mkdtemp(join(tmpdir(), "apirouter-check-"));
  await writeFile(join(folder, "config.json"), text, { mode: 0o600 });
  return folder;
}

describe("apirouter check", () => {
  test("says that a file is valid, and what is odd about it", async () => {
    const dir = await folderWith(JSON.stringify({ upstreams: [{ ...ALPHA, base_url: "http://far.example/v1" }] }));
    const { code, out } = await run("check", "--data-dir", dir);
    expect(code).toBe(0);
    expect(out).toContain("warning: line 1, column");
    expect(out).toContain("is valid: 1 upstreams (1 enabled), 0 client keys");
  });

  test("says what is wrong and where, also with the option before the command", async () => {
    const dir = await folderWith('{\n  "upstreams": 5\n}');
    const { code, err } = await run("--data-dir", dir, "check");
    expect(code).toBe(1);
    expect(err).toContain("line 2, column 16: upstreams: expected a list");
  });

  test("makes no file where there is none", async () => {
    const dir = await folderWith("{}");
    await rm(join(dir, "config.json"));
    for (const command of [["check"], ["config", "log"], ["config", "rollback", "1"]])
      expect((await run(...command, "--data-dir", dir)).code).toBe(1);
    expect(await readdir(dir)).toEqual([]);
  });
});

describe("apirouter config", () => {
  test("lists, compares and rolls back beside a running gateway, which takes it up", async () => {
    gateway = await startGateway({ upstreams: [ALPHA], config: ADMIN_CONFIG });
    const at = ["--data-dir", gateway.dataDir];
    await callAdmin(gateway.url, "PATCH /settings", { body: { settings: { debug_mode: true } } });
    await callAdmin(gateway.url, "DELETE /upstreams/alpha");
    await callAdmin(gateway.url, "GET /history");

    const log = await run("config", "log", ...at);
    expect(log.out.split("\n").slice(0, 3)).toEqual([
      expect.stringMatching(/^\* {2}1 {2}\S+Z {2}script 127\.0\.0\.1 {2}upstreams\.alpha: removed$/),
      expect.stringMatching(/^ {3}2 {2}\S+Z {2}script 127\.0\.0\.1 {2}debug_mode: added$/),
      expect.stringMatching(/^ {3}3 {2}\S+Z {2}start config\.json$/),
    ]);
    const diff = await run("config", "diff", "2", "--previous", ...at);
    expect(diff.out).toBe("+ debug_mode: true\n");
    const since = await run("config", "diff", "3", ...at);
    expect(since.out).toContain("- upstreams.alpha:");
    expect(since.out).not.toContain("0123456789");

    const back = await run("config", "rollback", "3", ...at);
    expect(back).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(await readFile(join(gateway.dataDir, "config.json"), "utf8")).upstreams).toEqual([ALPHA]);
    // Any save makes the gateway look at the file first.
    const saved = await callAdmin(gateway.url, "PATCH /settings", { body: { settings: { keep_alive_ms: 5000 } } });
    expect(saved.status).toBe(200);
    expect(gateway.app.config().upstreams).toHaveLength(1);
    const rows = (await callAdmin(gateway.url, "GET /history")).body.rows;
    expect(rows.map((row: { source: string }) => row.source)).toEqual([
      "script",
      "rollback",
      "script",
      "script",
      "start",
    ]);
  });

  test("refuses what is not in the list", async () => {
    const dir = await folderWith("{}");
    for (const id of ["1", "0", "../config", "2026-01-01T00-00-00.000Z"]) {
      const { code, err } = await run("config", "rollback", id, "--data-dir", dir);
      expect(code).toBe(1);
      expect(err).toContain("expected an id or number");
    }
    expect((await run("config", "log", "--data-dir", dir)).out).toBe("no configuration has been recorded yet\n");
  });
});
