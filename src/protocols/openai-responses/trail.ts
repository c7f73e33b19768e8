// What has to stay the same when our encoder goes on with an answer that an upstream's own events have begun:
// the official SDK refuses a response or an item that changes its id.

import type { ReplyContext } from "../protocol.ts";
import { isObject, type JsonObject, numberOf, objectOf, stringOf } from "./wire.ts";

/** Ids and counters of the events so far. */
export interface Trail {
  responseId: string | undefined;
  /** Number for the next event. */
  nextSequence: number;
  /** Item ids by output index. */
  readonly itemIds: (string | undefined)[];
  /** Closing events that the client has had, by `doneKey`. */
  readonly done: Set<string>;
}

export function createTrail(): Trail {
  return { responseId: undefined, nextSequence: 0, itemIds: [], done: new Set() };
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
  if (type.endsWith(".done")) trail.done.add(doneKey(type, event));
  trail.nextSequence = (numberOf(event["sequence_number"]) ?? trail.nextSequence) + 1;
  const { response, item } = event;
  if (isObject(response)) trail.responseId ??= stringOf(response["id"]);
  const index = numberOf(event["output_index"]);
  if (item !== undefined && index !== undefined && index >= 0 && index < 10_000) {
    trail.itemIds[index] ??= stringOf(objectOf(item)["id"]);
  }
}

/** The trail an encoder was given; undefined when it begins the answer itself. */
export function trailOf(context: ReplyContext): Trail | undefined {
  return isObject(context.resume) && Array.isArray(context.resume["itemIds"])
    ? (context.resume as unknown as Trail)
    : undefined;
}
