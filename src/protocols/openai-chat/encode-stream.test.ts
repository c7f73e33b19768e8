import { describe, expect, test } from "bun:test";
import type { IrBlock } from "../../core/block.ts";
import { GatewayError } from "../../core/errors.ts";
import type { IrEvent } from "../../core/event.ts";
import type { IrRequest } from "../../core/request.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { replyContext } from "./test-support.ts";

const START: IrEvent = { type: "message-start", id: "x", model: "upstream-model" };
const END: IrEvent = { type: "message-end", stop: { reason: "end-turn" } };

interface Outcome {
  readonly frames: string[];
  /** Parsed payloads; `[DONE]` as it is. */
  readonly chunks: Record<string, never>[];
  readonly deltas: Record<string, unknown>[];
  readonly features: string[];
}

function encode(events: readonly IrEvent[], request: Partial<IrRequest> = {}): Outcome {
  const frames: string[] = [];
  const context = replyContext(request);
  const encoder = createStreamEncoder((frame) => frames.push(frame), context);
  for (const event of events) encoder.event(event);
  encoder.close();
  return read(
    frames,
    context.losses.map((loss) => loss.feature),
  );
}

function read(frames: string[], features: string[] = []): Outcome {
  const chunks = frames
    .filter((frame) => frame.startsWith("data: "))
    .map((frame) => (frame === "data: [DONE]\n\n" ? "[DONE]" : JSON.parse(frame.slice(6)))) as Record<string, never>[];
  const deltas = chunks.flatMap((chunk) => {
    const choices = (chunk["choices"] ?? []) as { delta: Record<string, unknown> }[];
    return choices.map(({ delta }) => delta);
  });
  return { frames, chunks, deltas, features };
}

function block(index: number, type: "text" | "reasoning" | "refusal", ...texts: string[]): IrEvent[] {
  return [
    { type: "block-start", index, block: { type } },
    ...texts.map((text): IrEvent => ({ type: "block-delta", index, delta: { type: "text", text } })),
    { type: "block-end", index },
  ];
}

function call(index: number, id: string, ...args: string[]): IrEvent[] {
  return [
    { type: "block-start", index, block: { type: "tool-call", id, name: "f", kind: "function" } },
    ...args.map((text): IrEvent => ({ type: "block-delta", index, delta: { type: "arguments", text } })),
    { type: "block-end", index },
  ];
}

describe("frames", () => {
  test("every chunk has the id, the time and the model that the client asked for", () => {
    const { chunks, frames } = encode([
      START,
      ...block(0, "text", "a"),
      { type: "usage", usage: { inputTokens: 1, outputTokens: 2 } },
      END,
    ]);
    expect(frames.every((frame) => frame.endsWith("\n\n"))).toBe(true);
    for (const chunk of chunks.slice(0, -1)) {
      expect(chunk).toMatchObject({
        id: `chatcmpl-${"R".repeat(24)}`,
        object: "chat.completion.chunk",
        created: 1_700_000_000,
        model: "asked-model",
      });
    }
    expect(chunks.at(-1)).toBe("[DONE]" as never);
  });

  test("the role comes once, first; text at once; then finish, usage, [DONE]", () => {
    const { chunks } = encode([
      START,
      ...block(0, "text", "a", "b"),
      { type: "usage", usage: { inputTokens: 1, outputTokens: 2 } },
      END,
    ]);
    expect(chunks.slice(0, -1).map(({ choices, usage }) => [choices, usage])).toEqual([
      [
        [{ index: 0, delta: { role: "assistant", content: "", refusal: null }, logprobs: null, finish_reason: null }],
        null,
      ],
      [[{ index: 0, delta: { content: "a" }, logprobs: null, finish_reason: null }], null],
      [[{ index: 0, delta: { content: "b" }, logprobs: null, finish_reason: null }], null],
      [[{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }], null],
      [[], { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }],
    ] as never);
  });

  test("trap 60: usage goes only to clients that asked", () => {
    const { chunks } = encode([START, { type: "usage", usage: { inputTokens: 1, outputTokens: 2 } }, END], {
      includeUsage: false,
    });
    expect(chunks.some((chunk) => typeof chunk === "object" && "usage" in chunk)).toBe(false);
  });

  test("usage may come first, in parts, and is merged", () => {
    const { chunks } = encode([
      { ...START, usage: { inputTokens: 7 } } as IrEvent,
      { type: "usage", usage: { outputTokens: 2, cacheReadTokens: 3 } },
      END,
    ]);
    expect(chunks.at(-2)?.["usage"]).toEqual({
      prompt_tokens: 10,
      completion_tokens: 2,
      total_tokens: 12,
      prompt_tokens_details: { cached_tokens: 3 },
    } as never);
  });

  test("an answer without anything is still an answer", () => {
    const { chunks } = encode([START, END]);
    expect(chunks).toHaveLength(3);
  });

  test("trap 73: silence is kept alive with comments, before the first event as well", () => {
    const frames: string[] = [];
    const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext());
    encoder.keepAlive();
    encoder.event(START);
    encoder.keepAlive();
    encoder.event(END);
    encoder.keepAlive();
    expect(frames.filter((frame) => frame === ": keep-alive\n\n")).toHaveLength(2);
    expect(frames.at(-1)).toBe("data: [DONE]\n\n");
  });

  test("trap 69: a failure is one error object, without [DONE] and with nothing after it", () => {
    const frames: string[] = [];
    const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext());
    encoder.event(START);
    for (const event of block(0, "text", "a")) encoder.event(event);
    encoder.error(new GatewayError("upstream-truncated", "the upstream broke off"));
    encoder.event(END);
    encoder.keepAlive();
    encoder.close();
    expect(frames).toHaveLength(3);
    expect(read(frames).chunks.at(-1)).toEqual({
      error: { message: "the upstream broke off", type: "server_error", param: null, code: "upstream_error" },
    } as never);
  });

  test("an error event by itself writes nothing", () => {
    expect(encode([{ type: "error", error: { message: "x" } }]).frames).toEqual([]);
  });
});

describe("calls", () => {
  test("indices are dense in order of start, whatever the blocks are called", () => {
    const { deltas, chunks } = encode([
      START,
      ...block(0, "text", "t"),
      ...call(4, "a", '{"x"', ":1}"),
      ...call(9, "b", "{}"),
      { type: "message-end", stop: { reason: "tool-use" } },
    ]);
    expect(deltas.flatMap((delta) => delta["tool_calls"] ?? [])).toEqual([
      { index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } },
      { index: 0, function: { arguments: '{"x"' } },
      { index: 0, function: { arguments: ":1}" } },
      { index: 1, id: "b", type: "function", function: { name: "f", arguments: "" } },
      { index: 1, function: { arguments: "{}" } },
    ]);
    expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: "tool_calls" }] });
  });

  test("calls that are open at once keep their index", () => {
    const [startA, deltaA, endA] = call(1, "a", "{}") as [IrEvent, IrEvent, IrEvent];
    const [startB, deltaB, endB] = call(2, "b", "[]") as [IrEvent, IrEvent, IrEvent];
    const { deltas } = encode([START, startA, startB, deltaB, deltaA, endA, endB, END]);
    const pieces = deltas.flatMap(
      (delta) => (delta["tool_calls"] ?? []) as { index: number; function: { arguments: string } }[],
    );
    expect(pieces.map(({ index, function: fn }) => [index, fn.arguments])).toEqual([
      [0, ""],
      [1, ""],
      [1, "[]"],
      [0, "{}"],
    ]);
  });

  test("a call without arguments gets an empty object", () => {
    const { deltas } = encode([START, ...call(0, "a"), END]);
    expect(deltas.at(-2)).toEqual({ tool_calls: [{ index: 0, function: { arguments: "{}" } }] });
  });

  test("trap 21: ids that clients refuse are changed, signatures travel in an envelope", () => {
    const start: IrEvent = {
      type: "block-start",
      index: 0,
      block: {
        type: "tool-call",
        id: "functions.f:0",
        name: "f",
        kind: "function",
        opaque: { payload: "SIG", origin: { protocol: "gemini" } },
      },
    };
    const { deltas } = encode([START, start, { type: "block-end", index: 0 }, END]);
    const [first] = (deltas[1]?.["tool_calls"] ?? []) as {
      id: string;
      extra_content: { google: { thought_signature: string } };
    }[];
    expect(first?.id).toMatch(/^functions_f_0_[0-9a-f]{8}$/);
    expect(first?.extra_content.google.thought_signature).toStartWith("apr1.");
  });

  test("clients of the older functions get function_call, one of them", () => {
    const request = { extensions: { "openai-chat": { functions: [] } } };
    const { deltas, chunks, features } = encode(
      [START, ...call(0, "a", "{}"), ...call(1, "b", "{}"), { type: "message-end", stop: { reason: "tool-use" } }],
      request,
    );
    expect(deltas.filter((delta) => "function_call" in delta)).toEqual([
      { function_call: { name: "f", arguments: "" } },
      { function_call: { arguments: "{}" } },
    ]);
    expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: "function_call" }] });
    expect(features).toEqual(["parallel-calls"]);
  });

  test("custom calls stream their input", () => {
    const { deltas } = encode([
      START,
      { type: "block-start", index: 0, block: { type: "tool-call", id: "a", name: "p", kind: "custom" } },
      { type: "block-delta", index: 0, delta: { type: "arguments", text: "x y" } },
      { type: "block-end", index: 0 },
      END,
    ]);
    expect(deltas.slice(1, 3)).toEqual([
      { tool_calls: [{ index: 0, id: "a", type: "custom", custom: { name: "p", input: "" } }] },
      { tool_calls: [{ index: 0, custom: { input: "x y" } }] },
    ]);
  });
});

describe("reasoning", () => {
  test("thinking goes out under all names in use, its signature at the end", () => {
    const { deltas } = encode([
      START,
      { type: "block-start", index: 0, block: { type: "reasoning" } },
      { type: "block-delta", index: 0, delta: { type: "text", text: "hm" } },
      {
        type: "block-delta",
        index: 0,
        delta: { type: "opaque", opaque: { payload: "S", origin: { protocol: "anthropic" } } },
      },
      { type: "block-end", index: 0 },
      END,
    ]);
    expect(deltas[1]).toEqual({
      reasoning_content: "hm",
      reasoning: "hm",
      reasoning_details: [{ type: "reasoning.text", text: "hm", index: 0 }],
    });
    expect(deltas[2]).toEqual({
      reasoning_details: [{ type: "reasoning.text", signature: expect.stringMatching(/^apr1\./), index: 0 }],
    });
    expect(JSON.stringify(deltas[2])).not.toContain('"S"');
  });

  test("redacted thinking and encrypted summaries travel sealed, each under its own index", () => {
    const redacted: IrBlock = {
      type: "reasoning",
      text: "",
      redacted: true,
      opaque: { payload: "R", origin: { protocol: "anthropic" } },
    };
    const { deltas } = encode([
      START,
      { type: "block-start", index: 0, block: { type: "whole", block: redacted } },
      { type: "block-end", index: 0 },
      { type: "block-start", index: 1, block: { type: "reasoning", isSummary: true, id: "rs_1" } },
      { type: "block-delta", index: 1, delta: { type: "text", text: "sum" } },
      {
        type: "block-delta",
        index: 1,
        delta: { type: "opaque", opaque: { payload: "E", origin: { protocol: "openai-responses" } } },
      },
      { type: "block-end", index: 1 },
      END,
    ]);
    expect(deltas.flatMap((delta) => delta["reasoning_details"] ?? [])).toMatchObject([
      { type: "reasoning.encrypted", index: 0 },
      { type: "reasoning.summary", summary: "sum", index: 1 },
      { type: "reasoning.encrypted", id: "rs_1", index: 1 },
    ]);
  });

  test("clients that exclude reasoning see none", () => {
    const { deltas } = encode([START, ...block(0, "reasoning", "hm"), ...block(1, "text", "a"), END], {
      reasoning: { display: "omitted" },
    });
    expect(deltas).toHaveLength(3);
  });

  test("text beside open reasoning needs no order", () => {
    const [startText, deltaText, endText] = block(0, "text", "a") as [IrEvent, IrEvent, IrEvent];
    const [startThought, deltaThought, endThought] = block(1, "reasoning", "hm") as [IrEvent, IrEvent, IrEvent];
    const { deltas } = encode([START, startText, startThought, deltaThought, deltaText, endThought, endText, END]);
    expect(deltas.slice(1, 3).map((delta) => Object.keys(delta)[0])).toEqual(["reasoning_content", "content"]);
  });
});

describe("other content", () => {
  test("citations come once, before the end, counted in code points over all text", () => {
    const citation = { type: "url", url: "u", title: "t", origin: "anthropic", wire: {} } as const;
    const { deltas } = encode([
      START,
      ...block(0, "text", "a😀"),
      { type: "block-start", index: 1, block: { type: "text" } },
      { type: "block-delta", index: 1, delta: { type: "citation", citation } },
      { type: "block-delta", index: 1, delta: { type: "text", text: "bcd" } },
      {
        type: "block-delta",
        index: 1,
        delta: { type: "citation", citation: { ...citation, startIndex: 1, endIndex: 2 } },
      },
      { type: "block-end", index: 1 },
      END,
    ]);
    expect(deltas.at(-2)).toEqual({
      annotations: [
        { type: "url_citation", url_citation: { url: "u", title: "t", start_index: 2, end_index: 5 } },
        { type: "url_citation", url_citation: { url: "u", title: "t", start_index: 3, end_index: 4 } },
      ],
    });
  });

  test("tools that the provider ran are losses, never calls", () => {
    const run: IrBlock = {
      type: "server-tool-call",
      id: "s",
      tool: "web-search",
      name: "web_search",
      input: {},
      origin: "anthropic",
      wire: {},
    };
    const { deltas, features, chunks } = encode([
      START,
      { type: "block-start", index: 0, block: { type: "whole", block: run } },
      { type: "block-end", index: 0 },
      ...block(1, "text", "a"),
      END,
    ]);
    expect(deltas.some((delta) => "tool_calls" in delta)).toBe(false);
    expect(features).toEqual(["server-tool-call"]);
    expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: "stop" }] });
  });

  test("pictures go out as data URLs, log probabilities where asked for", () => {
    const image: IrBlock = { type: "image", source: { type: "base64", mediaType: "image/png", data: "AA" } };
    const events: IrEvent[] = [
      START,
      { type: "block-start", index: 0, block: { type: "whole", block: image } },
      { type: "block-end", index: 0 },
      { type: "logprobs", content: [{ token: "a" }] },
      END,
    ];
    expect(encode(events).deltas[1]).toEqual({
      images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA" }, index: 0 }],
    });
    expect(encode(events).chunks).toHaveLength(4);
    expect(encode(events, { logprobs: { enabled: true } }).chunks[2]).toMatchObject({
      choices: [{ delta: {}, logprobs: { content: [{ token: "a" }] } }],
    });
  });

  test("trap 72: refusals have words: their own, the explanation, or ours", () => {
    const refused: IrEvent = { type: "message-end", stop: { reason: "refusal", explanation: "because" } };
    expect(encode([START, ...block(0, "refusal", "no"), refused]).deltas.filter((delta) => delta["refusal"])).toEqual([
      { refusal: "no" },
    ]);
    expect(encode([START, refused]).deltas.filter((delta) => delta["refusal"])).toEqual([{ refusal: "because" }]);
    const bare = encode([START, { type: "message-end", stop: { reason: "refusal" } }]);
    expect(bare.features).toEqual(["refusal-text"]);
    expect(bare.chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: "content_filter" }] });
  });

  test("trap 71: a stop sequence that matched is named", () => {
    const { chunks } = encode([START, { type: "message-end", stop: { reason: "stop-sequence", stopSequence: "END" } }]);
    expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: "stop", stop_reason: "END" }] });
  });
});

test("thoughts of two blocks are kept apart by a blank line, as in a whole answer", () => {
  const thought = (index: number, ...texts: string[]): IrEvent[] => [
    { type: "block-start", index, block: { type: "reasoning" } },
    ...texts.map((text): IrEvent => ({ type: "block-delta", index, delta: { type: "text", text } })),
    { type: "block-end", index },
  ];
  const { deltas } = encode([START, ...thought(0, "a", "b"), ...thought(1), ...thought(2, "c"), END]);
  expect(deltas.map((delta) => delta["reasoning_content"] ?? "").join("")).toBe("ab\n\nc");
});
