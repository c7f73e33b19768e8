// What our encoder has to know when it goes on with an answer that an upstream's own events have begun: which block is
// open on the wire. Blocks that the decoder holds back until they are complete are open there as well.

import type { ReplyContext } from "../protocol.ts";
import { isObject, numberOf, stringOf, type WireObject } from "./wire.ts";

/** Where the blocks of the events so far have led. */
export interface Trail {
  /** Index for the next block. */
  nextIndex: number;
  /** Index of the block that is open; undefined between blocks. */
  open: number | undefined;
  /** Its type: `text`, `thinking`, `tool_use`. */
  openType: string | undefined;
  /** The open block has its signature. */
  isSigned: boolean;
}

export function createTrail(): Trail {
  return { nextIndex: 0, open: undefined, openType: undefined, isSigned: false };
}

/** Takes note of an event once it was read. */
export function noteTrail(trail: Trail, event: WireObject): void {
  const index = numberOf(event["index"]);
  switch (event["type"]) {
    case "content_block_start":
      trail.open = index ?? trail.nextIndex;
      trail.nextIndex = trail.open + 1;
      trail.openType = isObject(event["content_block"]) ? stringOf(event["content_block"]["type"]) : undefined;
      trail.isSigned = false;
      break;
    case "content_block_delta":
      if (isObject(event["delta"]) && event["delta"]["type"] === "signature_delta") trail.isSigned = true;
      break;
    case "content_block_stop":
      trail.open = undefined;
      break;
    default:
  }
}

/** The trail an encoder was given; undefined when it begins the answer itself. */
export function trailOf(context: ReplyContext): Trail | undefined {
  const { resume } = context;
  if (!isObject(resume) || numberOf(resume["nextIndex"]) === undefined) return undefined;
  return resume as unknown as Trail;
}
