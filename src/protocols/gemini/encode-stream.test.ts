import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { GoogleGenAI } from "@google/genai";
import { GatewayError } from "../../core/errors.ts";
import type { IrEvent } from "../../core/event.ts";
import { unwrapOpaque } from "../../core/opaque-envelope.ts";
import { replayResponse } from "../../core/replay-response.ts";
import type { IrResponse } from "../../core/response.ts";
import type { StreamEncoder, StreamFraming } from "../protocol.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { replyContext } from "./test-context.ts";

interface Chunk {
  candidates: {
    content: { role: string; parts: Record<string, unknown>[] };
    finishReason?: string;
    finishMessage?: string;
    groundingMetadata?: unknown;
  }[];
  usageMetadata?: Record<string, number>;
  modelVersion: string;
}

function frames(drive: (encoder: StreamEncoder) => void, framing: StreamFraming = "sse"): string[] {
  const written: string[] = [];
  const encoder = createStreamEncoder((frame) => written.push(frame), replyContext(framing));
  drive(encoder);
  encoder.close();
  return written;
}

function chunks(events: readonly IrEvent[]): Chunk[] {
  return frames((encoder) => {
    for (const event of events) encoder.event(event);
  }).map((frame) => JSON.parse(frame.slice(6)) as Chunk);
}

const parts = (list: readonly Chunk[]) => list.flatMap((chunk) => chunk.candidates[0]?.content.parts ?? []);
const start: IrEvent = { type: "message-start", id: "up-1", model: "up-model" };
const end = (reason: "end-turn" | "tool-use" | "max-tokens" | "refusal" = "end-turn"): IrEvent => ({
  type: "message-end",
  stop: { reason },
});
const open = (index: number, type: "text" | "reasoning" | "refusal" = "text"): IrEvent => ({
  type: "block-start",
  index,
  block: { type },
});
const text = (index: number, value: string): IrEvent => ({
  type: "block-delta",
  index,
  delta: { type: "text", text: value },
});
const close = (index: number): IrEvent => ({ type: "block-end", index });
const openCall = (index: number, id: string): IrEvent => ({
  type: "block-start",
  index,
  block: { type: "tool-call", id, name: "f", kind: "function" },
});
const args = (index: number, value: string): IrEvent => ({
  type: "block-delta",
  index,
  delta: { type: "arguments", text: value },
});

function feed(encoder: StreamEncoder, events: readonly IrEvent[]): void {
  for (const event of events) encoder.event(event);
}

describe("events", () => {
  test("text goes out at once, the end has a part, the reason and usage", () => {
    const list = chunks([
      start,
      open(0),
      text(0, "a"),
      text(0, "b"),
      close(0),
      {
        type: "usage",
        usage: { inputTokens: 5, cacheReadTokens: 2, cacheWriteTokens: 1, outputTokens: 9, reasoningTokens: 4 },
      },
      end(),
    ]);
    expect(parts(list)).toEqual([{ text: "a" }, { text: "b" }, { text: "" }]);
    expect(list.at(-1)).toMatchObject({
      candidates: [{ finishReason: "STOP", index: 0 }],
      // gemini trap 61: only cache reads count as cached
      usageMetadata: {
        promptTokenCount: 8,
        cachedContentTokenCount: 2,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 4,
        totalTokenCount: 17,
      },
      modelVersion: "asked-model",
      responseId: "resp00000000000000000000",
    });
    expect(list.slice(0, -1).every((chunk) => chunk.candidates[0]?.finishReason === undefined)).toBe(true);
  });

  test("usage before the content is kept for the end", () => {
    const list = chunks([
      { ...start, usage: { inputTokens: 3 } },
      { type: "usage", usage: { outputTokens: 2 } },
      open(0),
      text(0, "a"),
      close(0),
      end(),
    ]);
    expect(list.at(-1)?.usageMetadata).toEqual({ promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 });
  });

  test("gemini trap 60: MAX_TOKENS stays MAX_TOKENS", () => {
    expect(
      chunks([start, open(0), text(0, "a"), close(0), end("max-tokens")]).at(-1)?.candidates[0]?.finishReason,
    ).toBe("MAX_TOKENS");
  });

  test("calls go out whole, with their ids and signatures; no arguments are an empty object", () => {
    const opaque = { payload: "sig", origin: { protocol: "gemini" } } as const;
    const signed: IrEvent = {
      type: "block-start",
      index: 0,
      block: { type: "tool-call", id: "a", name: "f", kind: "function", opaque },
    };
    const list = chunks([
      start,
      signed,
      args(0, '{"x":'),
      args(0, "1}"),
      close(0),
      openCall(1, "b"),
      close(1),
      end("tool-use"),
    ]);
    expect(parts(list)).toEqual([
      { functionCall: { id: "a", name: "f", args: { x: 1 } }, thoughtSignature: "sig" },
      { functionCall: { id: "b", name: "f", args: {} } },
      { text: "" },
    ]);
    expect(list.at(-1)?.candidates[0]?.finishReason).toBe("STOP");
  });

  test("broken arguments end as MALFORMED_FUNCTION_CALL without the call", () => {
    const list = chunks([start, openCall(0, "a"), args(0, "{oops"), close(0), end("tool-use")]);
    expect(parts(list)).toEqual([{ text: "" }]);
    expect(list.at(-1)?.candidates[0]?.finishReason).toBe("MALFORMED_FUNCTION_CALL");
  });

  test("a call that the token limit has cut is left out, and the limit is told", () => {
    const list = chunks([start, openCall(0, "a"), args(0, '{"a": "unfin'), close(0), end("max-tokens")]);
    expect(parts(list)).toEqual([{ text: "" }]);
    expect(list.at(-1)?.candidates[0]).toMatchObject({ finishReason: "MAX_TOKENS" });
    expect(list.at(-1)?.candidates[0]).not.toHaveProperty("finishMessage");
  });

  test("blocks that are open at once go out in the order of their start", () => {
    const list = chunks([
      start,
      open(0),
      text(0, "a"),
      openCall(1, "x"),
      openCall(2, "y"),
      args(2, "{}"),
      close(2),
      args(1, '{"n":1}'),
      text(0, "b"),
      close(0),
      close(1),
      end("tool-use"),
    ]);
    expect(parts(list).map((part) => part["text"] ?? (part["functionCall"] as { id: string }).id)).toEqual([
      "a",
      "b",
      "x",
      "y",
      "",
    ]);
  });

  test("two growing texts are not mixed", () => {
    expect(
      parts(
        chunks([
          start,
          open(0),
          open(1, "reasoning"),
          text(1, "t"),
          text(0, "a"),
          text(1, "u"),
          close(1),
          text(0, "b"),
          close(0),
          end(),
        ]),
      ),
    ).toEqual([{ text: "a" }, { text: "b" }, { text: "tu", thought: true }, { text: "" }]);
  });

  test("blocks without deltas and blocks never closed do no harm", () => {
    expect(parts(chunks([start, open(0), close(0), open(1, "reasoning"), open(2), text(2, "kept"), end()]))).toEqual([
      { text: "kept" },
      { text: "" },
    ]);
  });

  test("thinking is a thought, a foreign signature travels in an envelope", () => {
    const opaque = {
      payload: "anthropic-signature",
      origin: { protocol: "anthropic", upstreamId: "u", keyId: undefined, model: undefined },
    } as const;
    const list = chunks([
      start,
      open(0, "reasoning"),
      text(0, "hm"),
      { type: "block-delta", index: 0, delta: { type: "opaque", opaque } },
      close(0),
      {
        type: "block-start",
        index: 1,
        block: { type: "whole", block: { type: "reasoning", text: "", redacted: true, opaque } },
      },
      close(1),
      end(),
    ]);
    const [thought, signature, redacted] = parts(list);
    expect(thought).toEqual({ text: "hm", thought: true });
    expect(signature).toMatchObject({ text: "", thought: true });
    expect(unwrapOpaque(String(signature?.["thoughtSignature"]))).toEqual(opaque);
    expect(String(redacted?.["thoughtSignature"])).toEndWith(".redacted");
  });

  test("trap 72: refusals are shown and end as SAFETY", () => {
    const list = chunks([
      start,
      open(0, "refusal"),
      text(0, "I cannot"),
      close(0),
      { type: "message-end", stop: { reason: "refusal", explanation: "policy" } },
    ]);
    expect(parts(list)[0]).toEqual({ text: "I cannot" });
    expect(list.at(-1)?.candidates[0]).toMatchObject({ finishReason: "SAFETY", finishMessage: "policy" });
  });

  test("server tools never become function calls; their sources become grounding", () => {
    const whole = (index: number, block: unknown): IrEvent[] => [
      { type: "block-start", index, block: { type: "whole", block: block as never } },
      close(index),
    ];
    const list = chunks([
      start,
      ...whole(0, {
        type: "server-tool-call",
        id: "s1",
        tool: "web-search",
        name: "web_search",
        input: { query: "q" },
        origin: "anthropic",
        wire: {},
      }),
      ...whole(1, {
        type: "server-tool-result",
        callId: "s1",
        tool: "web-search",
        isError: false,
        sources: [{ url: "https://a.test", title: "A" }],
        origin: "anthropic",
        wire: {},
      }),
      ...whole(2, {
        type: "server-tool-call",
        id: "s2",
        tool: "code-execution",
        name: "code",
        input: { code: "1" },
        origin: "anthropic",
        wire: {},
      }),
      ...whole(3, {
        type: "server-tool-result",
        callId: "s2",
        tool: "code-execution",
        isError: false,
        text: "1\n",
        origin: "anthropic",
        wire: {},
      }),
      open(4),
      text(4, "é: cited"),
      {
        type: "block-delta",
        index: 4,
        delta: {
          type: "citation",
          citation: { type: "url", url: "https://b.test", startIndex: 3, endIndex: 8, origin: "anthropic", wire: {} },
        },
      },
      close(4),
      end(),
    ]);
    expect(JSON.stringify(list)).not.toContain("functionCall");
    expect(parts(list).map((part) => Object.keys(part)[0])).toEqual([
      "executableCode",
      "codeExecutionResult",
      "text",
      "text",
    ]);
    expect(list.at(-1)?.candidates[0]?.groundingMetadata).toEqual({
      webSearchQueries: ["q"],
      groundingChunks: [{ web: { uri: "https://a.test", title: "A" } }, { web: { uri: "https://b.test" } }],
      groundingSupports: [{ segment: { startIndex: 4, endIndex: 9, text: "cited" }, groundingChunkIndices: [1] }],
    });
  });
});

const failed = new GatewayError("upstream-overloaded", "busy", { retryAfterMs: 1500 });

describe("framing", () => {
  test("gemini trap 54: an error after text is one data frame, nothing success-shaped follows", () => {
    const written = frames((encoder) => {
      for (const event of [start, open(0), text(0, "a")]) encoder.event(event);
      encoder.error(failed);
      encoder.event(end());
      encoder.keepAlive();
    });
    expect(written).toHaveLength(2);
    expect(written[1]).toStartWith('data: {"error":{"code":503,"message":"busy","status":"UNAVAILABLE"');
    expect(written.join("")).not.toMatch(/event:|\[DONE\]|finishReason/);
  });

  test("gemini trap 70: a comment and data never share a frame", () => {
    const written = frames((encoder) => {
      encoder.keepAlive();
      for (const event of [start, open(0), text(0, "a\nb")]) encoder.event(event);
      encoder.keepAlive();
      encoder.event(end());
    });
    expect(written.filter((frame) => frame.startsWith(":"))).toEqual([": ping\n\n", ": ping\n\n"]);
    for (const frame of written) expect(frame.trimEnd().split("\n")).toHaveLength(1);
  });

  const arrays: [string, (encoder: StreamEncoder) => void, number][] = [
    ["two chunks", (encoder) => feed(encoder, [start, open(0), text(0, "a"), close(0), end()]), 2],
    [
      "keep-alives anywhere",
      (encoder) => {
        encoder.keepAlive();
        encoder.keepAlive();
        feed(encoder, [start, open(0), text(0, "a")]);
        encoder.keepAlive();
        encoder.event(end());
      },
      2,
    ],
    [
      "an error",
      (encoder) => {
        feed(encoder, [start, open(0), text(0, "a")]);
        encoder.error(failed);
      },
      2,
    ],
    ["an error before anything", (encoder) => encoder.error(failed), 1],
    ["nothing", () => undefined, 0],
  ];
  for (const [name, drive, length] of arrays) {
    test(`gemini trap 55: the JSON array is valid with ${name}`, () => {
      const written = frames(drive, "json-array");
      const body = written.join("");
      expect(body[0]).toBe("[");
      expect(JSON.parse(body)).toHaveLength(length);
      expect(written.filter((frame) => frame.endsWith("]"))).toHaveLength(1);
      if (length === 2) expect(body).toContain("\n,\r\n{");
    });
  }
});

test("what follows an upstream's own elements goes on in their array", () => {
  const written = frames((encoder) => {
    encoder.resumed?.();
    encoder.keepAlive();
    encoder.error(failed);
  }, "json-array");
  const body = `[{"candidates":[]}${written.join("")}`;
  expect(JSON.parse(body)).toEqual([{ candidates: [] }, { error: expect.objectContaining({ code: 503 }) }]);
});

const ANSWER: IrResponse = {
  content: [
    { type: "reasoning", text: "let me see" },
    { type: "text", text: "Größe ✅" },
    { type: "tool-call", id: "call_a", name: "f", kind: "function", arguments: '{"q":"ü"}' },
    { type: "tool-call", id: "call_b", name: "g", kind: "function", arguments: "" },
  ],
  stop: { reason: "tool-use" },
  usage: { inputTokens: 10, outputTokens: 7, reasoningTokens: 2 },
};

describe("official SDK", () => {
  let server: ReturnType<typeof Bun.serve>;
  let client: GoogleGenAI;
  beforeAll(() => {
    server = Bun.serve({
      port: 0,
      fetch(incoming) {
        const { pathname } = new URL(incoming.url);
        if (pathname.endsWith(":generateContent")) return Response.json(encodeResponse(ANSWER, replyContext()));
        const body = frames((encoder) => {
          encoder.keepAlive();
          if (pathname.includes("broken")) {
            feed(encoder, [start, open(0), text(0, "a")]);
            encoder.error(failed);
            return;
          }
          replayResponse(ANSWER, (event) => {
            encoder.event(event);
            encoder.keepAlive();
          });
        }).join("");
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      },
    });
    client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: `http://127.0.0.1:${server.port}` } });
  });
  afterAll(() => server.stop(true));

  test("the stream adds up to the answer", async () => {
    const seen = { text: "", thoughts: "", calls: [] as unknown[], finish: "", usage: {} as unknown };
    for await (const chunk of await client.models.generateContentStream({ model: "m", contents: "x" })) {
      for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
        if (part.thought) seen.thoughts += part.text ?? "";
        else seen.text += part.text ?? "";
      }
      seen.calls.push(...(chunk.functionCalls ?? []));
      seen.finish = chunk.candidates?.[0]?.finishReason ?? seen.finish;
      seen.usage = chunk.usageMetadata ?? seen.usage;
    }
    expect(seen).toMatchObject({
      text: "Größe ✅",
      thoughts: "let me see",
      calls: [
        { id: "call_a", name: "f", args: { q: "ü" } },
        { id: "call_b", name: "g", args: {} },
      ],
      finish: "STOP",
      usage: { promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 2, totalTokenCount: 17 },
    });
  });

  test("the whole answer is read", async () => {
    const answer = await client.models.generateContent({ model: "m", contents: "x" });
    expect([
      answer.text,
      answer.functionCalls?.length,
      answer.modelVersion,
      answer.candidates?.[0]?.finishReason as string,
    ]).toEqual(["Größe ✅", 2, "asked-model", "STOP"]);
  });

  test("chat history keeps a streamed answer", async () => {
    const chat = client.chats.create({ model: "m" });
    for await (const _chunk of await chat.sendMessageStream({ message: "x" }));
    expect(chat.getHistory(true).length).toBeGreaterThan(1);
  });

  test("an error in the stream is thrown with its status", async () => {
    const stream = await client.models.generateContentStream({ model: "broken", contents: "x" });
    const read = async () => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toMatchObject({ name: "ApiError", status: 503 });
  });
});

describe("whole answers", () => {
  test("there is always a part, and usage, if only without counts", () => {
    expect(encodeResponse({ content: [], stop: { reason: "refusal", raw: "SPII" } }, replyContext())).toEqual({
      candidates: [{ content: { parts: [{ text: "" }], role: "model" }, finishReason: "SPII", index: 0 }],
      usageMetadata: {},
      modelVersion: "asked-model",
      responseId: "resp00000000000000000000",
    });
  });

  test("gemini traps 60 and 61: MAX_TOKENS and cache reads are told as in streams, also beside a call", () => {
    const call = { type: "tool-call", id: "a", name: "f", kind: "function", arguments: "{}" } as const;
    const usage = { inputTokens: 5, cacheReadTokens: 2, cacheWriteTokens: 1, outputTokens: 9, reasoningTokens: 4 };
    expect(encodeResponse({ content: [call], stop: { reason: "max-tokens" }, usage }, replyContext())).toMatchObject({
      candidates: [{ finishReason: "MAX_TOKENS" }],
      usageMetadata: {
        promptTokenCount: 8,
        cachedContentTokenCount: 2,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 4,
      },
    });
  });

  test("images, files and unknown blocks", () => {
    const context = replyContext();
    const body = encodeResponse(
      {
        content: [
          { type: "image", source: { type: "base64", mediaType: "image/gif", data: "AA" } },
          { type: "document", source: { type: "file-id", fileId: "f", origin: "anthropic" } },
          { type: "unknown", origin: "openai-responses", wire: {} },
          { type: "unknown", origin: "gemini", wire: { novel: 1 } },
        ],
        stop: { reason: "end-turn" },
        logprobs: [{ token: "a", logprob: -1, top_logprobs: [] }],
      },
      context,
    );
    expect(body["candidates"]).toMatchObject([
      {
        content: { parts: [{ inlineData: { mimeType: "image/gif", data: "AA" } }, { novel: 1 }] },
        logprobsResult: { chosenCandidates: [{ token: "a", logProbability: -1 }] },
        avgLogprobs: -1,
      },
    ]);
    expect(context.losses.map((loss) => loss.feature)).toEqual(["stored-file", "unknown-block"]);
  });
});
