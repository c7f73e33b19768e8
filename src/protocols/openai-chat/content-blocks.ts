// Turns runs of text, reasoning and refusal into blocks with a beginning and an end.

import type { IrBlock, IrCitation, Opaque, OpaqueOrigin } from "../../core/block.ts";
import type { IrEvent } from "../../core/event.ts";
import {
  addDetail,
  type DetailGroup,
  detailText,
  groupPayload,
  isSealedWhole,
  newGroup,
  startsNewGroup,
} from "./reasoning-details.ts";
import { asObject, asText, type WireReasoningDetail } from "./wire.ts";

/** Opens and closes blocks as content arrives. One of each kind is open at most. */
export interface ContentBlocks {
  text(text: string): void;
  reasoning(text: string): void;
  /** Pieces of `reasoning_details`, text included. */
  details(details: readonly unknown[]): void;
  refusal(text: string): void;
  /** Cites from the open text; false when there is none. */
  citation(citation: IrCitation): boolean;
  /** Signs the text block when it closes. */
  signText(payload: string): void;
  /** A block that arrives complete. */
  whole(block: IrBlock): void;
  /** Closes whatever is open, because something else follows or the answer is over. */
  close(): void;
  /** The next free block index, for blocks that others open. */
  nextIndex(): number;
  readonly seen: { text: boolean; reasoning: boolean; refusal: boolean; any: boolean };
}

/**
 * Creates the tracker. Reasoning closes when text begins; reasoning that comes while text is open gets a block of
 * its own beside it, so that sources which alternate token by token do not cut the text into pieces.
 */
export function createContentBlocks(emit: (event: IrEvent) => void, origin: OpaqueOrigin): ContentBlocks {
  let next = 0;
  let textIndex = -1;
  let reasoningIndex = -1;
  let refusalIndex = -1;
  let group: DetailGroup | undefined;
  let textSignature = "";
  const seen = { text: false, reasoning: false, refusal: false, any: false };

  function closeReasoning(): void {
    if (reasoningIndex < 0) return;
    const payload = group && groupPayload(group);
    if (payload !== undefined) {
      emit({ type: "block-delta", index: reasoningIndex, delta: { type: "opaque", opaque: seal(payload) } });
    }
    emit({ type: "block-end", index: reasoningIndex });
    reasoningIndex = -1;
    group = undefined;
  }

  /** A group that is sealed as a whole has no block yet: it becomes one now. */
  function closeSealed(): void {
    if (reasoningIndex >= 0 || !group) return;
    const payload = groupPayload(group);
    if (payload !== undefined) whole({ type: "reasoning", text: "", redacted: true, opaque: seal(payload) });
    group = undefined;
  }

  function closeText(): void {
    if (textIndex < 0) return;
    if (textSignature !== "") {
      emit({ type: "block-delta", index: textIndex, delta: { type: "opaque", opaque: seal(textSignature) } });
      textSignature = "";
    }
    emit({ type: "block-end", index: textIndex });
    textIndex = -1;
  }

  function closeRefusal(): void {
    if (refusalIndex < 0) return;
    emit({ type: "block-end", index: refusalIndex });
    refusalIndex = -1;
  }

  function seal(payload: string): Opaque {
    return { payload, origin };
  }

  function openReasoning(isSummary: boolean): void {
    reasoningIndex = next++;
    seen.reasoning = true;
    seen.any = true;
    emit({
      type: "block-start",
      index: reasoningIndex,
      block: isSummary ? { type: "reasoning", isSummary: true } : { type: "reasoning" },
    });
  }

  function reasoning(text: string): void {
    if (reasoningIndex < 0) openReasoning(group?.isSummary ?? false);
    emit({ type: "block-delta", index: reasoningIndex, delta: { type: "text", text } });
  }

  function detail(wire: WireReasoningDetail): void {
    if (group && startsNewGroup(group, wire)) {
      closeReasoning();
      closeSealed();
    }
    group ??= newGroup(wire);
    addDetail(group, wire);
    const text = detailText(wire);
    if (text !== "") reasoning(text);
    else if (reasoningIndex < 0 && !isSealedWhole(group)) openReasoning(group.isSummary);
  }

  function whole(block: IrBlock): void {
    const index = next++;
    seen.any = true;
    emit({ type: "block-start", index, block: { type: "whole", block } });
    emit({ type: "block-end", index });
  }

  return {
    seen,
    reasoning,
    whole,
    text(text) {
      if (textIndex < 0) {
        closeReasoning();
        closeSealed();
        closeRefusal();
        textIndex = next++;
        seen.text = true;
        seen.any = true;
        emit({ type: "block-start", index: textIndex, block: { type: "text" } });
      }
      emit({ type: "block-delta", index: textIndex, delta: { type: "text", text } });
    },
    details(details) {
      for (const item of details) {
        const wire = asObject<WireReasoningDetail>(item);
        if (wire && asText(wire.type).startsWith("reasoning.")) detail(wire);
      }
    },
    refusal(text) {
      if (refusalIndex < 0) {
        closeReasoning();
        closeSealed();
        closeText();
        refusalIndex = next++;
        seen.refusal = true;
        seen.any = true;
        emit({ type: "block-start", index: refusalIndex, block: { type: "refusal" } });
      }
      emit({ type: "block-delta", index: refusalIndex, delta: { type: "text", text } });
    },
    citation(citation) {
      if (textIndex < 0) return false;
      emit({ type: "block-delta", index: textIndex, delta: { type: "citation", citation } });
      return true;
    },
    signText(payload) {
      textSignature = payload;
    },
    close() {
      closeText();
      closeReasoning();
      closeSealed();
      closeRefusal();
    },
    nextIndex: () => {
      seen.any = true;
      return next++;
    },
  };
}
