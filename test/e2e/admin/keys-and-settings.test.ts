// Client keys, access control and settings through the admin API of a real gateway.

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hashClientKey } from "../../../src/config/client-key.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { ADMIN_CONFIG, callAdmin } from "../../support/admin-client.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";

const upstream = startSimulator();
let gateway: TestGateway | undefined;

beforeEach(async () => {
  await gateway?.stop();
  const entry = { id: "one", base_url: `${upstream.url}/v1`, api_format: "anthropic", keys: ["sk-one-0123456789"] };
  gateway = await startGateway({ upstreams: [entry], config: { ...ADMIN_CONFIG, unknown_field: { kept: true } } });
});
afterAll(async () => {
  await gateway?.stop();
  upstream.stop();
});

const call = (target: string, options = {}) => callAdmin((gateway as TestGateway).url, target, options);

async function fileText(): Promise<string> {
  return await readFile(join((gateway as TestGateway).dataDir, "config.json"), "utf8");
}

/** Status of a request with this client key. */
async function ask(key: string): Promise<number> {
  const response = await fetch(`${gateway?.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: JSON.stringify({ model: "claude-sonnet-4-5", max_tokens: 10, messages: [{ role: "user", content: "hi" }] }),
  });
  await response.text();
  return response.status;
}

describe("a client key", () => {
  test("is shown once, stored as a hash and works at once", async () => {
    await call("PUT /keys/access-control", { body: { enabled: true } });
    const { status, body } = await call("POST /keys", { body: { name: "laptop" } });
    expect(status).toBe(201);
    expect(body.key).toMatch(/^sk-[0-9A-Za-z]{43}$/);
    expect(body.view).toMatchObject({
      id: hashClientKey(body.key).slice(0, 16),
      name: "laptop",
      enabled: true,
      expires_at: null,
      is_expired: false,
      limits: {},
    });
    expect(await ask(body.key)).toBe(200);
    expect(await ask(`${body.key}x`)).toBe(401);
    for (const text of [await fileText(), JSON.stringify((await call("GET /keys")).body)])
      expect(text).not.toContain(body.key);
  });

  test("differs from every other", async () => {
    const keys = [];
    for (let index = 0; index < 5; index += 1) keys.push((await call("POST /keys", { body: { name: "k" } })).body.key);
    expect(new Set(keys).size).toBe(5);
  });

  test("is renamed, switched off, limited and deleted", async () => {
    await call("PUT /keys/access-control", { body: { enabled: true, allow_anonymous_lan: true } });
    const limits = { models: ["claude-*"], requests_per_minute: 60, budget: { period: "day", usd: 2.5 } };
    const expires = "2999-01-01T00:00:00.000Z";
    const { key, view } = (await call("POST /keys", { body: { name: "a", limits, expires_at: expires } })).body;
    expect(view).toMatchObject({ limits, expires_at: expires });

    await call(`PATCH /keys/${view.id}`, { body: { name: "b", enabled: false, limits: { models: null } } });
    const list = (await call("GET /keys")).body;
    expect(list).toMatchObject({ access_control_enabled: true, allow_anonymous_lan: true });
    expect(list.keys).toMatchObject([{ name: "b", enabled: false, limits: {}, expires_at: expires }]);
    expect(await ask(key)).toBe(401);

    await call(`PATCH /keys/${view.id}`, { body: { expires_at: null } });
    expect((await call("GET /keys")).body.keys[0].expires_at).toBeNull();
    expect((await call(`DELETE /keys/${view.id}`)).status).toBe(200);
    expect((await call("GET /keys")).body.keys).toEqual([]);
    expect((await call(`DELETE /keys/${view.id}`)).status).toBe(404);
    expect((await call(`PATCH /keys/${view.id}`, { body: {} })).status).toBe(404);
  });

  const WRONG = [
    { body: {}, path: "name" },
    { body: { name: "" }, path: "name" },
    { body: { name: "x", key: "sk-mine" }, path: "key" },
    { body: { name: "x", expires_at: "tomorrow" }, path: "expires_at" },
    { body: { name: "x", limits: { requests_per_minute: 0 } }, path: "limits.requests_per_minute" },
    { body: { name: "x", limits: { rpm: 5 } }, path: "limits.rpm" },
    { body: { name: "x", limits: { budget: { period: "year" } } }, path: "limits.budget.period" },
  ];
  for (const { body, path } of WRONG) {
    test(`is refused as ${JSON.stringify(body)}`, async () => {
      const answer = await call("POST /keys", { body });
      expect(answer.status).toBe(400);
      expect(answer.body.error.problems[0].path).toBe(path);
    });
  }

  test("is not changed on top of somebody else's change", async () => {
    const { view, version } = (await call("POST /keys", { body: { name: "a" } })).body;
    await call(`PATCH /keys/${view.id}`, { body: { name: "b" } });
    const late = await call(`PATCH /keys/${view.id}`, { body: { name: "c" }, ifMatch: version });
    expect(late.body.error.code).toBe("conflict");
    expect((await call("GET /keys")).body.keys[0].name).toBe("b");
  });
});

describe("settings", () => {
  test("are shown as they hold, with what may be set", async () => {
    const { body } = await call("GET /settings");
    expect(body.settings).toMatchObject({ debug_mode: false, breaker: { failure_threshold: 3, open_ms: 60_000 } });
    expect(body.explicit).toEqual([]);
    expect(body.fields.map((field: { path: string }) => field.path)).toContain("timeouts.first_byte_ms");
    expect(body.about).toMatchObject({ version: "test", address: gateway?.url, data_dir: gateway?.dataDir });
    expect(JSON.stringify(body)).not.toContain("admin_password_hash");
  });

  test("change one by one, hold at once and go back to their defaults", async () => {
    const patch = { breaker: { open_ms: 5000 }, debug_mode: true };
    expect((await call("PATCH /settings", { body: { settings: patch } })).status).toBe(200);
    expect(gateway?.app.config()).toMatchObject({ breaker: { openMs: 5000, failureThreshold: 3 }, debugMode: true });
    expect((await call("GET /settings")).body.explicit).toEqual(["debug_mode", "breaker.open_ms"]);
    await call("PATCH /settings", { body: { settings: { breaker: { open_ms: null } } } });
    expect(gateway?.app.config().breaker.openMs).toBe(60_000);
    expect(JSON.parse(await fileText())).toMatchObject({ debug_mode: true, unknown_field: { kept: true } });
  });

  const WRONG = [
    { settings: { breaker: { open_ms: "long" } }, path: "breaker.open_ms" },
    { settings: { breaker: { opens: 5 } }, path: "breaker.opens" },
    { settings: { upstreams: [] }, path: "upstreams" },
    { settings: { admin_password_hash: "" }, path: "admin_password_hash" },
    { settings: { mid_stream: "never" }, path: "mid_stream" },
    { settings: { failover: { statuses: [99] } }, path: "failover.statuses[0]" },
  ];
  for (const { settings, path } of WRONG) {
    test(`are refused as ${JSON.stringify(settings)}`, async () => {
      const before = await fileText();
      const answer = await call("PATCH /settings", { body: { settings } });
      expect(answer.status).toBe(400);
      expect(answer.body.error.problems[0].path).toBe(path);
      expect(await fileText()).toBe(before);
    });
  }

  test("hide the secrets of collector and metrics, take them back masked, and send them nowhere else", async () => {
    const otel = { endpoint: "http://127.0.0.1:9", headers: { "x-team": "team-secret-0123456789" } };
    const metrics = { token: "metrics-secret-0123456789" };
    await call("PATCH /settings", { body: { settings: { otel, metrics } } });
    const { body } = await call("GET /settings");
    const seen = [body, (await call("POST /export", { body: {} })).body, (await call("GET /history")).body];
    expect(JSON.stringify(seen)).not.toContain("secret-0123456789");
    const { rows } = (await call("GET /history")).body;
    const diff = (await call(`GET /history/${rows[0].id}/diff?against=previous`)).body;
    expect(diff.changes.length).toBeGreaterThan(0);
    expect(JSON.stringify(diff)).not.toContain("secret-0123456789");

    const shown = { otel: body.settings.otel, metrics: body.settings.metrics };
    expect((await call("PATCH /settings", { body: { settings: shown } })).status).toBe(200);
    expect(JSON.parse(await fileText())).toMatchObject({ otel, metrics });
    const elsewhere = { endpoint: "http://127.0.0.2:9" };
    for (const moved of [elsewhere, { ...shown.otel, ...elsewhere }]) {
      const answer = await call("PATCH /settings", { body: { settings: { otel: moved } } });
      expect(answer.body.error.problems[0].path).toBe("otel.headers");
    }
    const anew = { ...elsewhere, headers: { "x-team": "another-0123456789" } };
    expect((await call("PATCH /settings", { body: { settings: { otel: anew } } })).status).toBe(200);
  });

  test("are not saved over a file that somebody broke by hand", async () => {
    await Bun.write(join((gateway as TestGateway).dataDir, "config.json"), '{"upstreams": 5}');
    const answer = await call("PATCH /settings", { body: { settings: { debug_mode: true } } });
    expect(answer).toMatchObject({ status: 409, body: { error: { code: "file-invalid" } } });
    expect((await call("GET /settings")).body.problems).toMatchObject([{ path: "upstreams" }]);
  });
});
