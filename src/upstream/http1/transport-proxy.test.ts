// Upstreams behind an outbound proxy: plain requests in absolute form, https through CONNECT.

import { afterEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { createHttp1Transport } from "./http1-transport.ts";
import {
  counted,
  listenRaw,
  listenTls,
  onRequests,
  record,
  type ScriptedServer,
  TEST_CA,
  testCertificate,
  until,
} from "./test-support.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A transport that sends everything through the proxy at `port`. */
function through(port: number, credentials = "") {
  const transport = createHttp1Transport({
    ca: TEST_CA,
    proxyFor: () => new URL(`http://${credentials}127.0.0.1:${port}`),
  });
  closers.push(() => transport.close());
  return transport;
}

/** A real CONNECT proxy that leads every tunnel to `upstreamPort`; notes the heads of the requests it got. */
async function connectProxy(upstreamPort: () => number): Promise<ScriptedServer & { heads: string[] }> {
  const heads: string[] = [];
  const server = await listenRaw((socket) => {
    socket.once("data", (data: Buffer) => {
      heads.push(data.toString("latin1"));
      const upstream = connect(upstreamPort(), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\nx-proxy: yes\r\n\r\n");
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on("error", () => socket.destroy());
      socket.on("close", () => upstream.destroy());
    });
  });
  return Object.assign(server, { heads });
}

const echoLength = (socket: Socket) => onRequests(socket, (_, body) => socket.write(counted(`${body.length}`)));

describe("https through a proxy", () => {
  test("builds one verified tunnel and keeps it", async () => {
    await using upstream = await listenTls(testCertificate("localhost"), echoLength);
    await using proxy = await connectProxy(() => upstream.port);
    const transport = through(proxy.port, "user:p%40ss@");
    const body = Buffer.alloc(2 << 20, 1);
    for (let i = 0; i < 3; i++) {
      const seen = record(transport, upstream.url(), { method: "POST", body, headers: { "x-secret": "s" } });
      await seen.done;
      expect(seen.body().toString()).toBe(`${body.length}`);
    }
    const authorization = Buffer.from("user:p@ss").toString("base64");
    expect(proxy.heads).toEqual([
      `CONNECT localhost:${upstream.port} HTTP/1.1\r\nhost: localhost:${upstream.port}\r\n` +
        `proxy-authorization: Basic ${authorization}\r\n\r\n`,
    ]);
    expect(upstream.sockets.length).toBe(1);
  });

  test("pauses, resumes and sees the end of a body that ends with the connection", async () => {
    const text = "x".repeat(3 << 20);
    await using upstream = await listenTls(testCertificate("localhost"), (socket) => {
      onRequests(socket, () => socket.end(`HTTP/1.1 200 OK\r\n\r\n${text}`));
    });
    await using proxy = await connectProxy(() => upstream.port);
    let isFirst = true;
    const on = (call: string, exchange: { pause(): void; resume(): void }) => {
      if (call !== "data" || !isFirst) return;
      isFirst = false;
      exchange.pause();
      setTimeout(() => exchange.resume(), 20);
    };
    const seen = record(through(proxy.port), upstream.url(), { on });
    await seen.done;
    expect(seen.calls).toEqual(["head", "data", "end"]);
    expect(seen.body().length).toBe(text.length);
  });

  test("abort closes the tunnel", async () => {
    await using upstream = await listenTls(testCertificate("localhost"), (socket) => {
      onRequests(socket, () => socket.write("HTTP/1.1 200 OK\r\n\r\nbeginning"));
    });
    await using proxy = await connectProxy(() => upstream.port);
    const seen = record(through(proxy.port), upstream.url());
    await until(() => seen.calls.includes("data"), "data came");
    seen.exchange.abort();
    await until(() => proxy.sockets[0]!.destroyed && upstream.sockets[0]!.destroyed, "both ends were closed");
    expect(seen.calls).toEqual(["head", "data"]);
  });

  for (const [certificate, detail] of [
    ["wrong-name", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["expired", "CERT_HAS_EXPIRED"],
  ] as const) {
    test(`verifies the upstream inside the tunnel: ${certificate}`, async () => {
      await using upstream = await listenTls(testCertificate(certificate), echoLength);
      await using proxy = await connectProxy(() => upstream.port);
      const seen = record(through(proxy.port), upstream.url());
      await seen.done;
      expect(seen.calls).toEqual(["failure"]);
      expect(seen.failure).toEqual({ code: "tls_error", detail, requestSent: false, reusedConnection: false });
    });
  }

  const ANSWERS: { name: string; answer: (socket: Socket) => void; code: string; detail: string }[] = [
    {
      name: "a 407",
      answer: (socket) => socket.write("HTTP/1.1 407 Auth\r\ncontent-length: 0\r\n\r\n"),
      code: "proxy_error",
      detail: "CONNECT_STATUS_407",
    },
    {
      name: "a 502 with a body",
      answer: (socket) => socket.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\n\r\noops"),
      code: "proxy_error",
      detail: "CONNECT_STATUS_502",
    },
    { name: "junk", answer: (socket) => socket.write("hello\r\n\r\n"), code: "proxy_error", detail: "STATUS_LINE" },
    { name: "a close", answer: (socket) => socket.end(), code: "proxy_error", detail: "PROXY_CLOSED" },
    { name: "silence", answer: () => undefined, code: "proxy_error", detail: "PROXY_TIMEOUT" },
    {
      name: "bytes before the handshake",
      answer: (socket) => socket.write("HTTP/1.1 200 OK\r\n\r\nsurplus"),
      code: "proxy_error",
      detail: "DATA_AFTER_CONNECT",
    },
    {
      name: "a tunnel that stays silent",
      answer: (socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n"),
      code: "connect_timeout",
      detail: "HANDSHAKE_TIMEOUT",
    },
  ];
  for (const { name, answer, code, detail } of ANSWERS) {
    test(`reports ${name} as ${code}`, async () => {
      await using proxy = await listenRaw((socket) => socket.once("data", () => answer(socket)));
      const seen = record(through(proxy.port), new URL("https://api.example/"), { connectTimeoutMs: 100 });
      await seen.done;
      expect(seen.calls).toEqual(["failure"]);
      expect(seen.failure).toEqual({
        code: code as "proxy_error",
        detail,
        requestSent: false,
        reusedConnection: false,
      });
      await until(() => proxy.sockets[0]!.destroyed, "the connection was closed");
    });
  }

  test("can be aborted while the proxy is asked", async () => {
    await using proxy = await listenRaw(() => undefined);
    const seen = record(through(proxy.port), new URL("https://api.example/"), { connectTimeoutMs: 200 });
    await until(() => proxy.sockets.length === 1, "the proxy was reached");
    seen.exchange.abort();
    await until(() => proxy.sockets[0]!.destroyed, "the connection was closed");
    expect(seen.calls).toEqual([]);
  });
});

describe("http through a proxy", () => {
  test("sends the absolute form with the proxy's password and keeps the connection", async () => {
    const heads: string[] = [];
    await using proxy = await listenRaw((socket) => {
      onRequests(socket, (head) => {
        heads.push(head);
        socket.write(counted("ok"));
      });
    });
    const transport = through(proxy.port, "u:p@");
    for (let i = 0; i < 2; i++) {
      const seen = record(transport, new URL("http://api.example:81/v1?a=b"));
      await seen.done;
      expect(seen.body().toString()).toBe("ok");
    }
    expect(heads[0]).toStartWith("GET http://api.example:81/v1?a=b HTTP/1.1\r\nhost: api.example:81\r\n");
    expect(heads[0]).toContain(`\r\nproxy-authorization: Basic ${Buffer.from("u:p").toString("base64")}\r\n`);
    expect(proxy.sockets.length).toBe(1);
  });

  test("blames the proxy for its own 407", async () => {
    await using proxy = await listenRaw((socket) => {
      onRequests(socket, () => socket.write("HTTP/1.1 407 Auth\r\ncontent-length: 0\r\n\r\n"));
    });
    const seen = record(through(proxy.port), new URL("http://api.example/"));
    await seen.done;
    expect(seen.calls).toEqual(["failure"]);
    expect(seen.failure).toMatchObject({ code: "proxy_error", detail: "PROXY_STATUS_407", requestSent: true });
  });
});

describe("a proxy that cannot be reached (F10)", () => {
  for (const scheme of ["http", "https"]) {
    test(`is a proxy_error for ${scheme} upstreams`, async () => {
      let port = 0;
      {
        await using server = await listenRaw(() => undefined);
        port = server.port;
      }
      const seen = record(through(port), new URL(`${scheme}://api.example/`));
      await seen.done;
      expect(seen.failure).toMatchObject({ code: "proxy_error", detail: "ECONNREFUSED", requestSent: false });
    });
  }

  test("is reported, not bypassed, when its scheme is not supported", async () => {
    const transport = createHttp1Transport({ proxyFor: () => new URL("socks5://127.0.0.1:1080") });
    const seen = record(transport, new URL("https://api.example/"));
    expect(seen.calls).toEqual([]);
    await seen.done;
    expect(seen.failure).toMatchObject({ code: "proxy_error", detail: "UNSUPPORTED_PROXY_SCHEME" });
  });
});
