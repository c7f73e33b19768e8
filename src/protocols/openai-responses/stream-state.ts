// What the handlers of stream events share: the items under way and the neutral blocks made of them.

import type { IrBlockStart, IrEvent } from "../../core/event.ts";
import type { WireError } from "../../core/wire-error.ts";
import type { DecodeContext } from "../protocol.ts";
import { decodeUsage } from "./usage.ts";
import { type JsonObject, numberOf, objectOf, textOf } from "./wire.ts";

/** A text or refusal part of a message. */
export interface Part {
  readonly index: number;
  sentLength: number;
  sentCitations: number;
  hasLogprobs: boolean;
  isOpen: boolean;
}

/** An output item under way. */
export interface Item {
  readonly outputIndex: number;
  type: string;
  id: string | undefined;
  callId: string | undefined;
  isDone: boolean;
  /** It came in one piece with its end, as blocks of their own. */
  isWhole: boolean;
  /** Messages: parts by content index, which is the upstream's word and may be any number. */
  readonly parts: Map<number, Part>;
  /** Reasoning and calls: neutral block index once started. */
  block: number | undefined;
  isBlockEnded: boolean;
  /** Characters of text or arguments sent so far. */
  sentLength: number;
  /** Reasoning: which of the two kinds of text is streamed, and the part it was last sent for. */
  source: "summary" | "raw" | undefined;
  lastPart: number;
  /** Calls: arguments that came before id and name were known. */
  held: string[] | undefined;
}

export interface StreamState {
  readonly emit: (event: IrEvent) => void;
  readonly context: DecodeContext;
  readonly items: Map<number, Item>;
  readonly aliases: Map<string, Item>;
  /** Index for the next neutral block. */
  nextBlock: number;
  /** Above every output index so far. */
  nextItem: number;
  hasStarted: boolean;
  isFinished: boolean;
  hasToolCall: boolean;
  hasRefusal: boolean;
  /** Something visible that is no refusal. */
  hasOther: boolean;
}

/** A state before the first event. */
export function createStreamState(emit: (event: IrEvent) => void, context: DecodeContext): StreamState {
  return {
    emit,
    context,
    items: new Map(),
    aliases: new Map(),
    nextBlock: 0,
    nextItem: 0,
    hasStarted: false,
    isFinished: false,
    hasToolCall: false,
    hasRefusal: false,
    hasOther: false,
  };
}

/** Starts the message once; later calls do nothing. */
export function startMessage(event: JsonObject, state: StreamState): void {
  if (state.hasStarted) return;
  state.hasStarted = true;
  const response = objectOf(event["response"]);
  state.emit({
    type: "message-start",
    id: textOf(response["id"]),
    model: textOf(response["model"]),
    usage: decodeUsage(response),
  });
}

/** Ends the answer as a failure. */
export function stopWith(state: StreamState, error: WireError): void {
  state.isFinished = true;
  state.emit({ type: "error", error });
}

/** Starts a neutral block and returns its index. */
export function openBlock(block: IrBlockStart, state: StreamState): number {
  const index = state.nextBlock++;
  state.emit({ type: "block-start", index, block });
  return index;
}

/** Registers an item; without an index it takes the next one. An item that it takes the place of is over. */
export function newItem(outputIndex: number | undefined, type: string, state: StreamState): Item {
  const index = outputIndex ?? state.nextItem;
  const replaced = state.items.get(index);
  if (replaced) endItem(replaced, state);
  state.nextItem = Math.max(state.nextItem, index + 1);
  const item: Item = {
    outputIndex: index,
    type,
    id: undefined,
    callId: undefined,
    isDone: false,
    isWhole: false,
    parts: new Map(),
    block: undefined,
    isBlockEnded: false,
    sentLength: 0,
    source: undefined,
    lastPart: -1,
    held: undefined,
  };
  state.items.set(item.outputIndex, item);
  return item;
}

/** Ends whatever of an item is still open; later events for it are ignored. */
export function endItem(item: Item, state: StreamState): void {
  item.isDone = true;
  for (const part of item.parts.values()) if (part.isOpen) closePart(part, state);
  if (item.block === undefined || item.isBlockEnded) return;
  item.isBlockEnded = true;
  state.emit({ type: "block-end", index: item.block });
}

/** Ends a part; later events for it are ignored. */
export function closePart(part: Part, state: StreamState): void {
  part.isOpen = false;
  state.emit({ type: "block-end", index: part.index });
}

/** Makes an item known under an id as well. */
export function alias(item: Item, id: string | undefined, state: StreamState): void {
  if (id === undefined) return;
  item.id = id;
  state.aliases.set(id, item);
}

/** The item that a delta belongs to; made up when its `added` never came. */
export function itemOf(event: JsonObject, type: string, state: StreamState): Item {
  const index = event["output_index"];
  const byIndex = typeof index === "number" ? state.items.get(index) : undefined;
  if (byIndex) return byIndex;
  const id = textOf(event["item_id"]);
  const byId = id === undefined ? undefined : state.aliases.get(id);
  if (byId) return byId;
  if (index === undefined && id === undefined) {
    const last = lastOpen(type, state);
    if (last) return last;
  }
  startMessage({}, state);
  const item = newItem(numberOf(index), type, state);
  alias(item, id, state);
  return item;
}

function lastOpen(type: string, state: StreamState): Item | undefined {
  return [...state.items.values()].findLast((item) => item.type === type && !item.isDone);
}
