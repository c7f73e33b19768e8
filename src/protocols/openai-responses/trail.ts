// What has to stay the same when our encoder goes on with an answer that an upstream's own events have begun:
// the official SDK refuses a response or an item that changes its id.

import type { ReplyContext } from "../protocol.ts";
import { isObject, type JsonObject, numberOf, objectOf, type StreamEventType, stringOf } from "./wire.ts";

const SUMMARY_ADDED = "response.reasoning_summary_part.added" satisfies StreamEventType;
const SUMMARY_DELTA = "response.reasoning_summary_text.delta" satisfies StreamEventType;
const RAW_DELTA = "response.reasoning_text.delta" satisfies StreamEventType;
type ThinkingEventType = typeof SUMMARY_ADDED | typeof SUMMARY_DELTA | typeof RAW_DELTA;

/** Ids and counters of the events so far. */
export interface Trail {
  responseId: string | undefined;
  /** Number for the next event. */
  nextSequence: number;
  /** Item ids by output index. */
  readonly itemIds: (string | undefined)[];
  /** Closing events that the client has had, by `doneKey`. */
  readonly done: Set<string>;
  /** Finished items that no neutral event told of, by output index: empty messages, thinking without words. */
  readonly silent: Map<number, JsonObject>;
  /** Where the latest thinking went. */
  thinking: ThinkingPart | undefined;
}

/** A part of a reasoning item: of its summary, or of the raw thinking in its content. */
export interface ThinkingPart {
  readonly outputIndex: number;
  readonly field: "summary_index" | "content_index";
  readonly part: number;
  text: string;
  /** An event announced it. */
  readonly isAdded: boolean;
}

export function createTrail(): Trail {
  return {
    responseId: undefined,
    nextSequence: 0,
    itemIds: [],
    done: new Set(),
    silent: new Map(),
    thinking: undefined,
  };
}

/** A trail that stays as it is now, whatever is noted in the other. */
export function copyTrail(trail: Trail): Trail {
  const { itemIds, done, silent, thinking } = trail;
  return {
    ...trail,
    itemIds: [...itemIds],
    done: new Set(done),
    silent: new Map(silent),
    thinking: thinking && { ...thinking },
  };
}

/** Names a closing event: its type and the item and part it closes. */
export function doneKey(type: string, event: JsonObject): string {
  const place = ["output_index", "content_index", "summary_index"].map((field) => numberOf(event[field]) ?? "");
  return `${type} ${place.join(" ")}`;
}

/** Takes note of one event. */
export function noteTrail(trail: Trail, event: JsonObject): void {
  const type = stringOf(event["type"]) ?? "";
  // What tells of a failure is not passed on: the answer leaves off before it.
  if (type === "error" || type === "response.failed") return;
  trail.nextSequence = (numberOf(event["sequence_number"]) ?? trail.nextSequence) + 1;
  if (type === SUMMARY_DELTA || type === RAW_DELTA || type === SUMMARY_ADDED) noteThinking(trail, type, event);
  if (type.endsWith(".delta")) return;
  if (type.endsWith(".done")) trail.done.add(doneKey(type, event));
  else if (type === "response.content_part.added") noteRawThinking(trail, event);
  const { response, item } = event;
  if (isObject(response)) trail.responseId ??= stringOf(response["id"]);
  const index = numberOf(event["output_index"]);
  if (item !== undefined && index !== undefined && index >= 0 && index < 10_000) {
    trail.itemIds[index] ??= stringOf(objectOf(item)["id"]);
  }
}

function noteThinking(trail: Trail, type: ThinkingEventType, event: JsonObject): void {
  const isAdded = type === SUMMARY_ADDED;
  const part =
    type === RAW_DELTA
      ? thinkingPart(trail, event, "content_index")
      : thinkingPart(trail, event, "summary_index", isAdded);
  if (!isAdded) part.text += stringOf(event["delta"]) ?? "";
}

/** Raw thinking is a part of the content, as the text of messages is. */
function noteRawThinking(trail: Trail, event: JsonObject): void {
  if (objectOf(event["part"])["type"] === "reasoning_text") thinkingPart(trail, event, "content_index", true);
}

/** The part that an event is about; a new one unless the event before was about the same. */
function thinkingPart(trail: Trail, event: JsonObject, field: ThinkingPart["field"], isAdded = false): ThinkingPart {
  const outputIndex = numberOf(event["output_index"]) ?? 0;
  const part = numberOf(event[field]) ?? 0;
  const last = trail.thinking;
  if (last?.outputIndex === outputIndex && last.field === field && last.part === part) return last;
  trail.thinking = { outputIndex, field, part, text: "", isAdded };
  return trail.thinking;
}

/** The trail an encoder was given; undefined when it begins the answer itself. */
export function trailOf(context: ReplyContext): Trail | undefined {
  return isObject(context.resume) && Array.isArray(context.resume["itemIds"])
    ? (context.resume as unknown as Trail)
    : undefined;
}
