// Marks the place inside an answer where one upstream broke off and another one started anew. The mark travels as
// the opaque payload of a reasoning block: clients keep it, no upstream ever sees it.

import type { IrBlock, Opaque } from "./block.ts";
import type { IrMessage, IrRequest } from "./request.ts";

const VOID = "void";

/** The payload of a reasoning block that was cut off, or that only stands for a seam. */
export const VOID_OPAQUE: Opaque = { payload: VOID, origin: { protocol: "anthropic", upstreamId: VOID, keyId: VOID } };

/** Whether a payload is the mark. */
export function isVoid(opaque: Opaque | undefined): boolean {
  return opaque?.payload === VOID && opaque.origin.upstreamId === VOID && opaque.origin.keyId === VOID;
}

/**
 * Takes out of each message everything up to and including its last mark: what was answered before a seam was begun
 * anew behind it. No tool call can stand there, because an answer that had delivered one is never started anew.
 * Returns the same request when there is no mark.
 */
export function dropVoidParts(request: IrRequest): IrRequest {
  if (!request.messages.some((message) => message.content.some(isMark))) return request;
  const messages: IrMessage[] = [];
  for (const message of request.messages) {
    const last = message.content.findLastIndex(isMark);
    const content = last < 0 ? message.content : message.content.slice(last + 1);
    if (content.length > 0 || message.content.length === 0) messages.push({ ...message, content });
  }
  return { ...request, messages };
}

function isMark(block: IrBlock): boolean {
  return block.type === "reasoning" && isVoid(block.opaque);
}
