// Message items: one per uninterrupted run of text, with a single part, because clients expect `content_index` 0.
// Neutral text blocks that follow each other are joined; their citations move along.

import type { IrCitation } from "../../core/block.ts";
import { type DeltaFrame, deltaFrame } from "./frame-writer.ts";
import {
  type ItemStatus,
  interruptMessage,
  itemAdded,
  itemDone,
  type MessageItem,
  type OpenBlock,
  type OutputState,
  reserve,
} from "./output-state.ts";
import { isObject, type JsonObject, numberOf, PROTOCOL_ID } from "./wire.ts";

/** Opens a text or refusal block: in the current message if that takes more of its kind, else in a new one. */
export function openMessagePart(partType: MessageItem["partType"], state: OutputState): OpenBlock {
  let message = state.message;
  if (message?.partType !== partType || message.openBlocks > 0 || state.isMessageOver) {
    interruptMessage(state);
    state.isMessageOver = false;
    message = partType === "refusal" ? createRefusal(state) : createText(state);
    state.message = message;
  }
  return openBlock(message, state);
}

function openBlock(message: MessageItem, state: OutputState): OpenBlock {
  message.openBlocks++;
  const start = message.mark();
  /** Citations without a range: they mean the whole block and wait for its end. */
  let pending: IrCitation[] | undefined;
  return {
    delta(delta) {
      if (delta.type === "text") message.append(delta.text);
      else if (delta.type === "citation") {
        if (delta.citation.endIndex !== undefined) message.annotate(delta.citation, start);
        else {
          pending ??= [];
          pending.push(delta.citation);
        }
      }
    },
    end() {
      message.openBlocks--;
      for (const citation of pending ?? []) message.annotate(citation, start);
      if (state.message !== message) message.close("completed");
    },
  };
}

function createText(state: OutputState): MessageItem {
  const texts: string[] = [];
  const annotations: JsonObject[] = [];
  const logprobs: unknown[] = [];
  let place: { readonly index: number; readonly id: string } | undefined;
  let frame: DeltaFrame | undefined;
  /** Code points in the first `countedTexts` pieces; citations come in order, so counting goes on where it stopped. */
  let countedTexts = 0;
  let countedPoints = 0;

  /** The item appears with its first text, so that an empty block leaves nothing behind. */
  function open(): { readonly index: number; readonly id: string } {
    place ??= openItem(state, { type: "output_text", text: "", annotations: [], logprobs: [] });
    return place;
  }

  function pointsBefore(mark: number): number {
    if (mark < countedTexts) {
      countedTexts = 0;
      countedPoints = 0;
    }
    for (; countedTexts < mark; countedTexts++) countedPoints += codePoints(texts[countedTexts] ?? "");
    return countedPoints;
  }

  return {
    partType: "output_text",
    openBlocks: 0,
    mark: () => texts.length,
    isLast: () => place?.index === state.nextIndex - 1,
    append(text) {
      frame ??= deltaFrame("response.output_text.delta", open(), '"content_index":0', '"logprobs":[]');
      texts.push(text);
      state.writer.delta(frame, text);
    },
    addLogprobs(content) {
      if (Array.isArray(content)) logprobs.push(...content);
    },
    annotate(citation, blockStart) {
      const offset = pointsBefore(blockStart);
      const annotation = encodeAnnotation(citation, offset, () => pointsBefore(texts.length));
      if (!annotation) {
        state.context.loss({ kind: "dropped", path: "output.annotations", feature: "document-citation" });
        return;
      }
      const { id, index } = open();
      state.writer.event("response.output_text.annotation.added", {
        item_id: id,
        output_index: index,
        content_index: 0,
        annotation_index: annotations.length,
        annotation,
      });
      annotations.push(annotation);
    },
    close(status) {
      if (!place) return;
      const text = texts.join("");
      const at = { item_id: place.id, output_index: place.index, content_index: 0 };
      state.writer.event("response.output_text.done", { ...at, text, logprobs });
      closeItem(state, place, { type: "output_text", text, annotations, logprobs }, status);
    },
  };
}

function createRefusal(state: OutputState): MessageItem {
  const texts: string[] = [];
  let place: { readonly index: number; readonly id: string } | undefined;
  let frame: DeltaFrame | undefined;
  return {
    partType: "refusal",
    openBlocks: 0,
    mark: () => texts.length,
    isLast: () => place?.index === state.nextIndex - 1,
    append(text) {
      place ??= openItem(state, { type: "refusal", refusal: "" });
      frame ??= deltaFrame("response.refusal.delta", place, '"content_index":0', "");
      texts.push(text);
      state.writer.delta(frame, text);
    },
    addLogprobs: () => undefined,
    annotate: () => undefined,
    close(status) {
      if (!place) return;
      const refusal = texts.join("");
      const at = { item_id: place.id, output_index: place.index, content_index: 0 };
      state.writer.event("response.refusal.done", { ...at, refusal });
      closeItem(state, place, { type: "refusal", refusal }, status);
    },
  };
}

function openItem(state: OutputState, part: JsonObject): { readonly index: number; readonly id: string } {
  const place = reserve(state, "msg");
  itemAdded(state, place.index, messageItem(place.id, [], "in_progress"));
  state.writer.event("response.content_part.added", {
    item_id: place.id,
    output_index: place.index,
    content_index: 0,
    part,
  });
  return place;
}

function closeItem(
  state: OutputState,
  place: { readonly index: number; readonly id: string },
  part: JsonObject,
  status: ItemStatus,
): void {
  state.writer.event("response.content_part.done", {
    item_id: place.id,
    output_index: place.index,
    content_index: 0,
    part,
  });
  itemDone(state, place.index, messageItem(place.id, [part], status));
}

function messageItem(id: string, content: JsonObject[], status: ItemStatus | "in_progress"): JsonObject {
  return { id, type: "message", status, role: "assistant", content };
}

/** `offset` is where the citation's block starts in the joined text; a citation without range covers its block. */
function encodeAnnotation(citation: IrCitation, offset: number, end: () => number): JsonObject | undefined {
  if (citation.origin === PROTOCOL_ID && isObject(citation.wire)) {
    if (offset === 0) return citation.wire;
    const start = numberOf(citation.wire["start_index"]);
    const stop = numberOf(citation.wire["end_index"]);
    if (start === undefined || stop === undefined) return citation.wire;
    return { ...citation.wire, start_index: start + offset, end_index: stop + offset };
  }
  if (citation.type !== "url" || citation.url === undefined) return undefined;
  return {
    type: "url_citation",
    url: citation.url,
    title: citation.title ?? "",
    start_index: offset + (citation.startIndex ?? 0),
    end_index: citation.endIndex === undefined ? end() : offset + citation.endIndex,
  };
}

function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // The second half of a pair counts as nothing; pairs are never torn apart except at the end of a piece.
    if (unit >= 0xdc00 && unit <= 0xdfff) count--;
  }
  return count;
}
