// Takes everything signed or encrypted out of a conversation: for an upstream that refuses what another one, or it
// itself in another state, has signed. The visible conversation stays.

import type { IrBlock } from "./block.ts";
import type { IrMessage, IrRequest } from "./request.ts";

/** Characters of a payload that tell it from all others, together with its length. */
const MARK_LENGTH = 48;

/**
 * A copy without reasoning blocks and without signatures on text and tool calls. Messages that become empty go too.
 * With `upTo`, a mark of `lastOpaque`, what stands behind the block that has it stays; unknown marks take nothing out.
 */
export function withoutOpaque(request: IrRequest, upTo?: string): IrRequest {
  const last = upTo === undefined ? undefined : placeOf(request, upTo);
  if (upTo !== undefined && !last) return request;
  const messages: IrMessage[] = [];
  for (const [at, message] of request.messages.entries()) {
    if (last && at > last.message) {
      messages.push(message);
      continue;
    }
    const end = last && at === last.message ? last.block : message.content.length;
    const content = message.content.flatMap((block, index) => (index > end ? [block] : stripped(block)));
    if (content.length > 0 || message.content.length === 0) messages.push({ ...message, content });
  }
  return { ...request, messages };
}

/** A mark of the last block that `withoutOpaque` changes, by which it is known in a later request; undefined for none. */
export function lastOpaque(request: IrRequest): string | undefined {
  return request.messages
    .flatMap(({ content }) => content)
    .map(markOf)
    .findLast((mark) => mark !== undefined);
}

/** Whether a request has the block that was the last one in an earlier request. */
export function holdsOpaque(request: IrRequest, mark: string): boolean {
  return placeOf(request, mark) !== undefined;
}

function stripped(block: IrBlock): IrBlock[] {
  if (block.type === "reasoning") return [];
  return (block.type === "text" || block.type === "tool-call") && block.opaque
    ? [{ ...block, opaque: undefined }]
    : [block];
}

function placeOf(request: IrRequest, mark: string): { message: number; block: number } | undefined {
  for (let message = request.messages.length - 1; message >= 0; message--) {
    const block = request.messages[message]?.content.findLastIndex((each) => markOf(each) === mark) ?? -1;
    if (block >= 0) return { message, block };
  }
  return undefined;
}

function markOf(block: IrBlock): string | undefined {
  if (block.type !== "reasoning" && block.type !== "text" && block.type !== "tool-call") return undefined;
  const payload = block.opaque?.payload ?? (block.type === "reasoning" ? block.text : undefined);
  return payload === undefined ? undefined : `${payload.length} ${payload.slice(-MARK_LENGTH)}`;
}
