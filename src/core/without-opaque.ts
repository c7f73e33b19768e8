// Takes everything signed or encrypted out of a conversation: for an upstream that refuses what another one, or it
// itself in another state, has signed. The visible conversation stays.

import type { IrBlock } from "./block.ts";
import type { IrMessage, IrRequest } from "./request.ts";

/** A copy without reasoning blocks and without signatures on text and tool calls. Messages that become empty go too. */
export function withoutOpaque(request: IrRequest): IrRequest {
  const messages: IrMessage[] = [];
  for (const message of request.messages) {
    const content: IrBlock[] = [];
    for (const block of message.content) {
      if (block.type === "reasoning") continue;
      if ((block.type === "text" || block.type === "tool-call") && block.opaque)
        content.push({ ...block, opaque: undefined });
      else content.push(block);
    }
    if (content.length > 0 || message.content.length === 0) messages.push({ ...message, content });
  }
  return { ...request, messages };
}
