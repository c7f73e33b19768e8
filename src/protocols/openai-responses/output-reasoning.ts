// Reasoning items: thinking of every kind goes out as a summary, which is what clients of this API show.

import type { Opaque, ReasoningBlock } from "../../core/block.ts";
import { type DeltaFrame, deltaFrame } from "./frame-writer.ts";
import { interruptMessage, itemAdded, itemDone, type OpenBlock, type OutputState, reserve } from "./output-state.ts";
import { encryptedContent } from "./reasoning.ts";
import { type ThinkingPart, trailOf } from "./trail.ts";
import { compact, type JsonObject } from "./wire.ts";

/** Opens a reasoning block; its item appears with the first text, or at the end with nothing but a payload. */
export function openReasoning(state: OutputState): OpenBlock {
  const texts: string[] = [];
  let place: { readonly index: number; readonly id: string } | undefined;
  let frame: DeltaFrame | undefined;
  let opaque: Opaque | undefined;

  function open(): { readonly index: number; readonly id: string } {
    if (place) return place;
    interruptMessage(state);
    place = reserve(state, "rs");
    itemAdded(state, place.index, reasoningItem(place.id, undefined, undefined));
    return place;
  }

  function openSummary(): DeltaFrame {
    const item = open();
    state.writer.event("response.reasoning_summary_part.added", {
      item_id: item.id,
      output_index: item.index,
      summary_index: 0,
      part: { type: "summary_text", text: "" },
    });
    return deltaFrame("response.reasoning_summary_text.delta", item, '"summary_index":0', "");
  }

  return {
    delta(delta) {
      if (delta.type === "text") {
        frame ??= openSummary();
        texts.push(delta.text);
        state.writer.delta(frame, delta.text);
      } else if (delta.type === "opaque") opaque = delta.opaque;
    },
    end() {
      if (!place && !opaque) return;
      const { id, index } = open();
      const text = texts.join("");
      const encrypted = opaque && encryptedContent(opaque, false);
      const begun = trailOf(state.context)?.thinking;
      if (begun?.outputIndex === index) {
        closeBegun(begun, id, state);
        itemDone(state, index, begunItem(begun, id, text, encrypted));
        return;
      }
      if (texts.length > 0) {
        const at = { item_id: id, output_index: index, summary_index: 0 };
        state.writer.event("response.reasoning_summary_text.done", { ...at, text });
        state.writer.event("response.reasoning_summary_part.done", { ...at, part: { type: "summary_text", text } });
      }
      itemDone(state, index, reasoningItem(id, texts.length > 0 ? text : undefined, encrypted));
    },
  };
}

/** Closes the part that an upstream's own events have left open; parts before it had their end. */
function closeBegun(part: ThinkingPart, id: string, state: OutputState): void {
  const { field, text } = part;
  const at = { item_id: id, output_index: part.outputIndex, [field]: part.part };
  if (field === "summary_index") {
    state.writer.event("response.reasoning_summary_text.done", { ...at, text });
    state.writer.event("response.reasoning_summary_part.done", { ...at, part: { type: "summary_text", text } });
    return;
  }
  state.writer.event("response.reasoning_text.done", { ...at, text });
  if (part.isAdded) state.writer.event("response.content_part.done", { ...at, part: { type: "reasoning_text", text } });
}

/** The item as its upstream had begun it: raw thinking is content, not a summary. */
function begunItem(part: ThinkingPart, id: string, text: string, encrypted: string | undefined): JsonObject {
  if (part.field === "summary_index") return reasoningItem(id, text, encrypted);
  return compact({ ...reasoningItem(id, undefined, encrypted), content: [{ type: "reasoning_text", text }] });
}

/** A block that came whole: encrypted through and through, or just not streamed. */
export function writeReasoning(block: ReasoningBlock, state: OutputState): void {
  if (!block.redacted) {
    const open = openReasoning(state);
    if (block.text !== "") open.delta({ type: "text", text: block.text });
    if (block.opaque) open.delta({ type: "opaque", opaque: block.opaque });
    open.end();
    return;
  }
  if (!block.opaque) return;
  interruptMessage(state);
  const { id, index } = reserve(state, "rs");
  itemAdded(state, index, reasoningItem(id, undefined, undefined));
  itemDone(state, index, reasoningItem(id, undefined, encryptedContent(block.opaque, true)));
}

function reasoningItem(id: string, text: string | undefined, encrypted: string | undefined): JsonObject {
  const summary = text === undefined ? [] : [{ type: "summary_text", text }];
  return compact({ id, type: "reasoning", summary, encrypted_content: encrypted });
}
