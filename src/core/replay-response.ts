// Plays a whole answer as a stream: for upstreams that answer a stream request with plain JSON.

import { assertNever } from "../lib/assert-never.ts";
import type { IrBlock } from "./block.ts";
import type { IrEvent } from "./event.ts";
import type { IrResponse } from "./response.ts";

/** Emits the events of a complete, legal stream that holds exactly this answer. */
export function replayResponse(response: IrResponse, emit: (event: IrEvent) => void): void {
  emit({ type: "message-start", id: response.id, model: response.model, usage: response.usage });
  for (const [index, block] of response.content.entries()) replayBlock(block, index, emit);
  if (response.logprobs !== undefined && response.logprobs !== null) {
    emit({ type: "logprobs", content: response.logprobs });
  }
  if (response.usage) emit({ type: "usage", usage: response.usage });
  emit({ type: "message-end", stop: response.stop });
}

function replayBlock(block: IrBlock, index: number, emit: (event: IrEvent) => void): void {
  switch (block.type) {
    case "text":
      emit({ type: "block-start", index, block: { type: "text" } });
      if (block.text) emit({ type: "block-delta", index, delta: { type: "text", text: block.text } });
      for (const citation of block.citations ?? []) {
        emit({ type: "block-delta", index, delta: { type: "citation", citation } });
      }
      if (block.opaque) emit({ type: "block-delta", index, delta: { type: "opaque", opaque: block.opaque } });
      break;
    case "reasoning":
      if (block.redacted) {
        emit({ type: "block-start", index, block: { type: "whole", block } });
        break;
      }
      emit({ type: "block-start", index, block: { type: "reasoning", isSummary: block.isSummary, id: block.id } });
      if (block.text) emit({ type: "block-delta", index, delta: { type: "text", text: block.text } });
      if (block.opaque) emit({ type: "block-delta", index, delta: { type: "opaque", opaque: block.opaque } });
      break;
    case "refusal":
      emit({ type: "block-start", index, block: { type: "refusal" } });
      if (block.text) emit({ type: "block-delta", index, delta: { type: "text", text: block.text } });
      break;
    case "tool-call":
      emit({
        type: "block-start",
        index,
        block: {
          type: "tool-call",
          id: block.id,
          name: block.name,
          namespace: block.namespace,
          kind: block.kind,
          opaque: block.opaque,
        },
      });
      if (block.arguments) emit({ type: "block-delta", index, delta: { type: "arguments", text: block.arguments } });
      break;
    case "image":
    case "document":
    case "audio":
    case "video":
    case "tool-result":
    case "server-tool-call":
    case "server-tool-result":
    case "unknown":
      emit({ type: "block-start", index, block: { type: "whole", block } });
      break;
    default:
      assertNever(block);
  }
  emit({ type: "block-end", index });
}
