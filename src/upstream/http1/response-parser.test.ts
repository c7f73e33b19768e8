import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ResponseHead } from "../transport.ts";
import { MAX_HEAD_BYTES, ResponseParser } from "./response-parser.ts";

interface Outcome {
  status: number | null;
  headers: Record<string, string>;
  body: string;
  isComplete: boolean;
  fault: string | null;
  used: number;
}

/** Pushes `pieces`, then (unless complete or failed) the end of the connection when `closes`. */
function parse(pieces: readonly Buffer[], options: { isHead?: boolean; closes?: boolean } = {}): Outcome {
  const parser = new ResponseParser();
  let head: ResponseHead | null = null;
  const chunks: Buffer[] = [];
  const sink = {
    responseHead: (value: ResponseHead) => {
      expect(head).toBeNull();
      head = value;
    },
    responseData: (chunk: Uint8Array) => {
      expect(chunk.length).toBeGreaterThan(0);
      chunks.push(Buffer.from(chunk));
    },
  };
  parser.begin(sink, options.isHead ?? false);
  let used = 0;
  for (const piece of pieces) {
    if (parser.isComplete || parser.fault !== null) break;
    used += parser.push(piece);
  }
  const fault = parser.fault ?? (options.closes && !parser.isComplete ? parser.finish() : null);
  const seen = head as ResponseHead | null;
  return {
    status: seen?.status ?? null,
    headers: Object.fromEntries(seen?.headers ?? []),
    body: Buffer.concat(chunks).toString("latin1"),
    isComplete: parser.isComplete,
    fault: fault === null ? null : fault.code,
    used,
  };
}

const bytes = (text: string) => Buffer.from(text, "latin1");
const everyByte = (text: string) => Array.from(bytes(text), (byte) => Buffer.of(byte));

interface Case {
  name: string;
  input: string;
  isHead?: boolean;
  closes?: boolean;
  status: number;
  body: string;
  /** Bytes after the response. */
  surplus?: number;
}

const GOOD: Case[] = [
  { name: "counted body", input: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", status: 200, body: "hello" },
  { name: "empty body", input: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", status: 200, body: "" },
  { name: "no reason phrase", input: "HTTP/1.1 200\r\ncontent-length: 1\r\n\r\nx", status: 200, body: "x" },
  { name: "empty reason phrase", input: "HTTP/1.1 429 \r\ncontent-length: 1\r\n\r\nx", status: 429, body: "x" },
  { name: "204 without body", input: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, body: "" },
  { name: "304 with a length", input: "HTTP/1.1 304 N\r\ncontent-length: 9\r\n\r\n", status: 304, body: "" },
  {
    name: "answer to HEAD",
    input: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n",
    isHead: true,
    status: 200,
    body: "",
  },
  {
    name: "chunked answer to HEAD",
    input: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    isHead: true,
    status: 200,
    body: "",
  },
  {
    name: "interim answers first",
    input:
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    status: 200,
    body: "ok",
  },
  {
    name: "chunks with extensions and trailers",
    input:
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\n0A ; c="d"\r\n0123456789\r\n0\r\nx-t: 1\r\ny: 2\r\n\r\n',
    status: 200,
    body: "abc0123456789",
  },
  {
    name: "chunks without trailers",
    input: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n000\r\n\r\n",
    status: 200,
    body: "ab",
  },
  {
    name: "body up to the close",
    input: "HTTP/1.0 200 OK\r\n\r\nall of it",
    closes: true,
    status: 200,
    body: "all of it",
  },
  { name: "empty body up to the close", input: "HTTP/1.1 500 E\r\n\r\n", closes: true, status: 500, body: "" },
  {
    name: "equal lengths given twice",
    input: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok",
    status: 200,
    body: "ok",
  },
  {
    name: "bytes after the response",
    input: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200",
    status: 200,
    body: "ok",
    surplus: 12,
  },
  {
    name: "bytes after the last chunk",
    input: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nX",
    status: 200,
    body: "",
    surplus: 1,
  },
];

describe("response parser", () => {
  for (const { name, input, status, body, surplus = 0, ...options } of GOOD) {
    const expected = { status, body, isComplete: true, fault: null, used: input.length - surplus };
    test(`reads ${name}, whole and byte by byte`, () => {
      expect(parse([bytes(input)], options)).toMatchObject(expected);
      expect(parse(everyByte(input), options)).toMatchObject(expected);
    });
    test(`reads ${name} cut in two at every place`, () => {
      for (let at = 1; at < input.length; at++) {
        expect(parse([bytes(input.slice(0, at)), bytes(input.slice(at))], options)).toMatchObject(expected);
      }
    });
  }

  test("reads any response the same however it is cut", () => {
    const arbitrary = fc.record({
      body: fc.uint8Array({ maxLength: 300 }),
      chunkBytes: fc.integer({ min: 1, max: 90 }),
      cuts: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ body, chunkBytes, cuts }) => {
        const pieces: Buffer[] = [bytes("HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n")];
        for (let at = 0; at < body.length; at += chunkBytes) {
          const chunk = body.subarray(at, at + chunkBytes);
          pieces.push(bytes(`${chunk.length.toString(16)}\r\n`), Buffer.from(chunk), bytes("\r\n"));
        }
        const wire = Buffer.concat([...pieces, bytes("0\r\n\r\n")]);
        const parts: Buffer[] = [];
        for (let at = 0, i = 0; at < wire.length; i++) {
          const size = cuts[i % cuts.length]!;
          parts.push(wire.subarray(at, at + size));
          at += size;
        }
        const outcome = parse(parts);
        expect(outcome).toMatchObject({ isComplete: true, fault: null, used: wire.length });
        expect(Buffer.from(outcome.body, "latin1").equals(Buffer.from(body))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("joins repeated headers, trims values, folds names to lower case and drops set-cookie", () => {
    const input = "HTTP/1.1 204 N\r\nX-A: \t one \r\nx-a:two\r\nSet-Cookie: s=1\r\nX-Empty:\r\nX-L: caf\xe9\r\n\r\n";
    expect(parse([bytes(input)]).headers).toEqual({ "x-a": "one, two", "x-empty": "", "x-l": "caf\xe9" });
  });

  test("hands a chunk on without copying it", () => {
    const parser = new ResponseParser();
    const buffers: ArrayBufferLike[] = [];
    parser.begin({ responseHead: () => undefined, responseData: (chunk) => buffers.push(chunk.buffer) }, false);
    parser.push(bytes("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"));
    const body = Buffer.allocUnsafeSlow(9);
    parser.push(body);
    expect(buffers.length).toBe(1);
    expect(buffers[0]).toBe(body.buffer);
  });

  const FAULTY: { name: string; input: string; fault: string; closes?: boolean }[] = [
    { name: "something that is not HTTP", input: "<html>", fault: "protocol_error" },
    { name: "HTTP/2", input: "HTTP/2 200 OK\r\n\r\n", fault: "protocol_error" },
    { name: "an unknown minor version", input: "HTTP/1.2 200 OK\r\n\r\n", fault: "protocol_error" },
    { name: "a status of two digits", input: "HTTP/1.1 20 OK\r\n\r\n", fault: "protocol_error" },
    { name: "a status below 100", input: "HTTP/1.1 099 OK\r\n\r\n", fault: "protocol_error" },
    { name: "a status of four digits", input: "HTTP/1.1 2000 OK\r\n\r\n", fault: "protocol_error" },
    { name: "an upgrade", input: "HTTP/1.1 101 S\r\n\r\n", fault: "protocol_error" },
    { name: "bare line feeds", input: "HTTP/1.1 200 OK\ncontent-length: 0\n\n", fault: "protocol_error" },
    { name: "a bare CR in a value", input: "HTTP/1.1 200 OK\r\na: b\rc\r\n\r\n", fault: "protocol_error" },
    { name: "a bare LF in a value", input: "HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n", fault: "protocol_error" },
    { name: "a NUL", input: "HTTP/1.1 200 OK\r\na: \0\r\n\r\n", fault: "protocol_error" },
    { name: "obsolete folding", input: "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n", fault: "protocol_error" },
    { name: "folding that holds a colon", input: "HTTP/1.1 200 OK\r\na: b\r\n c: d\r\n\r\n", fault: "protocol_error" },
    { name: "a blank before the colon", input: "HTTP/1.1 200 OK\r\na : b\r\n\r\n", fault: "protocol_error" },
    { name: "a line without colon", input: "HTTP/1.1 200 OK\r\nabc\r\n\r\n", fault: "protocol_error" },
    { name: "a header name outside ASCII", input: "HTTP/1.1 200 OK\r\nx-\xe9: b\r\n\r\n", fault: "protocol_error" },
    { name: "an empty header name", input: "HTTP/1.1 200 OK\r\n: b\r\n\r\n", fault: "protocol_error" },
    {
      name: "length together with chunks",
      input: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
      fault: "protocol_error",
    },
    {
      name: "differing lengths",
      input: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n",
      fault: "protocol_error",
    },
    { name: "a negative length", input: "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", fault: "protocol_error" },
    {
      name: "a length that is no number",
      input: "HTTP/1.1 200 OK\r\ncontent-length: 0x5\r\n\r\n",
      fault: "protocol_error",
    },
    {
      name: "another transfer coding",
      input: "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
      fault: "protocol_error",
    },
    ...[
      { name: "a bad chunk size", chunks: "xyz\r\n" },
      { name: "an empty chunk size", chunks: "\r\n" },
      { name: "a signed chunk size", chunks: "+5\r\nhello\r\n" },
      { name: "a giant chunk size", chunks: "ffffffffffffffff\r\n" },
      { name: "a chunk longer than announced", chunks: "3\r\nabcd\r\n" },
      { name: "a chunk size ended by a bare LF", chunks: "3\nabc\r\n" },
      { name: "junk after the chunk size", chunks: "3 junk\r\nabc\r\n" },
      { name: "a bare LF in a chunk extension", chunks: "3;a\nabc\r\n" },
      { name: "an endless chunk extension", chunks: `3;${"a".repeat(5000)}\r\n` },
      { name: "a trailer ended by a bare LF", chunks: "0\r\na: b\n\r\n" },
    ].map(({ name, chunks }) => ({
      name,
      input: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`,
      fault: "protocol_error",
    })),
    { name: "201 headers", input: `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(201)}\r\n`, fault: "header_overflow" },
    {
      name: "a head above the limit",
      input: `HTTP/1.1 200 OK\r\na: ${"b".repeat(MAX_HEAD_BYTES)}\r\n\r\n`,
      fault: "header_overflow",
    },
    {
      name: "an endless head",
      input: `HTTP/1.1 200 OK\r\na: ${"b".repeat(MAX_HEAD_BYTES + 100)}`,
      fault: "header_overflow",
    },
    { name: "endless interim answers", input: "HTTP/1.1 103 E\r\na: b\r\n\r\n".repeat(3000), fault: "header_overflow" },
    {
      name: "an endless trailer",
      input: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${"a: b\r\n".repeat(12000)}`,
      fault: "header_overflow",
    },
    { name: "nothing at all", input: "", closes: true, fault: "empty_response" },
    { name: "a cut head", input: "HTTP/1.1 200 OK\r\nconte", closes: true, fault: "truncated" },
    {
      name: "a short body",
      input: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc",
      closes: true,
      fault: "truncated",
    },
    {
      name: "a missing last chunk",
      input: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
      closes: true,
      fault: "truncated",
    },
  ];
  for (const { name, input, fault, closes = false } of FAULTY) {
    test(`reports ${name} as ${fault}, however it is cut`, () => {
      const pieces = input.length > 3000 ? [[bytes(input)], chopped(input, 977)] : [[bytes(input)], everyByte(input)];
      for (const cut of pieces) expect(parse(cut, { closes })).toMatchObject({ fault, isComplete: false });
    });
  }

  test("takes 200 headers and a head of exactly the limit", () => {
    const many = `HTTP/1.1 204 N\r\n${"a: b\r\n".repeat(200)}\r\n`;
    expect(parse([bytes(many)]).isComplete).toBe(true);
    const start = "HTTP/1.1 204 N\r\na: ";
    const largest = `${start}${"b".repeat(MAX_HEAD_BYTES - start.length)}\r\n\r\n`;
    expect(parse([bytes(largest)]).isComplete).toBe(true);
    expect(parse(chopped(largest, 1000)).isComplete).toBe(true);
  });

  const REUSE: { name: string; head: string; keepAlive: boolean; keepAliveMs: number | null }[] = [
    { name: "1.1", head: "HTTP/1.1 204 N", keepAlive: true, keepAliveMs: null },
    { name: "1.1 with close", head: "HTTP/1.1 204 N\r\nConnection: Close", keepAlive: false, keepAliveMs: null },
    {
      name: "1.1 with close in a list",
      head: "HTTP/1.1 204 N\r\nConnection: x, close",
      keepAlive: false,
      keepAliveMs: null,
    },
    { name: "1.0", head: "HTTP/1.0 204 N", keepAlive: false, keepAliveMs: null },
    {
      name: "1.0 with keep-alive",
      head: "HTTP/1.0 204 N\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=5, max=100",
      keepAlive: true,
      keepAliveMs: 5000,
    },
    { name: "a hint without timeout", head: "HTTP/1.1 204 N\r\nKeep-Alive: max=3", keepAlive: true, keepAliveMs: null },
    { name: "a body up to the close", head: "HTTP/1.1 200 N", keepAlive: false, keepAliveMs: null },
    {
      name: "1.0 with chunks",
      head: "HTTP/1.0 200 N\r\nConnection: keep-alive\r\ntransfer-encoding: chunked",
      keepAlive: false,
      keepAliveMs: null,
    },
  ];
  for (const { name, head, keepAlive, keepAliveMs } of REUSE) {
    test(`${keepAlive ? "keeps" : "gives up"} the connection after ${name}`, () => {
      const parser = new ResponseParser();
      parser.begin({ responseHead: () => undefined, responseData: () => undefined }, false);
      parser.push(bytes(`${head}\r\n\r\n`));
      expect(parser.head).toMatchObject({ keepAlive, keepAliveMs });
    });
  }

  test("delivers nothing more once stopped from within a callback", () => {
    const parser = new ResponseParser();
    const calls: string[] = [];
    parser.begin(
      {
        responseHead: () => calls.push("head"),
        responseData: () => {
          calls.push("data");
          parser.stop();
        },
      },
      false,
    );
    parser.push(bytes("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n"));
    expect(calls).toEqual(["head", "data"]);
    expect(parser.isComplete).toBe(false);
  });

  test("can be used again after a response and after a fault", () => {
    const parser = new ResponseParser();
    const statuses: number[] = [];
    const sink = { responseHead: (head: ResponseHead) => statuses.push(head.status), responseData: () => undefined };
    for (const input of [
      "HTTP/1.1 204 N\r\n\r\n",
      "HTTP/1.1 2",
      "junk",
      "HTTP/1.1 429 R\r\ncontent-length: 0\r\n\r\n",
    ]) {
      parser.begin(sink, false);
      parser.push(bytes(input));
    }
    expect(statuses).toEqual([204, 429]);
  });
});

function chopped(text: string, size: number): Buffer[] {
  const all = bytes(text);
  const pieces: Buffer[] = [];
  for (let at = 0; at < all.length; at += size) pieces.push(all.subarray(at, at + size));
  return pieces;
}
