// Items for what the provider did by itself. They are never client calls; kinds this API has no item for are dropped.

import type { ImageBlock, ServerToolCallBlock } from "../../core/block.ts";
import { interruptMessage, itemAdded, itemDone, type OutputState, reserve } from "./output-state.ts";
import type { StreamEventType } from "./wire.ts";
import { arrayOf, isObject, type JsonObject, objectOf, PROTOCOL_ID, textOf } from "./wire.ts";

const SEARCH_EVENTS: readonly StreamEventType[] = [
  "response.web_search_call.in_progress",
  "response.web_search_call.searching",
  "response.web_search_call.completed",
];

/** Writes a search, a call of this protocol's own, or a generated image. */
export function writeHostedBlock(block: ServerToolCallBlock | ImageBlock, state: OutputState): void {
  if (block.type === "image") writeImage(block, state);
  else if (block.origin === PROTOCOL_ID && isObject(block.wire)) writeItem(block.wire, state);
  else if (block.tool === "web-search" || block.tool === "web-fetch") writeSearch(block, state);
  else drop(state, "server-tool-call");
}

/** Writes an item of this protocol as it came; clients find items by their id, so one without gets one. */
export function writeItem(item: JsonObject, state: OutputState): void {
  interruptMessage(state);
  const reserved = reserve(state, "item");
  const named = textOf(item["id"]) === undefined ? { ...item, id: reserved.id } : item;
  itemAdded(state, reserved.index, named);
  itemDone(state, reserved.index, named);
}

function writeSearch(block: ServerToolCallBlock, state: OutputState): void {
  interruptMessage(state);
  const { index, id } = reserve(state, "ws");
  const item = { id, type: "web_search_call", action: searchAction(block) };
  itemAdded(state, index, { ...item, status: "in_progress" });
  for (const type of SEARCH_EVENTS) state.writer.event(type, { item_id: id, output_index: index });
  itemDone(state, index, { ...item, status: "completed" });
}

function searchAction(block: ServerToolCallBlock): JsonObject {
  const input = objectOf(block.input);
  if (block.tool === "web-fetch") return { type: "open_page", url: textOf(input["url"]) ?? null };
  const listed = arrayOf(input["queries"]).filter((query) => typeof query === "string");
  const query = textOf(input["query"]) ?? listed[0] ?? "";
  return { type: "search", query, queries: listed.length > 0 ? listed : [query] };
}

function writeImage(block: ImageBlock, state: OutputState): void {
  const { source } = block;
  if (source.type !== "base64") {
    drop(state, "image-output");
    return;
  }
  interruptMessage(state);
  const { index, id } = reserve(state, "ig");
  itemAdded(state, index, { id, type: "image_generation_call", status: "in_progress", result: null });
  const format = source.mediaType.slice("image/".length);
  itemDone(state, index, {
    id,
    type: "image_generation_call",
    status: "completed",
    result: source.data,
    output_format: format,
  });
}

function drop(state: OutputState, feature: string): void {
  state.context.loss({ kind: "dropped", path: "output", feature });
}
