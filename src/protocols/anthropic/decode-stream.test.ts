import { describe, expect, test } from "bun:test";
import { createResponseCollector } from "../../core/collect-response.ts";
import type { IrEvent } from "../../core/event.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { counter, decodeContext, decodeEvents, irGrammarProblems, irRequest, target } from "./test-support.ts";

type Wire = Record<string, unknown>;

const start: Wire = {
  type: "message_start",
  message: { id: "msg_1", model: "claude", content: [], usage: { input_tokens: 9, output_tokens: 1 } },
};
const blockStart = (index: number, block: Wire): Wire => ({ type: "content_block_start", index, content_block: block });
const delta = (index: number, body: Wire): Wire => ({ type: "content_block_delta", index, delta: body });
const text = (index: number, value: string): Wire => delta(index, { type: "text_delta", text: value });
const json = (index: number, value: string): Wire => delta(index, { type: "input_json_delta", partial_json: value });
const blockStop = (index: number): Wire => ({ type: "content_block_stop", index });
const end = (reason: string | null, usage: Wire = { output_tokens: 5 }): Wire => ({
  type: "message_delta",
  delta: { stop_reason: reason, stop_sequence: null },
  usage,
});
const stop: Wire = { type: "message_stop" };

function answer(wire: readonly Wire[]) {
  const events = decodeEvents(wire);
  expect(irGrammarProblems(events)).toEqual([]);
  const collector = createResponseCollector();
  for (const event of events) collector.event(event);
  return collector.result();
}

describe("stream decoder: answers", () => {
  test("text, thinking with signature, and a call", () => {
    expect(
      answer([
        start,
        blockStart(0, { type: "thinking", thinking: "", signature: "" }),
        delta(0, { type: "thinking_delta", thinking: "hm" }),
        delta(0, { type: "signature_delta", signature: "s" }),
        blockStop(0),
        blockStart(1, { type: "text", text: "" }),
        text(1, "Hel"),
        { type: "ping" },
        text(1, "lo"),
        blockStop(1),
        blockStart(2, { type: "tool_use", id: "toolu_1", name: "f", input: {} }),
        json(2, ""),
        json(2, '{"a":'),
        json(2, "1}"),
        blockStop(2),
        end("tool_use"),
        stop,
      ]),
    ).toMatchObject({
      id: "msg_1",
      content: [
        { type: "reasoning", text: "hm", opaque: { payload: "s", origin: { upstreamId: "up", keyId: "key" } } },
        { type: "text", text: "Hello" },
        { type: "tool-call", id: "toolu_1", arguments: '{"a":1}' },
      ],
      stop: { reason: "tool-use" },
      usage: { inputTokens: 9, outputTokens: 5 },
    });
  });

  test("a call whose input comes with its start, and one without any", () => {
    expect(
      answer([
        start,
        blockStart(0, { type: "tool_use", id: "a", name: "f", input: { x: 1 } }),
        blockStop(0),
        blockStart(1, { type: "tool_use", id: "b", name: "g", input: {} }),
        blockStop(1),
        end("tool_use"),
        stop,
      ]),
    ).toMatchObject({ content: [{ arguments: '{"x":1}' }, { arguments: "{}" }] });
  });

  test("a server tool's input is gathered, and it is no client call", () => {
    expect(
      answer([
        start,
        blockStart(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
        json(0, '{"query":'),
        json(0, '"q"}'),
        blockStop(0),
        blockStart(1, {
          type: "web_search_tool_result",
          tool_use_id: "s",
          content: [{ type: "web_search_result", url: "https://u" }],
        }),
        blockStop(1),
        end("tool_use"),
        stop,
      ]),
    ).toMatchObject({
      content: [
        { type: "server-tool-call", input: { query: "q" }, wire: { input: { query: "q" } } },
        { type: "server-tool-result", sources: [{ url: "https://u" }] },
      ],
      stop: { reason: "end-turn", raw: "tool_use" },
    });
  });

  test("redacted thinking and beta blocks arrive whole, with what deltas add", () => {
    expect(
      answer([
        start,
        blockStart(0, { type: "redacted_thinking", data: "r" }),
        blockStop(0),
        blockStart(1, { type: "compaction", content: null }),
        delta(1, { type: "compaction_delta", content: "sum", encrypted_content: null }),
        delta(1, { type: "compaction_delta", content: "mary", encrypted_content: null }),
        blockStop(1),
        end("compaction"),
        stop,
      ]),
    ).toMatchObject({
      content: [
        { type: "reasoning", redacted: true, opaque: { payload: "r" } },
        { type: "unknown", wire: { type: "compaction", content: "summary" } },
      ],
      stop: { reason: "compaction" },
    });
  });

  test("a free-text tool is unwrapped, split anywhere", () => {
    const request = irRequest({ tools: [{ type: "custom", name: "apply_patch" }] });
    const { value } = encodeRequest(request, target(), counter());
    const wire = '{"input":"*** Begin\\n\\u00e9\\"x\\""}';
    const events = decodeEvents(
      [
        start,
        blockStart(0, { type: "tool_use", id: "a", name: "apply_patch", input: {} }),
        ...Array.from(wire, (character) => json(0, character)),
        blockStop(0),
        end("tool_use"),
        stop,
      ],
      value.decode,
    );
    expect(events).toContainEqual({
      type: "block-delta",
      index: 0,
      delta: { type: "arguments", text: '*** Begin\né"x"' },
    });
    expect(events).toContainEqual({
      type: "block-start",
      index: 0,
      block: { type: "tool-call", id: "a", name: "apply_patch", namespace: undefined, kind: "custom" },
    });
  });

  test("trap 35: a name that encoding has changed is turned back", () => {
    const name = `mcp.server/${"x".repeat(200)}`;
    const { value } = encodeRequest(irRequest({ tools: [{ type: "function", name }] }), target(), counter());
    const [wireName] = [...(value.decode.toolNames?.keys() ?? [])];
    const wire = [start, blockStart(0, { type: "tool_use", id: "a", name: wireName, input: {} }), blockStop(0)];
    const events = decodeEvents([...wire, end("tool_use"), stop], value.decode);
    expect(events.find((event) => event.type === "block-start")).toMatchObject({ block: { type: "tool-call", name } });
  });

  test("trap 58: zeros of message_delta do not overwrite the start", () => {
    expect(answer([start, end("end_turn", { input_tokens: 0, output_tokens: 4 }), stop])).toMatchObject({
      usage: { inputTokens: 9, outputTokens: 4 },
    });
  });

  test("trap 70: pause_turn is kept", () => {
    expect(answer([start, end("pause_turn"), stop])).toMatchObject({ stop: { reason: "pause-turn" } });
  });
});

describe("stream decoder: servers that are not exact", () => {
  test("trap 51: text without its block's start is not lost", () => {
    expect(answer([start, text(0, "hi"), end("end_turn"), stop])).toMatchObject({
      content: [{ type: "text", text: "hi" }],
    });
  });

  test("trap 48: thinking inside a text block gets a block of its own", () => {
    expect(
      answer([
        start,
        blockStart(0, { type: "text", text: "" }),
        delta(0, { type: "thinking_delta", thinking: "hm" }),
        text(0, "hi"),
        blockStop(0),
        end("end_turn"),
        stop,
      ]),
    ).toMatchObject({
      content: [
        { type: "text", text: "" },
        { type: "reasoning", text: "hm" },
        { type: "text", text: "hi" },
      ],
    });
  });

  test("trap 52: several calls all with index 0 stay several", () => {
    expect(
      answer([
        start,
        blockStart(0, { type: "tool_use", id: "a", name: "f" }),
        json(0, '{"n":1}'),
        blockStart(0, { type: "tool_use", id: "b", name: "f" }),
        json(0, '{"n":2}'),
        blockStop(0),
        end("tool_use"),
        stop,
      ]),
    ).toMatchObject({
      content: [
        { id: "a", arguments: '{"n":1}' },
        { id: "b", arguments: '{"n":2}' },
      ],
    });
  });

  test("trap 54: a call without a name is dropped, one without an id gets one", () => {
    const result = answer([
      start,
      blockStart(0, { type: "tool_use", id: "a", name: "" }),
      json(0, "{}"),
      blockStop(0),
      blockStart(1, { type: "tool_use", name: "f" }),
      blockStop(1),
      end("tool_use"),
      stop,
    ]);
    expect(result).toMatchObject({ content: [{ name: "f", id: "toolu_minted000000000000000001" }] });
  });

  test("no message_start, several message_delta, content and stop reason inside message_start", () => {
    expect(answer([text(0, "x"), end(null), end("max_tokens"), stop])).toMatchObject({
      stop: { reason: "max-tokens" },
    });
    const whole = {
      type: "message_start",
      message: {
        content: [
          { type: "text", text: "t" },
          { type: "tool_use", id: "a", name: "f", input: { p: 1 } },
        ],
        stop_reason: "tool_use",
      },
    };
    expect(answer([whole, stop])).toMatchObject({
      content: [{ text: "t" }, { arguments: '{"p":1}' }],
      stop: { reason: "tool-use" },
    });
    // As deltas, because encoders know text and calls in no other form.
    const deltas = decodeEvents([whole, stop]).filter(({ type }) => type === "block-delta");
    expect(deltas).toMatchObject([{ delta: { type: "text", text: "t" } }, { delta: { type: "arguments" } }]);
  });

  test("text and thinking that stand in their block's start come before the deltas", () => {
    const thought = blockStart(0, { type: "thinking", thinking: "h", signature: "s" });
    const wire = [start, thought, delta(0, { type: "thinking_delta", thinking: "m" }), blockStop(0)];
    expect(
      answer([...wire, blockStart(1, { type: "text", text: "a" }), text(1, "b"), blockStop(1), end("end_turn"), stop]),
    ).toMatchObject({
      content: [
        { type: "reasoning", text: "hm", opaque: { payload: "s" } },
        { type: "text", text: "ab" },
      ],
    });
  });

  test("a second message_start begins nothing anew, a text delta without text says nothing", () => {
    const nothing = delta(0, { type: "text_delta" });
    const events = decodeEvents([start, blockStart(0, { type: "text", text: "" }), text(0, "a"), start, nothing, stop]);
    expect(events.filter(({ type }) => type === "message-start")).toHaveLength(1);
    expect(events.filter(({ type }) => type === "block-delta")).toHaveLength(1);
  });

  test("events after the end are ignored", () => {
    const events = decodeEvents([start, end("end_turn"), stop, start, text(0, "late"), { type: "error", error: {} }]);
    expect(events.at(-1)?.type).toBe("message-end");
    expect(events).toHaveLength(3);
  });
});

describe("stream decoder: failures", () => {
  function run(events: readonly [string, string][]): IrEvent[] {
    const seen: IrEvent[] = [];
    const decoder = createStreamDecoder((event) => seen.push(event), decodeContext());
    for (const [name, data] of events) decoder.event(name, data);
    decoder.end();
    return seen;
  }

  test("trap 69: a stream that breaks off is truncated, never an end of the turn", () => {
    for (const cut of [
      [],
      [start],
      [start, blockStart(0, { type: "text", text: "" }), text(0, "hi")],
      [start, end(null)],
    ]) {
      expect(decodeEvents(cut).at(-1)).toMatchObject({ type: "error", error: { truncated: true } });
    }
  });

  test("a stream without message_stop but with a stop reason is complete", () => {
    expect(decodeEvents([start, text(0, "hi"), end("end_turn")]).at(-1)).toMatchObject({ type: "message-end" });
  });

  test("error events say type, message and the status they imply", () => {
    const error = { type: "overloaded_error", message: "Overloaded", details: null };
    expect(decodeEvents([start, { type: "error", error }]).at(-1)).toEqual({
      type: "error",
      error: { type: "overloaded_error", code: undefined, param: undefined, message: "Overloaded", status: 529 },
    });
    expect(run([["error", '{"error":{"message":"x"}}']])).toMatchObject([{ type: "error", error: { message: "x" } }]);
    expect(run([["", '{"error":{"message":"x","code":500}}']])).toMatchObject([
      { type: "error", error: { code: "500" } },
    ]);
  });

  test("what is not JSON is malformed", () => {
    for (const data of ["{cut", "<html>", "[1]", "null", '"x"']) {
      expect(run([["message_start", data]])).toMatchObject([{ type: "error", error: { malformed: true } }]);
    }
  });

  test("comments, empty events, [DONE] and unknown events change nothing", () => {
    expect(
      run([
        ["", ""],
        ["data", "[DONE]"],
        ["future", '{"type":"future"}'],
        ["ping", '{"type":"ping"}'],
      ]),
    ).toEqual([{ type: "error", error: { message: "the stream ended before message_stop", truncated: true } }]);
  });

  test("odd shapes never throw", () => {
    const odd: Wire[] = [
      { type: "message_start" },
      { type: "content_block_start" },
      { type: "content_block_start", index: "x", content_block: 5 },
      { type: "content_block_delta" },
      { type: "content_block_delta", index: 9, delta: { type: "text_delta", text: 5 } },
      { type: "content_block_delta", index: 9, delta: { type: "input_json_delta" } },
      { type: "content_block_delta", index: 9, delta: { type: "citations_delta", citation: null } },
      { type: "content_block_stop", index: 77 },
      { type: "message_delta", delta: 5, usage: [] },
      stop,
    ];
    expect(irGrammarProblems(decodeEvents(odd))).toEqual([]);
  });
});

test("what is cut off behind the stop reason is no failure, what is cut off before it is", () => {
  const endOf = (...datas: string[]): unknown => {
    const events: IrEvent[] = [];
    const decoder = createStreamDecoder((event) => events.push(event), decodeContext());
    for (const data of datas) decoder.event("", data);
    decoder.end();
    return events.at(-1);
  };
  const delta = JSON.stringify({ type: "message_delta", delta: { stop_reason: "end_turn" } });
  expect(endOf(delta, '{"type":"message_st')).toMatchObject({ type: "message-end", stop: { reason: "end-turn" } });
  expect(endOf('{"type":"message_st')).toMatchObject({ type: "error", error: { malformed: true } });
});

test("what nests too deep to be written again is malformed", () => {
  const deep = `${'{"a":'.repeat(60_000)}1${"}".repeat(60_000)}`;
  const block = `{"type":"tool_use","id":"t","name":"f","input":${deep}}`;
  const events: IrEvent[] = [];
  const decoder = createStreamDecoder((event) => events.push(event), decodeContext());
  decoder.event("", `{"type":"content_block_start","index":0,"content_block":${block}}`);
  expect(events.at(-1)).toMatchObject({ type: "error", error: { malformed: true } });
});

test("the trail tells which block is open on the wire, and stays before one that is told of when it is whole", () => {
  const decoder = createStreamDecoder(() => undefined, decodeContext());
  const trails = [
    start,
    blockStart(0, { type: "thinking", thinking: "" }),
    { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "s" } },
    { type: "content_block_stop", index: 0 },
    blockStart(1, { type: "redacted_thinking", data: "x" }),
    { type: "content_block_stop", index: 1 },
  ].map((event) => {
    decoder.event("", JSON.stringify(event));
    return { isAhead: decoder.isAhead?.(), ...structuredClone(decoder.trail?.() as object) };
  });
  expect(trails).toMatchObject([
    { nextIndex: 0 },
    { nextIndex: 1, open: 0, openType: "thinking", isSigned: false },
    { nextIndex: 1, open: 0, isSigned: true },
    { nextIndex: 1, open: undefined, isAhead: false },
    { nextIndex: 1, open: undefined, isAhead: true },
    { nextIndex: 2, open: undefined, isAhead: false },
  ]);
});

test("a failure told behind the stop reason does not undo an answer with content, only an empty one", () => {
  const lastOf = (...wire: object[]) => {
    const events: IrEvent[] = [];
    const decoder = createStreamDecoder((event) => events.push(event), decodeContext());
    for (const event of wire) decoder.event("", JSON.stringify(event));
    decoder.end();
    return { end: events.at(-1), isStray: decoder.hasStrayEnd?.() };
  };
  const content = [blockStart(0, { type: "text", text: "a" }), { type: "content_block_stop", index: 0 }];
  const delta = { type: "message_delta", delta: { stop_reason: "end_turn" } };
  const failed = { type: "error", error: { type: "api_error", message: "late" } };
  expect(lastOf(start, ...content, delta, failed)).toMatchObject({ end: { type: "message-end" }, isStray: true });
  expect(lastOf(start, delta, failed)).toMatchObject({ end: { type: "error" }, isStray: false });
  expect(lastOf(start, ...content, failed)).toMatchObject({ end: { type: "error" }, isStray: false });
});

describe("stream decoder: deltas in Anthropic's own spelling", () => {
  const TEXTS = ["a", "", ' say "x"\\', "\n\u0000\u2028", "😀", "\ud83d", '"}}', '","text":"b', "x".repeat(3000)];

  /** The events of the frames as they are, and of the same frames spelled so that each is parsed whole. */
  function bothWays(frames: readonly string[]): [IrEvent[], IrEvent[]] {
    const read = (spell: (frame: string) => string): IrEvent[] => {
      const events: IrEvent[] = [];
      const decoder = createStreamDecoder((event) => events.push(event), decodeContext());
      for (const frame of frames) decoder.event("", spell(frame));
      decoder.end();
      return events;
    };
    return [read((frame) => frame), read((frame) => ` ${frame}`)];
  }

  const BLOCKS: readonly (readonly [block: Wire, deltaType: string, field: string])[] = [
    [{ type: "text", text: "" }, "text_delta", "text"],
    [{ type: "thinking", thinking: "", signature: "" }, "thinking_delta", "thinking"],
    [{ type: "tool_use", id: "toolu_1", name: "f", input: {} }, "input_json_delta", "partial_json"],
  ];
  for (const [block, type, field] of BLOCKS) {
    test(`a ${type} is read the same whether its frame is known or parsed`, () => {
      const deltas = TEXTS.map((value) => delta(3, { type, [field]: value }));
      const wire = [start, blockStart(3, block), ...deltas, blockStop(3), deltas[0], end("end_turn"), stop];
      const [known, parsed] = bothWays(wire.map((event) => JSON.stringify(event)));
      expect(known).toEqual(parsed);
      expect(known.filter((event) => event.type === "block-delta").length).toBeGreaterThanOrEqual(TEXTS.length - 1);
    });
  }

  test("frames that hold more than their text, or are broken, are parsed whole", () => {
    const head = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":';
    const odd = [
      `${head}"a","text":"b"}}`,
      `${head}"c","citation":"d"}}`,
      `${head}"e"}}`,
      `${head}["f"]}}`,
      `${head}{"g":"h"}}}`,
      `${head}"i","x":{"y":"z"}}}`,
    ];
    const opening = [start, blockStart(0, { type: "text", text: "" })].map((event) => JSON.stringify(event));
    for (const tail of [odd, [`${head}"a\\"}}`], [`${head}"a""b"}}`]]) {
      const [known, parsed] = bothWays([...opening, ...tail]);
      expect(known).toEqual(parsed);
    }
  });
});
