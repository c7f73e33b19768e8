// Plays one complete block as IR events: for blocks that a stream delivers whole.

import type { IrBlock } from "../../core/block.ts";
import type { IrEvent } from "../../core/event.ts";

/** Emits start, deltas and end of a block. Kinds that grow get deltas, all others come whole in their start. */
export function playBlock(block: IrBlock, index: number, emit: (event: IrEvent) => void): void {
  if (block.type === "text" || (block.type === "reasoning" && !block.redacted)) {
    emit({ type: "block-start", index, block: { type: block.type } });
    if (block.text !== "") emit({ type: "block-delta", index, delta: { type: "text", text: block.text } });
    for (const citation of (block.type === "text" && block.citations) || []) {
      emit({ type: "block-delta", index, delta: { type: "citation", citation } });
    }
    if (block.opaque) emit({ type: "block-delta", index, delta: { type: "opaque", opaque: block.opaque } });
  } else if (block.type === "tool-call") {
    const { id, name, namespace, kind } = block;
    emit({ type: "block-start", index, block: { type: "tool-call", id, name, namespace, kind } });
    if (block.arguments !== "") {
      emit({ type: "block-delta", index, delta: { type: "arguments", text: block.arguments } });
    }
  } else {
    emit({ type: "block-start", index, block: { type: "whole", block } });
  }
  emit({ type: "block-end", index });
}
