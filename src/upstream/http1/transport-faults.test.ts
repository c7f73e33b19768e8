// What goes wrong below HTTP, by the numbers of the fault model: each ends in exactly one onFailure with its code.

import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { createHttp1Transport } from "./http1-transport.ts";
import { counted, listenRaw, listenTls, onRequests, record, TEST_CA, testCertificate, until } from "./test-support.ts";

const transport = createHttp1Transport({ ca: TEST_CA });
afterAll(() => transport.close());

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  await using server = await listenRaw(() => undefined);
  return server.port;
}

describe("connecting", () => {
  test("reports a refused connection (F1)", async () => {
    const seen = record(transport, new URL(`http://127.0.0.1:${await closedPort()}/`));
    await seen.done;
    expect(seen.calls).toEqual(["failure"]);
    expect(seen.failure).toEqual({
      code: "connect_refused",
      detail: "ECONNREFUSED",
      requestSent: false,
      reusedConnection: false,
    });
  });

  test("reports a name that does not exist (F2)", async () => {
    const seen = record(transport, new URL("http://nope.invalid/"));
    await seen.done;
    expect(seen.failure).toMatchObject({ code: "dns_error", detail: "ENOTFOUND", requestSent: false });
  });

  test("tries the next address when the first is dead (F3)", async () => {
    await using server = await listenRaw((socket) => onRequests(socket, () => socket.write(counted("ok"))));
    const asked: string[] = [];
    const scripted = createHttp1Transport({
      lookup: (hostname, done) => {
        asked.push(hostname);
        done(null, ["127.0.0.2", "::1", "127.0.0.1"]);
      },
    });
    const seen = record(scripted, new URL(`http://api.example:${server.port}/`));
    await seen.done;
    expect(seen.body().toString()).toBe("ok");
    expect(asked).toEqual(["api.example"]);
    scripted.close();
  });

  test("reports the last refusal when all addresses are dead", async () => {
    const port = await closedPort();
    const scripted = createHttp1Transport({ lookup: (_, done) => done(null, ["127.0.0.2", "127.0.0.3"]) });
    const seen = record(scripted, new URL(`http://api.example:${port}/`));
    await seen.done;
    expect(seen.calls).toEqual(["failure"]);
    expect(seen.failure?.code).toBe("connect_refused");
  });

  test("gives up a lookup that does not answer", async () => {
    const scripted = createHttp1Transport({ lookup: () => undefined });
    const seen = record(scripted, new URL("http://api.example/"), { connectTimeoutMs: 30 });
    await seen.done;
    expect(seen.failure?.code).toBe("connect_timeout");
  });

  test("reports that our own descriptors have run out as local_fault", async () => {
    const script = `
      const { createHttp1Transport } = await import(${JSON.stringify(`${import.meta.dir}/http1-transport.ts`)});
      const { openSync } = await import("node:fs");
      const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
      try { for (;;) openSync("/dev/null", "r"); } catch { /* all taken */ }
      createHttp1Transport().send(
        { method: "GET", url: new URL("http://127.0.0.1:" + server.port), headers: {}, body: null, connectTimeoutMs: 5000 },
        { onHead() {}, onData() {}, onEnd() {}, onFailure(failure) { console.log(failure.code, failure.detail); process.exit(0); } },
      );`;
    const child = spawnSync("sh", ["-c", 'ulimit -n 64; exec "$0" -e "$1"', process.execPath, script], {
      encoding: "utf8",
      timeout: 10_000,
    });
    expect(child.stdout).toBe("local_fault EMFILE\n");
  });
});

/** Node honours a backlog of 1 (Bun does not), which makes a server whose further connects stay unanswered. */
const nodePath = Bun.which("node");
if (nodePath === null) console.log("skipped: the black hole tests need node for a listener with a backlog of 1");

describe.skipIf(nodePath === null)("a black hole (F6)", () => {
  async function blackHole(): Promise<{ port: number } & AsyncDisposable> {
    const script = `const s = require("net").createServer();
      s.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => console.log(s.address().port));`;
    const child = Bun.spawn([nodePath!, "-e", script], { stdout: "pipe" });
    const { value } = await child.stdout.getReader().read();
    const port = Number(new TextDecoder().decode(value));
    child.kill("SIGSTOP");
    const fillers: Bun.Socket[] = [];
    const open = (socket: Bun.Socket) => void fillers.push(socket);
    // Two or three of these fill the queue; that the others stay unanswered shows that it is full.
    for (let i = 0; i < 6; i++) {
      Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => undefined, open } }).catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (fillers.length === 6) throw new Error("the listener still accepts: no black hole on this system");
    return {
      port,
      [Symbol.asyncDispose]: async () => {
        child.kill("SIGKILL");
        for (const socket of fillers) socket.terminate();
        await child.exited;
      },
    };
  }

  test("is given up after the connect timeout", async () => {
    await using hole = await blackHole();
    const startMs = performance.now();
    const seen = record(transport, new URL(`http://127.0.0.1:${hole.port}/`), { connectTimeoutMs: 150 });
    await seen.done;
    const elapsedMs = performance.now() - startMs;
    expect(seen.failure).toMatchObject({ code: "connect_timeout", detail: "CONNECT_TIMEOUT", requestSent: false });
    expect(elapsedMs).toBeGreaterThan(140);
    expect(elapsedMs).toBeLessThan(1_500);
  });

  test("costs a quarter of a second when another address answers (F3)", async () => {
    await using hole = await blackHole();
    // The same port on another loopback address; IPv4 loopback is a whole network on Linux.
    const second = Bun.serve({ hostname: "127.0.0.2", port: hole.port, fetch: () => new Response("ok") });
    const scripted = createHttp1Transport({ lookup: (_, done) => done(null, ["127.0.0.1", "127.0.0.2"]) });
    const startMs = performance.now();
    const seen = record(scripted, new URL(`http://api.example:${hole.port}/`));
    await seen.done;
    const elapsedMs = performance.now() - startMs;
    expect(seen.body().toString()).toBe("ok");
    expect(elapsedMs).toBeGreaterThan(240);
    expect(elapsedMs).toBeLessThan(2_000);
    scripted.close();
    await second.stop(true);
  });

  test("can be aborted at once, without any further call", async () => {
    await using hole = await blackHole();
    const seen = record(transport, new URL(`http://127.0.0.1:${hole.port}/`), { connectTimeoutMs: 50 });
    await new Promise((resolve) => setTimeout(resolve, 10));
    seen.exchange.abort();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen.calls).toEqual([]);
  });
});

describe("TLS", () => {
  test("speaks to a server with a good certificate and keeps the connection", async () => {
    await using server = await listenTls(testCertificate("localhost"), (socket) => {
      onRequests(socket, (_, body) => socket.write(counted(`${body.length}`)));
    });
    const body = Buffer.alloc(3 << 20, 1);
    const local = createHttp1Transport({ ca: TEST_CA });
    for (let i = 0; i < 3; i++) {
      const seen = record(local, server.url(), { method: "POST", body });
      await seen.done;
      expect(seen.body().toString()).toBe(`${body.length}`);
    }
    expect(server.sockets.map((socket) => (socket as TLSSocket).alpnProtocol)).toEqual(["http/1.1"]);
    local.close();
    await until(() => server.sockets[0]!.destroyed, "the idle connection was closed");
  });

  test("checks an IP address against the certificate too", async () => {
    await using server = await listenTls(testCertificate("localhost"), (socket) => {
      onRequests(socket, () => socket.write(counted("ok")));
    });
    const seen = record(transport, new URL(`https://127.0.0.1:${server.port}/`));
    await seen.done;
    expect(seen.body().toString()).toBe("ok");
  });

  const BAD = [
    { name: "an expired certificate", certificate: "expired", detail: "CERT_HAS_EXPIRED", ca: TEST_CA },
    { name: "another name", certificate: "wrong-name", detail: "ERR_TLS_CERT_ALTNAME_INVALID", ca: TEST_CA },
    { name: "an unknown authority", certificate: "localhost", detail: "UNABLE_TO_VERIFY_LEAF_SIGNATURE", ca: null },
  ] as const;
  for (const { name, certificate, detail, ca } of BAD) {
    test(`refuses ${name} and sends nothing (F4)`, async () => {
      const received: Buffer[] = [];
      await using server = await listenTls(testCertificate(certificate), (socket) => {
        socket.on("data", (data: Buffer) => received.push(data));
      });
      const strict = createHttp1Transport(ca === null ? {} : { ca });
      const seen = record(strict, server.url(), { method: "POST", body: Buffer.from("secret") });
      await seen.done;
      expect(seen.calls).toEqual(["failure"]);
      expect(seen.failure).toEqual({ code: "tls_error", detail, requestSent: false, reusedConnection: false });
      await until(() => server.sockets.every((socket) => socket.destroyed), "the connection was closed");
      expect(received).toEqual([]);
    });
  }

  test("reports a server that speaks no TLS (F5)", async () => {
    await using server = await listenRaw((socket) => socket.on("data", () => socket.end("HTTP/1.1 400 Bad\r\n\r\n")));
    const seen = record(transport, new URL(`https://localhost:${server.port}/`));
    await seen.done;
    expect(seen.failure).toMatchObject({ code: "tls_error", requestSent: false });
  });

  test("reports a server that closes during the handshake (F5)", async () => {
    await using server = await listenRaw((socket) => socket.on("data", () => socket.destroy()));
    const seen = record(transport, new URL(`https://localhost:${server.port}/`));
    await seen.done;
    expect(seen.failure).toMatchObject({ code: "tls_error", requestSent: false });
  });

  test("gives up a handshake that stalls, and closes the connection (F5)", async () => {
    await using server = await listenRaw((socket) => socket.resume());
    const seen = record(transport, new URL(`https://localhost:${server.port}/`), { connectTimeoutMs: 60 });
    await seen.done;
    expect(seen.failure).toMatchObject({ code: "connect_timeout", requestSent: false });
    await until(() => server.sockets[0]!.destroyed, "the connection was closed");
  });

  test("can be aborted in the handshake", async () => {
    await using server = await listenRaw((socket) => socket.resume());
    const seen = record(transport, new URL(`https://localhost:${server.port}/`), { connectTimeoutMs: 200 });
    await until(() => server.sockets.length === 1, "the connection stood");
    seen.exchange.abort();
    await until(() => server.sockets[0]!.destroyed, "the connection was closed");
    expect(seen.calls).toEqual([]);
  });
});

describe("before and inside the response", () => {
  for (const how of ["reset", "close"] as const) {
    test(`retries once on a fresh connection when a kept one meets a ${how} (F7)`, async () => {
      const requests: string[] = [];
      await using server = await listenRaw((socket, index) => {
        onRequests(socket, (_, body) => {
          requests.push(`${index}:${body}`);
          if (requests.length === 2) rudely(socket, how);
          else socket.write(counted("ok"));
        });
      });
      const local = createHttp1Transport();
      await record(local, server.url(), { method: "POST", body: Buffer.from("a") }).done;
      const seen = record(local, server.url(), { method: "POST", body: Buffer.from("b") });
      await seen.done;
      expect(seen.calls).toEqual(["head", "data", "end"]);
      expect(requests).toEqual(["0:a", "0:b", "1:b"]);
      local.close();
    });
  }

  test("bypasses the other kept connections when it retries, and retries only once (F7)", async () => {
    let isBroken = false;
    const broken: number[] = [];
    await using server = await listenRaw((socket, index) => {
      onRequests(socket, () => {
        if (isBroken) broken.push(index);
        if (isBroken) socket.resetAndDestroy();
        else socket.write(counted("ok"));
      });
    });
    const local = createHttp1Transport();
    const first = [record(local, server.url()), record(local, server.url()), record(local, server.url())];
    await Promise.all(first.map((seen) => seen.done));
    expect(server.sockets.length).toBe(3);
    isBroken = true;
    const seen = record(local, server.url());
    await seen.done;
    expect(broken.length).toBe(2);
    expect(broken[1]).toBe(3);
    expect(seen.calls).toEqual(["failure"]);
    expect(seen.failure).toMatchObject({ code: "empty_response", requestSent: true, reusedConnection: false });
    local.close();
  });

  test("does not retry once a byte of the response came on a kept connection", async () => {
    await using server = await listenRaw((socket) => {
      let count = 0;
      onRequests(socket, () => {
        count += 1;
        if (count === 1) socket.write(counted("ok"));
        else socket.end("HTTP/1.1 2");
      });
    });
    const local = createHttp1Transport();
    await record(local, server.url()).done;
    const seen = record(local, server.url());
    await seen.done;
    expect(seen.failure).toMatchObject({ code: "truncated", requestSent: true, reusedConnection: true });
    expect(server.sockets.length).toBe(1);
    local.close();
  });

  const RESPONSES: { name: string; send: (socket: Socket) => void; code: string; detail?: string }[] = [
    { name: "a close before the response (F8)", send: (socket) => socket.end(), code: "empty_response" },
    {
      name: "a reset before the response (F8)",
      send: (socket) => socket.resetAndDestroy(),
      code: "empty_response",
      detail: "ECONNRESET",
    },
    {
      name: "a header bomb (F14)",
      send: (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(1 << 20)}\r\n\r\n`),
      code: "header_overflow",
    },
    {
      name: "10,000 headers (F14)",
      send: (socket) => socket.write(`HTTP/1.1 200 OK\r\n${"a:b\r\n".repeat(10_000)}\r\n`),
      code: "header_overflow",
    },
    { name: "junk (F15)", send: (socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n"), code: "protocol_error" },
    {
      name: "a bad chunk size (F15)",
      send: (socket) => socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
      code: "protocol_error",
    },
    {
      name: "length together with chunks (F15)",
      send: (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n"),
      code: "protocol_error",
    },
    {
      name: "a body shorter than announced (F29)",
      send: (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"),
      code: "truncated",
    },
    {
      name: "a missing last chunk (F27)",
      send: (socket) => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"),
      code: "truncated",
    },
    {
      name: "a reset inside the body (F28)",
      send: (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", () => {
          setTimeout(() => socket.resetAndDestroy(), 20);
        });
      },
      code: "truncated",
      detail: "ECONNRESET",
    },
    {
      name: "a reset inside a body that would end with the connection",
      send: (socket) => {
        socket.write("HTTP/1.1 200 OK\r\n\r\nabc", () => setTimeout(() => socket.resetAndDestroy(), 20));
      },
      code: "truncated",
      detail: "ECONNRESET",
    },
  ];
  for (const { name, send, code, detail } of RESPONSES) {
    test(`reports ${name} as ${code} and never uses the connection again`, async () => {
      await using server = await listenRaw((socket) => onRequests(socket, () => send(socket)));
      const seen = record(transport, server.url(), { method: "POST", body: Buffer.from("x") });
      await seen.done;
      expect(seen.calls.filter((call) => call === "failure" || call === "end")).toEqual(["failure"]);
      expect(seen.failure).toMatchObject({ code, requestSent: true, reusedConnection: false });
      if (detail !== undefined) expect(seen.failure?.detail).toBe(detail);
      await until(() => server.sockets[0]!.destroyed, "the connection was closed");
      expect(server.sockets.length).toBe(1);
    });
  }

  test("reports a handler that throws as local_fault, to the same handlers", async () => {
    await using server = await listenRaw((socket) => onRequests(socket, () => socket.write(counted("ok"))));
    for (const place of ["head", "data", "end"]) {
      const on = (call: string) => {
        if (call === place) throw new TypeError(`a bug in the caller's ${place}`);
      };
      const seen = record(transport, server.url(), { on });
      await seen.done;
      expect(seen.failure).toMatchObject({ code: "local_fault", detail: `a bug in the caller's ${place}` });
    }
  });
});

function rudely(socket: Socket, how: "reset" | "close"): void {
  if (how === "reset") socket.resetAndDestroy();
  else socket.end();
}
