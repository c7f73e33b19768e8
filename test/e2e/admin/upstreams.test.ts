// Upstreams through the admin API of a real gateway.

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ADMIN_CONFIG, callAdmin } from "../../support/admin-client.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";

const ALPHA = {
  id: "alpha",
  base_url: "http://127.0.0.1:9/v1",
  api_format: "anthropic",
  keys: ["sk-alpha-0123456789abcdef", "sk-alpha-fedcba9876543210", "env:UNSET"],
  headers: { "x-team-token": "team-secret-0123456789" },
  model_map: { "claude-*": "their-*" },
  enabled: false,
  future_field: { api_key: "nested-secret-0123456789", list: [1, 2] },
};
const BETA = { id: "beta/中文", base_url: "https://beta.example/v1", api_format: "openai", priority: 5 };

let gateway: TestGateway | undefined;

beforeEach(async () => {
  await gateway?.stop();
  gateway = await startGateway({ upstreams: [ALPHA, BETA], config: ADMIN_CONFIG });
});
afterAll(() => gateway?.stop());

const call = (target: string, options = {}) => callAdmin((gateway as TestGateway).url, target, options);
const path = (id: string) => `/upstreams/${encodeURIComponent(id)}`;

async function file(): Promise<{ upstreams: Record<string, unknown>[] }> {
  return JSON.parse(await readFile(join((gateway as TestGateway).dataDir, "config.json"), "utf8"));
}

async function list(): Promise<Record<string, unknown>[]> {
  return (await call("GET /upstreams")).body.upstreams;
}

describe("the list of upstreams", () => {
  test("shows definitions with masked secrets, keys one by one and health", async () => {
    const { body, headers } = await call("GET /upstreams");
    expect(headers.get("etag")).toBe(`"${body.version}"`);
    const [alpha, beta] = body.upstreams;
    expect(JSON.stringify(body)).not.toMatch(/0123456789abcdef|fedcba9876543210|secret-0123456789/);
    expect(alpha.definition).toMatchObject({
      id: "alpha",
      keys: ["sk-alpha…cdef", "sk-alpha…3210", "env:UNSET"],
      model_map: { "claude-*": "their-*" },
      future_field: { api_key: "nested-s…6789", list: [1, 2] },
    });
    expect(alpha.keys.map((key: object) => ({ ...key, id: "" }))).toMatchObject([
      { masked: "sk-alpha…cdef", source: "plain", state: "ok" },
      { masked: "sk-alpha…3210", source: "plain", state: "ok" },
      { masked: "env:UNSET", source: "env", state: "missing" },
    ]);
    expect(alpha.health).toBe("disabled");
    expect(alpha.warnings).toHaveLength(1);
    expect(beta).toMatchObject({ health: "unused", keys: [], definition: BETA, running: 0 });
  });

  test("is closed to callers without the password and to pages of other sites", async () => {
    expect(await call("GET /upstreams", { password: null })).toMatchObject({
      status: 401,
      body: { error: { code: "unauthenticated" } },
    });
    const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const foreign = await call("GET /upstreams", { headers });
    expect(foreign).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    expect([...foreign.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("a new upstream", () => {
  test("comes last and is used at once", async () => {
    const created = await call("POST /upstreams", { body: { ...BETA, id: "gamma", priority: undefined } });
    expect(created.status).toBe(201);
    expect((await list()).map((upstream) => (upstream["definition"] as { id: string }).id)).toEqual([
      "alpha",
      BETA.id,
      "gamma",
    ]);
    expect(gateway?.app.config().upstreams).toHaveLength(3);
  });

  test("comes behind upstreams of a priority beyond the usual", async () => {
    await call(`PATCH ${path(BETA.id)}`, { body: { priority: 5000 } });
    await call("POST /upstreams", { body: { ...ALPHA, id: "gamma" } });
    expect((await file()).upstreams[2]).toMatchObject({ id: "gamma", priority: 5000 });
  });

  const WRONG = [
    { name: "an address that is none", change: { base_url: "ftp://x" }, path: "base_url" },
    { name: "a cloud's metadata service", change: { base_url: "http://169.254.169.254/v1" }, path: "base_url" },
    { name: "an unknown format", change: { api_format: "soap" }, path: "api_format" },
    { name: "a key with a line break", change: { keys: ["good", "a\nb"] }, path: "keys[1]" },
    { name: "a header that the gateway sets", change: { headers: { Host: "x" } }, path: "headers.Host" },
    { name: "a timeout out of range", change: { timeouts: { idle_ms: -1 } }, path: "timeouts.idle_ms" },
    { name: "a taken id", change: { id: "alpha" }, path: "id" },
    { name: "a reserved id", change: { id: "order" }, path: "id" },
    { name: "an empty id", change: { id: "" }, path: "id" },
    { name: "a priority that is text", change: { priority: "high" }, path: "priority" },
  ];
  for (const { name, change, path: field } of WRONG) {
    test(`is refused with ${name}, and nothing changes`, async () => {
      const before = await file();
      const answer = await call("POST /upstreams", { body: { ...BETA, id: "gamma", ...change } });
      expect(answer.status).toBe(400);
      expect(answer.body.error.code).toBe("invalid");
      expect(answer.body.error.problems.map((problem: { path: string }) => problem.path)).toContain(field);
      expect(await file()).toEqual(before);
    });
  }
});

describe("a changed upstream", () => {
  test("keeps the secrets that came back masked, at any depth, and what the console does not know", async () => {
    const shown = (await list())[0]?.["definition"] as typeof ALPHA;
    await call(`PUT ${path("alpha")}`, { body: { ...shown, base_url: "http://127.0.0.1:9/v2" } });
    expect((await file()).upstreams[0]).toEqual({ ...ALPHA, base_url: "http://127.0.0.1:9/v2" });
  });

  test("may be renamed, with its keys, and stays where it is", async () => {
    const shown = (await list())[0]?.["definition"] as typeof ALPHA;
    const answer = await call(`PUT ${path("alpha")}`, { body: { ...shown, id: "alpha 2" } });
    expect(answer.status).toBe(200);
    expect((await file()).upstreams[0]).toEqual({ ...ALPHA, id: "alpha 2" });
  });

  test("is not renamed to an id that is taken", async () => {
    const answer = await call(`PUT ${path("alpha")}`, { body: { ...ALPHA, id: BETA.id } });
    expect(answer.body.error.problems).toEqual([{ path: "id", message: "expected an id that no other upstream has" }]);
  });

  test("has to be given its keys anew when it points at another host", async () => {
    const shown = (await list())[0]?.["definition"] as typeof ALPHA;
    const moved = { ...shown, base_url: "https://evil.example/v1" };
    const answer = await call(`PUT ${path("alpha")}`, { body: moved });
    expect(answer).toMatchObject({ status: 400, body: { error: { problems: [{ path: "keys" }] } } });
    expect((await file()).upstreams[0]).toEqual(ALPHA);
    // Renaming it meanwhile is no way around.
    expect((await call(`PUT ${path("alpha")}`, { body: { ...moved, id: "other" } })).status).toBe(400);
    const complete = { ...moved, keys: ["sk-new-0123456789abcdef"], headers: {}, future_field: {} };
    expect((await call(`PUT ${path("alpha")}`, { body: complete })).status).toBe(200);
  });

  test("is switched on and off by itself", async () => {
    await call(`PATCH ${path(BETA.id)}`, { body: { enabled: false } });
    expect((await file()).upstreams[1]).toEqual({ ...BETA, enabled: false });
    expect((await list())[1]).toMatchObject({ health: "disabled" });
    // Its key variable is not set: it cannot be used.
    const refused = await call(`PATCH ${path("alpha")}`, { body: { enabled: true } });
    expect(refused.body.error.problems[0].path).toBe("keys[2]");
  });

  test("is refused unknown fields where they are no pass-through", async () => {
    const answer = await call(`PATCH ${path("alpha")}`, { body: { enabled: true, keys: [] } });
    expect(answer.body.error.problems).toEqual([{ path: "keys", message: "not known here" }]);
  });

  test("can be deleted, and then is not there", async () => {
    expect((await call(`DELETE ${path(BETA.id)}`)).status).toBe(200);
    expect((await file()).upstreams).toEqual([ALPHA]);
    for (const target of [`DELETE ${path(BETA.id)}`, `PUT ${path(BETA.id)}`, `PATCH ${path(BETA.id)}`]) {
      const body = target.startsWith("PUT") ? BETA : target.startsWith("PATCH") ? {} : undefined;
      expect(await call(target, body && { body })).toMatchObject({
        status: 404,
        body: { error: { code: "not-found" } },
      });
    }
  });

  test("is addressed by whatever its id is", async () => {
    for (const id of ["a%2Fb", "a b?c#d", "..x", "%", "__proto__", "constructor"]) {
      expect((await call("POST /upstreams", { body: { ...BETA, id } })).status).toBe(201);
      expect((await call(`PATCH ${path(id)}`, { body: { enabled: false } })).status).toBe(200);
      expect((await file()).upstreams[2]).toMatchObject({ id, enabled: false });
      expect((await call(`DELETE ${path(id)}`)).status).toBe(200);
    }
  });
});

describe("the order of upstreams", () => {
  test("becomes their priorities", async () => {
    expect((await call("PUT /upstreams/order", { body: { ids: [BETA.id, "alpha"] } })).status).toBe(200);
    expect((await file()).upstreams.map(({ id, priority }) => [id, priority])).toEqual([
      ["alpha", 2],
      [BETA.id, 1],
    ]);
  });

  test("has to name each upstream once", async () => {
    for (const ids of [["alpha"], ["alpha", "alpha"], ["alpha", "gone"], ["alpha", BETA.id, "gone"]]) {
      const answer = await call("PUT /upstreams/order", { body: { ids } });
      expect(answer.body.error.problems[0].path).toBe("ids");
    }
  });
});

describe("two open tabs", () => {
  test("do not overwrite each other", async () => {
    const first = (await call("GET /upstreams")).body.version;
    const saved = await call(`PATCH ${path(BETA.id)}`, { body: { enabled: false }, ifMatch: first });
    expect(saved.status).toBe(200);
    const second = await call(`PUT ${path(BETA.id)}`, { body: BETA, ifMatch: first });
    expect(second).toMatchObject({
      status: 409,
      body: { error: { code: "conflict", current_version: saved.body.version } },
    });
    expect((await file()).upstreams[1]).toEqual({ ...BETA, enabled: false });
    const again = await call(`PUT ${path(BETA.id)}`, { body: BETA, ifMatch: saved.body.version });
    expect(again.status).toBe(200);
  });
});
