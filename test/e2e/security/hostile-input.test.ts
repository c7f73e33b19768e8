// Input that wants more than it may: to choose where we connect, to pollute prototypes, to fill memory, to make us search
// for ever.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Socket } from "node:net";
import { isModelAmong, mapModel } from "../../../src/routing/model-map.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";
import { clientCall, PROTOCOLS, send } from "../support/client-calls.ts";
import { PATIENT, upstreamEntry } from "../support/upstreams.ts";

const PASSWORD = "correct horse battery";
const ADMIN = { admin_password_hash: new Bun.CryptoHasher("sha256").update(PASSWORD).digest("hex") };

let gateway: TestGateway;
let upstream: Simulator;
let evil: Simulator;
beforeAll(async () => {
  upstream = startSimulator();
  evil = startSimulator();
  gateway = await startGateway({
    upstreams: PROTOCOLS.map((protocol) => upstreamEntry(protocol, protocol, upstream.url)),
    config: { ...PATIENT, ...ADMIN },
  });
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
  evil.stop();
});

describe("a client that names another place to call", () => {
  const FIELDS = [
    "api_base",
    "base_url",
    "baseUrl",
    "endpoint",
    "host",
    "custom_llm_provider",
    "proxy",
    "url",
    "upstream_id",
  ];
  const HEADERS = [
    ...["x-portkey-custom-host", "x-portkey-provider", "x-upstream-base-url", "x-base-url", "helicone-target-url"],
    ...[
      "x-forwarded-host",
      "x-original-url",
      "x-rewrite-url",
      "x-api-base",
      "openai-base-url",
      "x-target-url",
      "proxy",
    ],
  ];
  for (const protocol of PROTOCOLS) {
    test(`${protocol}: reaches the configured upstream and nothing else`, async () => {
      const { path, body } = clientCall(protocol, { stream: false });
      const fields = Object.fromEntries(FIELDS.map((name) => [name, `${evil.url}/v1`]));
      const headers = Object.fromEntries(
        HEADERS.filter((name) => !name.startsWith("x-forwarded")).map((name) => [name, `${evil.url}/v1`]),
      );
      const query = `${path.includes("?") ? "&" : "?"}base_url=${encodeURIComponent(evil.url)}&api_base=${encodeURIComponent(evil.url)}`;
      const response = await fetch(gateway.url + path + query, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ ...body, ...fields }),
      });
      await response.text();
      expect(evil.requestCount).toBe(0);
      expect(response.status).toBeLessThan(500);
      const sent = upstream.requests.at(-1);
      for (const name of HEADERS) expect([name, sent?.headers[name]]).toEqual([name, undefined]);
    });
  }

  test("cannot reach it by a model's name either", async () => {
    for (const model of [
      `${evil.url}/v1`,
      "../../admin",
      "a?base_url=x",
      "a#b",
      "a\r\nhost: evil",
      "//evil.example/x",
      "a/../../b",
    ]) {
      for (const protocol of PROTOCOLS) {
        const encoded = protocol === "gemini" ? encodeURIComponent(model) : model;
        const answer = await send(gateway.url, clientCall(protocol, { stream: false, model: encoded }));
        expect([protocol, model, answer.status < 500]).toEqual([protocol, model, true]);
        const last = upstream.requests.at(-1);
        expect(last?.path).toMatch(/^\/v1(beta)?\//);
        expect(last?.path).not.toMatch(/\/\.\.\/|[\r\n#]/);
      }
    }
    expect(evil.requestCount).toBe(0);
  });
});

describe("names of prototypes", () => {
  const POLLUTION =
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"prototype":{"polluted":true}';

  test("are names like any other in every JSON that comes in", async () => {
    const own = await startGateway({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)], config: ADMIN });
    const admin = { "x-admin-password": PASSWORD, "content-type": "application/json" };
    const targets: readonly (readonly [method: string, path: string, rest: string])[] = [
      [
        "POST",
        "/v1/messages",
        ',"model":"__proto__","max_tokens":9,"messages":[{"role":"user","content":"x","__proto__":{"polluted":1}}]}',
      ],
      ["POST", "/v1/chat/completions", ',"model":"constructor","messages":[{"role":"user","content":"x"}]}'],
      ["POST", "/v1/responses", ',"model":"toString","input":"x"}'],
      ["POST", "/v1beta/models/__proto__:generateContent", ',"contents":[{"parts":[{"text":"x"}]}]}'],
      [
        "POST",
        "/admin/config",
        ',"upstreams":[{"id":"__proto__","base_url":"http://127.0.0.1:9/v1","api_format":"openai","model_map":{"__proto__":"x","constructor":"y"}}]}',
      ],
      ["POST", "/admin/client-keys", ',"keys":[]}'],
      ["POST", "/admin/api/import", ',"document":{"__proto__":{"polluted":true},"upstreams":[]},"dry_run":true}'],
      ["POST", "/admin/api/session", ',"password":"x"}'],
    ];
    for (const [method, path, rest] of targets) {
      const headers: Record<string, string> = path.startsWith("/admin")
        ? admin
        : { "content-type": "application/json" };
      const response = await fetch(own.url + path, { method, headers, body: POLLUTION + rest });
      await response.text();
      expect([path, response.status < 500]).toEqual([path, true]);
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    }
    for (const path of [
      "/v1/models/__proto__",
      "/v1/models/constructor",
      "/v1beta/models/toString",
      "/admin/api/upstreams/__proto__/models",
      "/admin/api/logs/__proto__",
    ]) {
      const response = await fetch(own.url + path, { headers: admin });
      await response.text();
      // 502 is the word of an upstream of that name, which was just configured.
      expect([path, response.status < 500 || response.status === 502]).toEqual([path, true]);
    }
    expect(own.lines.filter((line) => /unexpected|TypeError/.test(line))).toEqual([]);
    await own.stop();
  });
});

describe("too much", () => {
  test("at the log-in is refused before it is read, announced or not", async () => {
    const large = JSON.stringify({ password: "x".repeat(200_000) });
    for (const path of ["/admin/api/session", "/admin/api/session/setup"]) {
      const announced = await fetch(gateway.url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: large,
      });
      expect([path, announced.status]).toEqual([path, 413]);
      const chunked = await fetch(gateway.url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode(large));
            controller.close();
          },
        }),
      });
      expect([path, chunked.status]).toEqual([path, 413]);
    }
  });

  test("of what strangers can invent is forgotten: names of models, keys, sessions, agents", async () => {
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 3000; n++) {
      const call = clientCall(PROTOCOLS[n % 4] as (typeof PROTOCOLS)[number], {
        stream: false,
        model: `invented-${n}-${"x".repeat(200)}`,
      });
      await send(gateway.url, call, {
        "x-api-key": `invented-${n}`,
        "user-agent": `agent-${n}`,
        "x-session-id": `session-${n}`,
      });
    }
    upstream.clearRequests();
    Bun.gc(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  }, 60_000);

  test("depth in the administrator's JSON is a 400", async () => {
    const headers = { "x-admin-password": PASSWORD, "content-type": "application/json" };
    for (const path of ["/admin/config", "/admin/api/import"]) {
      const body = `{"upstreams":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
      const response = await fetch(gateway.url + path, { method: "POST", headers, body });
      await response.text();
      expect([path, response.status]).toEqual([path, 400]);
    }
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  });

  test("a connection that sends nothing costs nobody anything", async () => {
    const sockets = Array.from({ length: 200 }, () =>
      new Socket().on("error", () => undefined).connect(gateway.app.port, "127.0.0.1"),
    );
    const started = performance.now();
    expect((await send(gateway.url, clientCall("anthropic", { stream: false }))).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(2000);
    for (const socket of sockets) socket.destroy();
  });
});

describe("patterns", () => {
  test("take linear time, whatever the pattern and the name", () => {
    const pattern = `${"a*".repeat(127)}b`;
    const name = "a".repeat(1024 * 1024);
    const started = performance.now();
    expect(isModelAmong([pattern], name)).toBe(false);
    expect(mapModel(new Map([[pattern, "x"]]), name)).toBe(name);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
