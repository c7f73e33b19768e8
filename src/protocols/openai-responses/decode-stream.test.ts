import { describe, expect, test } from "bun:test";
import { createResponseCollector } from "../../core/collect-response.ts";
import type { IrEvent } from "../../core/event.ts";
import type { IrResponse } from "../../core/response.ts";
import type { DecodeContext } from "../protocol.ts";
import { decodeContext, grammarFaults } from "./__fixtures__/contexts.ts";
import { createStreamDecoder } from "./decode-stream.ts";

type Wire = Record<string, unknown> & { type: string };

const CREATED: Wire = { type: "response.created", response: { id: "resp_1", model: "gpt", status: "in_progress" } };

function completed(output: object[] = [], more: object = {}): Wire {
  const usage = { input_tokens: 10, output_tokens: 5, output_tokens_details: { reasoning_tokens: 2 } };
  return { type: "response.completed", response: { id: "resp_1", status: "completed", output, usage, ...more } };
}

function decode(wire: readonly (Wire | string)[], context: Partial<DecodeContext> = {}): IrEvent[] {
  const events: IrEvent[] = [];
  const decoder = createStreamDecoder((event) => events.push(event), decodeContext(context));
  for (const event of wire) {
    if (typeof event === "string") decoder.event("", event);
    else decoder.event(event.type, JSON.stringify(event));
  }
  decoder.end();
  expect(grammarFaults(events.at(-1)?.type === "error" ? [] : events)).toEqual(
    events.at(-1)?.type === "error" ? ["no end"] : [],
  );
  return events;
}

function answer(wire: readonly (Wire | string)[], context: Partial<DecodeContext> = {}): IrResponse {
  const collector = createResponseCollector();
  for (const event of decode(wire, context)) collector.event(event);
  return collector.result() as IrResponse;
}

const message = { type: "message", id: "msg_1", role: "assistant", content: [] };
const added = (item: object, output_index = 0): Wire => ({ type: "response.output_item.added", output_index, item });
const done = (item: object, output_index = 0): Wire => ({ type: "response.output_item.done", output_index, item });
const text = (delta: string, more: object = {}): Wire => ({
  type: "response.output_text.delta",
  output_index: 0,
  content_index: 0,
  item_id: "msg_1",
  delta,
  ...more,
});

test("a plain answer becomes one text block with usage and stop", () => {
  expect(decode([CREATED, added(message), text("Hel"), text("lo"), completed()])).toEqual([
    { type: "message-start", id: "resp_1", model: "gpt", usage: undefined },
    { type: "block-start", index: 0, block: { type: "text" } },
    { type: "block-delta", index: 0, delta: { type: "text", text: "Hel" } },
    { type: "block-delta", index: 0, delta: { type: "text", text: "lo" } },
    { type: "block-end", index: 0 },
    { type: "usage", usage: { inputTokens: 10, outputTokens: 5, reasoningTokens: 2 } },
    { type: "message-end", stop: { reason: "end-turn", raw: "completed" } },
  ]);
});

describe("text that comes in other ways", () => {
  const full = { ...message, content: [{ type: "output_text", text: "Hello", annotations: [] }] };

  test("trap 62: repeated in every later event it is sent once", () => {
    const wire = [
      CREATED,
      added(message),
      text("Hello"),
      { ...text(""), type: "response.output_text.done", text: "Hello" },
      { ...text(""), type: "response.content_part.done", part: full.content[0] },
      done(full),
      completed([full]),
    ];
    expect(answer(wire).content).toMatchObject([{ type: "text", text: "Hello" }]);
  });

  test.each([
    ["text.done", [added(message), { ...text(""), type: "response.output_text.done", text: "Hello" }]],
    ["the finished item", [added(message), done(full)]],
    ["the finished item alone", [done(full)]],
    ["the final response", [completed([full])]],
    ["a delta and the final response", [added(message), text("He"), completed([full])]],
    ["a delta without item", [text("Hello")]],
    ["a delta without any address", [{ type: "response.output_text.delta", delta: "Hello" }]],
  ])("only in %s it is not lost", (_name, wire) => {
    const events = wire.at(-1)?.type === "response.completed" ? wire : [...wire, completed()];
    expect(answer([CREATED, ...events]).content).toMatchObject([{ type: "text", text: "Hello" }]);
    // trap 63: the stream may start with it
    expect(answer(events).content).toMatchObject([{ type: "text", text: "Hello" }]);
  });

  test("ids that change between the events of one item do no harm", () => {
    const wire = [
      added(message),
      text("Hel", { item_id: "x1" }),
      text("lo", { item_id: "x2" }),
      done({ ...full, id: "x3" }),
      completed([{ ...full, id: "x4" }]),
    ];
    expect(answer(wire).content).toMatchObject([{ type: "text", text: "Hello" }]);
  });
});

test("trap 49: text, reasoning and text again keep every delta and their order", () => {
  const wire = [
    added(message),
    text("a"),
    added({ type: "reasoning", id: "rs_1", summary: [] }, 1),
    { type: "response.reasoning_summary_text.delta", output_index: 1, item_id: "rs_1", summary_index: 0, delta: "t" },
    added({ ...message, id: "msg_2" }, 2),
    text("b", { output_index: 2, item_id: "msg_2" }),
    completed(),
  ];
  expect(answer(wire).content.map((block) => [block.type, "text" in block ? block.text : ""])).toEqual([
    ["text", "a"],
    ["reasoning", "t"],
    ["text", "b"],
  ]);
});

describe("reasoning", () => {
  const summary = (delta: string, summary_index: number): Wire => ({
    type: "response.reasoning_summary_text.delta",
    output_index: 0,
    item_id: "rs_1",
    summary_index,
    delta,
  });
  const item = { type: "reasoning", id: "rs_1", summary: [] };

  test("trap 65: parts are joined, added or not, and the payload comes from the finished item", () => {
    const finished = {
      ...item,
      summary: [
        { type: "summary_text", text: "one" },
        { type: "summary_text", text: "two" },
      ],
      encrypted_content: "late",
    };
    const wire = [
      added({ ...item, encrypted_content: "early" }),
      summary("one", 0),
      summary("tw", 1),
      summary("o", 1),
      done(finished),
      completed([finished]),
    ];
    expect(answer(wire).content).toEqual([
      {
        type: "reasoning",
        text: "one\n\ntwo",
        isSummary: true,
        id: "rs_1",
        opaque: { payload: "late", origin: decodeContext().origin },
      },
    ]);
  });

  test("raw thinking is no summary; a server that sends both is heard once", () => {
    const raw: Wire = { type: "response.reasoning_text.delta", output_index: 0, content_index: 0, delta: "raw" };
    const wire = [added(item), raw, summary("short", 0), completed()];
    expect(answer(wire).content).toMatchObject([{ type: "reasoning", text: "raw", isSummary: false }]);
  });

  test("an item with nothing but a payload is kept, one with nothing at all is not", () => {
    expect(answer([done({ ...item, encrypted_content: "p" }), completed()]).content).toMatchObject([
      { type: "reasoning", text: "", opaque: { payload: "p" } },
    ]);
    expect(answer([added(item), done(item), completed()]).content).toEqual([]);
  });
});

describe("calls", () => {
  const item = { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "" };
  const args = (delta: unknown, output_index = 0): Wire => ({
    type: "response.function_call_arguments.delta",
    output_index,
    item_id: "fc_1",
    delta,
  });
  const finished = { ...item, arguments: '{"a":1}' };
  const argsDone: Wire = { type: "response.function_call_arguments.done", output_index: 0, arguments: '{"a":1}' };

  test.each([
    ["deltas", [added(item), args('{"a"'), args(":1}"), argsDone, done(finished)]],
    ["arguments.done only", [added(item), argsDone, done(finished)]],
    ["the finished item only", [added(item), done(finished)]],
    ["the final response only", []],
    ["id and name that come late", [added({ type: "function_call", id: "fc_1" }), args('{"a":1}'), done(finished)]],
    ["deltas before anything else", [args('{"a":1}'), done(finished)]],
  ])("trap 62: arguments from %s come once", (_name, wire) => {
    const { content, stop } = answer([CREATED, ...wire, completed([finished])]);
    expect(content).toMatchObject([{ type: "tool-call", id: "call_1", name: "f", arguments: '{"a":1}' }]);
    expect(stop).toEqual({ reason: "tool-use", raw: "completed" });
  });

  test("parallel calls stay apart", () => {
    const second = { ...item, id: "fc_2", call_id: "call_2", name: "g" };
    const wire = [added(item), added(second, 1), args('{"x":', 0), args('{"y":', 1), args("1}", 0), args("2}", 1)];
    expect(answer([...wire, completed()]).content).toMatchObject([
      { id: "call_1", arguments: '{"x":1}' },
      { id: "call_2", arguments: '{"y":2}' },
    ]);
  });

  test("trap 68: arguments as objects become text", () => {
    expect(answer([added(item), done({ ...item, arguments: { a: 1 } }), completed()]).content).toMatchObject([
      { arguments: '{"a":1}' },
    ]);
  });

  test("trap 54: a call without id gets one, a call without name is dropped", () => {
    const { call_id: _id, ...noId } = finished;
    expect(answer([done(noId), completed()]).content).toMatchObject([{ id: "call_0123456789abcdefABCDEFGH" }]);
    const { name: _name, ...noName } = finished;
    const { content, stop } = answer([added(noName), args("{}"), done(noName), completed()]);
    expect(content).toEqual([]);
    // trap 55: no tool turn without a call
    expect(stop.reason).toBe("end-turn");
  });

  test("trap 35: changed names are given back, namespaces stay apart from the name", () => {
    const wire = [added({ ...item, namespace: "ns" }), done({ ...finished, namespace: "ns" }), completed()];
    expect(answer(wire, { toolNames: new Map([["f", "the long name"]]) }).content).toMatchObject([
      { name: "the long name", namespace: "ns" },
    ]);
  });

  test("custom calls carry free text, shell calls their action", () => {
    const custom = { type: "custom_tool_call", id: "ctc_1", call_id: "c1", name: "patch", input: "" };
    const shell = { type: "local_shell_call", id: "ls_1", call_id: "c2", action: { type: "exec", command: ["ls"] } };
    const wire = [
      added(custom),
      { type: "response.custom_tool_call_input.delta", output_index: 0, delta: "*** " },
      done({ ...custom, input: "*** Begin" }),
      done(shell, 1),
      completed(),
    ];
    expect(answer(wire)).toMatchObject({
      content: [
        { type: "tool-call", kind: "custom", name: "patch", arguments: "*** Begin" },
        { type: "tool-call", kind: "function", name: "local_shell", arguments: '{"command":["ls"]}' },
      ],
      stop: { reason: "tool-use" },
    });
  });

  test("hosted calls are no client calls and no tool turn", () => {
    const search = { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "q" } };
    const { content, stop } = answer([added(search), done(search), completed([search])]);
    expect(content).toMatchObject([{ type: "server-tool-call", tool: "web-search", input: { query: "q" } }]);
    expect(stop.reason).toBe("end-turn");
  });
});

describe("ends", () => {
  const incomplete = (reason: string): Wire => ({
    type: "response.incomplete",
    response: { status: "incomplete", incomplete_details: { reason } },
  });

  test.each([
    ["max_output_tokens", "max-tokens"],
    ["max_messages", "max-tokens"],
    ["content_filter", "refusal"],
    ["steered", "end-turn"],
    ["who_knows", "max-tokens"],
  ])("incomplete for %s is %s", (reason, expected) => {
    const { stop } = answer([CREATED, added(message), text("x"), incomplete(reason)]);
    expect(stop as unknown).toEqual({ reason: expected, raw: reason });
  });

  test("trap 72: an answer of nothing but a refusal is one", () => {
    const wire = [
      added(message),
      { type: "response.refusal.delta", output_index: 0, content_index: 0, delta: "No." },
      completed(),
    ];
    expect(answer(wire)).toMatchObject({ content: [{ type: "refusal", text: "No." }], stop: { reason: "refusal" } });
  });

  test.each([
    ["a nested error event", { type: "error", error: { type: "t", code: "server_error", message: "m", param: null } }],
    ["a flat error event", { type: "error", code: "server_error", message: "m", param: null }],
    ["a failed response", { type: "response.failed", response: { error: { code: "server_error", message: "m" } } }],
    ["an error without type", { error: { code: "server_error", message: "m" } } as unknown as Wire],
    [
      "completed with status failed",
      completed([], { status: "failed", error: { code: "server_error", message: "m" } }),
    ],
  ])("trap 69: %s ends the answer as an error", (_name, wire) => {
    const events = decode([CREATED, added(message), text("x"), wire as Wire, text("never"), completed()]);
    expect(events.at(-1)).toMatchObject({ type: "error", error: { code: "server_error", message: "m", status: 500 } });
  });

  test("trap 69: a body that ends before its terminal event is truncated, [DONE] or not", () => {
    for (const wire of [[CREATED, text("x")], [CREATED, text("x"), "[DONE]"], []]) {
      expect(decode(wire).at(-1)).toMatchObject({ type: "error", error: { truncated: true } });
    }
  });

  test("what is no JSON object is malformed", () => {
    for (const garbage of ["<html>", "[1]", "null"]) {
      expect(decode([CREATED, garbage]).at(-1)).toMatchObject({ type: "error", error: { malformed: true } });
    }
  });

  test("unknown events, comments and whatever follows the end are ignored", () => {
    const wire = [{ type: "response.new_thing", error: null }, "", { type: "keepalive" }, CREATED, completed()];
    const events = decode([...wire, { type: "error", message: "late" }, text("late")]);
    expect(events.map((event) => event.type)).toEqual(["message-start", "usage", "message-end"]);
  });
});

test("citations and log probabilities are handed on once", () => {
  const annotation = { type: "url_citation", url: "https://x.example", title: "X", start_index: 0, end_index: 2 };
  const logprobs = [{ token: "Hi", logprob: -0.1, top_logprobs: [] }];
  const full = { ...message, content: [{ type: "output_text", text: "Hi", annotations: [annotation], logprobs }] };
  const wire = [
    added(message),
    text("Hi", { logprobs }),
    { type: "response.output_text.annotation.added", output_index: 0, content_index: 0, annotation },
    done(full),
    completed([full]),
  ];
  const response = answer(wire);
  expect(response.content).toMatchObject([
    { citations: [{ type: "url", url: "https://x.example", startIndex: 0, endIndex: 2, wire: annotation }] },
  ]);
  expect(response.content[0]).toHaveProperty("citations.length", 1);
  expect(response.logprobs).toEqual([{ token: "Hi", logprob: -0.1, bytes: null, top_logprobs: [] }]);
});

test("an item that takes the place of an open one ends it", () => {
  const call = { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "" };
  const wire = [
    added({ ...message, id: "msg_old" }),
    text("a"),
    added(call),
    done({ ...call, arguments: "{}" }),
    completed(),
  ];
  expect(answer(wire).content).toMatchObject([
    { type: "text", text: "a" },
    { type: "tool-call", arguments: "{}" },
  ]);
});

test("an item that is announced twice is one item", () => {
  expect(answer([added(message), text("a"), added(message), text("b"), completed()]).content).toMatchObject([
    { type: "text", text: "ab" },
  ]);
});

test("deltas that do not fit the kind of their item do no harm", () => {
  const call = { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "" };
  const reasoning = { type: "reasoning", id: "rs_1", summary: [] };
  const args: Wire = { type: "response.function_call_arguments.delta", output_index: 0, delta: "{}" };
  const thought: Wire = {
    type: "response.reasoning_summary_text.delta",
    output_index: 0,
    summary_index: 0,
    delta: "t",
  };
  expect(answer([added(reasoning), args, thought, completed()]).content).toMatchObject([
    { type: "reasoning", text: "t" },
  ]);
  expect(answer([added(call), thought, args, completed()]).content).toMatchObject([
    { type: "tool-call", arguments: "{}" },
  ]);
  expect(answer([added(reasoning), text("a"), done(reasoning), completed()]).content).toMatchObject([
    { type: "text", text: "a" },
  ]);
});

test("a content index of any size costs nothing", () => {
  const wire = [added(message), text("a", { content_index: 4_294_967_294 }), done(message), completed()];
  expect(answer(wire).content).toMatchObject([{ type: "text", text: "a" }]);
});

test("items without a type and calls without a name are dropped", () => {
  const odd = [{ id: "x" }, { type: null }, { type: "function_call", call_id: "c", arguments: "{}" }];
  expect(answer([added(message), text("a"), completed(odd)]).content).toMatchObject([{ type: "text", text: "a" }]);
});

test("an incomplete answer for a reason named like an object's own method ran out of tokens", () => {
  const more = { status: "incomplete", incomplete_details: { reason: "constructor" } };
  expect(answer([added(message), text("a"), completed([], more)]).stop.reason).toBe("max-tokens");
});

test("arguments that nest too deep to be written again are malformed", () => {
  const deep = `${'{"a":'.repeat(60_000)}1${"}".repeat(60_000)}`;
  const item = `{"type":"function_call","call_id":"c","name":"f","arguments":${deep}}`;
  const events = decode([`{"type":"response.output_item.done","output_index":0,"item":${item}}`]);
  expect(events.at(-1)).toMatchObject({ type: "error", error: { malformed: true } });
});

test("an item announced without content is ahead of the events, and the trail stays before it", () => {
  const decoder = createStreamDecoder(() => undefined, decodeContext());
  const seen = [CREATED, added(message), text("a"), added({ type: "web_search_call", id: "ws_1" }, 1)].map(
    (event, sequence_number) => {
      decoder.event(event.type, JSON.stringify({ ...event, sequence_number }));
      return { isAhead: decoder.isAhead?.(), ...structuredClone(decoder.trail?.() as object) };
    },
  );
  expect(seen).toMatchObject([
    { isAhead: false, nextSequence: 1 },
    { isAhead: true, nextSequence: 1 },
    { isAhead: false, nextSequence: 3 },
    { isAhead: true, nextSequence: 3 },
  ]);
});
