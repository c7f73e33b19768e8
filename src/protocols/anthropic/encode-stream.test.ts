import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/errors.ts";
import type { IrBlockStart, IrEvent } from "../../core/event.ts";
import type { Loss } from "../../core/loss.ts";
import { unwrapOpaque } from "../../core/opaque-envelope.ts";
import type { IrRequest } from "../../core/request.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { encodeEvents, irRequest, payloads, replyContext, wireGrammarProblems } from "./test-support.ts";

const begin: IrEvent = { type: "message-start" };
const finish = (reason: "end-turn" | "tool-use" | "max-tokens" = "end-turn"): IrEvent => ({
  type: "message-end",
  stop: { reason },
});
const open = (index: number, block: IrBlockStart): IrEvent => ({ type: "block-start", index, block });
const close = (index: number): IrEvent => ({ type: "block-end", index });
const text = (index: number, value: string): IrEvent => ({
  type: "block-delta",
  index,
  delta: { type: "text", text: value },
});
const args = (index: number, value: string): IrEvent => ({
  type: "block-delta",
  index,
  delta: { type: "arguments", text: value },
});
const tool = (name: string, extra: object = {}): IrBlockStart => ({
  type: "tool-call",
  id: `id_${name}`,
  name,
  kind: "function",
  ...extra,
});
const sign = (index: number, payload: string): IrEvent => ({
  type: "block-delta",
  index,
  delta: { type: "opaque", opaque: { payload, origin: { protocol: "anthropic" } } },
});

/** The blocks a client puts together, in order, as short strings. */
function blocks(frames: readonly string[]): string[] {
  const seen: string[] = [];
  for (const event of payloads(frames) as Record<string, Record<string, unknown>>[]) {
    const { content_block: block, delta } = event;
    if (block) seen.push(`${block["type"]}${block["name"] ? ` ${block["name"]}` : ""}: `);
    else if (delta && event["index"] !== undefined) {
      const piece = delta["text"] ?? delta["thinking"] ?? delta["partial_json"] ?? (delta["signature"] ? "~" : "");
      seen.push(`${seen.pop() ?? ""}${piece}`);
    }
  }
  return seen;
}

function run(events: readonly IrEvent[], request: Partial<IrRequest> = {}) {
  const losses: Loss[] = [];
  const frames = encodeEvents(
    [begin, ...events],
    replyContext({ request: irRequest(request), estimatedInputTokens: 50 }, losses),
  );
  expect(wireGrammarProblems(frames)).toEqual([]);
  return { frames, blocks: blocks(frames), losses: losses.map((loss) => loss.feature) };
}

describe("stream encoder: frames", () => {
  test("trap 51: every block has its start, and deltas go out at once", () => {
    const frames: string[] = [];
    const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext());
    encoder.event(begin);
    encoder.event(open(0, { type: "text" }));
    encoder.event(text(0, "a"));
    expect(frames.map((frame) => frame.split("\n")[0])).toEqual([
      "event: message_start",
      "event: ping",
      "event: content_block_start",
      "event: content_block_delta",
    ]);
    encoder.event(text(0, 'b\n\u2028"'));
    expect(frames.at(-1)).toBe(
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b\\n\u2028\\""}}\n\n',
    );
  });

  test("usage before content is in the start, later usage and the estimate in the right places", () => {
    const early = run([
      { type: "usage", usage: { inputTokens: 7, cacheReadTokens: 3 } },
      open(0, { type: "text" }),
      text(0, "x"),
      close(0),
      { type: "usage", usage: { outputTokens: 4 } },
      finish(),
    ]);
    expect(payloads(early.frames)[0]).toMatchObject({
      message: { usage: { input_tokens: 7, cache_read_input_tokens: 3 } },
    });
    expect(payloads(early.frames).at(-2)).toMatchObject({
      usage: { input_tokens: 7, cache_read_input_tokens: 3, output_tokens: 4 },
    });
    const late = run([
      open(0, { type: "text" }),
      text(0, "x"),
      close(0),
      { type: "usage", usage: { inputTokens: 8, outputTokens: 4 } },
      finish(),
    ]);
    expect(payloads(late.frames)[0]).toMatchObject({ message: { usage: { input_tokens: 50, output_tokens: 0 } } });
    expect(payloads(late.frames).at(-2)).toMatchObject({ usage: { input_tokens: 8, output_tokens: 4 } });
  });

  test("gemini trap 50: an answer without blocks is complete", () => {
    expect(payloads(run([finish("max-tokens")]).frames).map((event) => event["type"])).toEqual([
      "message_start",
      "message_delta",
      "message_stop",
    ]);
  });

  test("trap 56: one message_delta, and nothing after message_stop", () => {
    const frames: string[] = [];
    const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext());
    for (const event of [begin, finish(), { type: "usage", usage: { outputTokens: 1 } }, finish()] as IrEvent[])
      encoder.event(event);
    encoder.keepAlive();
    encoder.error(new GatewayError("upstream-truncated", "m"));
    encoder.close();
    expect(payloads(frames).map((event) => event["type"])).toEqual(["message_start", "message_delta", "message_stop"]);
  });

  test("trap 73: keep-alive is a ping event, after the message start", () => {
    const frames: string[] = [];
    const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext());
    encoder.keepAlive();
    encoder.keepAlive();
    expect(frames.map((frame) => frame.split("\n")[0])).toEqual(["event: message_start", "event: ping", "event: ping"]);
    encoder.event(begin);
    encoder.event(finish());
    expect(wireGrammarProblems(frames)).toEqual([]);
  });

  test("trap 69: a failure ends with an error event and no end of the turn", () => {
    const frames = encodeEvents([
      begin,
      open(0, { type: "text" }),
      text(0, "x"),
      { type: "error", error: { message: "cut" } },
    ]);
    expect(payloads(frames).map((event) => event["type"])).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "error",
    ]);
    expect(payloads(frames).at(-1)).toEqual({ type: "error", error: { type: "api_error", message: "cut" } });
  });
});

describe("stream encoder: order of blocks", () => {
  test("trap 48: the first block is what the first delta is", () => {
    expect(
      run([
        open(0, { type: "reasoning" }),
        text(0, "hm"),
        sign(0, "s"),
        close(0),
        open(1, { type: "text" }),
        text(1, "hi"),
        close(1),
        finish(),
      ]).blocks,
    ).toEqual(["thinking: hm~", "text: hi"]);
  });

  test("trap 49: the delta that switches blocks is not lost", () => {
    const { blocks: seen } = run([
      open(0, { type: "reasoning" }),
      open(1, { type: "text" }),
      text(0, "a"),
      text(1, "b"),
      close(0),
      close(1),
      finish(),
    ]);
    expect(seen).toEqual(["thinking: a~", "text: b"]);
  });

  test("trap 61: thinking that alternates with text does not cut the text up and is not lost", () => {
    const { blocks: seen } = run([
      open(0, { type: "reasoning" }),
      open(1, { type: "text" }),
      text(0, "r1"),
      text(1, "t1"),
      text(0, "r2"),
      text(1, "t2"),
      text(0, "r3"),
      text(1, "t3"),
      open(2, tool("f")),
      args(2, "{}"),
      close(2),
      close(0),
      close(1),
      finish("tool-use"),
    ]);
    expect(seen).toEqual(["thinking: r1~", "text: t1t2t3", "thinking: r2r3~", "tool_use f: {}"]);
  });

  test("held thinking comes at the end when no tool follows", () => {
    const { blocks: seen } = run([
      open(0, { type: "text" }),
      text(0, "a"),
      open(1, { type: "reasoning" }),
      text(1, "r"),
      text(0, "b"),
      close(0),
      close(1),
      finish(),
    ]);
    expect(seen).toEqual(["text: ab", "thinking: r~"]);
  });

  test("thinking between two texts that are items of their own keeps its place", () => {
    const { blocks: seen } = run([
      open(0, { type: "text" }),
      text(0, "a"),
      close(0),
      open(1, { type: "reasoning" }),
      text(1, "r"),
      close(1),
      open(2, { type: "text" }),
      text(2, "b"),
      close(2),
      finish(),
    ]);
    expect(seen).toEqual(["text: a", "thinking: r~", "text: b"]);
  });

  test("trap 52: parallel calls with interleaved arguments become one block each, in order", () => {
    const { blocks: seen } = run([
      open(0, tool("a")),
      open(1, tool("b")),
      open(2, tool("c")),
      args(1, '{"b":'),
      args(0, '{"a":'),
      args(2, "{}"),
      args(0, "1}"),
      args(1, "2}"),
      close(2),
      close(1),
      close(0),
      finish("tool-use"),
    ]);
    expect(seen).toEqual(['tool_use a: {"a":1}', 'tool_use b: {"b":2}', "tool_use c: {}"]);
  });

  test("calls that nobody ends are ended by the next when they are whole, so that it can stream", () => {
    const frames: string[] = [];
    const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext());
    for (const event of [
      begin,
      open(0, tool("a")),
      args(0, '{"x":"}"'),
      args(0, "}"),
      open(1, tool("b")),
      args(1, '{"y":'),
    ])
      encoder.event(event);
    expect(blocks(frames)).toEqual(['tool_use a: {"x":"}"}', 'tool_use b: {"y":']);
    for (const event of [args(1, "1}"), finish("tool-use")]) encoder.event(event);
    expect(wireGrammarProblems(frames)).toEqual([]);
  });

  test("calls keep their order when the live one becomes whole only after others began to wait", () => {
    const { blocks: seen } = run([
      open(0, tool("a")),
      args(0, "{"),
      open(1, tool("b")),
      args(1, "{}"),
      args(0, "}"),
      open(2, tool("c")),
      args(2, "{}"),
      finish("tool-use"),
    ]);
    expect(seen).toEqual(["tool_use a: {}", "tool_use b: {}", "tool_use c: {}"]);
  });

  test("text that comes while a call is open waits for it; text before a call goes on in a block of its own", () => {
    const { blocks: seen } = run([
      open(0, { type: "text" }),
      text(0, "before"),
      open(1, tool("a")),
      args(1, '{"x":'),
      text(0, "after"),
      args(1, "1}"),
      close(1),
      close(0),
      finish("tool-use"),
    ]);
    expect(seen).toEqual(["text: before", 'tool_use a: {"x":1}', "text: after"]);
  });

  test("whole blocks wait for an open call and end an open text", () => {
    const wire = { type: "server_tool_use", id: "s", name: "web_search", input: { query: "q" } };
    const block = {
      type: "server-tool-call",
      id: "s",
      tool: "web-search",
      name: "web_search",
      input: {},
      origin: "anthropic",
      wire,
    } as const;
    const { blocks: seen } = run([
      open(0, { type: "text" }),
      text(0, "a"),
      open(1, { type: "whole", block }),
      close(1),
      text(0, "b"),
      close(0),
      open(2, tool("f")),
      open(3, { type: "whole", block }),
      close(3),
      args(2, "{}"),
      close(2),
      finish("tool-use"),
    ]);
    expect(seen).toEqual([
      "text: a",
      'server_tool_use web_search: {"query":"q"}',
      "text: b",
      "tool_use f: {}",
      'server_tool_use web_search: {"query":"q"}',
    ]);
  });

  test("blocks without content are not written, but a call without arguments is", () => {
    const { blocks: seen } = run([
      open(0, { type: "text" }),
      close(0),
      open(1, { type: "reasoning" }),
      close(1),
      open(2, tool("f")),
      close(2),
      finish("tool-use"),
    ]);
    expect(seen).toEqual(["tool_use f: "]);
  });

  test("open blocks at the end are closed, waiting ones written", () => {
    const { blocks: seen } = run([
      open(0, tool("a")),
      args(0, '{"cut'),
      open(1, tool("b")),
      args(1, "{}"),
      open(2, { type: "text" }),
      text(2, "t"),
      finish("max-tokens"),
    ]);
    expect(seen).toEqual(['tool_use a: {"cut', "tool_use b: {}", "text: t"]);
  });

  test("every order of interleaved deltas is legal and complete", () => {
    let state = 99;
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % below;
    };
    for (let round = 0; round < 300; round++) {
      const kinds = Array.from({ length: 5 }, () => random(3));
      const lanes = kinds.map((kind, index) => ({
        index,
        kind,
        events: [
          open(index, kind === 0 ? { type: "text" } : kind === 1 ? { type: "reasoning" } : tool(`t${index}`)),
          ...[`{"k${index}":`, `${index}`, "}"].map((part) => (kind === 2 ? args(index, part) : text(index, part))),
          ...(random(2) === 0 ? [close(index)] : []),
        ],
      }));
      const events: IrEvent[] = [];
      for (
        let left = lanes.filter((lane) => lane.events.length > 0);
        left.length > 0;
        left = lanes.filter((lane) => lane.events.length > 0)
      ) {
        const lane = left[random(left.length)];
        const event = lane?.events.shift();
        if (event) events.push(event);
      }
      const { blocks: seen } = run([...events, finish("tool-use")]);
      const joined = (prefix: string): string =>
        seen
          .filter((block) => block.startsWith(prefix))
          .map((block) => block.slice(block.indexOf(": ") + 2).replaceAll("~", ""))
          .join("");
      for (const lane of lanes) {
        const whole = `{"k${lane.index}":${lane.index}}`;
        if (lane.kind === 2) expect(joined(`tool_use t${lane.index}`)).toBe(whole);
      }
      for (const [kind, prefix] of [
        [0, "text"],
        [1, "thinking"],
      ] as const) {
        const expected = lanes
          .filter((lane) => lane.kind === kind)
          .map((lane) => `{"k${lane.index}":${lane.index}}`)
          .join("");
        expect([...joined(prefix)].sort().join("")).toBe([...expected].sort().join(""));
      }
    }
  });
});

describe("stream encoder: thinking and signatures", () => {
  const adaptive = { reasoning: { mode: "adaptive" } } as const;

  test("every thinking block is signed once, right before its end", () => {
    const { frames } = run([open(0, { type: "reasoning" }), sign(0, "s"), text(0, "hm"), close(0), finish()]);
    expect(
      payloads(frames)
        .slice(1, 5)
        .map((event) => (event["delta"] as { type?: string } | undefined)?.type ?? event["type"]),
    ).toEqual(["content_block_start", "thinking_delta", "signature_delta", "content_block_stop"]);
  });

  test("gemini trap 12: a signature without text opens a block for thinking clients only", () => {
    const events: IrEvent[] = [
      open(0, { type: "reasoning" }),
      {
        type: "block-delta",
        index: 0,
        delta: { type: "opaque", opaque: { payload: "e", origin: { protocol: "openai-responses" } } },
      },
      close(0),
      open(1, { type: "text" }),
      text(1, "x"),
      close(1),
      finish(),
    ];
    expect(run(events).blocks).toEqual(["text: x"]);
    expect(run(events, adaptive).blocks).toEqual(["thinking: ~", "text: x"]);
  });

  test("gemini trap 13: a signed call is preceded by the block that carries its signature", () => {
    const opaque = { payload: "sig", origin: { protocol: "gemini", upstreamId: "g" } };
    const events: IrEvent[] = [open(0, tool("f", { opaque })), args(0, "{}"), close(0), finish("tool-use")];
    expect(run(events).blocks).toEqual(["tool_use f: {}"]);
    const { frames, blocks: seen } = run(events, adaptive);
    expect(seen).toEqual(["thinking: ~", "tool_use f: {}"]);
    const signature = String((payloads(frames)[2] as { delta?: { signature?: string } }).delta?.signature);
    expect(unwrapOpaque(signature)).toMatchObject(opaque);
  });

  test("display omitted and disabled are obeyed", () => {
    const events: IrEvent[] = [
      open(0, { type: "reasoning" }),
      text(0, "hm"),
      sign(0, "s"),
      close(0),
      open(1, { type: "text" }),
      text(1, "x"),
      close(1),
      finish(),
    ];
    expect(run(events, { reasoning: { mode: "adaptive", display: "omitted" } }).blocks).toEqual([
      "thinking: ~",
      "text: x",
    ]);
    expect(run(events, { reasoning: { mode: "disabled" } }).blocks).toEqual(["text: x"]);
  });

  test("redacted thinking comes whole", () => {
    const block = {
      type: "reasoning",
      text: "",
      redacted: true,
      opaque: { payload: "r", origin: { protocol: "anthropic" } },
    } as const;
    expect(payloads(run([open(0, { type: "whole", block }), close(0), finish()]).frames)[1]).toMatchObject({
      content_block: { type: "redacted_thinking", data: "r" },
    });
  });
});

describe("stream encoder: calls", () => {
  test("trap 55: the stop reason follows the calls that were written", () => {
    const last = (frames: readonly string[]) =>
      (payloads(frames).at(-2) as { delta?: { stop_reason?: string } }).delta?.stop_reason;
    expect(last(run([finish("tool-use")]).frames)).toBe("end_turn");
    expect(last(run([open(0, tool("f")), close(0), finish("end-turn")]).frames)).toBe("tool_use");
  });

  test("free-text calls become a JSON object, however they are cut", () => {
    const value = 'a"\\\n😀';
    for (const parts of [[value], [...value], []]) {
      const { blocks: seen } = run([
        open(0, tool("p", { kind: "custom" })),
        ...parts.map((part) => args(0, part)),
        close(0),
        finish("tool-use"),
      ]);
      expect(JSON.parse(seen[0]?.slice("tool_use p: ".length) ?? "")).toEqual({ input: parts.join("") });
    }
  });

  test("buffered free-text calls are quoted once", () => {
    const { blocks: seen } = run([
      open(0, tool("a")),
      open(1, tool("p", { kind: "custom" })),
      args(1, "x"),
      args(1, "y"),
      args(0, "{}"),
      close(0),
      close(1),
      finish("tool-use"),
    ]);
    expect(seen[1]).toBe('tool_use p: {"input":"xy"}');
  });

  test("fragments for a call that is complete are dropped and recorded", () => {
    const { blocks: seen, losses } = run([
      open(0, tool("a")),
      args(0, "{}"),
      open(1, tool("b")),
      args(0, "late"),
      args(1, "{}"),
      finish("tool-use"),
    ]);
    expect(seen).toEqual(["tool_use a: {}", "tool_use b: {}"]);
    expect(losses).toEqual(["late-delta"]);
  });
});

test("thinking that waited for the text to end goes before later thinking", () => {
  const thought: IrBlockStart = { type: "reasoning" };
  const events = [open(0, { type: "text" }), text(0, "a"), open(1, thought), text(1, "first"), close(1), close(0)];
  const later = [open(2, thought), text(2, "second"), close(2), finish()];
  expect(blocks(encodeEvents([begin, ...events, ...later]))).toEqual([
    "text: a",
    "thinking: first~",
    "thinking: second~",
  ]);
});

describe("going on with an answer that an upstream's own events have begun", () => {
  const resumed = (
    resume: object,
    before: readonly IrEvent[],
    after: readonly IrEvent[],
  ): Record<string, unknown>[] => {
    const frames: string[] = [];
    const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext({ resume }));
    for (const event of [begin, ...before]) encoder.event(event);
    encoder.resumed?.();
    frames.length = 0;
    for (const event of after) encoder.event(event);
    return payloads(frames);
  };

  test("a block that only the wire knows is ended, and the count goes on behind it", () => {
    const trail = { nextIndex: 3, open: 2, openType: "server_tool_use", isSigned: false };
    expect(resumed(trail, [], [open(7, { type: "text" }), text(7, "a"), close(7), finish()])).toMatchObject([
      { type: "content_block_stop", index: 2 },
      { type: "content_block_start", index: 3 },
      { type: "content_block_delta", index: 3 },
      { type: "content_block_stop", index: 3 },
      { type: "message_delta" },
      { type: "message_stop" },
    ]);
  });

  test("a failure ends nothing but the stream", () => {
    const frames: string[] = [];
    const resume = { nextIndex: 1, open: 0, openType: "text", isSigned: false };
    const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext({ resume }));
    encoder.resumed?.();
    encoder.error(new GatewayError("upstream-truncated", "broke off"));
    expect(payloads(frames)).toMatchObject([{ type: "error" }]);
  });

  test("thinking that has begun without a word gets its signature in its own block, but never a second one", () => {
    const before = [open(0, { type: "reasoning" })];
    const after = [sign(0, "sig"), close(0)];
    const trail = { nextIndex: 1, open: 0, openType: "thinking", isSigned: false };
    expect(resumed(trail, before, after)).toMatchObject([
      { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "sig" } },
      { type: "content_block_stop", index: 0 },
    ]);
    expect(resumed({ ...trail, isSigned: true }, before, after)).toMatchObject([
      { type: "content_block_stop", index: 0 },
    ]);
  });
});
