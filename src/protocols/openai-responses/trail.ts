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
}

export function createTrail(): Trail {
  return { responseId: undefined, nextSequence: 0, itemIds: [] };
}

/** Takes note of one event. */
export function noteTrail(trail: Trail, event: JsonObject): void {
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
