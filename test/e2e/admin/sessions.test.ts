// Logging in and out, the first set-up, passwords, sessions and the audit log, as the console and scripts see them.

import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { resetAdmin } from "../../../src/cli/compose-access.ts";
import { SEED_PASSWORD_HASH } from "../../../src/config/defaults.ts";
import { type AdminBrowser, openBrowser } from "../../support/admin-session.ts";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../../support/gateway.ts";
import { until } from "../support/waiting.ts";

const PASSWORD = "correct horse battery";
const READY = { admin_password_hash: new Bun.CryptoHasher("sha256").update(PASSWORD).digest("hex") };
/** What makes a caller on this machine another machine: a proxy in between. */
const REMOTE = { "x-forwarded-for": "203.0.113.9" };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(options: Partial<TestGatewayOptions> = {}): Promise<TestGateway> {
  const gateway = await startGateway({ upstreams: [], ...options });
  closers.push(() => gateway.stop());
  return gateway;
}

async function loggedIn(gateway: TestGateway, headers: Record<string, string> = {}): Promise<AdminBrowser> {
  const browser = openBrowser(gateway.url, headers);
  const answer = await browser.call("POST /session", { body: { password: PASSWORD } });
  expect(answer.status).toBe(200);
  return browser;
}

function latestToken(gateway: TestGateway): string {
  return (
    gateway.lines
      .join("")
      .match(/(?<=one-time setup token: )\S+/g)
      ?.at(-1) ?? ""
  );
}

describe("a session of the console", () => {
  test("begins with the password, carries an unreadable cookie, and ends at the log-out for good", async () => {
    const gateway = await start({ config: READY });
    const browser = openBrowser(gateway.url);
    expect((await browser.call("GET /session")).body).toMatchObject({
      authenticated: false,
      state: "ready",
      local: true,
      needs_setup_token: false,
      password_is_default: false,
      expires_at: null,
      server_version: null,
    });
    expect((await browser.call("GET /upstreams")).status).toBe(401);
    const answer = await browser.call("POST /session", { body: { password: PASSWORD } });
    expect(answer.body).toMatchObject({ authenticated: true, state: "ready", server_version: "test" });
    const cookie = answer.headers.get("set-cookie") ?? "";
    const { port } = new URL(gateway.url);
    expect(cookie).toMatch(
      new RegExp(`^apirouter_session_${port}=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
    );
    expect((await browser.call("GET /upstreams")).status).toBe(200);
    const kept = browser.cookie;
    const out = await browser.call("DELETE /session");
    expect(out.headers.get("set-cookie")).toMatch(/=; Path=\/; HttpOnly; SameSite=Strict; Max-Age=0$/);
    browser.cookie = kept;
    expect((await browser.call("GET /upstreams")).status).toBe(401);
    expect((await browser.call("GET /session")).body.authenticated).toBe(false);
  });

  test("gets another cookie at each log-in, and the earlier one is worth nothing", async () => {
    const browser = await loggedIn(await start({ config: READY }));
    const first = browser.cookie;
    await browser.call("POST /session", { body: { password: PASSWORD, remember: true } });
    expect(browser.cookie).not.toBe(first);
    const second = browser.cookie;
    browser.cookie = first;
    expect((await browser.call("GET /upstreams")).status).toBe(401);
    browser.cookie = second;
    expect((await browser.call("GET /upstreams")).status).toBe(200);
  });

  test("is kept by the browser for 30 days only when it is to be remembered", async () => {
    const browser = openBrowser((await start({ config: READY })).url);
    const answer = await browser.call("POST /session", { body: { password: PASSWORD, remember: true } });
    expect(answer.headers.get("set-cookie")).toEndWith("; Max-Age=2592000");
    const days = (Date.parse(answer.body.expires_at) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThan(7.1);
  });

  test("has a __Host- cookie behind a proxy that speaks TLS", async () => {
    const gateway = await start({ config: READY });
    const browser = openBrowser(gateway.url, { ...REMOTE, "x-forwarded-proto": "https" });
    const answer = await browser.call("POST /session", { body: { password: PASSWORD } });
    expect(answer.headers.get("set-cookie")).toMatch(
      /^__Host-apirouter_session_\d+=\S+; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    expect((await browser.call("GET /upstreams")).status).toBe(200);
  });

  test("is not kept alive by what an abandoned page asks for by itself", async () => {
    const gateway = await start({ config: READY });
    const browser = await loggedIn(gateway);
    const database = new Database(join(gateway.dataDir, "admin.db"));
    database.run("UPDATE sessions SET last_used_at = last_used_at - 600000");
    database.close();
    const end = async () => (await browser.call("GET /session")).body.expires_at;
    const before = await end();
    await browser.call("GET /upstreams", { headers: { "x-apirouter-background": "1" } });
    await browser.call("GET /upstreams", { headers: { accept: "text/event-stream" } });
    expect(await end()).toBe(before);
    await browser.call("GET /upstreams");
    expect(await end()).not.toBe(before);
  });

  test("survives a restart of the gateway", async () => {
    const gateway = await start({ config: READY });
    const browser = await loggedIn(gateway);
    await gateway.app.stop(0);
    const { startApp } = await import("../../../src/cli/compose.ts");
    const again = await startApp({
      host: "127.0.0.1",
      port: Number(new URL(gateway.url).port),
      dataDir: gateway.dataDir,
      logFormat: "text",
      version: "test",
      env: {},
      writeLog: () => undefined,
      isTerminal: false,
    });
    try {
      expect((await browser.call("GET /upstreams")).status).toBe(200);
    } finally {
      await again.stop(0);
    }
  });

  test("is shown among the others, of which one or all can be ended", async () => {
    const gateway = await start({ config: READY });
    const [mine, other, third] = [await loggedIn(gateway), await loggedIn(gateway), await loggedIn(gateway, REMOTE)];
    const { sessions } = (await mine.call("GET /sessions")).body;
    expect(sessions).toHaveLength(3);
    const own = sessions.filter((session: { is_current: boolean }) => session.is_current);
    expect(own).toHaveLength(1);
    for (const session of sessions) expect(mine.cookie + other.cookie + third.cookie).not.toContain(session.id);
    const foreign = sessions.find((session: { is_current: boolean }) => !session.is_current);
    expect((await mine.call(`DELETE /sessions/${foreign.id}`)).status).toBe(200);
    expect((await mine.call(`DELETE /sessions/${foreign.id}`)).status).toBe(404);
    expect((await mine.call("GET /sessions")).body.sessions).toHaveLength(2);
    expect((await mine.call("DELETE /sessions")).status).toBe(200);
    expect((await other.call("GET /session")).body.authenticated).toBe(false);
    expect((await third.call("GET /session")).body.authenticated).toBe(false);
    expect((await mine.call("GET /session")).body.authenticated).toBe(true);
  });

  test("works on the seed's routes too, which then show masked keys only", async () => {
    const entry = {
      id: "one",
      base_url: "http://127.0.0.1:9/v1",
      api_format: "openai",
      keys: ["sk-upstream-0123456789"],
    };
    const gateway = await start({ config: READY, upstreams: [entry] });
    const { cookie } = await loggedIn(gateway);
    const bySession = await fetch(`${gateway.url}/admin/config`, { headers: { cookie } });
    expect(bySession.status).toBe(200);
    expect(await bySession.text()).not.toContain("sk-upstream-0123456789");
    const byScript = await fetch(`${gateway.url}/admin/config`, { headers: { "x-admin-password": PASSWORD } });
    expect(await byScript.text()).toContain("sk-upstream-0123456789");
    const change = {
      method: "POST",
      headers: { cookie, "x-apirouter-csrf": "1" },
      body: '{"new_password":"another good one"}',
    };
    expect((await fetch(`${gateway.url}/admin/config`, change)).status).toBe(403);
  });
});

describe("keys of an upstream that is pointed at another host", () => {
  const entry = {
    id: "one",
    base_url: "https://api.example/v1",
    api_format: "openai",
    keys: ["sk-upstream-0123456789"],
  };
  const MOVES: readonly (readonly [name: string, change: object])[] = [
    ["sent back masked", { base_url: "https://evil.example/v1", keys: ["sk-upstr…6789"] }],
    ["left out", { base_url: "https://evil.example/v1", keys: undefined }],
    ["null", { base_url: "https://evil.example/v1", keys: null }],
    ["on another port", { base_url: "https://api.example:8443/v1", keys: undefined }],
    ["without TLS", { base_url: "http://api.example/v1", keys: undefined }],
  ];
  for (const [name, change] of MOVES) {
    test(`${name}: stay where they are`, async () => {
      const gateway = await start({ config: READY, upstreams: [entry] });
      const answer = await fetch(`${gateway.url}/admin/config`, {
        method: "POST",
        headers: { "x-admin-password": PASSWORD },
        body: JSON.stringify({ upstreams: [{ ...entry, ...change }] }),
      });
      expect(answer.status).toBe(400);
      expect(await answer.text()).toMatch(/entered again/);
      expect(await readFile(join(gateway.dataDir, "config.json"), "utf8")).not.toContain("evil.example");
      expect(gateway.app.config().upstreams[0]?.baseUrl).toBe(entry.base_url);
    });
  }
});

describe("secrets of telemetry", () => {
  const TELEMETRY = {
    metrics: { token: "metrics-token-0123456789" },
    otel: { endpoint: "https://collector.example", headers: { "x-team": "collector-key-0123456789" } },
  };

  test("are masked wherever they are shown, and an export that comes back changes none of them", async () => {
    const gateway = await start({ config: { ...READY, ...TELEMETRY } });
    const browser = await loggedIn(gateway);
    const exported = await browser.call("POST /export", { body: { include_secrets: false } });
    for (const shown of [exported.body, (await browser.call("GET /settings")).body])
      expect(JSON.stringify(shown)).not.toMatch(/metrics-token-0123456789|collector-key-0123456789/);
    const back = await browser.call("POST /import", {
      body: { document: { ...exported.body, debug_mode: true }, dry_run: false },
    });
    expect(back.status).toBe(200);
    expect(JSON.parse(await readFile(join(gateway.dataDir, "config.json"), "utf8"))).toMatchObject({
      ...TELEMETRY,
      debug_mode: true,
    });
    const { rows } = (await browser.call("GET /history")).body;
    for (const { id } of rows)
      expect(JSON.stringify((await browser.call(`GET /history/${id}/diff?against=previous`)).body)).not.toContain(
        "collector-key-0123456789",
      );
  });

  test("do not go to another collector unless they are entered again", async () => {
    const gateway = await start({ config: { ...READY, ...TELEMETRY } });
    const browser = await loggedIn(gateway);
    const current = (await browser.call("POST /export", { body: { include_secrets: false } })).body;
    const moved = (headers: object) => ({
      document: { ...current, otel: { endpoint: "https://evil.example", headers } },
      dry_run: false,
    });
    const refused = await browser.call("POST /import", { body: moved(current.otel.headers) });
    expect([refused.status, refused.body.error.message]).toEqual([
      400,
      expect.stringMatching(/otel\.headers: expected the headers to be entered again/),
    ]);
    const patched = await browser.call("PATCH /settings", {
      body: { settings: { otel: { endpoint: "https://evil.example" } } },
    });
    expect(patched.status).toBe(400);
    expect(await readFile(join(gateway.dataDir, "config.json"), "utf8")).not.toContain("evil.example");
    expect((await browser.call("POST /import", { body: moved({ "x-team": "another-key-0123456789" }) })).status).toBe(
      200,
    );
  });
});

describe("a change that a cookie would authorise", () => {
  const CASES: readonly (readonly [name: string, headers: Record<string, string | undefined>, status: number])[] = [
    ["with everything that our page sends", {}, 200],
    ["from a browser without Sec-Fetch-Site, with our origin", { "sec-fetch-site": undefined, origin: "SELF" }, 200],
    ["from a client that sends neither", { "sec-fetch-site": undefined }, 200],
    ["typed by the user", { "sec-fetch-site": "none" }, 200],
    ["without the proof", { "x-apirouter-csrf": undefined }, 403],
    ["with an empty proof", { "x-apirouter-csrf": "" }, 403],
    [
      "without Sec-Fetch-Site and without the proof",
      { "sec-fetch-site": undefined, "x-apirouter-csrf": undefined },
      403,
    ],
    ["from a page of another site", { "sec-fetch-site": "cross-site" }, 403],
    ["from a page of the same site, another port", { "sec-fetch-site": "same-site" }, 403],
    ["from a foreign origin", { "sec-fetch-site": undefined, origin: "https://evil.example" }, 403],
    ["from a sandboxed page", { "sec-fetch-site": undefined, origin: "null" }, 403],
    ["from a foreign origin that lies about its site", { origin: "https://evil.example" }, 403],
  ];
  for (const [name, headers, status] of CASES) {
    test(`${name} gets ${status}`, async () => {
      const gateway = await start({ config: READY });
      const browser = await loggedIn(gateway);
      const sent = headers["origin"] === "SELF" ? { ...headers, origin: gateway.url } : headers;
      expect((await browser.call("DELETE /sessions", { headers: sent })).status).toBe(status);
    });
  }

  test("as a form or as text gets 415 at the log-in, before anything is tried", async () => {
    const gateway = await start({ config: READY });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]) {
      const answer = await fetch(`${gateway.url}/admin/api/session`, {
        method: "POST",
        headers: { "content-type": type },
        body: JSON.stringify({ password: PASSWORD }),
      });
      expect([type, answer.status, answer.headers.get("set-cookie")]).toEqual([type, 415, null]);
    }
  });
});

describe("a fresh installation", () => {
  test("lets this machine in with `admin`, says so, and asks for a password", async () => {
    const gateway = await start();
    const browser = openBrowser(gateway.url);
    expect((await browser.call("GET /session")).body).toMatchObject({
      state: "setup",
      local: true,
      needs_setup_token: false,
    });
    const answer = await browser.call("POST /session", { body: { password: "admin" } });
    expect(answer.body).toMatchObject({ authenticated: true, state: "setup", password_is_default: true });
    expect(gateway.lines.join("")).toMatch(/no administrator password has been chosen/);
    const changed = await browser.call("POST /session/password", {
      body: { current_password: "admin", new_password: "a much better one" },
    });
    expect(changed.body).toMatchObject({ authenticated: true, state: "ready", password_is_default: false });
    expect((await browser.call("GET /upstreams")).status).toBe(200);
    const again = openBrowser(gateway.url);
    expect((await again.call("POST /session", { body: { password: "admin" } })).status).toBe(401);
  });

  test("refuses other machines everything but the claim, whatever they send", async () => {
    const gateway = await start();
    const browser = openBrowser(gateway.url, REMOTE);
    expect((await browser.call("GET /session")).body).toMatchObject({
      state: "setup",
      local: false,
      needs_setup_token: true,
    });
    expect((await browser.call("POST /session", { body: { password: "admin" } })).status).toBe(403);
    expect((await browser.call("GET /upstreams", { headers: { "x-admin-password": "admin" } })).status).toBe(403);
    const local = openBrowser(gateway.url);
    await local.call("POST /session", { body: { password: "admin" } });
    browser.cookie = local.cookie;
    expect((await browser.call("GET /upstreams")).status).toBe(403);
    expect((await browser.call("GET /session")).body.authenticated).toBe(false);
  });

  test("is claimed from another machine with the one-time token, once", async () => {
    const gateway = await start();
    const browser = openBrowser(gateway.url, REMOTE);
    const token = latestToken(gateway);
    expect(token).not.toBe("");
    const claim = (body: object) => browser.call("POST /session/setup", { body });
    expect((await claim({ token: "wrong", new_password: "a much better one" })).status).toBe(401);
    const weak = await claim({ token, new_password: "password1" });
    expect([weak.status, weak.body.error.message]).toEqual([400, "new_password: expected one that is not common"]);
    const done = await claim({ token, new_password: "a much better one" });
    expect(done.body).toMatchObject({ authenticated: true, state: "ready" });
    expect((await browser.call("GET /upstreams")).status).toBe(200);
    expect((await claim({ token, new_password: "yet another one" })).status).toBe(403);
    expect(JSON.parse(await readFile(join(gateway.dataDir, "config.json"), "utf8")).admin_password_hash).toMatch(
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/,
    );
  });

  test("prints a new token after five wrong ones, and the old one is dead", async () => {
    const gateway = await start();
    const browser = openBrowser(gateway.url, REMOTE);
    const first = latestToken(gateway);
    for (let n = 0; n < 5; n++)
      expect(
        (await browser.call("POST /session/setup", { body: { token: `wrong ${n}`, new_password: "x" } })).status,
      ).toBe(401);
    expect(latestToken(gateway)).not.toBe(first);
    const claim = { token: first, new_password: "a much better one" };
    expect((await browser.call("POST /session/setup", { body: claim })).status).toBe(401);
    // The sixth wrong try has begun the waiting.
    const next = await browser.call("POST /session/setup", { body: { ...claim, token: latestToken(gateway) } });
    expect([next.status, next.headers.get("retry-after")]).toEqual([429, "1"]);
  });

  test("shows its token in no file and in no answer", async () => {
    const gateway = await start();
    const token = latestToken(gateway);
    const { body } = await openBrowser(gateway.url, REMOTE).call("GET /session");
    expect(JSON.stringify(body)).not.toContain(token);
    const entries = await readdir(gateway.dataDir, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((found) => found.isFile())) {
      // The first snapshot of the configuration may just be getting its name.
      const content = await readFile(join(entry.parentPath, entry.name), "latin1").catch(() => "");
      expect(content.includes(token)).toBe(false);
    }
  });

  test("takes its first password from the environment or a file, and no poor one", async () => {
    const fromEnv = await start({ app: { env: { APIROUTER_ADMIN_PASSWORD: PASSWORD } } });
    expect(fromEnv.lines.join("")).not.toMatch(/one-time setup token|no administrator password/);
    await loggedIn(fromEnv, REMOTE);
    expect(fromEnv.lines.join("")).not.toContain(PASSWORD);
    const file = join(fromEnv.dataDir, "password");
    await Bun.write(file, `${PASSWORD}\n`);
    await loggedIn(await start({ app: { adminPasswordFile: file } }), REMOTE);
    const kept = await start({ config: READY, app: { env: { APIROUTER_ADMIN_PASSWORD: "another one" } } });
    await loggedIn(kept);
    expect(kept.lines.join("")).toMatch(/APIROUTER_ADMIN_PASSWORD is not used/);
    for (const poor of ["admin", "password", "short"])
      expect(startGateway({ upstreams: [], app: { env: { APIROUTER_ADMIN_PASSWORD: poor } } })).rejects.toThrow(
        /^APIROUTER_ADMIN_PASSWORD: expected/,
      );
  });

  test("comes back when the machine's owner resets it: password and sessions are gone, a token is printed", async () => {
    const gateway = await start({ config: READY });
    const browser = await loggedIn(gateway);
    expect(latestToken(gateway)).toBe("");
    await resetAdmin(gateway.dataDir, {});
    await until("the running gateway takes up the file", () => latestToken(gateway) !== "", 10_000);
    expect((await browser.call("GET /session")).body).toMatchObject({ authenticated: false, state: "setup" });
    expect((await browser.call("GET /upstreams")).status).toBe(401);
    expect((await openBrowser(gateway.url, REMOTE).call("GET /upstreams")).status).toBe(403);
    expect((await browser.call("POST /session", { body: { password: "admin" } })).status).toBe(200);
  }, 20_000);

  test("is recognised by the hash of `admin` in an old file, and by a file without any", async () => {
    for (const config of [{}, { admin_password_hash: "" }, { admin_password_hash: SEED_PASSWORD_HASH.toUpperCase() }]) {
      const gateway = await start({ config });
      expect((await openBrowser(gateway.url, REMOTE).call("GET /upstreams")).status).toBe(403);
    }
  });
});

describe("the password", () => {
  test("of the seed's file is stored as argon2id from the first log-in on, and the session holds", async () => {
    const gateway = await start({ config: READY });
    const hash = async () =>
      JSON.parse(await readFile(join(gateway.dataDir, "config.json"), "utf8")).admin_password_hash;
    expect(await hash()).toMatch(/^[0-9a-f]{64}$/);
    const browser = await loggedIn(gateway);
    expect(await hash()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await browser.call("GET /upstreams")).status).toBe(200);
    await loggedIn(gateway);
    expect((await openBrowser(gateway.url).call("POST /session", { body: { password: "wrong" } })).status).toBe(401);
  });

  test("is changed with the current one only, and every other session ends", async () => {
    const gateway = await start({ config: READY });
    const [mine, other] = [await loggedIn(gateway), await loggedIn(gateway)];
    const change = (current_password: string, new_password: string) =>
      mine.call("POST /session/password", { body: { current_password, new_password } });
    expect((await change("wrong", "a much better one")).status).toBe(401);
    expect((await change(PASSWORD, "admin")).status).toBe(400);
    expect((await change(PASSWORD, "apirouter")).status).toBe(400);
    const before = mine.cookie;
    expect((await change(PASSWORD, "a much better one")).status).toBe(200);
    expect(mine.cookie).not.toBe(before);
    expect((await mine.call("GET /upstreams")).status).toBe(200);
    expect((await other.call("GET /upstreams")).status).toBe(401);
    mine.cookie = before;
    expect((await mine.call("GET /upstreams")).status).toBe(401);
  });

  test("with a damaged hash in the file opens nothing", async () => {
    const hash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const gateway = await start({ config: { admin_password_hash: hash } });
    for (const password of ["admin", hash, "x"])
      expect((await openBrowser(gateway.url).call("POST /session", { body: { password } })).status).toBe(401);
  });

  test("may be forbidden as a header, and is then not even looked at", async () => {
    const gateway = await start({ config: { ...READY, admin: { password_header: false } } });
    for (const path of ["/admin/config", "/admin/api/upstreams"]) {
      for (let n = 0; n < 10; n++)
        expect((await fetch(gateway.url + path, { headers: { "x-admin-password": PASSWORD } })).status).toBe(401);
    }
    expect((await (await loggedIn(gateway)).call("GET /upstreams")).status).toBe(200);
  });

  test("wrong ones look alike, whatever they are", async () => {
    const gateway = await start({ config: READY });
    await loggedIn(gateway);
    const answers = new Set<string>();
    for (const password of ["x", `${PASSWORD}x`, PASSWORD.slice(1), "x".repeat(256)]) {
      const { status, body } = await openBrowser(gateway.url).call("POST /session", { body: { password } });
      answers.add(JSON.stringify([status, body]));
    }
    expect(answers.size).toBe(1);
  });
});

test("the audit log tells who did what, in the order it happened, without secrets", async () => {
  const gateway = await start({ config: READY });
  await openBrowser(gateway.url, REMOTE).call("POST /session", { body: { password: "guess" } });
  const browser = await loggedIn(gateway);
  const headers = { "x-admin-password": PASSWORD };
  await fetch(`${gateway.url}/admin/config`, { method: "POST", headers, body: '{"debug_mode":true}' });
  await browser.call("POST /session/password", {
    body: { current_password: PASSWORD, new_password: "a much better one" },
  });
  const { rows } = (await browser.call("GET /audit?limit=200")).body;
  const told = rows.map((row: { action: string; author: string }) => [row.action, row.author.replace(/ .*/, "")]);
  expect(told).toEqual([
    ["password-changed", "console"],
    ["config-changed", "x-admin-password"],
    ["login", "console"],
    ["login-failed", ""],
  ]);
  const first = (await browser.call("GET /audit?limit=1")).body;
  expect(first.rows).toHaveLength(1);
  expect((await browser.call(`GET /audit?limit=1&cursor=${first.next_cursor}`)).body.rows[0].action).toBe(
    "config-changed",
  );
  for (const secret of [PASSWORD, "a much better one", "guess"]) {
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(gateway.lines.join("")).not.toContain(secret);
  }
  expect((await stat(join(gateway.dataDir, "admin.db"))).mode & 0o777).toBe(0o600);
});
