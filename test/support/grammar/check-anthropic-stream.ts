// Checks a whole Anthropic Messages stream against the grammar that the official parsers and Claude Code rely on.

import { readFrames, type WireFrame } from "./read-frames.ts";
import { asFields, createReport, type Fields, parseJson, type Report, type Violation } from "./violation.ts";

/** Which delta types fit which block type; blocks that are not listed take none. */
const DELTAS: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  tool_use: ["input_json_delta"],
  server_tool_use: ["input_json_delta"],
  mcp_tool_use: ["input_json_delta"],
  compaction: ["compaction_delta"],
};

const STOP_REASONS = [
  "end_turn",
  "max_tokens",
  "stop_sequence",
  "tool_use",
  "pause_turn",
  "refusal",
  "model_context_window_exceeded",
  "compaction",
];

interface State {
  readonly report: Report;
  started: boolean;
  nextIndex: number;
  open: { readonly index: number; readonly type: string; json: string; signatures: number; deltas: number } | undefined;
  toolUses: number;
  stopReason: string | undefined;
  ended: "stop" | "error" | undefined;
}

/**
 * The violations of a stream's text; `[]` means valid. A stream that ends with an `error` event is valid when the
 * error is the last event; a stream without any end is not.
 */
export function checkAnthropicStream(text: string): Violation[] {
  const { violations, report } = createReport();
  const state: State = {
    report,
    started: false,
    nextIndex: 0,
    open: undefined,
    toolUses: 0,
    stopReason: undefined,
    ended: undefined,
  };
  const { frames, isComplete } = readFrames(text);
  for (const frame of frames) if (!frame.isComment) checkFrame(state, frame);
  if (!isComplete) report("frame-incomplete", frames.length - 1, "the last frame has no blank line");
  if (state.ended === undefined) report("no-terminal", -1, "neither message_stop nor error came");
  if (state.ended !== "error" && state.open) report("block-open", -1, `block ${state.open.index} never stopped`);
  if (state.ended === "stop" && state.stopReason === undefined)
    report("no-stop-reason", -1, "no message_delta brought a stop_reason");
  if (state.stopReason === "tool_use" && state.toolUses === 0)
    report("tool-stop-without-tool", -1, "stop_reason is tool_use, but no tool_use block came");
  return violations;
}

function checkFrame(state: State, frame: WireFrame): void {
  const at = frame.number;
  const event = asFields(parseJson(frame.data.join("\n")));
  if (!event) {
    state.report("bad-json", at, "data is no JSON object");
    return;
  }
  if (frame.event === "") state.report("no-event-name", at, "clients skip frames without an event name");
  else if (frame.event !== event["type"])
    state.report("event-name", at, `event is ${frame.event}, type is ${String(event["type"])}`);
  if (state.ended) state.report("after-terminal", at, `${frame.event} after the end`);
  const type = String(event["type"]);
  const handler = HANDLERS[type];
  if (!handler) {
    state.report("unknown-event", at, type);
    return;
  }
  if (!state.started && !["message_start", "ping", "error"].includes(type))
    state.report("no-start", at, `${type} before message_start`);
  handler(state, event, at);
}

const HANDLERS: Readonly<Record<string, (state: State, event: Fields, at: number) => void>> = {
  message_start(state, event, at) {
    if (state.started) state.report("second-start", at, "message_start twice");
    state.started = true;
    const message = asFields(event["message"]);
    if (!message) {
      state.report("start-shape", at, "no message");
      return;
    }
    if (typeof message["id"] !== "string" || message["id"] === "") state.report("start-shape", at, "message has no id");
    if (message["role"] !== "assistant" || message["type"] !== "message")
      state.report("start-shape", at, "role or type is wrong");
    if (!Array.isArray(message["content"]) || message["content"].length > 0)
      state.report("start-shape", at, "content is not []");
    if (message["stop_reason"] !== null) state.report("start-shape", at, "stop_reason is not null");
    const usage = asFields(message["usage"]);
    if (typeof usage?.["input_tokens"] !== "number" || typeof usage["output_tokens"] !== "number")
      state.report("start-usage", at, "usage lacks token counts");
  },
  ping: () => undefined,
  content_block_start(state, event, at) {
    const block = asFields(event["content_block"]) ?? {};
    if (state.open) state.report("block-overlap", at, `block ${state.open.index} is still open`);
    if (state.stopReason !== undefined) state.report("block-after-delta", at, "block after the stop reason");
    if (event["index"] !== state.nextIndex)
      state.report("index", at, `index ${String(event["index"])}, expected ${state.nextIndex}`);
    state.nextIndex = Number(event["index"]) + 1;
    const type = String(block["type"]);
    state.open = { index: Number(event["index"]), type, json: "", signatures: 0, deltas: 0 };
    checkBlockStart(state, type, block, at);
  },
  content_block_delta(state, event, at) {
    const open = state.open;
    const delta = asFields(event["delta"]) ?? {};
    if (!open || open.index !== event["index"])
      return state.report("delta-without-block", at, `index ${String(event["index"])} is not open`);
    const type = String(delta["type"]);
    if (!DELTAS[open.type]?.includes(type)) state.report("delta-kind", at, `${type} in a ${open.type} block is lost`);
    if (open.signatures > 0) state.report("after-signature", at, "the signature has to come last and once");
    if (type === "signature_delta") open.signatures += 1;
    if (type === "input_json_delta") open.json += String(delta["partial_json"]);
    const payload = PAYLOADS[type];
    if (payload && typeof delta[payload] !== "string") state.report("delta-shape", at, `${type} lacks ${payload}`);
  },
  content_block_stop(state, event, at) {
    const open = state.open;
    if (!open || open.index !== event["index"])
      return state.report("stop-without-block", at, `index ${String(event["index"])} is not open`);
    if (open.json !== "" && !asFields(parseJson(open.json)))
      state.report("tool-json", at, "the input is no JSON object");
    state.open = undefined;
  },
  message_delta(state, event, at) {
    if (state.open) state.report("block-overlap", at, `block ${state.open.index} is still open`);
    const reason = asFields(event["delta"])?.["stop_reason"];
    if (typeof reason === "string") {
      if (state.stopReason !== undefined)
        state.report("second-stop-reason", at, "a second message_delta with a stop reason");
      if (!STOP_REASONS.includes(reason)) state.report("stop-reason", at, `unknown stop_reason ${reason}`);
      state.stopReason = reason;
    }
    if (typeof asFields(event["usage"])?.["output_tokens"] !== "number")
      state.report("delta-usage", at, "usage.output_tokens is read unconditionally");
  },
  message_stop(state) {
    state.ended = "stop";
  },
  error(state, event, at) {
    const error = asFields(event["error"]);
    if (typeof error?.["type"] !== "string" || typeof error["message"] !== "string")
      state.report("error-shape", at, "error lacks type or message");
    state.ended = "error";
  },
};

const PAYLOADS: Readonly<Record<string, string>> = {
  text_delta: "text",
  thinking_delta: "thinking",
  signature_delta: "signature",
  input_json_delta: "partial_json",
};

function checkBlockStart(state: State, type: string, block: Fields, at: number): void {
  if (type === "text" && block["text"] !== "") state.report("block-start-shape", at, 'a text block starts with ""');
  if (type === "thinking" && block["thinking"] !== "")
    state.report("block-start-shape", at, 'a thinking block starts with ""');
  if (type === "redacted_thinking" && typeof block["data"] !== "string")
    state.report("block-start-shape", at, "redacted_thinking has no data");
  if (type !== "tool_use") return;
  state.toolUses += 1;
  if (JSON.stringify(block["input"]) !== "{}") state.report("block-start-shape", at, "a tool_use block starts with {}");
  if (typeof block["name"] !== "string" || block["name"] === "") state.report("tool-name", at, "tool_use has no name");
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(block["id"])))
    state.report("tool-id", at, `tool id ${String(block["id"])} does not fit the pattern`);
}
