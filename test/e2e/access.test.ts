// Who may use the gateway: client keys in all their places, the administrator's password, and the seed's files and
// shapes.

import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Simulator } from "../../src/simulator/simulator.ts";
import type { TestGateway } from "../support/gateway.ts";
import { rawExchange, splitAnswer } from "../support/raw-client.ts";
import { setStage } from "../support/stage.ts";
import { clientCall, errorOf, PROTOCOLS, send } from "./support/client-calls.ts";
import { createDataDir, removeDataDir, startProgram } from "./support/program.ts";
import { PATIENT, upstreamEntry } from "./support/upstreams.ts";

const { closeLater, gatewayFor, simulator } = setStage();

const KEY = "sk-9f2KcQ7sJ1xW3mZpL0aV";
const OTHER_KEY = "sk-1a2b3c4d5e6f7g8h9i0j";
const DISABLED_KEY = "sk-disabled-0000000000";

/** config.json as the seed wrote it: keys in clear, SHA-256 of the password, fields that we do not know. */
function seedConfig(upstreamUrl: string): Record<string, unknown> {
  return {
    upstreams: [
      {
        id: "main",
        base_url: `${upstreamUrl}/v1`,
        api_format: "anthropic",
        keys: ["sk-upstream-main"],
        model_map: { "claude-3": "claude-3-real" },
        priority: 1,
        enabled: true,
        remark: "ours",
      },
      { id: "spare", base_url: `${upstreamUrl}/v1/chat/completions`, api_format: "openai", keys: [], enabled: false },
    ],
    debug_mode: false,
    admin_password_hash: new Bun.CryptoHasher("sha256").update("correct horse").digest("hex"),
    client_keys: [
      { key: KEY, name: "laptop", enabled: true, created_at: "2026-01-02T03:04:05Z" },
      { key: OTHER_KEY, name: "phone", enabled: true },
      { key: DISABLED_KEY, name: "lost", enabled: false },
    ],
    access_control_enabled: true,
    some_future_switch: [1, 2],
  };
}

async function seedGateway(): Promise<{ gateway: TestGateway; upstream: Simulator }> {
  const upstream = simulator();
  const { upstreams, ...config } = seedConfig(upstream.url);
  return { upstream, gateway: await gatewayFor(upstreams as object[], config) };
}

describe("client keys of the seed's file", () => {
  const PLACES: readonly (readonly [name: string, headers: Record<string, string>, query: string])[] = [
    ["x-api-key", { "x-api-key": KEY }, ""],
    ["Authorization: Bearer", { authorization: `Bearer ${KEY}` }, ""],
    ["authorization: bearer in lower case", { authorization: `bearer   ${KEY}` }, ""],
    ["x-goog-api-key", { "x-goog-api-key": KEY }, ""],
    ["api-key", { "api-key": KEY }, ""],
    ["?key=", {}, `key=${KEY}`],
    ["?key= among others", {}, `beta=true&key=${KEY}&x=y`],
    ["the same key in several places", { "x-api-key": KEY, authorization: `Bearer ${KEY}` }, `key=${KEY}`],
    ["beside a foreign key", { "x-api-key": "sk-ant-foreign", authorization: `Bearer ${KEY}` }, ""],
    ["beside an empty one", { "x-api-key": "", "x-goog-api-key": KEY }, ""],
  ];

  for (const protocol of PROTOCOLS) {
    for (const [name, headers, query] of PLACES) {
      test(`${protocol}: ${name} lets the client in`, async () => {
        const { gateway, upstream } = await seedGateway();
        const call = clientCall(protocol, { stream: false });
        const path = query === "" ? call.path : `${call.path}?${query}`;
        const answer = await send(gateway.url, { ...call, path }, headers);
        expect(answer.status).toBe(200);
        const request = upstream.requests[0];
        expect(JSON.stringify([request?.path, request?.headers])).not.toContain(KEY);
        expect((await gateway.record(1)).clientKeyLabel).toMatch(/^sk-9f2Kc…0aV$|^sk-9f.*0aV$/);
        expect(gateway.lines.join("")).not.toContain(KEY);
      });
    }

    test(`${protocol}: without a valid key the answer is 401 in the client's envelope`, async () => {
      const { gateway, upstream } = await seedGateway();
      const attempts: Record<string, string>[] = [
        {},
        { "x-api-key": "" },
        { "x-api-key": "wrong" },
        { "x-api-key": KEY.slice(0, -1) },
        { "x-api-key": `${KEY}x` },
        { "x-api-key": KEY.toLowerCase() },
        { "x-api-key": DISABLED_KEY },
        { authorization: `Basic ${KEY}` },
        { authorization: KEY },
        { "x-api-key": "x".repeat(5000) },
        { cookie: `key=${KEY}` },
        { "x-admin-password": "correct horse" },
      ];
      for (const headers of attempts) {
        const answer = await send(gateway.url, clientCall(protocol, { stream: true }), headers);
        expect([headers, answer.status]).toEqual([headers, 401]);
        const error = errorOf(protocol, answer.text);
        expect(error?.message).toBe("Invalid or missing API key");
        const type = { anthropic: "authentication_error", gemini: "UNAUTHENTICATED" }[protocol as string];
        if (type) expect(error?.type).toBe(type);
      }
      expect(upstream.requestCount).toBe(0);
    });
  }

  test("two different keys of ours leave open who is asking", async () => {
    const { gateway } = await seedGateway();
    const headers = { "x-api-key": KEY, authorization: `Bearer ${OTHER_KEY}` };
    expect((await send(gateway.url, clientCall("anthropic", { stream: false }), headers)).status).toBe(401);
  });

  test("the key is asked for on every API route, before the body is read", async () => {
    const { gateway } = await seedGateway();
    for (const path of ["/v1/models", "/v1/messages/count_tokens", "/v1/embeddings", "/v1beta/models", "/v1/unknown"]) {
      expect([path, (await fetch(gateway.url + path)).status]).toEqual([path, 401]);
    }
    const head = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 30000000\r\n\r\n";
    const port = Number(new URL(gateway.url).port);
    const answer = await rawExchange(port, head, { until: (text) => text.endsWith("}") });
    expect(splitAnswer(answer).status).toBe(401);
  });

  test("the seed's model map and disabled upstream work, and a save keeps what we do not know", async () => {
    const { gateway, upstream } = await seedGateway();
    const call = clientCall("openai-chat", { stream: false, model: "claude-3" });
    expect((await send(gateway.url, call, { "x-api-key": KEY })).status).toBe(200);
    expect(upstream.requests[0]?.model).toBe("claude-3-real");
    const admin = { "x-admin-password": "correct horse" };
    const save = await fetch(`${gateway.url}/admin/config`, {
      method: "POST",
      headers: admin,
      body: '{"debug_mode":true}',
    });
    expect(await save.json()).toEqual({ ok: true });
    const text = await readFile(join(gateway.dataDir, "config.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({
      upstreams: [{ remark: "ours" }, { id: "spare", enabled: false }],
      some_future_switch: [1, 2],
      debug_mode: true,
      access_control_enabled: true,
    });
    // Keys in clear have become hashes, and still open the door.
    for (const key of [KEY, OTHER_KEY, DISABLED_KEY]) expect(text).not.toContain(key);
    expect((await send(gateway.url, call, { "x-api-key": KEY })).status).toBe(200);
    expect((await send(gateway.url, call, { "x-api-key": DISABLED_KEY })).status).toBe(401);
  });

  test("keys made, disabled and removed by the administrator count from the next request on", async () => {
    const { gateway } = await seedGateway();
    const headers = { "x-admin-password": "correct horse" };
    const post = (path: string, body: object) =>
      fetch(gateway.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    const list = async (): Promise<{ keys: Record<string, unknown>[]; access_control_enabled: boolean }> =>
      (await (await fetch(`${gateway.url}/admin/client-keys`, { headers })).json()) as never;
    const status = async (key: string): Promise<number> =>
      (await send(gateway.url, clientCall("anthropic", { stream: false }), { "x-api-key": key })).status;

    const { key } = (await (await post("/admin/generate-key", {})).json()) as { key: string };
    expect(key).toMatch(/^sk-[0-9A-Za-z_-]{43}$/);
    expect(await status(key)).toBe(401);
    const before = await list();
    expect(before.access_control_enabled).toBe(true);
    expect(before.keys.map((entry) => entry["name"])).toEqual(["laptop", "phone", "lost"]);
    expect(JSON.stringify(before)).not.toContain(KEY);

    expect(
      (await post("/admin/client-keys", { keys: [...before.keys, { key, name: "new", enabled: true }] })).status,
    ).toBe(200);
    expect([await status(key), await status(KEY)]).toEqual([200, 200]);
    const disabled = (await list()).keys.map((entry) =>
      entry["name"] === "new" ? { ...entry, enabled: false } : entry,
    );
    await post("/admin/client-keys", { keys: disabled });
    expect([await status(key), await status(KEY)]).toEqual([401, 200]);
    await post("/admin/client-keys", { keys: [] });
    expect(await status(KEY)).toBe(401);
    await post("/admin/client-keys", { access_control_enabled: false });
    expect(await status("whatever")).toBe(200);
  });
});

describe("without access control", () => {
  const call = clientCall("anthropic", { stream: false });

  test("this machine needs no key, whatever key a client sends", async () => {
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", simulator().url)]);
    for (const headers of [{}, { "x-api-key": "anything" }, { authorization: "Bearer anything" }] as Record<
      string,
      string
    >[])
      expect((await send(gateway.url, call, headers)).status).toBe(200);
  });

  test("what comes through a proxy or under another name is not this machine", async () => {
    const upstream = simulator();
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", upstream.url)]);
    for (const header of [
      "x-forwarded-for: 127.0.0.1",
      "forwarded: for=127.0.0.1",
      "x-real-ip: 127.0.0.1",
      "via: 1.1 x",
      "cf-connecting-ip: 1.2.3.4",
    ]) {
      expect([header, await rawStatus(gateway, "localhost", [header])]).toEqual([header, 401]);
    }
    for (const host of [
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "10.0.0.1",
      "[::2]",
      "0.0.0.0",
    ])
      expect([host, await rawStatus(gateway, host)]).toEqual([host, 401]);
    for (const host of ["localhost", "LOCALHOST:1999", "127.0.0.1", "127.9.9.9:80", "[::1]:1999", "router.localhost"])
      expect([host, await rawStatus(gateway, host)]).toEqual([host, 200]);
    expect(upstream.requestCount).toBe(6);
  });

  test("the refusal names both remedies, and both work", async () => {
    const entry = upstreamEntry("one", "anthropic", simulator().url);
    const remote = { "x-forwarded-for": "10.0.0.7" };
    const closed = await gatewayFor([entry]);
    const answer = await send(closed.url, call, remote);
    expect(errorOf("anthropic", answer.text)?.message).toMatch(/client key.*allow_anonymous_lan/);
    const open = await gatewayFor([entry], { allow_anonymous_lan: true });
    expect((await send(open.url, call, remote)).status).toBe(200);
    const withKey = await gatewayFor([entry], { client_keys: [{ key: KEY, name: "k", enabled: true }] });
    expect((await send(withKey.url, call, { ...remote, "x-api-key": KEY })).status).toBe(200);
    expect((await send(withKey.url, call, remote)).status).toBe(401);
  });

  test("pages of other sites are refused before anything is asked upstream", async () => {
    const upstream = simulator();
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", upstream.url)]);
    const refused: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "http://localhost:3000" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example", "content-type": "text/plain" },
    ];
    for (const headers of refused) {
      const answer = await send(gateway.url, call, headers);
      expect([headers, answer.status]).toEqual([headers, 403]);
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
    expect(upstream.requestCount).toBe(0);
    expect((await send(gateway.url, call, { origin: gateway.url, "sec-fetch-site": "same-origin" })).status).toBe(200);
  });

  test("a machine of the network is asked for a key, and its admin routes refuse the first password", async () => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === "IPv4" && !each.internal)?.address;
    if (!address) {
      console.log("skipping: this machine has no address besides loopback");
      return;
    }
    const dataDir = await createDataDir({ upstreams: [upstreamEntry("one", "anthropic", simulator().url)] });
    closeLater(() => removeDataDir(dataDir));
    const program = startProgram(dataDir, 0, ["--host", "0.0.0.0"]);
    closeLater(() => program.kill("SIGKILL"));
    await program.ready();
    const { port } = new URL(program.url);
    const remote = `http://${address}:${port}`;
    expect((await send(remote, call)).status).toBe(401);
    expect((await send(`http://127.0.0.1:${port}`, call)).status).toBe(200);
    const admin = { headers: { "x-admin-password": "admin" } };
    expect((await fetch(`${remote}/admin/config`, admin)).status).toBe(403);
    expect((await fetch(`http://127.0.0.1:${port}/admin/config`, admin)).status).toBe(200);
    expect((await fetch(`${remote}/health`)).status).toBe(200);
  }, 20_000);

  async function rawStatus(gateway: TestGateway, host: string, headers: readonly string[] = []): Promise<number> {
    const body = JSON.stringify(call.body);
    const lines = [`host: ${host}`, `content-length: ${body.length}`, "connection: close", ...headers];
    const raw = `POST /v1/messages HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
    return splitAnswer(await rawExchange(Number(new URL(gateway.url).port), raw)).status;
  }
});

describe("with access control", () => {
  test("pages of any site may call with a key", async () => {
    const { gateway } = await seedGateway();
    const origin = { origin: "https://chat.example" };
    const preflight = await fetch(`${gateway.url}/v1/messages`, {
      method: "OPTIONS",
      headers: { ...origin, "access-control-request-headers": "x-api-key,anthropic-version" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("x-api-key,anthropic-version");
    for (const stream of [true, false]) {
      const answer = await send(gateway.url, clientCall("anthropic", { stream }), { ...origin, "x-api-key": KEY });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    }
    const refused = await send(gateway.url, clientCall("anthropic", { stream: false }), origin);
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([401, "*"]);
  });
});

describe("the administrator's routes", () => {
  const ROUTES = [
    ["GET", "/admin/config"],
    ["POST", "/admin/config"],
    ["GET", "/admin/client-keys"],
    ["POST", "/admin/client-keys"],
    ["POST", "/admin/generate-key"],
    ["GET", "/admin/logs"],
    ["DELETE", "/admin/logs"],
    ["GET", "/admin/breakers"],
    ["POST", "/admin/test-model"],
    ["GET", "/admin/nothing"],
    ["GET", "/admin"],
    ["GET", "/admin/"],
  ] as const;

  test("answer 401 without the password and never say why", async () => {
    for (const headers of [{}, { "x-admin-password": "" }, { "x-admin-password": "wrong" }] as Record<
      string,
      string
    >[]) {
      const { gateway } = await seedGateway();
      const before = await readFile(join(gateway.dataDir, "config.json"), "utf8");
      for (const [method, path] of ROUTES.slice(0, 5)) {
        const answer = await fetch(gateway.url + path, { method, headers });
        expect([method, path, answer.status]).toEqual([method, path, 401]);
        expect(await answer.json()).toEqual({ error: "Unauthorized" });
        expect(answer.headers.get("cache-control")).toBe("no-store");
        expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      }
      expect(await readFile(join(gateway.dataDir, "config.json"), "utf8")).toBe(before);
    }
  });

  test("are all behind it", async () => {
    const { gateway } = await seedGateway();
    for (const [method, path] of ROUTES) {
      const answer = await fetch(gateway.url + path, { method });
      expect([method, path, [401, 404].includes(answer.status)]).toEqual([method, path, true]);
    }
  });

  test("are reached by no other spelling", async () => {
    const { gateway } = await seedGateway();
    const port = Number(new URL(gateway.url).port);
    for (const target of [
      "//admin/config",
      "/%61dmin/config",
      "/ADMIN/config",
      "/v1/../admin/config",
      "/admin/..;/config",
      "/./admin/config",
      "/admin%2fconfig",
      "/health/../admin/config",
      "http://localhost/admin/config",
      "http://evil.example/admin/config",
    ]) {
      const raw = `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`;
      const answer = splitAnswer(await rawExchange(port, raw));
      expect([target, answer.status >= 400, answer.body.includes("upstreams")]).toEqual([target, true, false]);
    }
  });

  test("take a request with two Host headers, or another machine's name, for a foreign one", async () => {
    const upstream = simulator();
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", upstream.url)]);
    const port = Number(new URL(gateway.url).port);
    for (const hosts of [
      ["evil.example"],
      ["localhost", "evil.example"],
      ["evil.example", "localhost"],
      ["localhost.evil.example"],
    ]) {
      const lines = hosts.map((host) => `host: ${host}`).join("\r\n");
      const raw = `GET /admin/config HTTP/1.1\r\n${lines}\r\nx-admin-password: admin\r\nconnection: close\r\n\r\n`;
      const answer = splitAnswer(await rawExchange(port, raw));
      expect([hosts, answer.status >= 400]).toEqual([hosts, true]);
      expect(answer.body).not.toContain("sk-upstream-one");
    }
  });

  test("verify answers 200 with the verdict", async () => {
    const { gateway } = await seedGateway();
    const verify = async (password: string): Promise<unknown> => {
      const answer = await fetch(`${gateway.url}/admin/verify`, {
        method: "POST",
        headers: { "x-admin-password": password },
      });
      expect(answer.status).toBe(200);
      return await answer.json();
    };
    expect(await verify("correct horse")).toEqual({ ok: true });
    expect(await verify("wrong horse")).toEqual({ ok: false });
  });

  test("make wrong passwords wait longer and longer, and never lock the right one out for good", async () => {
    const { gateway } = await seedGateway();
    const ask = (password: string) => fetch(`${gateway.url}/admin/logs`, { headers: { "x-admin-password": password } });
    for (let i = 0; i < 6; i++) expect((await ask(`wrong ${i}`)).status).toBe(401);
    const blocked = await ask("correct horse");
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get("retry-after"))).toBe(1);
    const flood = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(`guess ${i}`)));
    expect(new Set(flood.map((answer) => answer.status))).toEqual(new Set([429]));
    await Bun.sleep(1050); // the wait itself is what is tested
    expect((await ask("correct horse")).status).toBe(200);
    expect((await ask("wrong")).status).toBe(401);
    expect((await ask("correct horse")).status).toBe(200);
  }, 10_000);

  test("do not slow the API down while passwords are guessed", async () => {
    const { gateway } = await seedGateway();
    // An argon2id hash, which is what guessing has to be expensive against.
    const change = await fetch(`${gateway.url}/admin/config`, {
      method: "POST",
      headers: { "x-admin-password": "correct horse" },
      body: JSON.stringify({ new_password: "a much better one" }),
    });
    expect(change.status).toBe(200);
    const guesses = Array.from({ length: 100 }, (_, i) =>
      fetch(`${gateway.url}/admin/logs`, { headers: { "x-admin-password": `guess ${i}` } }),
    );
    const startedMs = performance.now();
    for (let i = 0; i < 20; i++)
      expect((await send(gateway.url, clientCall("anthropic", { stream: false }), { "x-api-key": KEY })).status).toBe(
        200,
      );
    expect(performance.now() - startedMs).toBeLessThan(1000);
    for (const answer of await Promise.all(guesses)) expect([401, 429, 503]).toContain(answer.status);
  }, 10_000);

  test("a new password replaces the old one, in the file as an argon2id hash", async () => {
    const { gateway } = await seedGateway();
    const ask = (password: string) =>
      fetch(`${gateway.url}/admin/config`, { headers: { "x-admin-password": password } });
    const answer = await fetch(`${gateway.url}/admin/config`, {
      method: "POST",
      headers: { "x-admin-password": "correct horse" },
      body: JSON.stringify({ new_password: "a much better one" }),
    });
    expect(await answer.json()).toEqual({ ok: true });
    expect((await ask("correct horse")).status).toBe(401);
    expect((await ask("a much better one")).status).toBe(200);
    const file = JSON.parse(await readFile(join(gateway.dataDir, "config.json"), "utf8")) as Record<string, string>;
    expect(file["admin_password_hash"]).toStartWith("$argon2id$");
  });

  test("show keys in clear to scripts of this machine only, and take masked ones back as unchanged", async () => {
    const { gateway } = await seedGateway();
    const headers = { "x-admin-password": "correct horse" };
    const local = await (await fetch(`${gateway.url}/admin/config`, { headers })).text();
    expect(local).toContain("sk-upstream-main");
    const remote = { ...headers, "x-forwarded-for": "10.0.0.7" };
    const masked = (await (await fetch(`${gateway.url}/admin/config`, { headers: remote })).json()) as {
      upstreams: object[];
    };
    expect(JSON.stringify(masked)).not.toContain("sk-upstream-main");
    const back = await fetch(`${gateway.url}/admin/config`, {
      method: "POST",
      headers: remote,
      body: JSON.stringify({ upstreams: masked.upstreams }),
    });
    expect(back.status).toBe(200);
    const file = await readFile(join(gateway.dataDir, "config.json"), "utf8");
    expect(JSON.parse(file)).toMatchObject({ upstreams: [{ keys: ["sk-upstream-main"] }, { keys: [] }] });
  });

  test("refuse pages of other sites even with the password", async () => {
    const { gateway } = await seedGateway();
    for (const foreign of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }] as Record<
      string,
      string
    >[]) {
      const answer = await fetch(`${gateway.url}/admin/config`, {
        headers: { ...foreign, "x-admin-password": "correct horse" },
      });
      expect(answer.status).toBe(403);
      expect(await answer.text()).not.toContain("sk-upstream-main");
    }
  });
});

describe("the request log in the seed's shape", () => {
  interface SeedEntry {
    readonly timestamp: string;
    readonly model?: string;
    readonly error?: string;
    readonly duration_ms: number;
    readonly status_code: number;
    readonly path: string;
    readonly attempts: readonly Record<string, unknown>[];
  }

  const ADMIN = { "x-admin-password": "admin" };

  async function logs(gateway: TestGateway): Promise<readonly SeedEntry[]> {
    const answer = await fetch(`${gateway.url}/admin/logs`, { headers: ADMIN });
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as { logs: SeedEntry[] };
    expect(Object.keys(body)).toEqual(["logs"]);
    return body.logs;
  }

  async function twoUpstreams(config: object = {}): Promise<TestGateway> {
    return await gatewayFor(
      [
        upstreamEntry("one", "anthropic", simulator({ error: "overloaded", errorMessage: "too much" }).url, {
          keys: ["sk-abcdefghijklmnopqrstuvwxyz"],
        }),
        upstreamEntry("two", "openai-chat", simulator({ answer: { text: "hello" } }).url),
      ],
      { ...PATIENT, ...config },
    );
  }

  test("shows every request with all attempts, newest first", async () => {
    const gateway = await twoUpstreams();
    const startedAt = Date.now();
    await send(gateway.url, clientCall("anthropic", { stream: false, model: "first" }));
    await send(gateway.url, clientCall("openai-chat", { stream: true, model: "second" }));
    await send(gateway.url, { ...clientCall("gemini", { stream: false }), body: [] as never });
    await gateway.record(3);
    const [third, second, first] = await logs(gateway);
    expect(first).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      method: "POST",
      path: "/v1/messages",
      model: "first",
      upstream_id: "two",
      status_code: 200,
      duration_ms: expect.any(Number),
      attempts: [
        {
          upstream_id: "one",
          url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1\/messages$/),
          status_code: 529,
          error: "too much",
        },
        {
          upstream_id: "two",
          url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions$/),
          status_code: 200,
        },
      ],
    } as never);
    expect(Date.parse(first?.timestamp ?? "")).toBeWithin(startedAt - 1, Date.now() + 1);
    expect(second).toMatchObject({ path: "/v1/chat/completions", model: "second", status_code: 200 });
    expect(third).toMatchObject({
      status_code: 400,
      attempts: [],
      error: expect.stringContaining("expected a JSON object"),
    });
  });

  test("shows the newest hundred", async () => {
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", simulator().url)]);
    for (let i = 0; i < 103; i++) await send(gateway.url, clientCall("anthropic", { stream: false, model: `m${i}` }));
    await gateway.record(103);
    const entries = await logs(gateway);
    expect(entries).toHaveLength(100);
    expect([entries[0]?.model, entries[99]?.model]).toEqual(["m102", "m3"]);
  });

  test("is emptied by DELETE", async () => {
    const gateway = await twoUpstreams();
    await send(gateway.url, clientCall("anthropic", { stream: false }));
    await gateway.record(1);
    expect(await logs(gateway)).toHaveLength(1);
    const answer = await fetch(`${gateway.url}/admin/logs`, { method: "DELETE", headers: ADMIN });
    expect(await answer.json()).toEqual({ ok: true });
    expect(await logs(gateway)).toEqual([]);
    await send(gateway.url, clientCall("anthropic", { stream: false }));
    await gateway.record(2);
    expect(await logs(gateway)).toHaveLength(1);
  });

  test("shows headers and bodies in debug mode only, with masked keys", async () => {
    const quiet = await twoUpstreams();
    await send(quiet.url, clientCall("anthropic", { stream: false, prompt: "a private question" }));
    await quiet.record(1);
    expect(JSON.stringify(await logs(quiet))).not.toContain("a private question");

    const gateway = await twoUpstreams({ debug_mode: true });
    await send(gateway.url, clientCall("anthropic", { stream: true, prompt: "a private question" }));
    await gateway.record(1);
    const [entry] = await logs(gateway);
    const [failed, answered] = entry?.attempts ?? [];
    expect(failed?.["request_headers"]).toMatchObject({ authorization: expect.stringMatching(/…|\.\.\.|\*/) });
    expect(failed?.["request_body"]).toContain("a private question");
    expect(failed?.["response_body"]).toContain("too much");
    expect(answered?.["response_body"]).toContain("hello");
    expect(JSON.stringify(entry)).not.toContain("sk-abcdefghijklmnopqrstuvwxyz");
  });

  test("the model test goes through the same engine", async () => {
    const gateway = await twoUpstreams();
    const test = (body: object) =>
      fetch(`${gateway.url}/admin/test-model`, { method: "POST", headers: ADMIN, body: JSON.stringify(body) });
    const both = await test({ model: "m", prompt: "hi", stream: false, source_format: "anthropic" });
    expect([both.status, ((await both.json()) as { content: { text: string }[] }).content[0]?.text]).toEqual([
      200,
      "hello",
    ]);
    const only = await test({ upstream_id: "one", model: "m", prompt: "hi", stream: false });
    expect(only.status).toBe(529);
    for (const source_format of ["openai", "openai_response", "gemini"]) {
      const answer = await test({ upstream_id: "two", model: "m", prompt: "hi", stream: true, source_format });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toStartWith("text/event-stream");
      expect(await answer.text()).toContain("hello");
    }
    expect((await test({ prompt: "hi" })).status).toBe(400);
  }, 15_000);
});
