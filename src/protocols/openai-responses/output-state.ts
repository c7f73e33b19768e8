// What the parts of the output builder share: the items so far, the message that takes text, the event writer.

import type { IrCitation } from "../../core/block.ts";
import type { IrDelta } from "../../core/event.ts";
import type { ReplyContext } from "../protocol.ts";
import type { FrameWriter } from "./frame-writer.ts";
import type { ReplyTool } from "./tools.ts";
import { trailOf } from "./trail.ts";
import type { OutputItem } from "./wire.ts";

/** How an item ended. */
export type ItemStatus = "completed" | "incomplete";

/** A neutral block under way. */
export interface OpenBlock {
  delta(delta: IrDelta): void;
  end(): void;
}

/** A message under way; see output-message.ts. */
export interface MessageItem {
  readonly partType: "output_text" | "refusal";
  /** Blocks that may still bring text; above 1 never, because text of two blocks would mix. */
  openBlocks: number;
  append(text: string): void;
  annotate(citation: IrCitation, blockStart: number): void;
  addLogprobs(content: unknown): void;
  /** Number of text pieces so far, a mark for `annotate`. */
  mark(): number;
  /** Whether no item was opened after it. */
  isLast(): boolean;
  close(status: ItemStatus): void;
}

export interface OutputState {
  readonly writer: FrameWriter;
  readonly context: ReplyContext;
  readonly tools: ReadonlyMap<string, ReplyTool>;
  /** Finished items at their output index. */
  readonly items: (OutputItem | undefined)[];
  /** Calls that ended with broken arguments: whether they were cut off is known at the end of the answer only. */
  readonly unfinished: ((isTruncated: boolean) => void)[];
  /** The message that takes further text, until something else starts. */
  message: MessageItem | undefined;
  /** It takes none: an upstream has begun it, and may have closed its text. */
  isMessageOver: boolean;
  nextIndex: number;
}

/** The next `output_index` and an item id that belongs to it. */
export function reserve(state: OutputState, prefix: string): { readonly index: number; readonly id: string } {
  skipSilent(state);
  const index = state.nextIndex++;
  const known = trailOf(state.context)?.itemIds[index];
  return { index, id: known ?? `${prefix}_${state.context.responseId}${index.toString().padStart(4, "0")}` };
}

/** Passes over items of the upstream's own that no neutral event told of. */
export function skipSilent(state: OutputState): void {
  const silent = trailOf(state.context)?.silent;
  for (let item = silent?.get(state.nextIndex); item; item = silent?.get(state.nextIndex)) {
    state.items[state.nextIndex++] = item;
  }
}

/** Announces an item. */
export function itemAdded(state: OutputState, index: number, item: OutputItem): void {
  state.writer.event("response.output_item.added", { output_index: index, item });
}

/** Finishes an item: from here on it is part of the output. */
export function itemDone(state: OutputState, index: number, item: OutputItem): void {
  state.items[index] = item;
  state.writer.event("response.output_item.done", { output_index: index, item });
}

/** Ends the current run of text because another kind of item starts; an open block closes its message at its end. */
export function interruptMessage(state: OutputState): void {
  const { message } = state;
  state.message = undefined;
  if (message?.openBlocks === 0) message.close("completed");
}
