// History, roll back, export and import through the admin API of a real gateway.

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ADMIN_CONFIG, ADMIN_PASSWORD, callAdmin } from "../../support/admin-client.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";

const KEY = "sk-alpha-0123456789abcdef";
const ALPHA = { id: "alpha", base_url: "http://127.0.0.1:9/v1", api_format: "anthropic", keys: [KEY] };

let gateway: TestGateway | undefined;

beforeEach(async () => {
  await gateway?.stop();
  gateway = await startGateway({ upstreams: [ALPHA], config: ADMIN_CONFIG });
});
afterAll(() => gateway?.stop());

const call = (target: string, options = {}) => callAdmin((gateway as TestGateway).url, target, options);
const path = () => join((gateway as TestGateway).dataDir, "config.json");

async function file(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path(), "utf8"));
}

// biome-ignore lint/suspicious/noExplicitAny: rows whose schema was checked
const rows = async (): Promise<any[]> => (await call("GET /history")).body.rows;

describe("the history", () => {
  test("begins with the configuration of the start", async () => {
    expect(await rows()).toMatchObject([{ source: "start", author: "config.json", summary: [], is_current: true }]);
  });

  test("has every change, however it was made, with its author and what it changed", async () => {
    await call("PATCH /settings", { body: { settings: { debug_mode: true } } });
    await fetch(`${gateway?.url}/admin/config`, {
      method: "POST",
      headers: { "x-admin-password": ADMIN_PASSWORD },
      body: JSON.stringify({
        upstreams: [
          { ...ALPHA, priority: 5 },
          { ...ALPHA, id: "beta" },
        ],
      }),
    });
    await writeFile(path(), JSON.stringify({ ...(await file()), mid_stream: "error" }));
    // Another save makes the program look at the file.
    await call("PATCH /settings", { body: { settings: { keep_alive_ms: 5000 } } });
    expect(await rows()).toMatchObject([
      { source: "script", author: "127.0.0.1", summary: ["keep_alive_ms: added"], is_current: true },
      { source: "file", author: "config.json", summary: ["mid_stream: added"], is_current: false },
      { source: "script", author: "127.0.0.1", summary: ["upstreams.alpha: changed", "upstreams.beta: added"] },
      { source: "script", author: "127.0.0.1", summary: ["debug_mode: added"] },
      { source: "start" },
    ]);
    expect((await call("GET /history?limit=2")).body.rows).toHaveLength(2);
  });

  test("has no entry for a save that changes nothing", async () => {
    await call("PATCH /settings", { body: { settings: {} } });
    await call("PUT /upstreams/alpha", { body: ALPHA });
    expect(await rows()).toHaveLength(1);
  });

  test("shows what a change changed, and what has changed since, without secrets", async () => {
    await call("PUT /upstreams/alpha", { body: { ...ALPHA, keys: [KEY, "sk-other-0123456789abcdef"] } });
    await call("PATCH /settings", { body: { settings: { debug_mode: true } } });
    const [newest, middle] = await rows();
    const change = (await call(`GET /history/${middle.id}/diff?against=previous`)).body.changes;
    expect(change).toEqual([
      { path: "upstreams.alpha.keys", before: ["sk-alpha…cdef"], after: ["sk-alpha…cdef", "sk-other…cdef"] },
    ]);
    expect((await call(`GET /history/${middle.id}/diff`)).body.changes).toEqual([{ path: "debug_mode", after: true }]);
    expect((await call(`GET /history/${newest.id}/diff`)).body.changes).toEqual([]);
  });

  test("is as private as the configuration", async () => {
    await call("GET /history");
    const folder = join((gateway as TestGateway).dataDir, "history");
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });
});

describe("a roll back", () => {
  test("makes an earlier configuration hold again, with its keys, and can itself be undone", async () => {
    await call("DELETE /upstreams/alpha");
    expect(gateway?.app.config().upstreams).toEqual([]);
    const first = (await rows()).at(-1);
    expect((await call(`POST /history/${first.id}/rollback`)).status).toBe(200);
    expect((await file())["upstreams"]).toEqual([ALPHA]);
    expect(gateway?.app.config().upstreams[0]?.keys[0]?.secret.reveal()).toBe(KEY);
    const after = await rows();
    expect(after).toMatchObject([
      { source: "rollback", is_current: true, summary: ["upstreams.alpha: added"] },
      {},
      {},
    ]);
    await call(`POST /history/${after[1].id}/rollback`);
    expect((await file())["upstreams"]).toEqual([]);
  });

  test("does not bring an old password back", async () => {
    const first = (await rows()).at(-1);
    const password = "a better password";
    await fetch(`${gateway?.url}/admin/config`, {
      method: "POST",
      headers: { "x-admin-password": ADMIN_PASSWORD },
      body: JSON.stringify({ new_password: password }),
    });
    expect((await call(`POST /history/${first.id}/rollback`, { password })).status).toBe(200);
    expect((await file())["admin_password_hash"]).toStartWith("$argon2id$");
    expect((await call("GET /history", { password: ADMIN_PASSWORD })).status).toBe(401);
  });

  test("is refused when the configuration is not what the page has seen, or the snapshot is not there", async () => {
    const first = (await rows()).at(-1);
    const { version } = (await call("GET /settings")).body;
    await call("PATCH /settings", { body: { settings: { debug_mode: true } } });
    const late = await call(`POST /history/${first.id}/rollback`, { ifMatch: version });
    expect(late.body.error.code).toBe("conflict");
    for (const id of ["2026-01-01T00-00-00.000Z", "..%2Fconfig", "x"]) {
      expect((await call(`POST /history/${id}/rollback`)).status).toBe(404);
      expect((await call(`GET /history/${id}/diff`)).status).toBe(404);
    }
  });
});

describe("an export", () => {
  test("is masked unless it is asked for otherwise, with the password", async () => {
    const masked = (await call("POST /export", { body: {} })).body;
    expect(masked).toMatchObject({ upstreams: [{ ...ALPHA, keys: ["sk-alpha…cdef"] }] });
    expect(masked).not.toHaveProperty("admin_password_hash");
    for (const password of [undefined, "", "wrong"]) {
      const refused = await call("POST /export", { body: { include_secrets: true, password } });
      expect(refused.status).toBe(401);
      expect(JSON.stringify(refused.body)).not.toContain(KEY);
    }
    const whole = await call("POST /export", { body: { include_secrets: true, password: ADMIN_PASSWORD } });
    expect(whole.body).toMatchObject({ upstreams: [ALPHA] });
    expect(whole.body).not.toHaveProperty("admin_password_hash");
    const audit = (await call("GET /audit")).body.rows;
    expect(audit.map((row: { action: string }) => row.action)).toContain("config-exported");
  });
});

describe("an import", () => {
  test("tells what it would change, and changes nothing", async () => {
    const document = { upstreams: [{ ...ALPHA, priority: 7 }], debug_mode: true };
    const { body } = await call("POST /import", { body: { document, dry_run: true } });
    expect(body).toMatchObject({ applied: false, problems: [] });
    expect(body.changes.map((change: { path: string }) => change.path).toSorted()).toEqual([
      "debug_mode",
      "upstreams.alpha.priority",
    ]);
    expect((await file())["debug_mode"]).toBeUndefined();
  });

  test("replaces everything but the password", async () => {
    const document = { upstreams: [{ ...ALPHA, id: "gamma" }], admin_password_hash: "", other: 1 };
    expect((await call("POST /import", { body: { document } })).body).toMatchObject({ applied: true, problems: [] });
    expect(await file()).toEqual({ ...document, ...ADMIN_CONFIG });
    expect((await rows())[0]).toMatchObject({ source: "import" });
  });

  test("takes a masked export of the same installation back", async () => {
    const masked = (await call("POST /export", { body: {} })).body;
    await call("PATCH /settings", { body: { settings: { debug_mode: true } } });
    expect((await call("POST /import", { body: { document: masked } })).body.applied).toBe(true);
    expect(await file()).toEqual({ upstreams: [ALPHA], ...ADMIN_CONFIG });
  });

  const WRONG = [
    {
      name: "keys of an upstream that is not there",
      document: { upstreams: [{ ...ALPHA, id: "new", keys: ["sk-alpha…cdef"] }] },
      path: "upstreams[0].keys[0]",
    },
    {
      name: "masked keys for another host",
      document: { upstreams: [{ ...ALPHA, base_url: "https://evil.example", keys: ["sk-alpha…cdef"] }] },
      path: "upstreams[0].keys",
    },
    {
      name: "a field of the wrong type",
      document: { upstreams: [ALPHA], breaker: { open_ms: "x" } },
      path: "breaker.open_ms",
    },
    { name: "upstreams that are no list", document: { upstreams: {} }, path: "upstreams" },
  ];
  for (const { name, document, path: place } of WRONG) {
    test(`with ${name} is refused as a whole`, async () => {
      const dry = (await call("POST /import", { body: { document, dry_run: true } })).body;
      expect(dry.problems[0].path).toBe(place);
      const answer = await call("POST /import", { body: { document } });
      expect(answer).toMatchObject({ status: 400, body: { error: { problems: [{ path: place }] } } });
      expect((await file())["upstreams"]).toEqual([ALPHA]);
    });
  }

  test("does not touch prototypes", async () => {
    const body = `{"document": {"upstreams": [], "__proto__": {"polluted": true}, "constructor": {"a": 1}}}`;
    expect((await call("POST /import", { body })).status).toBe(200);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
