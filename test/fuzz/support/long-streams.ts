// Wire events of very long answers in very small pieces, made one at a time, so that only the code under test can fill
// the memory.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";

/** What the pieces are pieces of. */
export type LongKind = "arguments" | "text" | "reasoning" | "calls";

/** Name and data of one wire event. */
export type WireEvent = readonly [name: string, data: string];

/**
 * The events of an answer whose arguments, text or thinking consist of `pieces` times `piece`; for `calls` an answer
 * of that many calls, each of them with `piece` as argument.
 */
export function longStream(protocol: ProtocolId, kind: LongKind, piece: string, pieces: number): Iterable<WireEvent> {
  return STREAMS[protocol](kind, piece, pieces);
}

const STREAMS: Readonly<Record<ProtocolId, (kind: LongKind, piece: string, pieces: number) => Iterable<WireEvent>>> = {
  anthropic: anthropicStream,
  "openai-chat": chatStream,
  "openai-responses": responsesStream,
  gemini: geminiStream,
};

const event = (type: string, fields: object): WireEvent => [type, JSON.stringify({ type, ...fields })];

function* anthropicStream(kind: LongKind, piece: string, pieces: number): Iterable<WireEvent> {
  yield event("message_start", { message: { id: "m", model: "m", usage: { input_tokens: 1, output_tokens: 1 } } });
  if (kind === "calls") {
    for (let index = 0; index < pieces; index++) {
      yield event("content_block_start", {
        index,
        content_block: { type: "tool_use", id: `t${index}`, name: "f", input: {} },
      });
      yield event("content_block_delta", {
        index,
        delta: { type: "input_json_delta", partial_json: JSON.stringify({ a: piece }) },
      });
      yield event("content_block_stop", { index });
    }
  } else {
    const [block, delta] = {
      arguments: [
        { type: "tool_use", id: "t", name: "f", input: {} },
        (text: string) => ({ type: "input_json_delta", partial_json: text }),
      ],
      text: [{ type: "text", text: "" }, (text: string) => ({ type: "text_delta", text })],
      reasoning: [
        { type: "thinking", thinking: "", signature: "" },
        (text: string) => ({ type: "thinking_delta", thinking: text }),
      ],
    }[kind] as [object, (text: string) => object];
    const append = (text: string): WireEvent => event("content_block_delta", { index: 0, delta: delta(text) });
    yield event("content_block_start", { index: 0, content_block: block });
    yield* framed(kind, append, piece, pieces);
    yield event("content_block_stop", { index: 0 });
  }
  const reason = kind === "arguments" || kind === "calls" ? "tool_use" : "end_turn";
  yield event("message_delta", { delta: { stop_reason: reason }, usage: { output_tokens: 2 } });
  yield event("message_stop", {});
}

function* chatStream(kind: LongKind, piece: string, pieces: number): Iterable<WireEvent> {
  const chunk = (delta: object, finish: string | null = null): WireEvent => [
    "",
    JSON.stringify({
      id: "c",
      object: "chat.completion.chunk",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta, finish_reason: finish }],
    }),
  ];
  const call = (index: number, fields: object): WireEvent => chunk({ tool_calls: [{ index, ...fields }] });
  yield chunk({ role: "assistant", content: "" });
  if (kind === "calls") {
    for (let index = 0; index < pieces; index++) {
      const fn = { name: "f", arguments: JSON.stringify({ a: piece }) };
      yield call(index, { id: `t${index}`, type: "function", function: fn });
    }
  } else if (kind === "arguments") {
    yield call(0, { id: "t", type: "function", function: { name: "f", arguments: "" } });
    yield* framed(kind, (text) => call(0, { function: { arguments: text } }), piece, pieces);
  } else {
    yield* framed(
      kind,
      (text) => chunk(kind === "text" ? { content: text } : { reasoning_content: text }),
      piece,
      pieces,
    );
  }
  yield chunk({}, kind === "arguments" || kind === "calls" ? "tool_calls" : "stop");
  yield ["", "[DONE]"];
}

function* responsesStream(kind: LongKind, piece: string, pieces: number): Iterable<WireEvent> {
  yield event("response.created", { response: { id: "r", model: "m", output: [] } });
  const add = (output_index: number, item: object): WireEvent =>
    event("response.output_item.added", { output_index, item });
  const done = (output_index: number, item: object): WireEvent =>
    event("response.output_item.done", { output_index, item });
  if (kind === "calls") {
    for (let index = 0; index < pieces; index++) {
      const item = { type: "function_call", id: `i${index}`, call_id: `t${index}`, name: "f" };
      yield add(index, { ...item, arguments: "" });
      yield done(index, { ...item, arguments: JSON.stringify({ a: piece }) });
    }
  } else {
    const [item, type] = {
      arguments: [
        { type: "function_call", id: "i", call_id: "t", name: "f", arguments: "" },
        "response.function_call_arguments.delta",
      ],
      text: [{ type: "message", id: "i", role: "assistant", content: [] }, "response.output_text.delta"],
      reasoning: [{ type: "reasoning", id: "i", summary: [] }, "response.reasoning_summary_text.delta"],
    }[kind] as [object, string];
    yield add(0, item);
    const place = { item_id: "i", output_index: 0, content_index: 0, summary_index: 0 };
    yield* framed(kind, (text) => event(type, { ...place, delta: text }), piece, pieces);
    yield done(0, item);
  }
  yield event("response.completed", {
    response: { id: "r", status: "completed", output: [], usage: { input_tokens: 1, output_tokens: 2 } },
  });
}

/** Vertex streams arguments as values at paths, a text in pieces. */
function* geminiStream(kind: LongKind, piece: string, pieces: number): Iterable<WireEvent> {
  const chunk = (part: object, finish: object = {}): WireEvent => [
    "",
    JSON.stringify({
      candidates: [{ content: { role: "model", parts: [part] }, ...finish }],
      usageMetadata: { promptTokenCount: 1 },
    }),
  ];
  if (kind === "calls") {
    for (let index = 0; index < pieces; index++)
      yield chunk({ functionCall: { id: `t${index}`, name: "f", args: { a: piece } } });
  } else if (kind === "arguments") {
    const partial = (text: string): object => ({ jsonPath: "$.a", stringValue: text, willContinue: true });
    yield chunk({ functionCall: { name: "f", willContinue: true } });
    for (let at = 0; at < pieces; at++)
      yield chunk({ functionCall: { partialArgs: [partial(piece)], willContinue: true } });
    yield chunk({ functionCall: {} });
  } else {
    for (let at = 0; at < pieces; at++) yield chunk({ text: piece, ...(kind === "text" ? {} : { thought: true }) });
    if (kind === "reasoning") yield chunk({ text: "answer" });
  }
  yield chunk({ text: "" }, { finishReason: "STOP" });
}

/** The pieces; arguments get an object around them, whose one text they are. */
function* framed(
  kind: LongKind,
  append: (text: string) => WireEvent,
  piece: string,
  pieces: number,
): Iterable<WireEvent> {
  if (kind === "arguments") yield append('{"a":"');
  const middle = append(piece);
  for (let at = 0; at < pieces; at++) yield middle;
  if (kind === "arguments") yield append('"}');
}
