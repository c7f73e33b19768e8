// Checks a whole Chat Completions stream against what the official parser and common clients rely on.

import { readFrames } from "./read-frames.ts";
import { asFields, asList, createReport, type Fields, parseJson, type Report, type Violation } from "./violation.ts";

/** What the client asked for. */
export interface ChatStreamOptions {
  /** `stream_options.include_usage`; undefined does not check the usage chunk. */
  readonly includeUsage?: boolean | undefined;
}

interface Call {
  readonly isCustom: boolean;
  name: string;
  /** Arguments, or the free text of a custom tool. */
  json: string;
}

interface Choice {
  roleSeen: boolean;
  finish: string | undefined;
  readonly calls: Map<number, Call>;
}

interface State {
  readonly report: Report;
  readonly options: ChatStreamOptions;
  identity: string | undefined;
  readonly choices: Map<number, Choice>;
  usageChunks: number;
  ended: "done" | "error" | undefined;
}

const FINISH_REASONS = ["stop", "length", "tool_calls", "content_filter", "function_call"];

/**
 * The violations of a stream's text; `[]` means valid. An error object ends the stream instead of `[DONE]`; a stream
 * that ends with neither is reported as `no-done` (gateways end so on purpose for some agents).
 */
export function checkChatStream(text: string, options: ChatStreamOptions = {}): Violation[] {
  const { violations, report } = createReport();
  const state: State = { report, options, identity: undefined, choices: new Map(), usageChunks: 0, ended: undefined };
  const { frames, isComplete } = readFrames(text);
  for (const frame of frames) {
    if (frame.isComment) continue;
    if (state.ended) report("after-terminal", frame.number, "a frame after the end");
    if (frame.event !== "") report("event-name", frame.number, "chat frames have no event name");
    if (frame.data.length !== 1) report("data-lines", frame.number, `${frame.data.length} data lines`);
    const data = frame.data.join("\n");
    if (data === "[DONE]") state.ended = "done";
    else checkChunk(state, asFields(parseJson(data)), frame.number);
  }
  if (!isComplete) report("frame-incomplete", frames.length - 1, "the last frame has no blank line");
  checkEnd(state);
  return violations;
}

function checkChunk(state: State, chunk: Fields | undefined, at: number): void {
  if (!chunk) {
    state.report("bad-json", at, "data is no JSON object");
    return;
  }
  if (chunk["error"] !== undefined) {
    const error = asFields(chunk["error"]);
    if (typeof error?.["message"] !== "string") state.report("error-shape", at, "error has no message");
    state.ended = "error";
    return;
  }
  if (chunk["object"] !== "chat.completion.chunk") state.report("object", at, `object is ${String(chunk["object"])}`);
  const identity = JSON.stringify([chunk["id"], chunk["created"], chunk["model"]]);
  if (typeof chunk["id"] !== "string" || typeof chunk["created"] !== "number" || typeof chunk["model"] !== "string")
    state.report("identity", at, "id, created or model is missing");
  if (state.identity !== undefined && state.identity !== identity)
    state.report("identity", at, `id, created or model changed to ${identity}`);
  state.identity ??= identity;
  if (!Array.isArray(chunk["choices"])) state.report("choices", at, "choices is no list");
  const choices = asList(chunk["choices"]);
  checkUsage(state, chunk, choices.length, at);
  for (const value of choices) checkChoice(state, asFields(value) ?? {}, at);
}

function checkUsage(state: State, chunk: Fields, choiceCount: number, at: number): void {
  const usage = asFields(chunk["usage"]);
  if (choiceCount === 0) {
    if (!usage) state.report("empty-choices", at, "choices is empty outside the usage chunk");
    else state.usageChunks += 1;
    if ([...state.choices.values()].some((choice) => choice.finish === undefined))
      state.report("usage-early", at, "usage chunk before the finish reason");
  }
  if (!usage) return;
  if (state.options.includeUsage === false) state.report("usage-unasked", at, "usage that nobody asked for");
  const counts = ["prompt_tokens", "completion_tokens", "total_tokens"].map((name) => usage[name]);
  if (counts.some((count) => typeof count !== "number")) state.report("usage-shape", at, "usage lacks counts");
}

function checkChoice(state: State, choice: Fields, at: number): void {
  const index = choice["index"];
  if (typeof index !== "number") {
    state.report("choice-index", at, "a choice has no index");
    return;
  }
  const delta = asFields(choice["delta"]);
  let known = state.choices.get(index);
  if (!known) {
    known = { roleSeen: false, finish: undefined, calls: new Map() };
    state.choices.set(index, known);
    if (delta?.["role"] !== "assistant") state.report("no-role", at, "the first delta has no role");
  } else if (delta?.["role"] !== undefined && delta["role"] !== null) {
    state.report("second-role", at, "the role comes once");
  }
  if (!delta) {
    state.report("no-delta", at, "delta is no object");
    return;
  }
  if (known.finish !== undefined) state.report("after-finish", at, "a delta after the finish reason");
  for (const field of ["content", "reasoning_content", "reasoning", "refusal"]) {
    const value = delta[field];
    if (value !== undefined && value !== null && typeof value !== "string")
      state.report("delta-shape", at, `${field} is no text`);
  }
  for (const call of asList(delta["tool_calls"])) checkCall(state, known, asFields(call) ?? {}, at);
  const finish = choice["finish_reason"];
  if (typeof finish !== "string") return;
  if (!FINISH_REASONS.includes(finish)) state.report("finish-reason", at, `unknown finish_reason ${finish}`);
  if (Object.keys(delta).some((name) => hasContent(delta[name])))
    state.report("finish-with-content", at, "the finish chunk carries content");
  known.finish = finish;
}

function hasContent(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || (Array.isArray(value) && value.length > 0);
}

function checkCall(state: State, choice: Choice, call: Fields, at: number): void {
  const index = call["index"];
  const isCustom = call["custom"] !== undefined;
  const body = asFields(isCustom ? call["custom"] : call["function"]) ?? {};
  if (typeof index !== "number") {
    state.report("tool-index", at, "a tool call has no index");
    return;
  }
  const known = choice.calls.get(index);
  const fragment = body[isCustom ? "input" : "arguments"] ?? "";
  if (typeof fragment !== "string") state.report("tool-arguments", at, "arguments are no text");
  if (known) {
    known.json += String(fragment);
    if (body["name"] !== undefined && body["name"] !== null && body["name"] !== known.name)
      state.report("tool-renamed", at, `call ${index} changed its name`);
    return;
  }
  if (index !== choice.calls.size) state.report("tool-index", at, `call index ${index}, expected ${choice.calls.size}`);
  if (typeof body["name"] !== "string" || body["name"] === "")
    state.report("tool-name", at, "the first fragment has no name");
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(call["id"] ?? "")))
    state.report("tool-id", at, `call id ${String(call["id"])} does not fit the pattern`);
  if (call["type"] !== (isCustom ? "custom" : "function"))
    state.report("tool-type", at, "the first fragment has no type");
  choice.calls.set(index, { isCustom, name: String(body["name"]), json: String(fragment) });
}

function checkEnd(state: State): void {
  const { report } = state;
  if (state.ended === undefined) report("no-done", -1, "neither [DONE] nor an error came");
  if (state.ended === "error") return;
  if (state.choices.size === 0) report("no-choices", -1, "no choice came");
  for (const choice of state.choices.values()) {
    if (choice.finish === undefined) report("no-finish", -1, "no finish_reason came");
    if (choice.finish === "tool_calls" && choice.calls.size === 0)
      report("tool-finish-without-tool", -1, "finish_reason is tool_calls without any");
    for (const [index, call] of choice.calls) {
      if (!call.isCustom && !asFields(parseJson(call.json)))
        report("tool-json", -1, `arguments of call ${index} are no JSON object`);
    }
  }
  if (state.options.includeUsage === true && state.usageChunks !== 1)
    report("usage-missing", -1, `${state.usageChunks} usage chunks, expected 1`);
}
