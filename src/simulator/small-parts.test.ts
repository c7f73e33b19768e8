import { describe, expect, test } from "bun:test";
import { cutText } from "./answer.ts";
import { cutBytes, seededRandom } from "./cut-bytes.ts";
import { createHttpReader } from "./http-reader.ts";
import { minimalInstance } from "./minimal-instance.ts";
import { peekBody } from "./peek-body.ts";
import { renderAnthropicFrames } from "./render-anthropic.ts";
import { renderChatFrames } from "./render-chat.ts";
import { routeOf } from "./route.ts";
import { createSchedule } from "./schedule.ts";
import { resolvePoint } from "./shape-stream.ts";

describe("routes", () => {
  const headers: Record<string, string> = {};
  const CASES = [
    {
      method: "POST",
      path: "/any/base/v1/messages?beta=true",
      expected: ["anthropic", "generate", undefined, undefined],
    },
    {
      method: "POST",
      path: "/v1/messages/count_tokens",
      expected: ["anthropic", "count-tokens", undefined, undefined],
    },
    {
      method: "POST",
      path: "/openai/v1/chat/completions",
      expected: ["openai-chat", "generate", undefined, undefined],
    },
    { method: "POST", path: "/v1/responses", expected: ["openai-responses", "generate", undefined, undefined] },
    {
      method: "POST",
      path: "/v1/responses/input_tokens",
      expected: ["openai-responses", "count-tokens", undefined, undefined],
    },
    {
      method: "POST",
      path: "/v1beta/models/a%2Fb:c:generateContent",
      expected: ["gemini", "generate", "a/b:c", false],
    },
    {
      method: "POST",
      path: "/v1/models/x:streamGenerateContent?key=1&alt=sse",
      expected: ["gemini", "generate", "x", true],
    },
    { method: "POST", path: "/v1beta/models/x:countTokens", expected: ["gemini", "count-tokens", "x", false] },
    { method: "GET", path: "/v1beta/models?pageSize=5", expected: ["gemini", "list-models", undefined, undefined] },
    { method: "GET", path: "/v1/models/gpt-5", expected: ["openai-chat", "get-model", "gpt-5", undefined] },
    { method: "HEAD", path: "/", expected: ["openai-chat", "health", undefined, undefined] },
    { method: "POST", path: "/v1/else", expected: ["openai-chat", "unknown", undefined, undefined] },
  ];
  test.each(CASES)("$method $path", ({ method, path, expected }) => {
    const route = routeOf(method, path, (name) => headers[name]);
    expect<unknown[]>([route.protocol, route.operation, route.model, route.stream]).toEqual(expected);
  });

  test("the model list follows the headers", () => {
    const list = (header: string) =>
      routeOf("GET", "/v1/models", (name) => (name === header ? "x" : undefined)).protocol;
    expect(["anthropic-version", "x-goog-api-key", "authorization"].map(list)).toEqual([
      "anthropic",
      "gemini",
      "openai-chat",
    ]);
  });

  test("without alt=sse a Gemini stream is a JSON array", () => {
    expect(routeOf("POST", "/v1/models/x:streamGenerateContent", () => undefined).framing).toBe("json-array");
  });
});

describe("peeking into bodies", () => {
  const peek = (body: unknown) => {
    const text = JSON.stringify(body);
    return peekBody(Buffer.from(text), () => JSON.parse(text));
  };
  const padding = "x".repeat(10_000);
  test.each(["", padding])("finds model, stream and include_usage (padding of %#)", (text) => {
    expect(peek({ text, model: "m", stream: true, stream_options: { include_usage: true } })).toEqual({
      model: "m",
      stream: true,
      includeUsage: true,
    });
    expect(peek({ text, model: "m", stream: false })).toEqual({ model: "m", stream: false, includeUsage: false });
    expect(peek({ text })).toEqual({ model: undefined, stream: false, includeUsage: false });
  });

  test("parses a large body whose keys repeat", () => {
    expect(peek({ nested: { stream: true, model: "inner" }, padding, model: "outer", stream: false })).toMatchObject({
      model: "outer",
      stream: false,
    });
  });

  test("keys inside strings are not keys", () => {
    expect(peek({ padding: `${padding}"stream":true`, model: "m" })).toMatchObject({ stream: false });
  });
});

describe("the HTTP reader", () => {
  const wire = Buffer.from(
    "POST /a HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n" +
      "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nx\r\n\r\n4\r\nyyyy\r\n0\r\n\r\nPOST /d HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
  );
  const expected = [
    ["POST /a", "abc"],
    ["GET /b", ""],
    ["POST /c", "x\r\nyyyy"],
    ["POST /d", ""],
  ];
  test.each([1, 2, 3, 7, 1000])("gives the same requests in pieces of %d bytes", (size) => {
    const seen: string[][] = [];
    const fail = () => expect.unreachable();
    const request = (head: string, body: Buffer) => void seen.push([head.split(" HTTP")[0] ?? "", body.toString()]);
    const reader = createHttpReader({ request, expectContinue: fail, refuse: fail }, 100);
    for (const piece of cutBytes(wire, size)) reader.push(Buffer.from(piece));
    expect(seen).toEqual(expected);
  });

  const BAD = [
    { wire: "POST / HTTP/1.1\r\ncontent-length: 101\r\n\r\n", status: 413 },
    { wire: `POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n70\r\n${"x".repeat(112)}\r\n`, status: 413 },
    { wire: "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", status: 400 },
  ];
  test.each(BAD)("refuses with $status", ({ wire: text, status }) => {
    const refused: number[] = [];
    const reader = createHttpReader(
      {
        request: () => expect.unreachable(),
        expectContinue: () => undefined,
        refuse: (code) => void refused.push(code),
      },
      100,
    );
    reader.push(Buffer.from(text));
    reader.push(Buffer.from("more"));
    expect(refused).toEqual([status]);
  });
});

describe("cutting", () => {
  test("text is never cut inside a character", () => {
    const text = "a👋b👋👋";
    const pieces = cutText(text, 1);
    expect(pieces).toEqual(["a", "👋", "b", "👋", "👋"]);
    expect(cutText(text, 3).join("")).toBe(text);
    expect(cutText("", 3)).toEqual([]);
  });

  test("a seed repeats its cuts, another seed gives others", () => {
    const bytes = new Uint8Array(500);
    const lengths = (seed: number) => cutBytes(bytes, { seed }).map((piece) => piece.length);
    expect(lengths(1)).toEqual(lengths(1));
    expect(lengths(1)).not.toEqual(lengths(2));
    expect(lengths(1).reduce((sum, length) => sum + length, 0)).toBe(500);
    const random = seededRandom(9);
    expect(Array.from({ length: 100 }, random).every((value) => value >= 0 && value < 1)).toBe(true);
  });
});

describe("points in a stream", () => {
  const context = { model: "m", seed: "s", inputTokens: 1, includeUsage: false };
  const answer = {
    thinking: "thinking thinking",
    text: ["a", "b", "c", "d"],
    toolCalls: [{ name: "t", arguments: { long: "arguments of the call" } }],
    chunkSize: 6,
  };
  const frames = renderAnthropicFrames(answer, context);
  const upTo = (point: Parameters<typeof resolvePoint>[1]) =>
    frames.slice(0, resolvePoint(frames, point)).at(-1)?.text ?? "";
  const CASES = [
    { point: "after-start", last: "ping" },
    { point: "in-thinking", last: "thinking_delta" },
    { point: "after-thinking", last: "content_block_stop" },
    { point: "in-text", last: "text_delta" },
    { point: "after-text", last: '"index":1}' },
    { point: "in-tool", last: "input_json_delta" },
    { point: "after-tool", last: '"index":2}' },
    { point: "before-end", last: '"index":2}' },
  ] as const;
  test.each(CASES)("$point comes after $last", ({ point, last }) => {
    expect(upTo(point)).toContain(last);
  });

  test("a part that is missing means before-end, and numbers are clamped", () => {
    const plain = renderChatFrames({ text: "hello" }, context);
    expect(resolvePoint(plain, "in-tool")).toBe(resolvePoint(plain, "before-end"));
    expect(resolvePoint(plain, 99)).toBe(plain.length);
    expect(resolvePoint(plain, -1)).toBe(0);
  });
});

describe("minimal instances", () => {
  const CASES = [
    {
      schema: { type: "OBJECT", properties: { a: { type: "STRING" }, b: { type: "INTEGER" } }, required: ["a"] },
      expected: { a: "simulated" },
    },
    { schema: { $ref: "#/$defs/x", $defs: { x: { enum: [3, 4] } } }, expected: 3 },
    { schema: { anyOf: [{ type: "boolean" }, { type: "null" }] }, expected: false },
    { schema: { type: ["array", "null"] }, expected: [] },
    { schema: { $ref: "#" }, expected: null },
  ];
  test.each(CASES)("of %j", ({ schema, expected }) => {
    expect(minimalInstance(schema)).toEqual(expected);
  });
});

test("a schedule runs in order of time, also what is due already, and nothing after stop", async () => {
  const schedule = createSchedule();
  const seen: string[] = [];
  const now = performance.now();
  const { promise, resolve } = Promise.withResolvers<void>();
  schedule.at(now + 20, () => void seen.push("late"));
  schedule.at(now + 5, () => void seen.push("early"));
  schedule.at(now - 100, () => void seen.push("past"));
  schedule.at(now + 30, resolve);
  expect(seen).toEqual([]);
  await promise;
  expect(seen).toEqual(["past", "early", "late"]);
  schedule.at(performance.now() + 5, () => void seen.push("never"));
  schedule.stop();
  await Bun.sleep(15);
  expect(seen).toHaveLength(3);
});
