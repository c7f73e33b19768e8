// Stream events of calls that the client has to run.

import { callKind } from "./decode-response.ts";
import { type Item, itemOf, openBlock, type StreamState } from "./stream-state.ts";
import { type JsonObject, jsonTextOf, textOf } from "./wire.ts";

/** Starts the call once its id and name are known. */
export function startCall(entry: Item, item: JsonObject, state: StreamState): void {
  const kind = callKind(entry.type);
  const name = textOf(item["name"]);
  if (entry.block !== undefined || kind === undefined || name === undefined || entry.callId === undefined) return;
  state.hasToolCall = true;
  entry.block = openBlock(
    {
      type: "tool-call",
      id: entry.callId,
      name: state.context.toolNames?.get(name) ?? name,
      namespace: textOf(item["namespace"]),
      kind,
    },
    state,
  );
  const held = entry.held?.join("") ?? "";
  entry.held = undefined;
  if (held !== "") sendArguments(entry, held, state);
}

/** A piece of arguments or input. */
export function argumentsDelta(event: JsonObject, type: string, state: StreamState): void {
  const text = jsonTextOf(event["delta"]) ?? "";
  if (text === "") return;
  const item = itemOf(event, type, state);
  if (item.isDone || !callKind(item.type)) return;
  if (item.block === undefined) {
    item.held ??= [];
    item.held.push(text);
  } else sendArguments(item, text, state);
}

/** The whole arguments or input, of which deltas may have brought all or nothing. */
export function argumentsDone(event: JsonObject, type: string, field: string, state: StreamState): void {
  const text = jsonTextOf(event[field]) ?? "";
  const item = itemOf(event, type, state);
  if (item.isDone || text === "" || !callKind(item.type)) return;
  if (item.block === undefined) item.held = [text];
  else if (text.length > item.sentLength) sendArguments(item, text.slice(item.sentLength), state);
}

function sendArguments(item: Item, text: string, state: StreamState): void {
  item.sentLength += text.length;
  state.emit({ type: "block-delta", index: item.block as number, delta: { type: "arguments", text } });
}

/** The finished call. */
export function callDone(entry: Item, item: JsonObject, state: StreamState): void {
  const text = jsonTextOf(item[entry.type === "custom_tool_call" ? "input" : "arguments"]) ?? "";
  if (entry.block === undefined) {
    entry.callId ??= textOf(item["call_id"]) ?? `call_${state.context.mintId()}`;
    startCall(entry, item, state);
    // A call that never got a name cannot be run by anybody.
    if (entry.block === undefined) return;
  }
  if (text.length > entry.sentLength) sendArguments(entry, text.slice(entry.sentLength), state);
}
