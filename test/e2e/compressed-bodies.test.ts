// Clients may compress what they send (Codex does): the upstream gets the plain bytes, damage and bombs are refused.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { type ClientAnswer, clientCall, errorOf, PROTOCOLS } from "./support/client-calls.ts";
import { OTHER_FORMAT, upstreamEntry } from "./support/upstreams.ts";

type Pack = (bytes: Uint8Array) => Uint8Array;

/** Layers of one request, innermost first, and how the client names them. */
const ENCODINGS: readonly (readonly [header: string, pack: Pack])[] = [
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["GZIP", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
  ["identity", (bytes) => bytes],
  ["gzip, identity", gzipSync],
  ["gzip, br", (bytes) => brotliCompressSync(gzipSync(bytes))],
  ["zstd,gzip", (bytes) => gzipSync(zstdCompressSync(bytes))],
  ["deflate , br , zstd", (bytes) => zstdCompressSync(brotliCompressSync(deflateSync(bytes)))],
  ["gzip, gzip, gzip, gzip", (bytes) => gzipSync(gzipSync(gzipSync(gzipSync(bytes))))],
];

const TEXT =
  '{ "model" :"claude-test","max_tokens": 16,"stream":false, "messages":[{"role":"user","content":"é 中 😀"}]} ';

let upstream: Simulator;
const gateways = new Map<string, TestGateway>();
const LIMIT = 34_603_008;

beforeAll(async () => {
  upstream = startSimulator();
  for (const protocol of PROTOCOLS) {
    gateways.set(protocol, await startGateway({ upstreams: [upstreamEntry("one", protocol, upstream.url)] }));
  }
  gateways.set(
    "converted",
    await startGateway({ upstreams: [upstreamEntry("one", OTHER_FORMAT.anthropic, upstream.url)] }),
  );
});

afterAll(async () => {
  for (const gateway of gateways.values()) {
    expect(gateway.lines.filter((line) => /unexpected|unhandled/.test(line))).toEqual([]);
    await gateway.stop();
  }
  upstream.stop();
});

async function post(gateway: string, path: string, body: Uint8Array, encoding: string): Promise<ClientAnswer> {
  const response = await fetch(gateways.get(gateway)?.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", "content-encoding": encoding },
    body: body as Uint8Array<ArrayBuffer>,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function expectError(protocol: ProtocolId, answer: ClientAnswer, status: number, message: RegExp): void {
  expect([answer.status, answer.text.slice(0, 200)]).toEqual([status, expect.any(String)]);
  expect(errorOf(protocol, answer.text)?.message ?? answer.text).toMatch(message);
}

describe("packed bodies", () => {
  for (const [encoding, pack] of ENCODINGS) {
    test(`content-encoding ${encoding} (${pack.name || "several"}) arrives plain, byte for byte`, async () => {
      const answer = await post("anthropic", "/v1/messages", pack(Buffer.from(TEXT)), encoding);
      expect(answer.status).toBe(200);
      const request = upstream.requests.at(-1);
      expect(request?.text).toBe(TEXT);
      expect(request?.header("content-encoding")).toBeUndefined();
      expect(request?.header("content-length")).toBe(String(Buffer.byteLength(TEXT)));
    });
  }

  for (const protocol of PROTOCOLS) {
    test(`${protocol}: a packed body of 2 MB is served`, async () => {
      const call = clientCall(protocol, { stream: false, prompt: "word ".repeat(400_000) });
      const body = JSON.stringify(call.body);
      for (const pack of [zstdCompressSync, gzipSync]) {
        const encoding = pack === gzipSync ? "gzip" : "zstd";
        expect((await post(protocol, call.path, pack(Buffer.from(body)), encoding)).status).toBe(200);
        expect(upstream.requests.at(-1)?.text).toBe(body);
      }
    });
  }

  test("a packed body is converted like a plain one", async () => {
    const answer = await post("converted", "/v1/messages", zstdCompressSync(Buffer.from(TEXT)), "zstd");
    expect(answer.status).toBe(200);
    expect(upstream.requests.at(-1)?.fields).toMatchObject({ messages: [{ role: "user", content: "é 中 😀" }] });
  });
});

describe("packed bodies that are no good", () => {
  const PACKERS: readonly (readonly [string, Pack])[] = [
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } })],
    ["zstd", zstdCompressSync],
  ];
  for (const [encoding, pack] of PACKERS) {
    for (const protocol of PROTOCOLS) {
      const { path } = clientCall(protocol, { stream: false });

      test(`${protocol}: damaged ${encoding} data get 400`, async () => {
        const whole = pack(Buffer.from(TEXT.repeat(50)));
        const before = upstream.requestCount;
        const cut = whole.subarray(0, whole.length - 12);
        const flipped = Uint8Array.from(whole);
        flipped[1] = (flipped[1] ?? 0) ^ 0xff;
        for (const bytes of [cut, flipped, Buffer.from(TEXT), Buffer.from([1, 2, 3])])
          expectError(protocol, await post(protocol, path, bytes, encoding), 400, /expected .*, found/);
        expect(upstream.requestCount).toBe(before);
      });

      test(`${protocol}: a ${encoding} bomb gets 413 quickly`, async () => {
        const before = upstream.requestCount;
        const packed = bomb(encoding, pack);
        const startedMs = performance.now();
        const answer = await post(protocol, path, packed, encoding);
        expectError(protocol, answer, 413, new RegExp(`expected at most ${LIMIT} bytes, found more`));
        expect(performance.now() - startedMs).toBeLessThan(2000);
        expect(upstream.requestCount).toBe(before);
      });
    }
  }

  test("an empty body is empty under every encoding", async () => {
    for (const [encoding] of PACKERS)
      expectError("anthropic", await post("anthropic", "/v1/messages", new Uint8Array(0), encoding), 400, /expected/);
  });

  for (const protocol of PROTOCOLS) {
    test(`${protocol}: an encoding that nobody knows gets 415 and the ones that are known`, async () => {
      const { path } = clientCall(protocol, { stream: false });
      for (const encoding of ["compress", "snappy", "gzip, lz4", "aes128gcm", "\t?!"]) {
        const answer = await post(protocol, path, gzipSync(TEXT), encoding);
        expectError(protocol, answer, 415, /expected gzip, deflate, br or zstd, found/);
      }
      const stacked = await post(protocol, path, gzipSync(TEXT), "gzip,gzip,gzip,gzip,gzip");
      expectError(protocol, stacked, 415, /expected at most 4 encodings, found 5/);
    });
  }

  test("nested bombs get 413", async () => {
    const inner = gzipSync(new Uint8Array(60 * 1024 * 1024));
    const answer = await post("anthropic", "/v1/messages", gzipSync(gzipSync(inner)), "gzip, gzip, gzip");
    expectError("anthropic", answer, 413, /found more/);
  });

  const bombs = new Map<string, Uint8Array>();
  /** 256 MB of zeros, packed once per encoding. */
  function bomb(encoding: string, pack: Pack): Uint8Array {
    const known = bombs.get(encoding) ?? pack(new Uint8Array(256 * 1024 * 1024));
    bombs.set(encoding, known);
    return known;
  }
});
