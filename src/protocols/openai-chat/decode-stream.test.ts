import { describe, expect, test } from "bun:test";
import { createResponseCollector } from "../../core/collect-response.ts";
import type { IrEvent } from "../../core/event.ts";
import type { IrResponse } from "../../core/response.ts";
import type { WireError } from "../../core/wire-error.ts";
import type { DecodeContext } from "../protocol.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { chunk, decodeContext, decodePayloads, expectGrammar } from "./test-support.ts";

function answerOf(payloads: readonly unknown[], context: DecodeContext = decodeContext()): IrResponse {
  const events = decodePayloads(payloads, context);
  expectGrammar(events);
  const collector = createResponseCollector();
  for (const event of events) collector.event(event);
  const result = collector.result();
  if (!result || "error" in result) throw new Error(`no answer: ${JSON.stringify(result)}`);
  return result;
}

function errorOf(payloads: readonly unknown[], context: DecodeContext = decodeContext()): WireError {
  const events = decodePayloads(payloads, context);
  expectGrammar(events);
  const last = events.at(-1);
  if (last?.type !== "error") throw new Error(`no error: ${JSON.stringify(last)}`);
  return last.error;
}

/** Types of events, with the index of their block. */
function outline(events: readonly IrEvent[]): string[] {
  return events.map((event) => ("index" in event ? `${event.type} ${event.index}` : event.type));
}

const STOP = chunk({}, { finish_reason: "stop" });
const TOOLS = chunk({}, { finish_reason: "tool_calls" });

/** A piece of a call. */
function piece(index: number | undefined, id: string | undefined, name: string | undefined, args?: unknown): unknown {
  const fn = { ...(name === undefined ? {} : { name }), ...(args === undefined ? {} : { arguments: args }) };
  return chunk({
    tool_calls: [{ ...(index === undefined ? {} : { index }), ...(id === undefined ? {} : { id }), function: fn }],
  });
}

function callsOf(response: IrResponse): [id: string, name: string, args: string][] {
  return response.content.flatMap((block) =>
    block.type === "tool-call" ? [[block.id, block.name, block.arguments]] : [],
  ) as never;
}

describe("ends of streams", () => {
  test("text goes out at once, the end waits for [DONE]", () => {
    const events = decodePayloads(
      [chunk({ role: "assistant", content: "" }), chunk({ content: "a" }), STOP],
      decodeContext(),
      false,
    );
    expect(outline(events)).toEqual(["message-start", "block-start 0", "block-delta 0", "block-end 0"]);
    expect(decodePayloads([chunk({ content: "a" }), STOP, "[DONE]"]).at(-1)).toEqual({
      type: "message-end",
      stop: { reason: "end-turn", raw: "stop" },
    });
  });

  test("a finish reason is enough, [DONE] may be missing", () => {
    expect(answerOf([chunk({ content: "a" }), STOP]).stop.reason).toBe("end-turn");
  });

  test("[DONE] after content stands in for a missing finish reason", () => {
    expect(answerOf([chunk({ content: "a" }), "[DONE]"]).stop).toEqual({ reason: "end-turn" });
    expect(answerOf([piece(0, "a", "f", "{}"), "[DONE]"]).stop.reason).toBe("tool-use");
    expect(answerOf([piece(0, "", "f", "{}"), "[DONE]"]).stop.reason).toBe("tool-use");
  });

  const broken: { name: string; payloads: unknown[] }[] = [
    { name: "nothing at all", payloads: [] },
    { name: "only comments", payloads: ["", ""] },
    { name: "[DONE] alone", payloads: ["[DONE]"] },
    { name: "a role and [DONE]", payloads: [chunk({ role: "assistant", content: "" }), "[DONE]"] },
    { name: "text without an end", payloads: [chunk({ content: "a" })] },
    { name: "empty objects", payloads: ["{}", "{}", "[DONE]"] },
    { name: "half a call and [DONE]", payloads: [piece(0, "a", "f", '{"x":'), "[DONE]"] },
    { name: "a whole call without an end", payloads: [piece(0, "a", "f", "{}")] },
  ];
  for (const { name, payloads } of broken) {
    test(`trap 69: ${name} is a truncated answer`, () => expect(errorOf(payloads).truncated).toBe(true));
  }

  test("a break after a complete call ends that call and leaves the other open", () => {
    const events = decodePayloads([piece(0, "a", "f", '{"x":1}'), piece(1, "b", "g", '{"y"')]);
    expect(outline(events)).toEqual([
      "message-start",
      "block-start 0",
      "block-delta 0",
      "block-end 0",
      "block-start 1",
      "block-delta 1",
      "error",
    ]);
    expect(outline(decodePayloads([piece(0, "a", "f", '{"x":1}')])).slice(-2)).toEqual(["block-end 0", "error"]);
  });

  test("whatever follows the end is ignored", () => {
    const events = decodePayloads([chunk({ content: "a" }), STOP, "[DONE]", chunk({ content: "b" }), "[DONE]", "junk"]);
    expect(events.filter((event) => event.type === "message-end")).toHaveLength(1);
    expect(events.at(-1)?.type).toBe("message-end");
  });

  test("a repeated finish reason changes nothing", () => {
    expect(
      answerOf([chunk({ content: "a" }), chunk({}, { finish_reason: "length" }), STOP, "[DONE]"]).stop.reason,
    ).toBe("max-tokens");
  });
});

describe("errors inside a 200", () => {
  const cases: { name: string; payloads: unknown[]; expected: Partial<WireError> }[] = [
    {
      name: "an object",
      payloads: [chunk({ content: "a" }), { error: { message: "m", type: "server_error", code: "c" } }],
      expected: { message: "m", type: "server_error", code: "c" },
    },
    { name: "a string", payloads: [{ error: "out of memory" }], expected: { message: "out of memory" } },
    {
      name: "OpenRouter's numeric code",
      payloads: [{ ...(chunk({}, { finish_reason: "error" }) as object), error: { code: 502, message: "m" } }],
      expected: { status: 502, code: "502" },
    },
    {
      name: "Groq's status",
      payloads: [{ error: { message: "m", code: "tool_use_failed", status_code: 400 } }],
      expected: { status: 400, code: "tool_use_failed" },
    },
    { name: "FastAPI's detail", payloads: [{ detail: "no" }], expected: { message: "no" } },
    {
      name: "Mistral's object",
      payloads: [{ object: "error", message: "m", type: "t", code: "3051" }],
      expected: { message: "m", type: "t", code: "3051" },
    },
    {
      name: "a finish reason",
      payloads: [chunk({ content: "a" }), chunk({}, { finish_reason: "insufficient_system_resource" })],
      expected: { status: 503, code: "insufficient_system_resource" },
    },
    { name: "no JSON", payloads: [chunk({ content: "a" }), '{"choices":['], expected: { malformed: true } },
    { name: "an array", payloads: ["[1]"], expected: { malformed: true } },
  ];
  for (const { name, payloads, expected } of cases) {
    test(name, () => expect(errorOf(payloads)).toMatchObject(expected));
  }

  test("an event named error, with text that is no JSON", () => {
    const events: IrEvent[] = [];
    const decoder = createStreamDecoder((event) => events.push(event), decodeContext());
    decoder.event("error", "upstream is on fire");
    decoder.end();
    expect(events).toMatchObject([{ type: "error", error: { message: "upstream is on fire" } }]);
  });
});

describe("reasoning", () => {
  for (const field of ["reasoning_content", "reasoning"]) {
    test(`trap 50: ${field} is reasoning, and ends when text begins`, () => {
      const events = decodePayloads([chunk({ [field]: "h" }), chunk({ [field]: "m" }), chunk({ content: "a" }), STOP]);
      expect(outline(events)).toEqual([
        "message-start",
        "block-start 0",
        "block-delta 0",
        "block-delta 0",
        "block-end 0",
        "block-start 1",
        "block-delta 1",
        "block-end 1",
        "message-end",
      ]);
      expect(events[1]).toMatchObject({ block: { type: "reasoning" } });
    });
  }

  test("several spellings of the same text are not summed up", () => {
    const details = [{ type: "reasoning.text", text: "hm", index: 0 }];
    const answer = answerOf([chunk({ reasoning_content: "hm", reasoning: "hm", reasoning_details: details }), STOP]);
    expect(answer.content).toEqual([{ type: "reasoning", text: "hm" }]);
  });

  test("trap 61: reasoning that alternates with text does not cut the text", () => {
    const answer = answerOf([
      chunk({ content: "a" }),
      chunk({ reasoning: "x" }),
      chunk({ content: "b" }),
      chunk({ reasoning: "y" }),
      STOP,
    ]);
    expect(answer.content).toEqual([
      { type: "text", text: "ab" },
      { type: "reasoning", text: "xy" },
    ]);
  });

  test("signatures are kept with the details they came in, tagged with their maker", () => {
    const answer = answerOf([
      chunk({ reasoning_details: [{ type: "reasoning.text", text: "h", format: "f", index: 0 }] }),
      chunk({ reasoning_details: [{ type: "reasoning.text", signature: "S", index: 0 }] }),
      chunk({ reasoning_details: [{ type: "reasoning.encrypted", data: "E", index: 1 }] }),
      chunk({ reasoning_details: [{ type: "reasoning.summary", summary: "s", index: 2 }] }),
      chunk({ reasoning_details: [{ type: "reasoning.encrypted", data: "F", id: "rs", index: 2 }] }),
      chunk({ content: "t" }),
      STOP,
    ]);
    const origin = decodeContext().origin;
    expect(answer.content).toEqual([
      {
        type: "reasoning",
        text: "h",
        opaque: { origin, payload: '[{"type":"reasoning.text","format":"f","index":0,"signature":"S"}]' },
      },
      {
        type: "reasoning",
        text: "",
        redacted: true,
        opaque: { origin, payload: '[{"type":"reasoning.encrypted","data":"E","index":1}]' },
      },
      {
        type: "reasoning",
        text: "s",
        isSummary: true,
        opaque: {
          origin,
          payload:
            '[{"type":"reasoning.summary","index":2},{"type":"reasoning.encrypted","data":"F","id":"rs","index":2}]',
        },
      },
      { type: "text", text: "t" },
    ]);
  });

  test("content arrays hold thinking and text", () => {
    const answer = answerOf([
      chunk({ content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] }),
      chunk({ content: [{ type: "text", text: "a" }] }),
      chunk({ content: "b" }),
      STOP,
    ]);
    expect(answer.content).toEqual([
      { type: "reasoning", text: "hm" },
      { type: "text", text: "ab" },
    ]);
  });

  test("think tags are reasoning where the upstream is flagged so", () => {
    const context = decodeContext({ thinkTags: true });
    const answer = answerOf(
      ["<th", "ink>\nhm", "</thi", "nk>\n\na", "nswer <think>"].map((content) => chunk({ content })).concat(STOP),
      context,
    );
    expect(answer.content).toEqual([
      { type: "reasoning", text: "hm" },
      { type: "text", text: "answer <think>" },
    ]);
    expect(answerOf([chunk({ content: "<think>x</think>y" }), STOP]).content).toMatchObject([{ type: "text" }]);
  });

  test("thoughts that Google marks are reasoning", () => {
    const extra_content = { google: { thought: true } };
    const answer = answerOf([
      chunk({ content: "<thought>hm", extra_content }),
      chunk({ content: "</thought>", extra_content }),
      chunk({ content: "a" }),
      STOP,
    ]);
    expect(answer.content[0]).toMatchObject({ type: "reasoning" });
    expect(answer.content[1]).toEqual({ type: "text", text: "a" });
  });
});

describe("tool calls", () => {
  const cases: { name: string; payloads: unknown[]; expected: [string, string, string][] }[] = [
    {
      name: "pieces by index",
      payloads: [piece(0, "a", "f", ""), piece(0, undefined, undefined, '{"x"'), piece(0, undefined, undefined, ":1}")],
      expected: [["a", "f", '{"x":1}']],
    },
    {
      name: "trap 52: all with index 0",
      payloads: [piece(0, "a", "f", '{"x":1}'), piece(0, "b", "f", '{"x":2}'), piece(0, "c", "g", "{}")],
      expected: [
        ["a", "f", '{"x":1}'],
        ["b", "f", '{"x":2}'],
        ["c", "g", "{}"],
      ],
    },
    {
      name: "trap 52: several in one chunk",
      payloads: [
        chunk({
          tool_calls: [
            { index: 0, id: "a", function: { name: "f", arguments: "{}" } },
            { index: 1, id: "b", function: { name: "g", arguments: "{}" } },
          ],
        }),
      ],
      expected: [
        ["a", "f", "{}"],
        ["b", "g", "{}"],
      ],
    },
    {
      name: "index missing, told apart by id",
      payloads: [piece(undefined, "a", "f", "{"), piece(undefined, "a", "", "}"), piece(undefined, "b", "f", "{}")],
      expected: [
        ["a", "f", "{}"],
        ["b", "f", "{}"],
      ],
    },
    {
      name: "index and id missing in later pieces",
      payloads: [piece(undefined, "a", "f", "{"), piece(undefined, undefined, undefined, "}")],
      expected: [["a", "f", "{}"]],
    },
    {
      name: "trap 54: id and name repeated, then empty",
      payloads: [piece(0, "a", "f", "{"), piece(0, "a", "f", '"x":'), piece(0, "", "", "1}")],
      expected: [["a", "f", '{"x":1}']],
    },
    {
      name: "a new id in every piece",
      payloads: [piece(0, "a", "f", "{"), piece(0, "b", "f", '"x":1'), piece(0, "c", "f", "}")],
      expected: [["a", "f", '{"x":1}']],
    },
    {
      name: "trap 54: id late",
      payloads: [piece(0, "", "f", '{"x":'), piece(0, "a", undefined, "1}")],
      expected: [["a", "f", '{"x":1}']],
    },
    { name: "trap 54: id never", payloads: [piece(0, "", "f", "{}")], expected: [["call_mint1", "f", "{}"]] },
    {
      name: "trap 54: name never",
      payloads: [piece(0, "a", "", "{}"), piece(1, "b", "g", "{}")],
      expected: [["b", "g", "{}"]],
    },
    {
      name: "name in a later piece",
      payloads: [piece(0, "a", undefined, "{"), piece(0, undefined, "f", "}")],
      expected: [["a", "f", "{}"]],
    },
    {
      name: "trap 68: arguments as an object",
      payloads: [piece(0, "a", "f", { x: 1 })],
      expected: [["a", "f", '{"x":1}']],
    },
    { name: "no arguments", payloads: [piece(0, "a", "f")], expected: [["a", "f", "{}"]] },
    {
      name: "whole arguments sent twice",
      payloads: [piece(0, "a", "f", '{"x":1}'), piece(0, "a", "f", '{"x":1}')],
      expected: [["a", "f", '{"x":1}']],
    },
    {
      name: "interleaved by index",
      payloads: [
        piece(0, "a", "f", "{"),
        piece(1, "b", "g", "{"),
        piece(0, undefined, undefined, "}"),
        piece(1, undefined, undefined, "}"),
      ],
      expected: [
        ["a", "f", "{}"],
        ["b", "g", "{}"],
      ],
    },
    {
      name: "the older function_call",
      payloads: [chunk({ function_call: { name: "f", arguments: "" } }), chunk({ function_call: { arguments: "{}" } })],
      expected: [["call_mint1", "f", "{}"]],
    },
  ];
  for (const { name, payloads, expected } of cases) {
    test(name, () => {
      const answer = answerOf([...payloads, TOOLS, "[DONE]"]);
      expect(callsOf(answer)).toEqual(expected);
      expect(answer.stop.reason).toBe("tool-use");
    });
  }

  test("trap 53: empty tool_calls neither close nor open anything", () => {
    const events = decodePayloads([
      chunk({ content: "a", tool_calls: [] }),
      chunk({ content: "b", tool_calls: null }),
      STOP,
    ]);
    expect(events.filter((event) => event.type === "block-start")).toHaveLength(1);
  });

  test("a complete call ends when the next begins", () => {
    const events = decodePayloads([piece(0, "a", "f", "{}"), piece(1, "b", "g", "{}"), TOOLS]);
    expect(outline(events).slice(1, 5)).toEqual(["block-start 0", "block-delta 0", "block-end 0", "block-start 1"]);
  });

  test("arguments that never end in white space are an error", () => {
    const blank = " \n".repeat(60);
    const payloads = [
      piece(0, "a", "f", '{"x":'),
      ...Array.from({ length: 5 }, () => piece(0, undefined, undefined, blank)),
    ];
    expect(errorOf(payloads)).toMatchObject({ malformed: true });
  });

  test("trap 35: names get back their full length, wrapped free text is unwrapped", () => {
    const context = {
      ...decodeContext(),
      toolNames: new Map([["short", "long name"]]),
      wrappedTools: new Set(["patch"]),
    };
    const answer = answerOf(
      [
        piece(0, "a", "short", "{}"),
        piece(1, "b", "patch", '{"inp'),
        piece(1, undefined, undefined, 'ut":"x\\ny"}'),
        TOOLS,
      ],
      context,
    );
    expect(answer.content).toEqual([
      { type: "tool-call", id: "a", name: "long name", kind: "function", arguments: "{}" },
      { type: "tool-call", id: "b", name: "patch", kind: "custom", arguments: "x\ny" },
    ]);
  });

  test("gemini trap 3: parallel calls in chunks of their own keep apart, signatures stay with them", () => {
    const extra_content = { google: { thought_signature: "SIG" } };
    const answer = answerOf([
      chunk({ tool_calls: [{ index: 0, id: "", extra_content, function: { name: "f", arguments: "{}" } }] }),
      chunk({ tool_calls: [{ index: 0, id: "", function: { name: "g", arguments: "{}" } }] }),
      chunk({ tool_calls: [{ index: 2, id: "", function: { name: "h", arguments: "{}" } }] }),
      TOOLS,
    ]);
    expect(answer.content).toMatchObject([{ name: "f", opaque: { payload: "SIG" } }, { name: "g" }, { name: "h" }]);
  });

  test("custom calls keep their text", () => {
    const answer = answerOf([
      chunk({ tool_calls: [{ index: 0, id: "a", type: "custom", custom: { name: "p", input: "" } }] }),
      chunk({ tool_calls: [{ index: 0, custom: { input: "free text" } }] }),
      TOOLS,
    ]);
    expect(answer.content).toEqual([{ type: "tool-call", id: "a", name: "p", kind: "custom", arguments: "free text" }]);
  });
});

describe("finish reasons", () => {
  const cases: { name: string; payloads: unknown[]; reason: string }[] = [
    { name: "trap 55: tool_calls without a call", payloads: [chunk({ content: "a" }), TOOLS], reason: "end-turn" },
    { name: "trap 55: stop with a call", payloads: [piece(0, "a", "f", "{}"), STOP], reason: "tool-use" },
    {
      name: "trap 72: sensitive",
      payloads: [chunk({ content: "a" }), chunk({}, { finish_reason: "sensitive" })],
      reason: "refusal",
    },
    { name: "trap 72: content_filter", payloads: [chunk({}, { finish_reason: "content_filter" })], reason: "refusal" },
    {
      name: "a spoken refusal",
      payloads: [chunk({ refusal: "I'm" }), chunk({ refusal: " sorry" }), STOP],
      reason: "refusal",
    },
    {
      name: "length",
      payloads: [chunk({ content: "a" }), chunk({}, { finish_reason: "length" })],
      reason: "max-tokens",
    },
    {
      name: "Mistral's model_length",
      payloads: [chunk({ content: "a" }), chunk({}, { finish_reason: "model_length" })],
      reason: "context-window",
    },
    { name: "eos", payloads: [chunk({ content: "a" }), chunk({}, { finish_reason: "eos" })], reason: "end-turn" },
  ];
  for (const { name, payloads, reason } of cases) {
    test(name, () => expect(answerOf(payloads).stop.reason).toBe(reason as never));
  }

  test("trap 71: vLLM names the stop string", () => {
    const last = { id: "c1", choices: [{ index: 0, delta: {}, finish_reason: "stop", stop_reason: "END" }] };
    expect(answerOf([chunk({ content: "a" }), last]).stop).toEqual({
      reason: "stop-sequence",
      raw: "stop",
      stopSequence: "END",
    });
  });
});

describe("usage", () => {
  const counts = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const expected = { inputTokens: 10, outputTokens: 5 };
  const places: { name: string; payloads: unknown[] }[] = [
    {
      name: "trap 57: in a chunk without choices after the finish",
      payloads: [STOP, { id: "c1", choices: [], usage: counts }],
    },
    { name: "trap 57: beside an empty delta", payloads: [STOP, chunk({}, { usage: counts })] },
    { name: "in the finish chunk", payloads: [chunk({}, { finish_reason: "stop", usage: counts })] },
    {
      name: "on many chunks, last wins",
      payloads: [
        chunk({ content: "b" }, { usage: { ...counts, completion_tokens: 1, total_tokens: 11 } }),
        chunk({}, { finish_reason: "stop", usage: counts }),
      ],
    },
    {
      name: "in the choice",
      payloads: [{ id: "c1", choices: [{ index: 0, delta: {}, finish_reason: "stop", usage: counts }] }],
    },
    { name: "at Groq only in x_groq", payloads: [chunk({}, { finish_reason: "stop", x_groq: { usage: counts } })] },
    {
      name: "null in every other chunk",
      payloads: [
        chunk({ content: "b" }, { usage: null }),
        chunk({}, { finish_reason: "stop", usage: counts }),
        chunk({}, { usage: null }),
      ],
    },
  ];
  for (const { name, payloads } of places) {
    test(name, () => expect(answerOf([chunk({ content: "a" }), ...payloads, "[DONE]"]).usage).toEqual(expected));
  }

  test("llama.cpp's timings stand in", () => {
    const answer = answerOf([
      chunk({ content: "a" }),
      chunk({}, { finish_reason: "stop", timings: { prompt_n: 1, cache_n: 9, predicted_n: 5 } }),
    ]);
    expect(answer.usage).toEqual({ inputTokens: 1, cacheReadTokens: 9, outputTokens: 5 });
  });
});

describe("other content", () => {
  test("Azure's first chunk has no id; the message starts with the first that has", () => {
    const events = decodePayloads([
      { id: "", model: "", choices: [], prompt_filter_results: [] },
      chunk({ content: "a" }),
      STOP,
    ]);
    expect(events[0]).toEqual({ type: "message-start", id: "c1", model: "m" });
  });

  test("further choices are dropped", () => {
    const context = decodeContext();
    const other = { id: "c1", choices: [{ index: 1, delta: { content: "no" }, finish_reason: null }] };
    expect(answerOf([chunk({ content: "a" }), other, other, STOP], context).content).toEqual([
      { type: "text", text: "a" },
    ]);
    expect(context.losses).toEqual([{ kind: "dropped", path: "choices[1]", feature: "further-choices" }]);
  });

  test("a message in place of a delta is read, one beside it is not", () => {
    const message = { role: "assistant", content: "whole" };
    expect(answerOf([{ id: "c1", choices: [{ index: 0, message, finish_reason: "stop" }] }]).content).toEqual([
      { type: "text", text: "whole" },
    ]);
    const both = { id: "c1", choices: [{ index: 0, message, delta: { content: "" }, finish_reason: "stop" }] };
    expect(answerOf([chunk({ content: "whole" }), both]).content).toEqual([{ type: "text", text: "whole" }]);
  });

  test("tools that the server ran never become calls", () => {
    const run = { index: 0, type: "search", arguments: '{"query":"q"}' };
    const answer = answerOf([
      chunk({ executed_tools: [run] }),
      chunk({ executed_tools: [{ ...run, output: "found", search_results: { results: [{ url: "u", title: "t" }] } }] }),
      chunk({ content: "a" }),
      STOP,
    ]);
    expect(answer.content).toMatchObject([
      { type: "server-tool-call", tool: "web-search", input: { query: "q" } },
      { type: "server-tool-result", callId: "srvtool_0", sources: [{ url: "u", title: "t" }], text: "found" },
      { type: "text", text: "a" },
    ]);
    expect(answer.stop.reason).toBe("end-turn");
  });

  test("annotations and search results cite the text", () => {
    const annotation = { type: "url_citation", url_citation: { url: "u", title: "t", start_index: 0, end_index: 1 } };
    expect(answerOf([chunk({ content: "a" }), chunk({ annotations: [annotation] }), STOP]).content).toMatchObject([
      { type: "text", text: "a", citations: [{ type: "url", url: "u", title: "t", startIndex: 0, endIndex: 1 }] },
    ]);
    expect(answerOf([chunk({ content: "a" }, { citations: ["u1", "u2"] }), STOP]).content).toMatchObject([
      { citations: [{ url: "u1" }, { url: "u2" }] },
    ]);
  });

  test("pictures arrive whole, log probabilities pass", () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA" } };
    const tokens = [{ token: "a", logprob: 0 }];
    const lp = { id: "c1", choices: [{ index: 0, delta: { content: "a" }, logprobs: { content: tokens } }] };
    const answer = answerOf([lp, chunk({ images: [image] }), STOP]);
    expect(answer.content[1]).toEqual({
      type: "image",
      source: { type: "base64", mediaType: "image/png", data: "AA" },
    });
    expect(answer.logprobs).toEqual(tokens);
  });
});

test("a tool run of a kind named like an object's own method is of another kind", () => {
  const run = { index: 0, type: "constructor", arguments: "{}" };
  const { content } = answerOf([chunk({ executed_tools: [run], content: "a" }), chunk({}, { finish_reason: "stop" })]);
  expect(content[0]).toMatchObject({ type: "server-tool-call", tool: "other" });
});

test("braces inside an argument are no second copy of it, a copy of the whole is", () => {
  const call = (fn: object) => chunk({ tool_calls: [{ index: 0, id: "c", type: "function", function: fn }] });
  const pieces = ['{"code":"', "{}", "{}", "{}", '"}', '{"code":"{}{}{}"}'].map((text) => call({ arguments: text }));
  const { content } = answerOf([call({ name: "f" }), ...pieces, chunk({}, { finish_reason: "tool_calls" })]);
  expect(content).toMatchObject([{ type: "tool-call", arguments: '{"code":"{}{}{}"}' }]);
});

test("what is cut off behind the finish reason is no failure, what is cut off before it is", () => {
  const cut = '{"choices":[],"usage":{"prompt_to';
  const { content, stop } = answerOf([chunk({ content: "a" }), chunk({}, { finish_reason: "stop" }), cut]);
  expect([content, stop.reason]).toMatchObject([[{ type: "text", text: "a" }], "end-turn"]);
  expect(errorOf([chunk({ content: "a" }), cut])).toMatchObject({ malformed: true });
});

test("what nests too deep to be written again is malformed", () => {
  const deep = `${'{"a":'.repeat(60_000)}1${"}".repeat(60_000)}`;
  const cut = `{"choices":[{"index":0,"delta":{"content":"a","x":${deep}}}]}`;
  expect(errorOf([cut])).toMatchObject({ malformed: true });
  expect(errorOf([`{"error":{"message":${deep}}}`]).malformed).toBe(true);
});

test("a failure told behind the finish reason does not undo an answer with content, only an empty one", () => {
  const failed = { error: { message: "late", code: 500 } };
  const { content, stop } = answerOf([chunk({ content: "a" }), STOP, failed]);
  expect([content, stop.reason]).toMatchObject([[{ type: "text", text: "a" }], "end-turn"]);
  expect(errorOf([STOP, failed])).toMatchObject({ message: "late" });
  expect(errorOf([chunk({ content: "a" }), failed])).toMatchObject({ message: "late" });
});
