import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/errors.ts";
import type { IrBlockStart, IrDelta, IrEvent } from "../../core/event.ts";
import type { Loss } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import type { IrStop } from "../../core/stop.ts";
import { irRequest, replyContext, wireGrammarFaults } from "./__fixtures__/contexts.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { decodeTools } from "./tools.ts";

interface WireItem {
  readonly type: string;
  readonly id?: string;
  readonly status?: string;
  readonly call_id?: string;
  readonly arguments?: string;
  readonly summary?: readonly unknown[];
  readonly encrypted_content?: string;
  readonly content?: readonly {
    readonly refusal?: string;
    readonly annotations?: readonly unknown[];
    readonly logprobs?: readonly unknown[];
  }[];
}

interface WireResponse {
  readonly id: string;
  readonly status: string;
  readonly incomplete_details: unknown;
  readonly output: readonly WireItem[];
  readonly usage: unknown;
}

interface WireEvent {
  readonly type: string;
  readonly sequence_number: number;
  readonly annotation_index?: number;
  readonly output_index?: number;
  readonly content_index?: number;
  readonly item_id?: string;
  readonly item?: WireItem;
  readonly response?: WireResponse;
}

interface Written {
  readonly events: WireEvent[];
  readonly types: string[];
  readonly response: WireResponse;
  readonly losses: Loss[];
}

const START: IrEvent = { type: "message-start", id: "up-1", model: "up-model" };
const END_TURN: IrStop = { reason: "end-turn" };

const start = (index: number, block: IrBlockStart): IrEvent => ({ type: "block-start", index, block });
const delta = (index: number, value: IrDelta): IrEvent => ({ type: "block-delta", index, delta: value });
const text = (index: number, value: string): IrEvent => delta(index, { type: "text", text: value });
const args = (index: number, value: string): IrEvent => delta(index, { type: "arguments", text: value });
const end = (index: number): IrEvent => ({ type: "block-end", index });
const call = (index: number, id: string, name = "f", kind: "function" | "custom" = "function"): IrEvent =>
  start(index, { type: "tool-call", id, name, kind });

function textBlock(index: number, value: string): IrEvent[] {
  return [start(index, { type: "text" }), text(index, value), end(index)];
}

function write(events: readonly IrEvent[], stop: IrStop = END_TURN, request: Partial<IrRequest> = {}): Written {
  const losses: Loss[] = [];
  const frames: string[] = [];
  const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext(irRequest(request), losses));
  for (const event of [START, ...events]) encoder.event(event);
  encoder.event({ type: "message-end", stop });
  encoder.close();
  expect(wireGrammarFaults(frames)).toEqual([]);
  const parsed = parse(frames);
  return {
    events: parsed,
    types: parsed.map((event) => event.type),
    response: parsed.at(-1)?.response as WireResponse,
    losses,
  };
}

function parse(frames: readonly string[]): WireEvent[] {
  return frames.map((frame) => JSON.parse(frame.slice(frame.indexOf("data: ") + 6)));
}

test("a text answer has the whole event list, in order and numbered", () => {
  const { types, events, response } = write([
    start(0, { type: "text" }),
    text(0, "Hel"),
    text(0, 'l"o\n'),
    end(0),
    { type: "usage", usage: { inputTokens: 3, cacheReadTokens: 4, outputTokens: 5, reasoningTokens: 1 } },
  ]);
  expect(types).toEqual([
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  const id = `msg_${"R".repeat(24)}0000`;
  expect(events[5] as unknown).toEqual({
    type: "response.output_text.delta",
    sequence_number: 5,
    item_id: id,
    output_index: 0,
    content_index: 0,
    delta: 'l"o\n',
    logprobs: [],
  });
  expect(response).toMatchObject({
    id: `resp_${"R".repeat(24)}`,
    model: "asked-for",
    status: "completed",
    incomplete_details: null,
    error: null,
    output: [{ id, type: "message", role: "assistant", status: "completed", content: [{ text: 'Hell"o\n' }] }],
    usage: {
      input_tokens: 7,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 1 },
      total_tokens: 12,
    },
  });
});

test("trap 67: usage has all its detail objects even when nobody reported any", () => {
  expect(write(textBlock(0, "x")).response.usage).toEqual({
    input_tokens: 0,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: 0,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 0,
  });
});

test("usage may come first, in pieces, or last", () => {
  const usage: IrEvent = { type: "usage", usage: { outputTokens: 9 } };
  const first: IrEvent = { type: "usage", usage: { inputTokens: 2, outputTokens: 1 } };
  for (const events of [
    [first, usage, ...textBlock(0, "x")],
    [first, ...textBlock(0, "x"), usage],
  ]) {
    expect(write(events).response.usage).toMatchObject({ input_tokens: 2, output_tokens: 9 });
  }
});

test("the client's request is echoed", () => {
  const tools = decodeTools(
    [{ type: "function", name: "f", parameters: null }, { type: "shell" }],
    "tools",
    () => undefined,
  );
  const { response, events } = write(textBlock(0, "x"), END_TURN, {
    system: [{ type: "text", text: "be brief" }],
    tools,
    toolChoice: { type: "required" },
    temperature: 0.5,
    metadata: { a: "b" },
    reasoning: { effort: "low" },
    outputFormat: { type: "json-object" },
  });
  const echo = {
    instructions: "be brief",
    tools: [{ type: "function", name: "f" }, { type: "shell" }],
    tool_choice: "required",
    temperature: 0.5,
    top_p: null,
    parallel_tool_calls: true,
    metadata: { a: "b" },
    reasoning: { effort: "low", summary: null },
    text: { format: { type: "json_object" } },
  };
  expect(response).toMatchObject(echo);
  expect(events[0]?.response).toMatchObject({ ...echo, status: "in_progress", output: [], usage: null });
});

describe("text", () => {
  test("blocks in a row are one message with one part, text after a tool is a new one", () => {
    const { response } = write(
      [...textBlock(0, "a"), ...textBlock(1, "b"), call(2, "c1"), args(2, "{}"), end(2), ...textBlock(3, "c")],
      { reason: "tool-use" },
    );
    expect(response.output).toMatchObject([
      { type: "message", content: [{ text: "ab" }] },
      { type: "function_call" },
      { type: "message", content: [{ text: "c" }] },
    ]);
  });

  test("trap 61: thinking and text that alternate token by token keep the text in one message", () => {
    const { response } = write([
      start(0, { type: "reasoning" }),
      start(1, { type: "text" }),
      text(0, "t1"),
      text(1, "a"),
      text(0, "t2"),
      text(1, "b"),
      end(0),
      end(1),
    ]);
    expect(response.output).toMatchObject([
      { type: "reasoning", summary: [{ text: "t1t2" }] },
      { type: "message", content: [{ text: "ab" }] },
    ]);
  });

  test("a text block that is still open when a call starts keeps its message open", () => {
    const { response, types } = write(
      [start(0, { type: "text" }), text(0, "a"), call(1, "c1"), text(0, "b"), end(1), end(0), ...textBlock(2, "c")],
      { reason: "tool-use" },
    );
    expect(response.output).toMatchObject([
      { type: "message", content: [{ text: "ab" }] },
      { type: "function_call" },
      { type: "message", content: [{ text: "c" }] },
    ]);
    expect(types.filter((type) => type === "response.output_text.done")).toHaveLength(2);
  });

  test("two text blocks that are open together do not mix", () => {
    const { response } = write([
      start(0, { type: "text" }),
      start(1, { type: "text" }),
      text(0, "a"),
      text(1, "x"),
      text(0, "b"),
      text(1, "y"),
      end(1),
      end(0),
    ]);
    expect(response.output).toMatchObject([{ content: [{ text: "ab" }] }, { content: [{ text: "xy" }] }]);
  });

  test("trap 48: an answer may start with thinking, and empty blocks leave nothing behind", () => {
    const { response, types } = write([
      start(0, { type: "reasoning" }),
      end(0),
      start(1, { type: "text" }),
      end(1),
      start(2, { type: "reasoning" }),
      text(2, "t"),
      end(2),
      ...textBlock(3, "x"),
    ]);
    expect(response.output).toMatchObject([{ type: "reasoning" }, { type: "message" }]);
    expect(types.filter((type) => type === "response.output_item.added")).toHaveLength(2);
  });

  test("citations move along when blocks are joined, counted in code points", () => {
    const citation = (more: object): IrDelta => ({
      type: "citation",
      citation: { type: "url", url: "https://x.example", title: "X", origin: "anthropic", wire: {}, ...more },
    });
    const { response, events, losses } = write([
      ...textBlock(0, "a😀"),
      start(1, { type: "text" }),
      delta(1, citation({})),
      text(1, "bcd"),
      delta(1, citation({ startIndex: 1, endIndex: 2 })),
      delta(1, citation({ type: "document", url: undefined })),
      end(1),
    ]);
    const annotations = response.output[0]?.content?.[0]?.annotations;
    const base = { type: "url_citation", url: "https://x.example", title: "X" };
    expect(annotations).toEqual([
      { ...base, start_index: 3, end_index: 4 },
      { ...base, start_index: 2, end_index: 5 },
    ]);
    const added = events.filter((event) => event.type === "response.output_text.annotation.added");
    expect(added.map((event) => event.annotation_index)).toEqual([0, 1]);
    expect(losses.map((loss) => loss.feature)).toEqual(["document-citation"]);
  });

  test("log probabilities stand in the finished part", () => {
    const { response } = write([
      start(0, { type: "text" }),
      text(0, "x"),
      { type: "logprobs", content: [{ token: "x", logprob: -1, bytes: [120], top_logprobs: [] }] },
      end(0),
    ]);
    expect(response.output[0]?.content?.[0]?.logprobs).toHaveLength(1);
  });
});

describe("reasoning", () => {
  test("trap 65: has every event of its part, and the payload in the finished item only", () => {
    const { types, events } = write([
      start(0, { type: "reasoning" }),
      text(0, "hm"),
      delta(0, { type: "opaque", opaque: { payload: "enc", origin: { protocol: "openai-responses" } } }),
      end(0),
    ]);
    expect(types.slice(2, -1)).toEqual([
      "response.output_item.added",
      "response.reasoning_summary_part.added",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.done",
      "response.reasoning_summary_part.done",
      "response.output_item.done",
    ]);
    expect(events[2]?.item).not.toHaveProperty("encrypted_content");
    expect(events[7]?.item).toMatchObject({
      type: "reasoning",
      summary: [{ type: "summary_text", text: "hm" }],
      encrypted_content: "enc",
    });
  });

  test("foreign payloads travel in an envelope, encrypted blocks are marked as such", () => {
    const opaque = { payload: "sig", origin: { protocol: "anthropic" } } as const;
    const { response } = write([
      start(0, { type: "reasoning" }),
      delta(0, { type: "opaque", opaque }),
      end(0),
      start(1, { type: "whole", block: { type: "reasoning", text: "", redacted: true, opaque } }),
      end(1),
    ]);
    const [signed, redacted] = response.output;
    expect(signed?.summary).toEqual([]);
    expect(signed?.encrypted_content).toMatch(/^apr1\.[\w-]+$/);
    expect(redacted?.encrypted_content).toBe(`${signed?.encrypted_content}.redacted`);
  });

  test("thinking that comes whole keeps its words and its seal", () => {
    const opaque = { payload: "p", origin: { protocol: "anthropic" } } as const;
    const { response } = write([start(0, { type: "whole", block: { type: "reasoning", text: "hm", opaque } }), end(0)]);
    expect(response.output).toMatchObject([
      { type: "reasoning", summary: [{ text: "hm" }], encrypted_content: expect.stringMatching(/^apr1\./) },
    ]);
  });
});

describe("calls", () => {
  test("a call without arguments streams the empty object too", () => {
    const { events, response } = write([call(0, "a"), end(0)], { reason: "tool-use" });
    const deltas = events.filter((event) => event.type === "response.function_call_arguments.delta");
    expect(deltas).toMatchObject([{ delta: "{}" }]);
    expect(response.output).toMatchObject([{ type: "function_call", arguments: "{}" }]);
  });

  test("parallel calls stream side by side, each under its own index", () => {
    const { response, events } = write(
      [
        call(0, "a:1"),
        call(1, "b", "g"),
        args(0, '{"x":'),
        args(1, '{"y":'),
        args(0, "1}"),
        end(0),
        args(1, "2}"),
        end(1),
      ],
      { reason: "tool-use" },
    );
    expect(response.output).toMatchObject([
      { type: "function_call", name: "f", arguments: '{"x":1}', status: "completed" },
      { type: "function_call", name: "g", arguments: '{"y":2}', call_id: "b" },
    ]);
    expect(response.output[0]?.call_id).toMatch(/^a_1_[0-9a-f]{8}$/);
    expect(events.find((event) => event.type === "response.output_item.added")?.item?.arguments).toBe("");
  });

  test("a call without arguments gets an empty object", () => {
    const { response } = write([call(0, "a"), end(0)], { reason: "tool-use" });
    expect(response.output[0]?.arguments).toBe("{}");
  });

  test("trap 44: a custom tool called as a function becomes a custom call again", () => {
    const tools = decodeTools([{ type: "custom", name: "apply_patch" }], "tools", () => undefined);
    const { response, types, losses } = write(
      [call(0, "c1", "apply_patch"), args(0, '{"input":"*** Be'), args(0, 'gin\\n"}'), end(0)],
      { reason: "tool-use" },
      { tools },
    );
    expect(response.output).toMatchObject([
      { type: "custom_tool_call", call_id: "c1", name: "apply_patch", input: "*** Begin\n", status: "completed" },
    ]);
    expect(types.slice(2, -1)).toEqual([
      "response.output_item.added",
      "response.custom_tool_call_input.delta",
      "response.custom_tool_call_input.done",
      "response.output_item.done",
    ]);
    expect(losses).toEqual([]);
  });

  test("trap 44: namespaces are restored, shells get their own items", () => {
    const declared = [
      { type: "namespace", name: "ns", description: "", tools: [{ type: "function", name: "f" }] },
      { type: "local_shell" },
      { type: "apply_patch" },
    ];
    const tools = decodeTools(declared, "tools", () => undefined);
    const { response, losses } = write(
      [
        call(0, "c1", "ns__f"),
        end(0),
        call(1, "c2", "local_shell"),
        args(1, '{"command":["ls"]}'),
        end(1),
        call(2, "c3", "apply_patch"),
        args(2, '{"nonsense":1}'),
        end(2),
      ],
      { reason: "tool-use" },
      { tools },
    );
    expect(response.output).toMatchObject([
      { type: "function_call", name: "f", namespace: "ns" },
      { type: "local_shell_call", call_id: "c2", action: { type: "exec", command: ["ls"], env: {} } },
      { type: "function_call", name: "apply_patch", arguments: '{"nonsense":1}' },
    ]);
    expect(losses.map((loss) => loss.feature)).toEqual(["builtin-tool-call"]);
  });

  test("a call that the token limit cut is incomplete and never done", () => {
    const { response, types } = write([call(0, "c1"), args(0, '{"a":'), end(0)], { reason: "max-tokens" });
    expect(response).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
    expect(response.output).toMatchObject([{ type: "function_call", status: "incomplete", arguments: '{"a":' }]);
    expect(types).not.toContain("response.function_call_arguments.done");
    expect(types.at(-1)).toBe("response.incomplete");
    const whole = write([call(0, "c1"), args(0, '{"a":'), end(0)], { reason: "tool-use" });
    expect(whole.response.output[0]?.status).toBe("completed");
  });
});

describe("what providers do by themselves", () => {
  test("searches have their events, other foreign server tools leave no hole in the indices", () => {
    const server = (tool: "web-search" | "code-execution"): IrBlockStart => ({
      type: "whole",
      block: {
        type: "server-tool-call",
        id: "s",
        tool,
        name: tool,
        input: { query: "q" },
        origin: "anthropic",
        wire: {},
      },
    });
    const { response, types, losses } = write([
      start(0, server("code-execution")),
      end(0),
      start(1, server("web-search")),
      end(1),
      ...textBlock(2, "x"),
    ]);
    expect(response.output).toMatchObject([
      { type: "web_search_call", status: "completed", action: { type: "search", query: "q", queries: ["q"] } },
      { type: "message" },
    ]);
    expect(types.slice(2, 7)).toEqual([
      "response.output_item.added",
      "response.web_search_call.in_progress",
      "response.web_search_call.searching",
      "response.web_search_call.completed",
      "response.output_item.done",
    ]);
    expect(losses.map((loss) => loss.feature)).toEqual(["server-tool-call"]);
  });

  test("generated images become image generation calls", () => {
    const block = { type: "image", source: { type: "base64", mediaType: "image/png", data: "AA" } } as const;
    const { response } = write([start(0, { type: "whole", block }), end(0)]);
    expect(response.output).toMatchObject([{ type: "image_generation_call", result: "AA", output_format: "png" }]);
  });
});

describe("stops", () => {
  test.each([
    ["end-turn", "completed", null],
    ["stop-sequence", "completed", null],
    ["compaction", "completed", null],
    ["max-tokens", "incomplete", "max_output_tokens"],
    ["context-window", "incomplete", "max_output_tokens"],
    ["pause-turn", "incomplete", "max_output_tokens"],
    ["refusal", "incomplete", "content_filter"],
  ] as const)("trap 66: %s is told as %s", (reason, status, detail) => {
    const { response, types } = write(textBlock(0, "x"), { reason });
    expect(response.status).toBe(status);
    expect(response.incomplete_details).toEqual(detail === null ? null : { reason: detail });
    expect(types.at(-1)).toBe(`response.${status}`);
  });

  test("a refusal that a chat model has spoken is complete", () => {
    const { response } = write(textBlock(0, "x"), { reason: "refusal", raw: "stop" });
    expect(response).toMatchObject({ status: "completed", incomplete_details: null });
  });

  test("trap 72: a refusal shows its explanation, and is never an empty answer", () => {
    const explained = write([], { reason: "refusal", explanation: "not that" }).response.output;
    expect(explained).toMatchObject([{ type: "message", content: [{ type: "refusal", refusal: "not that" }] }]);
    const bare = write([], { reason: "refusal" });
    expect(bare.response.output[0]?.content?.[0]?.refusal).not.toBe("");
    expect(bare.losses).toEqual([{ kind: "invented", path: "output", feature: "refusal-text" }]);
  });

  test("a refusal the model spoke in this protocol stays completed", () => {
    const { response } = write([start(0, { type: "refusal" }), text(0, "No."), end(0)], {
      reason: "refusal",
      raw: "completed",
    });
    expect(response).toMatchObject({ status: "completed", output: [{ content: [{ refusal: "No." }] }] });
  });
});

describe("silence and failure", () => {
  function encoder(): { readonly encoder: ReturnType<typeof createStreamEncoder>; read(): WireEvent[] } {
    const frames: string[] = [];
    return {
      encoder: createStreamEncoder((frame) => frames.push(frame), replyContext()),
      read: () => parse(frames),
    };
  }

  test("trap 64: events count from 0 without gaps, every item has an index of its own, every text is part 0", () => {
    const { events, response } = write([
      start(0, { type: "reasoning" }),
      text(0, "hm"),
      end(0),
      ...textBlock(1, "a"),
      call(2, "c1"),
      call(3, "c2"),
      args(3, "{}"),
      args(2, "{}"),
      end(2),
      end(3),
      ...textBlock(4, "b"),
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, at) => at));
    const added = events.filter((event) => event.type === "response.output_item.added");
    expect(added.map((event) => event.output_index)).toEqual([0, 1, 2, 3, 4]);
    // trap 65: an item keeps its id through all its events
    const ids = response.output.map((item) => item.id);
    expect(new Set(ids).size).toBe(5);
    for (const { output_index, item_id, item } of events) {
      if (output_index !== undefined) expect(item_id ?? item?.id).toBe(ids[output_index] ?? "");
    }
    for (const event of events) expect(event.content_index ?? 0).toBe(0);
  });

  test("trap 64: keepAlive starts the answer first, then repeats response.in_progress, and numbers go on", () => {
    const { encoder: stream, read } = encoder();
    stream.keepAlive();
    stream.keepAlive();
    stream.event(START);
    for (const event of textBlock(0, "x")) stream.event(event);
    stream.keepAlive();
    stream.event({ type: "message-end", stop: END_TURN });
    stream.keepAlive();
    const events = read();
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, i) => i));
    expect(events.slice(0, 4).map((event) => event.type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.in_progress",
      "response.output_item.added",
    ]);
    expect(new Set(events.flatMap((event) => event.response?.id ?? [])).size).toBe(1);
    expect(events.at(-1)?.type).toBe("response.completed");
  });

  test.each([
    ["upstream-truncated", "server_error"],
    ["upstream-overloaded", "server_error"],
    ["upstream-rate-limited", "server_error"],
    ["no-upstream-available", "server_error"],
    ["gateway-internal", "server_error"],
  ] as const)("trap 69: %s ends with a bare error event that agents repeat after", (code, wireCode) => {
    const { encoder: stream, read } = encoder();
    stream.event(START);
    stream.event(start(0, { type: "text" }));
    stream.event(text(0, "x"));
    stream.error(new GatewayError(code, "it broke"));
    stream.event({ type: "message-end", stop: END_TURN });
    stream.keepAlive();
    stream.close();
    expect(read().at(-1) as unknown).toEqual({
      type: "error",
      sequence_number: 5,
      code: wireCode,
      message: "it broke",
      param: null,
      error: { type: "server_error", code: wireCode, message: "it broke", param: null },
    });
  });

  test.each([
    ["upstream-context-length", "context_length_exceeded"],
    ["upstream-quota-exhausted", "insufficient_quota"],
    ["upstream-content-filtered", "content_filter"],
  ] as const)("%s is told as it is and fails the response, because repeating is useless", (code, wireCode) => {
    const { encoder: stream, read } = encoder();
    stream.event(START);
    stream.error(new GatewayError(code, "too much"));
    const [error, failed] = read().slice(-2);
    expect(error).toMatchObject({ type: "error", code: wireCode, error: { code: wireCode } });
    expect(failed).toMatchObject({
      type: "response.failed",
      response: { status: "failed", error: { code: wireCode, message: "too much" } },
    });
  });

  test("an error event of the upstream writes nothing by itself", () => {
    const { encoder: stream, read } = encoder();
    stream.event({ type: "error", error: { message: "x" } });
    expect(read()).toEqual([]);
  });
});
