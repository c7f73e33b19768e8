// The ordinary life of exchanges: requests, bodies, keep-alive, pausing, aborting, decoding.

import { afterEach, describe, expect, test } from "bun:test";
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Transport } from "../transport.ts";
import { createHttp1Transport, type Http1TransportOptions } from "./http1-transport.ts";
import { answerWith, counted, listenRaw, onRequests, record, settle, until } from "./test-support.ts";

const transports: Transport[] = [];
function transportWith(options: Http1TransportOptions = {}): Transport {
  const transport = createHttp1Transport(options);
  transports.push(transport);
  return transport;
}
afterEach(() => {
  for (const transport of transports.splice(0)) transport.close();
});

describe("requests and responses", () => {
  test("carries method, target, headers and bytes both ways exactly", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    using server = Bun.serve({
      port: 0,
      fetch: async (request) =>
        new Response(await request.bytes(), {
          status: 201,
          headers: { "x-seen": `${request.method} ${new URL(request.url).search} ${request.headers.get("x-a")}` },
        }),
    });
    const url = new URL(`http://127.0.0.1:${server.port}/p?q=%20`);
    const seen = record(transportWith(), url, { method: "POST", headers: { "x-a": "b" }, body: bytes });
    await seen.done;
    expect(seen.calls).toEqual(["head", "data", "end"]);
    expect(seen.head?.status).toBe(201);
    expect(seen.head?.headers.get("x-seen")).toBe("POST ?q=%20 b");
    expect(seen.body().equals(Buffer.from(bytes))).toBe(true);
  });

  test("keeps one connection for a hundred requests in a row", async () => {
    await using server = await listenRaw((socket) => answerWith(socket, counted("ok")));
    const transport = transportWith();
    for (let i = 0; i < 100; i++) {
      const seen = record(transport, server.url());
      await seen.done;
      expect(seen.body().toString()).toBe("ok");
    }
    expect(server.sockets.length).toBe(1);
  });

  test("can send the next request from within onEnd, on the same connection", async () => {
    await using server = await listenRaw((socket) => answerWith(socket, counted("ok")));
    const transport = transportWith();
    const second = Promise.withResolvers<void>();
    const on = (call: string) => {
      if (call === "end") void record(transport, server.url()).done.then(second.resolve);
    };
    record(transport, server.url(), { on });
    await second.promise;
    expect(server.sockets.length).toBe(1);
  });

  test("calls nothing before send has returned, not even for a failure", async () => {
    const transport = transportWith();
    const seen = record(transport, new URL("http://127.0.0.1:0/"));
    expect(seen.calls).toEqual([]);
    await seen.done;
    expect(seen.calls).toEqual(["failure"]);
  });

  test("reads no body after HEAD and keeps the connection", async () => {
    await using server = await listenRaw((socket) =>
      answerWith(socket, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"),
    );
    const transport = transportWith();
    for (let i = 0; i < 2; i++) {
      const seen = record(transport, server.url(), { method: "HEAD" });
      await seen.done;
      expect(seen.calls).toEqual(["head", "end"]);
    }
    expect(server.sockets.length).toBe(1);
  });

  test("reads chunks with trailers and keeps the connection", async () => {
    const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\nx-sum: 1\r\n\r\n";
    await using server = await listenRaw((socket) => answerWith(socket, chunked));
    const transport = transportWith();
    for (let i = 0; i < 2; i++) {
      const seen = record(transport, server.url());
      await seen.done;
      expect(seen.body().toString()).toBe("abc");
      expect(seen.head?.headers.has("x-sum")).toBe(false);
    }
    expect(server.sockets.length).toBe(1);
  });

  test("reads a body that ends with the connection", async () => {
    await using server = await listenRaw((socket) => {
      onRequests(socket, () => socket.end("HTTP/1.1 200 OK\r\n\r\nto the end"));
    });
    const seen = record(transportWith(), server.url());
    await seen.done;
    expect(seen.calls).toEqual(["head", "data", "end"]);
    expect(seen.body().toString()).toBe("to the end");
  });

  test("passes over interim answers (F16)", async () => {
    const response = `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${counted("ok")}`;
    await using server = await listenRaw((socket) => answerWith(socket, response));
    const seen = record(transportWith(), server.url());
    await seen.done;
    expect(seen.head?.status).toBe(200);
  });

  test("delivers an event as soon as its chunk is there", async () => {
    await using server = await listenRaw((socket) => {
      onRequests(socket, () => socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"));
    });
    const seen = record(transportWith(), server.url());
    await until(() => seen.head !== null, "the head came");
    for (const text of ["data: 1\n\n", "data: 2\n\n"]) {
      const before = seen.body().length;
      server.sockets[0]!.write(`${text.length.toString(16)}\r\n${text}\r\n`);
      await until(() => seen.body().length === before + text.length, "the event came");
    }
    server.sockets[0]!.write("0\r\n\r\n");
    await seen.done;
    expect(seen.calls).toEqual(["head", "data", "end"]);
  });

  test("refuses unsafe headers and foreign schemes before anything is sent", () => {
    const transport = transportWith();
    const headers = { "x-a": "1\r\nx-evil: 2" };
    expect(() => record(transport, new URL("http://127.0.0.1:1/"), { headers })).toThrow(TypeError);
    expect(() => record(transport, new URL("ftp://127.0.0.1/"))).toThrow(TypeError);
  });

  test("uploads 10 MB to a slow reader, byte for byte", async () => {
    const body = Buffer.alloc(10 << 20);
    for (let at = 0; at < body.length; at += 4096) body.writeUInt32LE(at, at);
    const hash = new Bun.CryptoHasher("sha256");
    let received = 0;
    await using server = await listenRaw((socket) => {
      let isHead = true;
      socket.on("data", (data: Buffer) => {
        const part = isHead ? data.subarray(data.indexOf("\r\n\r\n") + 4) : data;
        isHead = false;
        hash.update(part);
        received += part.length;
        // Reads in fits, so that the sender meets a full window many times.
        socket.pause();
        setTimeout(() => socket.resume(), 1);
        if (received === body.length) socket.write(counted("ok"));
      });
    });
    const seen = record(transportWith(), server.url(), { method: "POST", body });
    await seen.done;
    expect(seen.calls).toEqual(["head", "data", "end"]);
    expect(hash.digest("hex")).toBe(new Bun.CryptoHasher("sha256").update(body).digest("hex"));
  });

  test("keeps an answer that comes before the body is written, and drops the connection", async () => {
    await using server = await listenRaw((socket, index) => {
      if (index > 0) answerWith(socket, counted("second"));
      else socket.once("data", () => socket.pause().write("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig"));
    });
    const transport = transportWith();
    const seen = record(transport, server.url(), { method: "POST", body: Buffer.alloc(30 << 20) });
    await seen.done;
    expect(seen.head?.status).toBe(413);
    expect(seen.body().toString()).toBe("big");
    const next = record(transport, server.url());
    await next.done;
    expect(next.body().toString()).toBe("second");
  });

  test("runs 1,000 exchanges at once", async () => {
    const waiting: (() => void)[] = [];
    await using server = await listenRaw((socket) => {
      onRequests(socket, (head) => {
        waiting.push(() => socket.write(counted(head.split(" ")[1]!)));
        // Nobody is answered before all have asked.
        if (waiting.length === 1000) for (const answer of waiting) answer();
      });
    });
    const transport = transportWith({ maxIdlePerOrigin: 100 });
    const all = Array.from({ length: 1000 }, (_, i) => record(transport, server.url(`/${i}`)));
    await Promise.all(all.map((seen) => seen.done));
    expect(all.every((seen, i) => seen.body().toString() === `/${i}`)).toBe(true);
    expect(server.sockets.length).toBe(1000);
    await until(() => server.sockets.filter((socket) => !socket.destroyed).length === 100, "the surplus was closed");
  });
});

describe("idle connections", () => {
  test("are not used again after their idle time, nor after the one the server announced", async () => {
    let nowMs = 0;
    const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
    await using server = await listenRaw((socket) => {
      onRequests(socket, (head) =>
        socket.write(counted("ok", head.includes("/short") ? "keep-alive: timeout=5\r\n" : "")),
      );
    });
    const transport = transportWith({ clock });
    const ask = async (path: string) => {
      await record(transport, server.url(path)).done;
      return server.sockets.length;
    };
    expect(await ask("/")).toBe(1);
    nowMs += 29_999;
    expect(await ask("/")).toBe(1);
    nowMs += 30_000;
    expect(await ask("/short")).toBe(2);
    nowMs += 3_999;
    expect(await ask("/short")).toBe(2);
    nowMs += 4_000;
    expect(await ask("/")).toBe(3);
  });

  const UNUSABLE = [
    { name: "connection: close", response: counted("ok", "connection: close\r\n") },
    { name: "an announced timeout of one second", response: counted("ok", "keep-alive: timeout=1\r\n") },
    { name: "bytes after the response", response: `${counted("ok")}HTTP/1.1 200 OK\r\n` },
  ];
  for (const { name, response } of UNUSABLE) {
    test(`are not kept after ${name}`, async () => {
      await using server = await listenRaw((socket) => answerWith(socket, response));
      const transport = transportWith();
      for (let i = 1; i <= 2; i++) {
        const seen = record(transport, server.url());
        await seen.done;
        expect(seen.body().toString()).toBe("ok");
        expect(server.sockets.length).toBe(i);
      }
    });
  }

  test("are dropped when the server closes them or speaks unasked", async () => {
    for (const rudeness of ["close", "bytes"] as const) {
      await using server = await listenRaw((socket) => answerWith(socket, counted("ok")));
      const transport = transportWith();
      await record(transport, server.url()).done;
      const first = server.sockets[0]!;
      if (rudeness === "close") first.end();
      else first.write("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n");
      await until(() => first.destroyed, "the client closed its side");
      const seen = record(transport, server.url());
      await seen.done;
      expect(seen.head?.status).toBe(200);
      expect(server.sockets.length).toBe(2);
    }
  });

  test("are closed by close(), while running exchanges go on", async () => {
    await using server = await listenRaw((socket, index) => {
      onRequests(socket, () =>
        socket.write(index === 0 ? counted("ok") : "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab"),
      );
    });
    const transport = transportWith();
    const running = [record(transport, server.url()), record(transport, server.url())];
    await running[0]!.done;
    await until(() => running[1]!.body().length === 2, "the second answer began");
    transport.close();
    await until(() => server.sockets[0]!.destroyed, "the idle connection was closed");
    server.sockets[1]!.write("cd");
    await running[1]!.done;
    expect(running[1]!.body().toString()).toBe("abcd");
    await until(() => server.sockets[1]!.destroyed, "the other connection was closed too");
  });
});

describe("pause and resume", () => {
  test("holds the server back with bounded memory and loses nothing", async () => {
    const totalBytes = 256 << 20;
    const block = Buffer.alloc(1 << 20, 7);
    let produced = 0;
    using server = Bun.serve({
      port: 0,
      idleTimeout: 0,
      fetch: () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              if (produced === totalBytes) return controller.close();
              produced += block.length;
              controller.enqueue(block);
            },
          }),
        ),
    });
    let received = 0;
    let isPaused = false;
    const on = (call: string, exchange: { pause(): void }, chunk: Uint8Array | null) => {
      if (call !== "data") return;
      received += chunk!.length;
      if (isPaused || received < 1 << 20) return;
      isPaused = true;
      exchange.pause();
    };
    const url = new URL(`http://127.0.0.1:${server.port}/`);
    const seen = record(transportWith(), url, { on, keepsBody: false });
    await until(() => isPaused, "a megabyte came");
    await settle(50);
    const atRest = received;
    const rssBytes = process.memoryUsage.rss();
    await settle(100);
    expect(received).toBe(atRest);
    expect(received).toBeLessThan(4 << 20);
    expect(produced).toBeLessThan(64 << 20);
    expect(process.memoryUsage.rss() - rssBytes).toBeLessThan(16 << 20);
    seen.exchange.resume();
    await seen.done;
    expect(seen.calls.at(-1)).toBe("end");
    expect(received).toBe(totalBytes);
  });

  test("works before the connection stands and from within onHead", async () => {
    await using server = await listenRaw((socket) => answerWith(socket, counted("x".repeat(1000))));
    const transport = transportWith();
    const early = record(transport, server.url());
    early.exchange.pause();
    await until(() => server.sockets.length === 1, "the connection stood");
    await settle();
    expect(early.calls).toEqual([]);
    early.exchange.resume();
    await early.done;
    expect(early.body().length).toBe(1000);

    const inHead = record(transport, server.url(), { on: (call, exchange) => call === "head" && exchange.pause() });
    await until(() => inHead.calls.includes("head"), "the head came");
    inHead.exchange.resume();
    await inHead.done;
    expect(inHead.body().length).toBe(1000);
    // A connection that was paused at the end of its exchange must read again in the next one.
    await record(transport, server.url()).done;
    expect(server.sockets.length).toBe(1);
  });
});

describe("abort", () => {
  test("closes the connection within milliseconds and calls nothing more", async () => {
    const closed = Promise.withResolvers<number>();
    await using server = await listenRaw((socket) => {
      socket.on("close", () => closed.resolve(performance.now()));
      onRequests(socket, () => {
        socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        const timer = setInterval(() => socket.write("1\r\na\r\n"), 1);
        socket.on("close", () => clearInterval(timer));
      });
    });
    const seen = record(transportWith(), server.url());
    await until(() => seen.body().length > 0, "data came");
    const startMs = performance.now();
    seen.exchange.abort();
    seen.exchange.abort();
    const calls = [...seen.calls];
    expect((await closed.promise) - startMs).toBeLessThan(250);
    await settle();
    expect(seen.calls).toEqual(calls);
    expect(calls).toEqual(["head", "data"]);
  });

  for (const when of ["head", "data"] as const) {
    test(`works from within the ${when} callback, in the middle of a read`, async () => {
      const response = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n";
      await using server = await listenRaw((socket) => answerWith(socket, response));
      const transport = transportWith();
      const seen = record(transport, server.url(), { on: (call, exchange) => call === when && exchange.abort() });
      await until(() => server.sockets[0]?.destroyed === true, "the connection was closed");
      expect(seen.calls).toEqual(when === "head" ? ["head"] : ["head", "data"]);
      expect(seen.body().toString()).toBe(when === "head" ? "" : "a");
      await record(transport, server.url()).done;
      expect(server.sockets.length).toBe(2);
    });
  }

  test("while connecting drops the connection as soon as it stands", async () => {
    await using server = await listenRaw((socket) => answerWith(socket, counted("ok")));
    const transport = transportWith();
    const early = record(transport, server.url());
    early.exchange.abort();
    const late = record(transport, server.url());
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    late.exchange.abort();
    await settle();
    expect([...early.calls, ...late.calls]).toEqual([]);
    expect(server.sockets.every((socket) => socket.destroyed)).toBe(true);
  });
});

describe("encodings that were not asked for (F37)", () => {
  const text = "event: a\ndata: {}\n\n".repeat(500);
  const CODINGS: { name: string; encoding: string; encode: (plain: string) => Uint8Array }[] = [
    { name: "gzip", encoding: "gzip", encode: gzipSync },
    { name: "x-gzip", encoding: "X-GZIP", encode: gzipSync },
    { name: "deflate", encoding: "deflate", encode: deflateSync },
    { name: "bare deflate", encoding: "deflate", encode: deflateRawSync },
    { name: "brotli", encoding: "br", encode: brotliCompressSync },
    { name: "zstd", encoding: "zstd", encode: zstdCompressSync },
    { name: "identity", encoding: "identity", encode: (plain) => Buffer.from(plain) },
    { name: "a character set in its place", encoding: "UTF-8", encode: (plain) => Buffer.from(plain) },
  ];
  const encoded = (encoding: string, body: Uint8Array) =>
    Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`),
      body,
    ]);

  for (const { name, encoding, encode } of CODINGS) {
    test(`decodes ${name}, hides its headers and keeps the connection`, async () => {
      let request = "";
      await using server = await listenRaw((socket) => {
        onRequests(socket, (head) => {
          request = head;
          socket.write(encoded(encoding, encode(text)));
        });
      });
      const transport = transportWith();
      for (let i = 0; i < 2; i++) {
        const seen = record(transport, server.url());
        await seen.done;
        expect(seen.calls).toEqual(["head", "data", "end"]);
        expect(seen.body().toString()).toBe(text);
        const isPlain = ["identity", "UTF-8"].includes(encoding);
        if (!isPlain) expect([...seen.head!.headers.keys()]).toEqual([]);
      }
      expect(request).toContain("accept-encoding: identity");
      expect(server.sockets.length).toBe(1);
    });
  }

  for (const name of ["gzip", "brotli", "zstd"] as const) {
    test(`decodes a ${name} stream event by event`, async () => {
      const zlib = await import("node:zlib");
      const { encoder, encoding, flush } = {
        gzip: { encoder: createGzip(), encoding: "gzip", flush: zlib.constants.Z_SYNC_FLUSH },
        brotli: {
          encoder: zlib.createBrotliCompress(),
          encoding: "br",
          flush: zlib.constants.BROTLI_OPERATION_FLUSH,
        },
        zstd: { encoder: zlib.createZstdCompress(), encoding: "zstd", flush: zlib.constants.ZSTD_e_flush },
      }[name];
      await using server = await listenRaw((socket) => {
        onRequests(socket, () => {
          socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\n\r\n`);
          encoder.on("data", (chunk: Buffer) => socket.write(chunk));
          encoder.on("end", () => socket.end());
        });
      });
      const seen = record(transportWith(), server.url());
      await until(() => seen.head !== null, "the head came");
      let expected = "";
      for (let i = 0; i < 5; i++) {
        expected += `data: ${i}\n\n`;
        encoder.write(`data: ${i}\n\n`);
        encoder.flush(flush);
        await until(() => seen.body().toString() === expected, `event ${i} came`);
      }
      encoder.end();
      await seen.done;
      expect(seen.calls).toEqual(["head", "data", "end"]);
    });
  }

  const REFUSED: { name: string; response: Buffer; detail: string }[] = [
    { name: "two encodings", response: encoded("gzip, br", gzipSync("x")), detail: "CONTENT_ENCODING" },
    { name: "an unknown encoding", response: encoded("compress", Buffer.from("x")), detail: "CONTENT_ENCODING" },
    { name: "bytes that are not gzip", response: encoded("gzip", Buffer.from("plain text")), detail: "Z_DATA_ERROR" },
    { name: "a cut gzip body", response: encoded("gzip", gzipSync(text).subarray(0, 30)), detail: "Z_BUF_ERROR" },
  ];
  for (const { name, response, detail } of REFUSED) {
    test(`reports ${name} as decode_error`, async () => {
      await using server = await listenRaw((socket) => answerWith(socket, response));
      const seen = record(transportWith(), server.url());
      await seen.done;
      expect(seen.failure).toMatchObject({ code: "decode_error", detail, requestSent: true });
    });
  }

  test("takes an empty body that claims to be gzip as empty", async () => {
    await using server = await listenRaw((socket) => answerWith(socket, encoded("gzip", Buffer.alloc(0))));
    const seen = record(transportWith(), server.url());
    await seen.done;
    expect(seen.calls).toEqual(["head", "end"]);
  });

  test("stops a decompression bomb early", async () => {
    // About 100 MB of zeros in 100 kB, sent again and again: gzip members may follow each other.
    const bomb = gzipSync(Buffer.alloc(100 << 20));
    await using server = await listenRaw((socket) => answerWith(socket, encoded("gzip", bomb)));
    let received = 0;
    const on = (call: string, _: unknown, chunk: Uint8Array | null) => {
      if (call === "data") received += chunk!.length;
    };
    const seen = record(transportWith(), server.url(), { on, keepsBody: false });
    await seen.done;
    expect(seen.failure).toMatchObject({ code: "decode_error", detail: "BOMB" });
    expect(received).toBeLessThan(bomb.length * 100 + 1);
  });

  test("pausing holds decoded data back too", async () => {
    const plain = crypto.getRandomValues(new Uint8Array(60_000));
    const body = gzipSync(Buffer.concat(Array.from({ length: 40 }, () => plain)));
    await using server = await listenRaw((socket) => answerWith(socket, encoded("gzip", body)));
    const seen = record(transportWith(), server.url(), {
      on: (call, exchange) => call === "data" && seen.body().length < 200_000 && exchange.pause(),
    });
    await until(() => seen.calls.includes("data"), "data came");
    await settle();
    const atRest = seen.body().length;
    await settle();
    expect(seen.body().length).toBe(atRest);
    while (seen.body().length < 2_400_000) {
      seen.exchange.resume();
      await settle(2);
    }
    await seen.done;
    expect(seen.body().length).toBe(2_400_000);
  });
});
