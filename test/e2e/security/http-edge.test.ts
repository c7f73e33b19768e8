// The edge of the server below routes: odd targets, Host and framing on real sockets, methods, headers of every answer,
// other addresses and TLS.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../../src/simulator/simulator.ts";
import { DECLARED_ROUTES } from "../../support/admin-client.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";
import { rawExchange, splitAnswer } from "../../support/raw-client.ts";
import { rawStatus } from "../../support/raw-status.ts";
import { clientCall, send } from "../support/client-calls.ts";
import { createDataDir, removeDataDir, startProgram } from "../support/program.ts";
import { upstreamEntry } from "../support/upstreams.ts";

const PASSWORD = "correct horse battery";
const CONFIG = { admin_password_hash: new Bun.CryptoHasher("sha256").update(PASSWORD).digest("hex") };

let gateway: TestGateway;
let upstream: Simulator;
let port: number;
beforeAll(async () => {
  upstream = startSimulator();
  gateway = await startGateway({
    upstreams: [upstreamEntry("secret-name", "anthropic", upstream.url)],
    config: CONFIG,
  });
  port = gateway.app.port;
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});

const ask = (target: string, lines: readonly string[] = [], method = "GET") =>
  rawStatus({ address: "127.0.0.1", port, method, target, lines: ["host: localhost", ...lines] });

describe("odd targets", () => {
  const TARGETS = [
    ...[
      "/admin",
      "/admin/",
      "/admin/config",
      "/admin/config/",
      "//admin/config",
      "/admin//config",
      "///admin///config",
    ],
    ...["/%61dmin/config", "/admin/%63onfig", "/Admin/config", "/ADMIN/CONFIG", "/admin/config%00", "/admin/config%20"],
    ...["/admin/config.", "/admin./config", "/admin;/config", "/admin/config;x=1", "/admin/..;/admin/config"],
    ...["/v1/../admin/config", "/v1/%2e%2e/admin/config", "/v1/..%2fadmin/config", "/v1/%2e%2e%2fadmin/config"],
    ...[
      "/v1/..\\admin\\config",
      "/v1\\..\\admin/config",
      "/.//admin/config",
      "/./admin/config",
      "/health/../admin/config",
    ],
    ...["/admin-ui/../admin/config", "/admin-ui/%2e%2e/admin/config", "/admin%2fconfig", "/admin%5cconfig"],
    ...["/x/..;/admin/config", "/admin/config#x", "/#/admin/config", "/?/admin/config", "/admin/config?x=/health"],
    ...["http://localhost/admin/config", "http://evil.example/admin/config", "https://evil.example:1/admin/config"],
    ...["/admin/api/upstreams", "/admin/api//upstreams", "/admin/api/./upstreams", "/admin/api/%75pstreams"],
    ...[
      "/admin/api/session/../upstreams",
      "/admin/api/session/%2e%2e/upstreams",
      "/admin/api/upstreams/",
      "/v1/admin/config",
    ],
    ...["/admin/api/session/setup/../../upstreams", "/admin/api/session%2f..%2fupstreams", "/static/../admin/config"],
  ];
  test(`none of ${TARGETS.length} reaches an administrator's handler without a log-in`, async () => {
    for (const target of TARGETS) {
      const { status, body } = await ask(target);
      const isHealth = status === 200 && body.includes('"status":"ok"');
      expect([target, isHealth || (status >= 400 && status < 500), body.includes("secret-name")]).toEqual([
        target,
        true,
        false,
      ]);
    }
  });

  test("names of files lead to nothing but 404", async () => {
    const names = [
      "etc/passwd",
      "config.json",
      "apirouter.db",
      "admin.db",
      "data/config.json",
      "index.html",
      "windows/win.ini",
    ];
    const ways = [
      "../",
      "..%2f",
      "%2e%2e/",
      "%2e%2e%2f",
      "..\\",
      "..%5c",
      "%252e%252e%252f",
      "....//",
      "..%c0%af",
      ".%00./",
    ];
    const bases = ["/admin-ui/assets/", "/static/", "/admin-ui/"];
    for (const base of bases) {
      for (const way of ways) {
        for (const name of names) {
          const target = `${base}${way.repeat(4)}${name}`;
          const { status, body } = await ask(target);
          expect([target, status === 200 && !body.includes("<!doctype html")]).toEqual([target, false]);
          expect([target, /root:|secret-name|argon2|SQLite format/.test(body)]).toEqual([target, false]);
        }
      }
    }
  }, 30_000);

  test("without a Host that names one host there is 400, in every spelling", async () => {
    const wrong = [
      ...[
        [],
        ["host: localhost", "host: localhost"],
        ["host: localhost", "Host: evil.example"],
        ["host: a, b"],
        ["host: "],
      ],
      ...[["host: localhost/x"], ["host: user@localhost"], ["host: localhost:x"], ["host: [::1"], ["host: a b"]],
    ];
    for (const lines of wrong)
      for (const target of ["/", "/health", "/admin/config", "/v1/models", "/admin-ui"])
        expect([lines, target, (await rawStatus({ address: "127.0.0.1", port, target, lines })).status]).toEqual([
          lines,
          target,
          400,
        ]);
  });

  test("HTTP/1.0 without a Host is a stranger", async () => {
    for (const target of ["/admin/config", "/v1/models", "/x//admin/config"]) {
      const raw = `GET ${target} HTTP/1.0\r\nx-admin-password: ${PASSWORD}\r\n\r\n`;
      const { status, body } = splitAnswer(await rawExchange(port, raw));
      expect([target, status >= 400, body.includes("secret-name")]).toEqual([target, true, false]);
    }
  });
});

describe("framing", () => {
  const host = "host: localhost\r\n";
  const CASES: readonly (readonly [name: string, raw: string])[] = [
    [
      "length and chunks",
      `POST /v1/messages HTTP/1.1\r\n${host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["two lengths", `POST /v1/messages HTTP/1.1\r\n${host}content-length: 2\r\ncontent-length: 20\r\n\r\n{}`],
    ["the same length twice", `POST /v1/messages HTTP/1.1\r\n${host}content-length: 2\r\ncontent-length: 2\r\n\r\n{}`],
    ["a list of lengths", `POST /v1/messages HTTP/1.1\r\n${host}content-length: 2, 2\r\n\r\n{}`],
    ["a length with a sign", `POST /v1/messages HTTP/1.1\r\n${host}content-length: +2\r\n\r\n{}`],
    ["a negative length", `POST /v1/messages HTTP/1.1\r\n${host}content-length: -2\r\n\r\n{}`],
    ["a hexadecimal length", `POST /v1/messages HTTP/1.1\r\n${host}content-length: 0x2\r\n\r\n{}`],
    ["an unknown coding", `POST /v1/messages HTTP/1.1\r\n${host}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
    [
      "a coding before a colon with a blank",
      `POST /v1/messages HTTP/1.1\r\n${host}transfer-encoding : chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      "two codings",
      `POST /v1/messages HTTP/1.1\r\n${host}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n`,
    ],
    ["a bare line feed", `GET /v1/models HTTP/1.1\n${host}\n`],
    ["a bare line feed in the head", `GET /v1/models HTTP/1.1\r\n${host}x: 1\n\r\n`],
    ["a folded header", `GET /v1/models HTTP/1.1\r\n${host}x: 1\r\n 2\r\n\r\n`],
    ["a blank before a colon", `GET /v1/models HTTP/1.1\r\n${host}x : 1\r\n\r\n`],
    ["a bare return in a value", `GET /v1/models HTTP/1.1\r\n${host}x: a\rb\r\n\r\n`],
    ["NUL in a value", `GET /v1/models HTTP/1.1\r\n${host}x: a\0b\r\n\r\n`],
    ["NUL in the target", `GET /admin\0/config HTTP/1.1\r\n${host}\r\n`],
    ["no version", `GET /v1/models\r\n${host}\r\n`],
    ["a head of 20,000 bytes", `GET /v1/models HTTP/1.1\r\n${host}x: ${"a".repeat(20_000)}\r\n\r\n`],
    ["HTTP/2 without upgrade", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ];
  for (const [name, raw] of CASES) {
    test(`${name}: refused, and nothing behind it is taken for a second request`, async () => {
      const before = upstream.requestCount;
      const smuggled = `${raw}GET /admin/config HTTP/1.1\r\nhost: localhost\r\nx-admin-password: ${PASSWORD}\r\n\r\n`;
      for (const bytes of [raw, smuggled]) {
        const answer = await rawExchange(port, bytes, { until: (text) => text.includes("\r\n\r\n"), timeoutMs: 1000 });
        const { status } = splitAnswer(answer);
        expect([name, status === 0 || (status >= 400 && status < 506)]).toEqual([name, true]);
        expect(answer.text).not.toContain("secret-name");
      }
      expect(upstream.requestCount).toBe(before);
    });
  }
});

describe("methods", () => {
  test("that nobody serves are refused everywhere, TRACE and CONNECT above all", async () => {
    for (const method of ["TRACE", "CONNECT", "PROPFIND", "PATCH", "PUT", "DELETE"]) {
      for (const target of ["/", "/health", "/admin/config", "/admin-ui", "/v1/messages", "/v1beta/models"]) {
        const { status, body } = await ask(target, ["x-secret: canary-1234567890"], method);
        expect([method, target, status >= 400 && status < 500]).toEqual([method, target, true]);
        expect(body).not.toContain("canary-1234567890");
      }
    }
    expect((await ask("evil.example:443", [], "CONNECT")).status).toBe(400);
    expect((await ask("*", [], "OPTIONS")).status).toBe(400);
  });

  test("are what the request line says, whatever a header claims", async () => {
    for (const name of ["x-http-method-override", "x-method-override", "x-http-method"]) {
      await ask("/admin/logs", [`${name}: DELETE`, `x-admin-password: ${PASSWORD}`]);
      const { status } = await ask("/admin/generate-key", [`${name}: POST`, `x-admin-password: ${PASSWORD}`]);
      expect([name, status]).toEqual([name, 405]);
    }
  });

  test("an upgrade of the protocol is refused", async () => {
    for (const [target, protocol] of [
      ["/v1/responses", "websocket"],
      ["/v1/messages", "h2c"],
      ["/admin/config", "websocket"],
    ] as const) {
      const { status } = await ask(target, [`upgrade: ${protocol}`, "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="]);
      expect([target, status >= 400 && status < 500]).toEqual([target, true]);
    }
  });
});

describe("headers of answers", () => {
  const EVIL = { origin: "https://evil.example" };
  const TARGETS = [
    ...[
      "/",
      "/health",
      "/ready",
      "/admin",
      "/admin/config",
      "/admin/verify",
      "/admin-ui",
      "/admin-ui/assets/x.js",
      "/nothing",
    ],
    ...DECLARED_ROUTES.map(({ path }) => `/admin/api${path.replace(/\{\w+\}/g, "x")}`),
  ];
  test("no page of another site may read anything but the API", async () => {
    for (const method of ["GET", "POST", "OPTIONS", "DELETE"]) {
      for (const target of TARGETS) {
        const answer = await fetch(gateway.url + target, {
          method,
          headers: { ...EVIL, "x-admin-password": PASSWORD },
        });
        await answer.body?.cancel();
        const allowed = [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"));
        expect([method, target, allowed]).toEqual([method, target, []]);
        if (method === "OPTIONS") expect([target, answer.status]).not.toEqual([target, 200]);
      }
    }
  });

  test("a link of another site may lead to the console, under an own name of the gateway only", async () => {
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await fetch(`${gateway.url}/admin-ui`, { headers })).status).not.toBe(403);
    expect(
      (await rawStatus({ address: "127.0.0.1", port, target: "/admin-ui", lines: ["host: rebind.example"] })).status,
    ).toBe(421);
  });

  test("the administrator's answers are neither kept nor sniffed nor framed", async () => {
    for (const target of [
      "/admin/config",
      "/admin/api/upstreams",
      "/admin/api/session",
      "/admin/api/nothing",
      "/admin/nothing",
    ]) {
      for (const headers of [{}, { "x-admin-password": PASSWORD }] as Record<string, string>[]) {
        const answer = await fetch(gateway.url + target, { headers });
        await answer.body?.cancel();
        expect([target, answer.headers.get("cache-control")]).toEqual([target, "no-store"]);
        expect([target, answer.headers.get("x-content-type-options")]).toEqual([target, "nosniff"]);
        expect([target, answer.headers.get("referrer-policy")]).toEqual([target, "no-referrer"]);
        expect([target, answer.headers.get("server"), answer.headers.get("x-powered-by")]).toEqual([
          target,
          null,
          null,
        ]);
      }
    }
  });

  test("the console allows itself nothing but its own files", async () => {
    const answer = await fetch(`${gateway.url}/admin-ui`);
    const policy = answer.headers.get("content-security-policy") ?? "";
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ])
      expect(policy).toContain(rule);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(answer.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(answer.headers.get("strict-transport-security")).toBeNull();
  });

  test("health says neither names nor addresses nor what is configured", async () => {
    for (const path of ["/", "/health", "/ready", "/api/hello"]) {
      const body = (await (await fetch(gateway.url + path)).json()) as object;
      expect(Object.keys(body).toSorted()).toEqual(["features", "status", "version"]);
      expect(JSON.stringify(body)).not.toMatch(/secret-name|127\.0\.0\.1|sk-/);
    }
  });
});

describe("other addresses", () => {
  test("console and admin API can have a port of their own, which serves nothing else", async () => {
    const own = await startGateway({ upstreams: [], config: CONFIG, app: { adminHost: "127.0.0.1", adminPort: 0 } });
    try {
      const { url, adminUrl } = own.app;
      expect(adminUrl).not.toBe(url);
      const headers = { "x-admin-password": PASSWORD };
      expect((await fetch(`${adminUrl}/admin/config`, { headers })).status).toBe(200);
      expect((await fetch(`${adminUrl}/admin/api/upstreams`, { headers })).status).toBe(200);
      expect((await fetch(`${adminUrl}/v1/models`)).status).toBe(404);
      expect((await fetch(`${adminUrl}/health`)).status).toBe(200);
      for (const path of ["/admin/config", "/admin/api/upstreams", "/admin-ui", "/admin/api/session"])
        expect([path, (await fetch(url + path, { headers })).status]).toEqual([path, 404]);
      expect((await fetch(`${url}/v1/models`)).status).toBe(200);
    } finally {
      await own.stop();
    }
  });

  test("with a certificate it speaks TLS, says so to browsers, and gives out no cookie that travels in clear", async () => {
    const fixtures = join(import.meta.dir, "../../../src/upstream/http1/__fixtures__");
    const files = { tlsCert: join(fixtures, "localhost.pem"), tlsKey: join(fixtures, "localhost.key.pem") };
    const secure = await startGateway({ upstreams: [], config: CONFIG, app: files });
    try {
      const base = `https://localhost:${secure.app.port}`;
      const tls = { rejectUnauthorized: false };
      const answer = await fetch(`${base}/admin-ui`, { tls });
      expect(answer.headers.get("strict-transport-security")).toBe("max-age=31536000");
      const login = await fetch(`${base}/admin/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ password: PASSWORD }),
        tls,
      });
      expect(login.headers.get("set-cookie")).toMatch(
        /^__Host-apirouter_session_\d+=\S+; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
      );
      expect((await fetch(`${base}/v1/models`, { tls })).headers.get("strict-transport-security")).toBe(
        "max-age=31536000",
      );
    } finally {
      await secure.stop();
    }
    expect(startGateway({ upstreams: [], app: { tlsCert: files.tlsCert } })).rejects.toThrow(/expected both or none/);
  });

  test("the start tells where it listens and what others can reach, without names that only the operator knows", async () => {
    const dataDir = await createDataDir({ upstreams: [] });
    const program = startProgram(dataDir, 0, ["--host", "0.0.0.0"]);
    try {
      await program.ready();
      expect(program.output).toMatch(/listening on 0\.0\.0\.0:\d+/);
      expect(program.output).toMatch(/reachable from other machines; they need a client key/);
      expect(program.output).toMatch(/no administrator password has been chosen/);
      expect(program.output).toMatch(/one-time setup token: [0-9a-z-]{30}/);
    } finally {
      await program.kill("SIGKILL");
      await removeDataDir(dataDir);
    }
  }, 20_000);
});

describe("pages of named origins", () => {
  test("may call while access control is off; all others may not", async () => {
    const open = await startGateway({
      upstreams: [upstreamEntry("one", "anthropic", upstream.url)],
      config: { cors: { allowed_origins: ["http://localhost:3000"] } },
    });
    try {
      const call = clientCall("anthropic", { stream: false });
      const allowed = await send(open.url, call, { origin: "http://localhost:3000", "sec-fetch-site": "same-site" });
      expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([
        200,
        "http://localhost:3000",
      ]);
      expect(allowed.headers.get("access-control-allow-credentials")).toBeNull();
      const before = upstream.requestCount;
      for (const origin of [
        "http://localhost:3001",
        "https://localhost:3000",
        "http://localhost:3000.evil.example",
        "null",
      ]) {
        const refused = await send(open.url, call, { origin, "sec-fetch-site": "same-site" });
        expect([origin, refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([
          origin,
          403,
          null,
        ]);
      }
      expect(upstream.requestCount).toBe(before);
    } finally {
      await open.stop();
    }
  });
});
