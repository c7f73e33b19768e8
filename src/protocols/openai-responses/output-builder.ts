// Builds the `output` of an answer from neutral events, item by item, and writes the events of each item on the way.
// Items are opened in the order in which blocks start; several may be open, the wire tells them apart by index.

import type { IrBlock } from "../../core/block.ts";
import type { IrBlockStart, IrEvent } from "../../core/event.ts";
import type { IrStop } from "../../core/stop.ts";
import type { ReplyContext } from "../protocol.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { writeHostedBlock, writeItem } from "./output-hosted.ts";
import { openMessagePart } from "./output-message.ts";
import { openReasoning, writeReasoning } from "./output-reasoning.ts";
import { type OpenBlock, type OutputState, skipSilent } from "./output-state.ts";
import { openToolCall } from "./output-tool.ts";
import { replyTools } from "./tools.ts";
import { isObject, type OutputItem, PROTOCOL_ID } from "./wire.ts";

/** Takes the events of one answer between its start and its end. */
export interface OutputBuilder {
  /** Block and logprobs events; all others are ignored. */
  event(event: IrEvent): void;
  /** An upstream's own events have begun the answer; returns how many items they and the neutral events tell of. */
  resumed(): number;
  /** Closes everything and returns the output; called once. */
  finish(stop: IrStop): OutputItem[];
}

/** Creates a builder; with `SILENT_WRITER` it only builds. */
export function createOutputBuilder(context: ReplyContext, writer: FrameWriter): OutputBuilder {
  const state: OutputState = {
    writer,
    context,
    tools: replyTools(context.request),
    items: [],
    unfinished: [],
    message: undefined,
    isMessageOver: false,
    nextIndex: 0,
  };
  const blocks = new Map<number, OpenBlock>();
  let hasRefusal = false;
  return {
    event(event) {
      if (event.type === "block-delta") blocks.get(event.index)?.delta(event.delta);
      else if (event.type === "block-start") {
        if (event.block.type === "refusal") hasRefusal = true;
        const block = openBlock(event.block, state);
        if (block) blocks.set(event.index, block);
      } else if (event.type === "block-end") {
        blocks.get(event.index)?.end();
        blocks.delete(event.index);
      } else if (event.type === "logprobs") state.message?.addLogprobs(event.content);
    },
    resumed() {
      state.isMessageOver = true;
      skipSilent(state);
      return state.nextIndex;
    },
    finish(stop) {
      for (const block of blocks.values()) block.end();
      blocks.clear();
      if (stop.reason === "refusal" && !hasRefusal) writeRefusal(stop, state);
      const isTruncated = stop.reason === "max-tokens" || stop.reason === "context-window";
      const message = state.message;
      message?.close(isTruncated && message.isLast() ? "incomplete" : "completed");
      for (const close of state.unfinished) close(isTruncated);
      return state.items.filter((item) => item !== undefined);
    },
  };
}

function openBlock(start: IrBlockStart, state: OutputState): OpenBlock | undefined {
  switch (start.type) {
    case "text":
      return openMessagePart("output_text", state);
    case "refusal":
      return openMessagePart("refusal", state);
    case "reasoning":
      return openReasoning(state);
    case "tool-call":
      return openToolCall(start, state);
    case "whole":
      writeBlock(start.block, state);
      return undefined;
  }
}

function writeBlock(block: IrBlock, state: OutputState): void {
  switch (block.type) {
    case "reasoning":
      writeReasoning(block, state);
      break;
    case "server-tool-call":
    case "image":
      writeHostedBlock(block, state);
      break;
    case "server-tool-result":
      // The call's item tells of the result, where this API tells of it at all.
      break;
    case "unknown":
      if (block.origin === PROTOCOL_ID && isObject(block.wire)) writeItem(block.wire, state);
      else state.context.loss({ kind: "dropped", path: "output", feature: "unknown-block" });
      break;
    case "text":
    case "refusal":
    case "tool-call":
      replayBlock(block, state);
      break;
    case "document":
    case "audio":
    case "video":
    case "tool-result":
      state.context.loss({ kind: "dropped", path: "output", feature: `${block.type}-output` });
      break;
  }
}

/** Kinds that grow, come whole all the same. */
function replayBlock(block: Extract<IrBlock, { type: "text" | "refusal" | "tool-call" }>, state: OutputState): void {
  if (block.type === "tool-call") {
    const call = openToolCall(block, state);
    if (block.arguments !== "") call.delta({ type: "arguments", text: block.arguments });
    call.end();
    return;
  }
  const open = openMessagePart(block.type === "text" ? "output_text" : "refusal", state);
  if (block.text !== "") open.delta({ type: "text", text: block.text });
  if (block.type === "text") {
    for (const citation of block.citations ?? []) open.delta({ type: "citation", citation });
  }
  open.end();
}

/** A refusal without words would look like an empty answer. */
function writeRefusal(stop: IrStop, state: OutputState): void {
  const words = stop.explanation ?? stop.category;
  if (words === undefined) state.context.loss({ kind: "invented", path: "output", feature: "refusal-text" });
  const part = openMessagePart("refusal", state);
  part.delta({ type: "text", text: words ?? "The upstream declined to answer." });
  part.end();
}
