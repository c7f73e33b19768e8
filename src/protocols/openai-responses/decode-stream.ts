// Stream events of the Responses API as neutral events. Items are keyed by `output_index`, with their ids as aliases,
// because some servers change ids between the events of one item and some leave the index out.
// Text and arguments may come as deltas, only in `.done`, only in the finished item, or only in the terminal response:
// whatever was not sent yet is sent from the latest of these.

import type { IrEvent } from "../../core/event.ts";
import { parseJsonText } from "../../core/json-depth.ts";
import { createJsonFrameParser } from "../../lib/json-frames.ts";
import type { DecodeContext, StreamDecoder } from "../protocol.ts";
import { callKind, decodeOutputItem } from "./decode-response.ts";
import { decodeInBandError } from "./errors.ts";
import { decodeStop } from "./stop-reason.ts";
import { argumentsDelta, argumentsDone, callDone, startCall } from "./stream-call.ts";
import {
  annotationAdded,
  messageDone,
  partDone,
  refusalDelta,
  refusalDone,
  textDelta,
  textDone,
} from "./stream-message.ts";
import { reasoningDelta, reasoningDone } from "./stream-reasoning.ts";
import {
  alias,
  createStreamState,
  endItem,
  type Item,
  newItem,
  openBlock,
  type StreamState,
  startMessage,
  stopWith,
} from "./stream-state.ts";
import { copyTrail, createTrail, noteTrail, type Trail } from "./trail.ts";
import { decodeUsage } from "./usage.ts";
import {
  arrayOf,
  isObject,
  type JsonObject,
  numberOf,
  objectOf,
  type StreamEventType,
  stringOf,
  textOf,
} from "./wire.ts";

type Handler = (event: JsonObject, state: StreamState) => void;

/** For events that repeat what others say, or that tell of work the client cannot see. */
const ignore: Handler = () => undefined;

/** Every event type of the SDK has its entry; types it does not know are ignored at run time. */
const HANDLERS: Readonly<Record<StreamEventType | "response.cancelled", Handler>> = {
  "response.created": startMessage,
  "response.queued": startMessage,
  "response.in_progress": startMessage,
  "response.output_item.added": (event, state) => itemAdded(objectOf(event["item"]), event, state),
  "response.output_item.done": itemDoneEvent,
  "response.content_part.added": ignore,
  "response.content_part.done": partDone,
  "response.output_text.delta": textDelta,
  "response.output_text.done": textDone,
  "response.output_text.annotation.added": annotationAdded,
  "response.refusal.delta": refusalDelta,
  "response.refusal.done": refusalDone,
  "response.reasoning_summary_part.added": ignore,
  "response.reasoning_summary_part.done": ignore,
  "response.reasoning_summary_text.delta": (event, state) => reasoningDelta(event, "summary", state),
  "response.reasoning_summary_text.done": ignore,
  "response.reasoning_text.delta": (event, state) => reasoningDelta(event, "raw", state),
  "response.reasoning_text.done": ignore,
  "response.function_call_arguments.delta": (event, state) => argumentsDelta(event, "function_call", state),
  "response.function_call_arguments.done": (event, state) => argumentsDone(event, "function_call", "arguments", state),
  "response.custom_tool_call_input.delta": (event, state) => argumentsDelta(event, "custom_tool_call", state),
  "response.custom_tool_call_input.done": (event, state) => argumentsDone(event, "custom_tool_call", "input", state),
  "response.completed": finish,
  "response.incomplete": finish,
  "response.failed": fail,
  "response.cancelled": fail,
  error: fail,
  "response.audio.delta": ignore,
  "response.audio.done": ignore,
  "response.audio.transcript.delta": ignore,
  "response.audio.transcript.done": ignore,
  "response.code_interpreter_call_code.delta": ignore,
  "response.code_interpreter_call_code.done": ignore,
  "response.code_interpreter_call.completed": ignore,
  "response.code_interpreter_call.in_progress": ignore,
  "response.code_interpreter_call.interpreting": ignore,
  "response.compaction.compacting": ignore,
  "response.file_search_call.completed": ignore,
  "response.file_search_call.in_progress": ignore,
  "response.file_search_call.searching": ignore,
  "response.shell_call_command.added": ignore,
  "response.shell_call_command.delta": ignore,
  "response.shell_call_command.done": ignore,
  "response.shell_call_output_content.delta": ignore,
  "response.shell_call_output_content.done": ignore,
  "response.web_search_call.completed": ignore,
  "response.web_search_call.in_progress": ignore,
  "response.web_search_call.searching": ignore,
  "response.image_generation_call.completed": ignore,
  "response.image_generation_call.generating": ignore,
  "response.image_generation_call.in_progress": ignore,
  "response.image_generation_call.partial_image": ignore,
  "response.mcp_call_arguments.delta": ignore,
  "response.mcp_call_arguments.done": ignore,
  "response.mcp_call.completed": ignore,
  "response.mcp_call.failed": ignore,
  "response.mcp_call.in_progress": ignore,
  "response.mcp_list_tools.completed": ignore,
  "response.mcp_list_tools.failed": ignore,
  "response.mcp_list_tools.in_progress": ignore,
};

const HANDLER_OF_TYPE: ReadonlyMap<string, Handler> = new Map(Object.entries(HANDLERS));

/** Creates a decoder; see StreamDecoder. `[DONE]` is no part of this API and is ignored. */
export function createStreamDecoder(emit: (event: IrEvent) => void, context: DecodeContext): StreamDecoder {
  const state = createStreamState(emit, context);
  const parse = createJsonFrameParser(parseJsonText, isPlainDelta);
  const trail = createTrail();
  /** How things stood before an item was announced of which the neutral events do not tell yet. */
  let before: Trail | undefined;
  return {
    trail: () => before ?? trail,
    isAhead: () => before !== undefined,
    event(name, data) {
      if (state.isFinished || data === "" || data === "[DONE]") return;
      const event = parse(data);
      if (event === undefined) {
        stopWith(state, { message: "expected a JSON event", malformed: true });
        return;
      }
      if (!isObject(event)) {
        stopWith(state, { message: "expected a JSON object as event", malformed: true });
        return;
      }
      const type = stringOf(event["type"]) ?? name;
      const handler = HANDLER_OF_TYPE.get(type);
      if (handler) handler(event, state);
      else if (isObject(event["error"]) || typeof event["error"] === "string") fail(event, state);
      if (type === "response.output_item.done") noteSilent(trail, event, state);
      if (before) before = isAhead(state) ? before : undefined;
      else if (type === "response.output_item.added" && isAhead(state)) before = copyTrail(trail);
      // Behind the handler: whoever hears of this event first sees how things stood before it.
      noteTrail(trail, event);
    },
    end() {
      if (!state.isFinished) stopWith(state, { message: "the stream ended without a terminal event", truncated: true });
    },
  };
}

/** Whether nothing of an event is kept but strings and numbers. */
function isPlainDelta(event: unknown): boolean {
  if (!isObject(event)) return false;
  const { type, delta, logprobs, item, response, part } = event;
  const isDelta = typeof type === "string" && type.endsWith(".delta") && typeof delta === "string";
  const isPlain = logprobs === undefined || (Array.isArray(logprobs) && logprobs.length === 0);
  return isDelta && isPlain && item === undefined && response === undefined && part === undefined;
}

/** Whether an item is announced and under way that no neutral event has told of. */
function isAhead(state: StreamState): boolean {
  for (const item of state.items.values()) if (!item.isDone && isUntold(item)) return true;
  return false;
}

function isUntold(item: Item): boolean {
  return item.block === undefined && item.parts.size === 0;
}

/** An item that ends without having told anything still has its place in the output. */
function noteSilent(trail: Trail, event: JsonObject, state: StreamState): void {
  const index = numberOf(event["output_index"]);
  const item = index === undefined ? undefined : state.items.get(index);
  if (item && isUntold(item) && !item.isWhole) trail.silent.set(item.outputIndex, objectOf(event["item"]));
}

function fail(event: JsonObject, state: StreamState): void {
  stopWith(state, decodeInBandError(event));
}

function itemAdded(item: JsonObject, event: JsonObject, state: StreamState): void {
  startMessage(event, state);
  const type = stringOf(item["type"]) ?? "";
  const index = numberOf(event["output_index"]);
  const known = index === undefined ? undefined : state.items.get(index);
  const isRepeat = known !== undefined && known.type === type && known.id === textOf(item["id"]);
  const entry = isRepeat ? known : newItem(index, type, state);
  alias(entry, textOf(item["id"]), state);
  entry.callId = textOf(item["call_id"]);
  if (callKind(type)) startCall(entry, item, state);
}

function itemDoneEvent(event: JsonObject, state: StreamState): void {
  const item = objectOf(event["item"]);
  startMessage({}, state);
  const index = numberOf(event["output_index"]);
  const known =
    (index === undefined ? undefined : state.items.get(index)) ?? state.aliases.get(textOf(item["id"]) ?? "");
  const entry = known ?? newItem(index, stringOf(item["type"]) ?? "", state);
  alias(entry, textOf(item["id"]), state);
  itemDone(entry, item, state);
}

function itemDone(entry: Item, item: JsonObject, state: StreamState): void {
  if (entry.isDone) return;
  entry.isDone = true;
  if (entry.type === "") entry.type = stringOf(item["type"]) ?? "";
  if (entry.type === "message") messageDone(entry, item, state);
  else if (entry.type === "reasoning") reasoningDone(entry, item, state);
  else if (callKind(entry.type)) callDone(entry, item, state);
  else {
    for (const block of decodeOutputItem(item, state.context)) {
      entry.isWhole = true;
      emitWhole(block, state);
    }
  }
  endItem(entry, state);
}

function emitWhole(block: ReturnType<typeof decodeOutputItem>[number], state: StreamState): void {
  if (block.type === "tool-call") {
    const { id, name, namespace, kind } = block;
    const index = openBlock({ type: "tool-call", id, name, namespace, kind }, state);
    state.hasToolCall = true;
    if (block.arguments !== "") {
      state.emit({ type: "block-delta", index, delta: { type: "arguments", text: block.arguments } });
    }
    state.emit({ type: "block-end", index });
    return;
  }
  state.hasOther = true;
  const index = openBlock({ type: "whole", block }, state);
  state.emit({ type: "block-end", index });
}

function finish(event: JsonObject, state: StreamState): void {
  const response = objectOf(event["response"]);
  if (response["status"] === "failed" || response["status"] === "cancelled") {
    fail(event, state);
    return;
  }
  startMessage(event, state);
  for (const [i, item] of arrayOf(response["output"]).entries()) {
    if (isObject(item)) itemDone(matchItem(item, i, state), item, state);
  }
  closeOpen(state);
  state.isFinished = true;
  const usage = decodeUsage(response);
  if (usage) state.emit({ type: "usage", usage });
  const isRefusalOnly = state.hasRefusal && !state.hasOther;
  const facts = { hasToolCall: state.hasToolCall, isRefusalOnly, isWarmUp: state.context.isWarmUp };
  const isIncomplete = event["type"] === "response.incomplete";
  state.emit({
    type: "message-end",
    stop: decodeStop(isIncomplete ? { ...response, status: "incomplete" } : response, facts),
  });
}

/** The item of the stream that an item of the final output repeats, by id, call id or place; else a new one. */
function matchItem(item: JsonObject, position: number, state: StreamState): Item {
  const byId = state.aliases.get(textOf(item["id"]) ?? "");
  if (byId) return byId;
  const callId = textOf(item["call_id"]);
  const type = stringOf(item["type"]) ?? "";
  for (const entry of state.items.values()) {
    if (callId !== undefined && entry.callId === callId && entry.type === type) return entry;
  }
  const inOrder = [...state.items.values()].sort((left, right) => left.outputIndex - right.outputIndex);
  const byPlace = inOrder[position];
  if (byPlace?.type === type) return byPlace;
  return newItem(undefined, type, state);
}

function closeOpen(state: StreamState): void {
  for (const item of state.items.values()) endItem(item, state);
}
