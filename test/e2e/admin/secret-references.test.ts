// Keys of this machine (`env:`, `file:`) through the admin API: a session alone sends them nowhere new.

import { describe, expect, test } from "bun:test";
import { ADMIN_PASSWORD, callAdmin } from "../../support/admin-client.ts";
import { type AdminBrowser, openBrowser } from "../../support/admin-session.ts";
import { startGateway } from "../../support/gateway.ts";
import { setStage } from "../../support/stage.ts";

const { simulator, closeLater } = setStage();

const PASSWORD = "größer als drei";
const SECRET = "sk-secret-of-this-machine-0123";
const OTHER_SECRET = "other-secret-of-this-machine-0123";
const CONFIRMED = { headers: { "x-apirouter-confirm": encodeURIComponent(PASSWORD) } };

async function scene(password = PASSWORD, more: Record<string, string> = {}) {
  const [home, elsewhere] = [simulator({ answer: { text: "OK" } }), simulator({ answer: { text: "OK" } })];
  const gateway = await startGateway({
    upstreams: [{ id: "home", base_url: `${home.url}/v1`, api_format: "openai", keys: ["env:SECRET"] }],
    config: { admin_password_hash: new Bun.CryptoHasher("sha256").update(password).digest("hex") },
    env: { SECRET, OTHER_SECRET, ...more },
  });
  closeLater(() => gateway.stop());
  const browser = openBrowser(gateway.url);
  expect((await browser.call("POST /session", { body: { password } })).status).toBe(200);
  return { gateway, browser, home, elsewhere };
}

const at = (url: string, ...keys: string[]) => ({ id: "new", base_url: `${url}/v1`, api_format: "openai", keys });

async function expectRefused(browser: AdminBrowser, target: string, body: unknown, headers = {}): Promise<string> {
  const answer = await browser.call(target, { body, headers });
  expect([answer.status, answer.body.error?.code]).toEqual([403, "password-needed"]);
  return answer.body.error.message;
}

describe("a session without the password", () => {
  test("tries out no key of this machine at a new address, whichever way", async () => {
    const { browser, elsewhere } = await scene();
    for (const key of ["env:SECRET", "env:OTHER_SECRET", "env:NOT_SET", "file:/etc/hostname"]) {
      const upstream = at(elsewhere.url, key);
      const message = await expectRefused(browser, "POST /upstreams/test", { upstream, model: "m" });
      expect(message).toContain(`${key} to ${elsewhere.url}`);
      await expectRefused(browser, "POST /upstreams/models", { upstream });
    }
    expect(elsewhere.requestCount).toBe(0);
  });

  test("saves none for a new address either: not as a new upstream, a changed one, a collector's header", async () => {
    const { gateway, browser, elsewhere } = await scene();
    const before = await Bun.file(`${gateway.dataDir}/config.json`).text();
    await expectRefused(browser, "POST /upstreams", at(elsewhere.url, "env:SECRET"));
    await expectRefused(browser, "PUT /upstreams/home", { ...at(elsewhere.url, "env:SECRET"), id: "home" });
    const otel = { endpoint: elsewhere.url, headers: { "x-a": "env:SECRET" } };
    await expectRefused(browser, "PATCH /settings", { settings: { otel } });
    const seed = await fetch(`${gateway.url}/admin/config`, {
      method: "POST",
      headers: { "x-apirouter-csrf": "1", "sec-fetch-site": "same-origin", cookie: browser.cookie },
      body: JSON.stringify({ upstreams: [at(elsewhere.url, "env:SECRET")] }),
    });
    expect(seed.status).toBe(403);
    expect(await Bun.file(`${gateway.dataDir}/config.json`).text()).toBe(before);
  });

  test("takes the collector's headers of the environment to no other collector", async () => {
    const { browser, elsewhere } = await scene(PASSWORD, { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc" });
    const body = { settings: { otel: { endpoint: elsewhere.url } } };
    const message = await expectRefused(browser, "PATCH /settings", body);
    expect(message).toContain(`OTEL_EXPORTER_OTLP_HEADERS to ${elsewhere.url}`);
    expect((await browser.call("PATCH /settings", { body, ...CONFIRMED })).status).toBe(200);
  });

  test("is not helped by a wrong one, nor locked out by it", async () => {
    const { browser, elsewhere } = await scene();
    for (const wrong of ["wrong", "%zz", ""])
      await expectRefused(browser, "POST /upstreams", at(elsewhere.url, "env:SECRET"), {
        "x-apirouter-confirm": wrong,
      });
    expect((await browser.call("GET /upstreams")).status).toBe(200);
  });

  test("may go on with what goes there already, and with keys that it types itself", async () => {
    const { browser, home, elsewhere } = await scene();
    const again = { upstream: at(home.url, "env:SECRET"), model: "m" };
    expect((await browser.call("POST /upstreams/test", { body: again })).body.ok).toBe(true);
    expect((await browser.call("PUT /upstreams/home", { body: { ...again.upstream, id: "home" } })).status).toBe(200);
    expect((await browser.call("POST /upstreams", { body: at(elsewhere.url, "sk-typed-0123456789") })).status).toBe(
      201,
    );
    expect((await browser.call("PATCH /settings", { body: { settings: { debug_mode: true } } })).status).toBe(200);
    expect((await browser.call("PATCH /settings", { body: { settings: { debug_mode: null } } })).status).toBe(200);
  });
});

describe("who shows the password with the request", () => {
  test("may do all of that, and the history can be rolled back only so", async () => {
    const { browser, elsewhere } = await scene();
    const upstream = at(elsewhere.url, "env:SECRET");
    const tried = await browser.call("POST /upstreams/test", { body: { upstream, model: "m" }, ...CONFIRMED });
    expect(tried.body.ok).toBe(true);
    expect(elsewhere.requests[0]?.headers["authorization"]).toBe(`Bearer ${SECRET}`);
    const added = await browser.call("POST /upstreams", { body: upstream, ...CONFIRMED });
    expect(added.status).toBe(201);
    const { rows } = (await browser.call("GET /history")).body;
    expect((await browser.call("DELETE /upstreams/new")).status).toBe(200);
    const back = `POST /history/${rows[0].id}/rollback`;
    await expectRefused(browser, back, undefined);
    expect((await browser.call(back, CONFIRMED)).status).toBe(200);
  });

  test("as a script does with each", async () => {
    const { gateway, elsewhere } = await scene(ADMIN_PASSWORD);
    const answer = await callAdmin(gateway.url, "POST /upstreams", { body: at(elsewhere.url, "env:SECRET") });
    expect(answer.status).toBe(201);
  });
});
