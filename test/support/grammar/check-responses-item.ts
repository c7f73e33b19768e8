// The part of the Responses grammar that is about one output item: parts, deltas, their ends and the finished item.

import { asFields, asList, type Fields, parseJson, type Report } from "./violation.ts";

/** What was seen of one output item. */
export interface ItemState {
  readonly id: string;
  readonly kind: string;
  readonly callId: unknown;
  isDone: boolean;
  /** Open and closed parts by key: `content/0`, `summary/1`. */
  readonly parts: Map<string, { text: string; finalText: string | undefined; isDone: boolean }>;
  /** Argument deltas of a call. */
  joined: string;
  /** Arguments as their `.done` gave them. */
  finalText: string | undefined;
}

type ItemHandler = (report: Report, item: ItemState, event: Fields, at: number) => void;

/** Checks one event of an item that was added and is not done. Events of server tools are only checked for identity. */
export function checkItemEvent(report: Report, item: ItemState, type: string, event: Fields, at: number): void {
  const id = event["item_id"] ?? asFields(event["item"])?.["id"];
  if (id !== item.id) report("item-identity", at, `item id ${String(id)}, added as ${item.id}`);
  HANDLERS[type]?.(report, item, event, at);
}

const added =
  (group: string, kinds: readonly string[]): ItemHandler =>
  (report, item, event, at) => {
    const key = partKey(group, event);
    if (!kinds.includes(item.kind)) report("part-kind", at, `${group} part in a ${item.kind} item`);
    if (item.parts.has(key)) report("second-part", at, `${key} was added already`);
    item.parts.set(key, { text: "", finalText: undefined, isDone: false });
  };

const delta =
  (group: string): ItemHandler =>
  (report, item, event, at) => {
    const part = item.parts.get(partKey(group, event));
    if (!part) {
      report("delta-without-part", at, `${partKey(group, event)} was not added`);
      return;
    }
    if (part.finalText !== undefined || part.isDone)
      report("delta-after-done", at, `${partKey(group, event)} was done`);
    if (typeof event["delta"] !== "string") report("delta-shape", at, "delta is no text");
    part.text += String(event["delta"]);
  };

const textDone =
  (group: string, field: string): ItemHandler =>
  (report, item, event, at) => {
    const part = item.parts.get(partKey(group, event));
    if (!part) {
      report("done-without-part", at, `${partKey(group, event)} was not added`);
      return;
    }
    part.finalText = String(event[field]);
    if (part.finalText !== part.text) report("text-mismatch", at, "the final text is not what the deltas gave");
  };

const partDone =
  (group: string): ItemHandler =>
  (report, item, event, at) => {
    const part = item.parts.get(partKey(group, event));
    if (!part || part.isDone) {
      report("done-without-part", at, `${partKey(group, event)} is not open`);
      return;
    }
    if (part.finalText === undefined) report("no-text-done", at, `${partKey(group, event)} ends without its text.done`);
    part.isDone = true;
  };

const argumentsDelta: ItemHandler = (report, item, event, at) => {
  if (item.kind !== "function_call" && item.kind !== "custom_tool_call")
    report("part-kind", at, `arguments in a ${item.kind} item`);
  if (item.finalText !== undefined) report("delta-after-done", at, "arguments were done");
  item.joined += String(event["delta"]);
};

const argumentsDone =
  (field: string): ItemHandler =>
  (report, item, event, at) => {
    item.finalText = String(event[field]);
    if (item.joined !== item.finalText) report("text-mismatch", at, "the final arguments are not what the deltas gave");
    if (field === "arguments" && !asFields(parseJson(item.finalText)))
      report("tool-json", at, "arguments are no JSON object");
  };

const HANDLERS: Readonly<Record<string, ItemHandler>> = {
  "response.content_part.added": added("content", ["message", "reasoning"]),
  "response.content_part.done": partDone("content"),
  "response.output_text.delta": delta("content"),
  "response.output_text.done": textDone("content", "text"),
  "response.refusal.delta": delta("content"),
  "response.refusal.done": textDone("content", "refusal"),
  "response.reasoning_text.delta": delta("content"),
  "response.reasoning_text.done": textDone("content", "text"),
  "response.reasoning_summary_part.added": added("summary", ["reasoning"]),
  "response.reasoning_summary_part.done": partDone("summary"),
  "response.reasoning_summary_text.delta": delta("summary"),
  "response.reasoning_summary_text.done": textDone("summary", "text"),
  "response.function_call_arguments.delta": argumentsDelta,
  "response.function_call_arguments.done": argumentsDone("arguments"),
  "response.custom_tool_call_input.delta": argumentsDelta,
  "response.custom_tool_call_input.done": argumentsDone("input"),
  "response.output_item.done": itemDone,
};

function itemDone(report: Report, item: ItemState, event: Fields, at: number): void {
  const final = asFields(event["item"]) ?? {};
  item.isDone = true;
  if (final["type"] !== item.kind)
    report("item-identity", at, `type changed from ${item.kind} to ${String(final["type"])}`);
  if (final["call_id"] !== item.callId) report("item-identity", at, "call_id changed");
  const isCut = final["status"] === "incomplete";
  for (const [key, part] of item.parts) if (!part.isDone && !isCut) report("part-open", at, `${key} never ended`);
  if (item.kind === "message") checkMessage(report, item, final, at);
  if (item.kind !== "function_call" && item.kind !== "custom_tool_call") return;
  const body = item.kind === "function_call" ? final["arguments"] : final["input"];
  if (item.finalText === undefined && !isCut) report("no-arguments-done", at, "the call ends without its .done");
  if (typeof body !== "string" || (item.finalText !== undefined && body !== item.finalText))
    report("text-mismatch", at, "the item's arguments differ from its .done");
}

function checkMessage(report: Report, item: ItemState, final: Fields, at: number): void {
  const parts = asList(final["content"]).map((part) => asFields(part) ?? {});
  if (parts.length !== item.parts.size)
    report("final-output", at, `${parts.length} parts in the item, ${item.parts.size} in the stream`);
  parts.forEach((part, index) => {
    const streamed = item.parts.get(`content/${index}`);
    const text = part["text"] ?? part["refusal"];
    if (streamed && streamed.text !== text) report("text-mismatch", at, `part ${index} differs from its deltas`);
  });
}

function partKey(group: string, event: Fields): string {
  return `${group}/${String(event[group === "summary" ? "summary_index" : "content_index"])}`;
}
