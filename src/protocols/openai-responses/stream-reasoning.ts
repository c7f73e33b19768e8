// Stream events of reasoning items: summaries, or the raw thinking of servers that show it.

import { callKind, itemOpaque } from "./decode-response.ts";
import { reasoningText, SUMMARY_SEPARATOR } from "./reasoning.ts";
import { type Item, itemOf, openBlock, type StreamState } from "./stream-state.ts";
import { type JsonObject, numberOf } from "./wire.ts";

/** `response.reasoning_summary_text.delta` and `response.reasoning_text.delta`. */
export function reasoningDelta(event: JsonObject, source: "summary" | "raw", state: StreamState): void {
  const text = event["delta"];
  if (typeof text !== "string" || text === "") return;
  const item = itemOf(event, "reasoning", state);
  if (callKind(item.type)) return;
  // A server that streams both says the same thing twice.
  if (item.isDone || (item.source !== undefined && item.source !== source)) return;
  item.source = source;
  const part = numberOf(event[source === "summary" ? "summary_index" : "content_index"]) ?? 0;
  const index = startReasoning(item, source === "summary", state);
  if (item.sentLength > 0 && part !== item.lastPart) sendReasoning(item, index, SUMMARY_SEPARATOR, state);
  item.lastPart = part;
  sendReasoning(item, index, text, state);
}

function startReasoning(item: Item, isSummary: boolean, state: StreamState): number {
  item.block ??= openBlock({ type: "reasoning", isSummary, id: item.id }, state);
  return item.block;
}

function sendReasoning(item: Item, index: number, text: string, state: StreamState): void {
  item.sentLength += text.length;
  state.emit({ type: "block-delta", index, delta: { type: "text", text } });
}

/** The finished item: the rest of the text and the encrypted payload, which only it is sure to hold. */
export function reasoningDone(entry: Item, item: JsonObject, state: StreamState): void {
  const full = reasoningText(item);
  const opaque = itemOpaque(item, state.context);
  if (full.text === "" && !opaque && entry.block === undefined) return;
  const index = startReasoning(entry, full.isSummary, state);
  const isSameSource = entry.source === undefined || (entry.source === "summary") === full.isSummary;
  if (isSameSource && full.text.length > entry.sentLength) {
    sendReasoning(entry, index, full.text.slice(entry.sentLength), state);
  }
  if (opaque) state.emit({ type: "block-delta", index, delta: { type: "opaque", opaque } });
}
