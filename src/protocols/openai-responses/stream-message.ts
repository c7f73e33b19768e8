// Stream events of message items: text, refusals, citations, log probabilities.

import { decodeAnnotation } from "./decode-content.ts";
import { decodeLogprobs } from "./decode-response.ts";
import { closePart, type Item, itemOf, openBlock, type Part, type StreamState } from "./stream-state.ts";
import { arrayOf, isObject, type JsonObject, numberOf, objectOf, objectsOf, stringOf } from "./wire.ts";

/** `response.output_text.delta` */
export function textDelta(event: JsonObject, state: StreamState): void {
  const text = event["delta"];
  if (typeof text !== "string" || text === "") return;
  const part = partOf(itemOf(event, "message", state), event["content_index"], "text", state);
  if (!part.isOpen) return;
  part.sentLength += text.length;
  state.emit({ type: "block-delta", index: part.index, delta: { type: "text", text } });
  const logprobs = event["logprobs"];
  if (Array.isArray(logprobs) && logprobs.length > 0) emitLogprobs(part, logprobs, state);
}

/** `response.output_text.done` */
export function textDone(event: JsonObject, state: StreamState): void {
  const text = stringOf(event["text"]) ?? "";
  sendRest(itemOf(event, "message", state), event["content_index"], "text", text, event["logprobs"], state);
}

/** `response.refusal.delta` */
export function refusalDelta(event: JsonObject, state: StreamState): void {
  const text = event["delta"];
  if (typeof text !== "string" || text === "") return;
  const part = partOf(itemOf(event, "message", state), event["content_index"], "refusal", state);
  if (!part.isOpen) return;
  part.sentLength += text.length;
  state.emit({ type: "block-delta", index: part.index, delta: { type: "text", text } });
}

/** `response.refusal.done` */
export function refusalDone(event: JsonObject, state: StreamState): void {
  const text = stringOf(event["refusal"]) ?? "";
  sendRest(itemOf(event, "message", state), event["content_index"], "refusal", text, undefined, state);
}

/** `response.output_text.annotation.added` */
export function annotationAdded(event: JsonObject, state: StreamState): void {
  const annotation = event["annotation"];
  if (!isObject(annotation)) return;
  const part = partOf(itemOf(event, "message", state), event["content_index"], "text", state);
  if (part.isOpen) emitCitation(part, annotation, state);
}

/** `response.content_part.done` */
export function partDone(event: JsonObject, state: StreamState): void {
  const wire = objectOf(event["part"]);
  if (wire["type"] === "reasoning_text") return;
  finishPart(itemOf(event, "message", state), event["content_index"], wire, state);
}

/** The finished message: what no event has brought yet is taken from it. */
export function messageDone(entry: Item, item: JsonObject, state: StreamState): void {
  const content = item["content"];
  const parts = typeof content === "string" ? [{ type: "output_text", text: content }] : arrayOf(content);
  for (const [i, part] of parts.entries()) if (isObject(part)) finishPart(entry, i, part, state);
}

function finishPart(item: Item, contentIndex: unknown, wire: JsonObject, state: StreamState): void {
  const kind = wire["type"] === "refusal" ? "refusal" : "text";
  const text = stringOf(wire[kind === "refusal" ? "refusal" : "text"]) ?? "";
  sendRest(item, contentIndex, kind, text, wire["logprobs"], state);
  const part = item.parts.get(numberOf(contentIndex) ?? 0);
  if (!part?.isOpen) return;
  const annotations = objectsOf(wire["annotations"]);
  for (let i = part.sentCitations; i < annotations.length; i++) emitCitation(part, annotations[i] ?? {}, state);
  closePart(part, state);
}

/** Sends what of the full text has not been sent as deltas; starts no part for empty text. */
function sendRest(
  item: Item,
  contentIndex: unknown,
  kind: "text" | "refusal",
  text: string,
  logprobs: unknown,
  state: StreamState,
): void {
  if (text === "") return;
  const part = partOf(item, contentIndex, kind, state);
  if (!part.isOpen) return;
  if (text.length > part.sentLength) {
    const rest = part.sentLength === 0 ? text : text.slice(part.sentLength);
    part.sentLength = text.length;
    state.emit({ type: "block-delta", index: part.index, delta: { type: "text", text: rest } });
  }
  if (!part.hasLogprobs && Array.isArray(logprobs) && logprobs.length > 0) emitLogprobs(part, logprobs, state);
}

function partOf(item: Item, contentIndex: unknown, kind: "text" | "refusal", state: StreamState): Part {
  const at = typeof contentIndex === "number" ? contentIndex : 0;
  const known = item.parts.get(at);
  if (known) return known;
  if (kind === "refusal") state.hasRefusal = true;
  else state.hasOther = true;
  const index = openBlock(kind === "refusal" ? { type: "refusal" } : { type: "text" }, state);
  const part: Part = { index, sentLength: 0, sentCitations: 0, hasLogprobs: false, isOpen: true };
  item.parts.set(at, part);
  return part;
}

function emitCitation(part: Part, annotation: JsonObject, state: StreamState): void {
  part.sentCitations++;
  const citation = decodeAnnotation(annotation);
  state.emit({ type: "block-delta", index: part.index, delta: { type: "citation", citation } });
}

function emitLogprobs(part: Part, logprobs: unknown, state: StreamState): void {
  part.hasLogprobs = true;
  state.emit({ type: "logprobs", content: decodeLogprobs(logprobs) });
}
