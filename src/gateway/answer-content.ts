// Tells an answer from the mere beginnings of one.

import type { IrEvent } from "../core/event.ts";
import type { IrResponse } from "../core/response.ts";
import type { IrStop } from "../core/stop.ts";

/** Whether an event carries something of the answer: text, thinking, a tool call, a refusal, a whole block. */
export function isContent(event: IrEvent): boolean {
  if (event.type === "block-delta") return true;
  return event.type === "block-start" && (event.block.type === "tool-call" || event.block.type === "whole");
}

/**
 * Whether an answer without any content is one all the same: it ran into its token limit or a stop sequence, or was
 * refused. An empty end of turn is not: agents would silently stop there.
 */
export function mayBeEmpty(stop: IrStop): boolean {
  return stop.reason !== "end-turn" && stop.reason !== "tool-use";
}

/** Whether a whole answer is empty although it claims to be complete. */
export function isEmptyAnswer(response: IrResponse): boolean {
  if (mayBeEmpty(response.stop)) return false;
  return !response.content.some((block) => block.type !== "text" || block.text !== "");
}
