// Writes the blocks of a streamed answer, one at a time: start, deltas, stop. Which block writes when is decided in
// encode-stream.ts. Text and thinking blocks are opened by their first delta, so that no empty block is written.

import type { IrCitation, Opaque } from "../../core/block.ts";
import type { IrBlockStart, IrDelta } from "../../core/event.ts";
import type { ReplyContext } from "../protocol.ts";
import {
  carriedSignature,
  clientSignature,
  encodeWholeBlock,
  isSignatureWanted,
  type ThinkingView,
} from "./answer-blocks.ts";
import { encodeCitationForClient } from "./citations.ts";
import {
  argumentsDeltaFrame,
  blockStartFrame,
  blockStopFrame,
  citationDeltaFrame,
  signatureDeltaFrame,
  textDeltaFrame,
  thinkingDeltaFrame,
} from "./frames.ts";
import { parseObject } from "./tool-arguments.ts";
import { wireToolId } from "./tool-names.ts";
import { isObject, type WireObject } from "./wire.ts";

interface LaneState {
  /** Deltas not written yet, or, for the live tool, all arguments so far (to see whether they are whole). */
  parts: string[];
  /** Citations not written yet. */
  citations: IrCitation[];
  /** Signature to write before the block ends. */
  opaque: Opaque | undefined;
  /** The IR block has ended. */
  isEnded: boolean;
  /** The block is complete on the wire and must not be opened again. */
  isClosed: boolean;
  /** Index of the open wire block; -1 while none is open. */
  wireIndex: number;
  /** Its signature is on the wire already: another one must not follow. */
  isSigned: boolean;
  /** The string around the free text of a custom tool has been opened. */
  isQuoted: boolean;
}

/** One IR block on its way to the wire. */
export type Lane = LaneState &
  (
    | { readonly kind: "text"; readonly start: Extract<IrBlockStart, { type: "text" | "refusal" }> }
    | { readonly kind: "thinking"; readonly start: Extract<IrBlockStart, { type: "reasoning" }> }
    | { readonly kind: "tool"; readonly start: Extract<IrBlockStart, { type: "tool-call" }> }
    | { readonly kind: "whole"; readonly start: Extract<IrBlockStart, { type: "whole" }> }
  );

/** A lane that has written nothing yet. */
export function createLane(start: IrBlockStart): Lane {
  const state = createLaneState();
  switch (start.type) {
    case "text":
    case "refusal":
      return { ...state, kind: "text", start };
    case "reasoning":
      return { ...state, kind: "thinking", start };
    case "tool-call":
      return { ...state, kind: "tool", start };
    case "whole":
      return { ...state, kind: "whole", start };
  }
}

function createLaneState(): LaneState {
  return {
    parts: [],
    citations: [],
    opaque: undefined,
    isEnded: false,
    isClosed: false,
    wireIndex: -1,
    isSigned: false,
    isQuoted: false,
  };
}

/** Writes block frames with consecutive indexes. */
export class BlockWriter {
  readonly #write: (frame: string) => void;
  readonly #context: ReplyContext;
  readonly #view: ThinkingView;
  #nextIndex = 0;
  #toolCalls = 0;

  constructor(write: (frame: string) => void, context: ReplyContext, view: ThinkingView) {
    this.#write = write;
    this.#context = context;
    this.#view = view;
  }

  /** Whether a client tool call was written. */
  get hasToolCall(): boolean {
    return this.#toolCalls > 0;
  }

  /** Goes on behind blocks that somebody else has written. */
  continueAt(nextIndex: number): void {
    this.#nextIndex = nextIndex;
  }

  /** Writes a delta of the live lane. */
  delta(lane: Lane, delta: IrDelta): void {
    switch (delta.type) {
      case "text":
        this.#text(lane, delta.text);
        break;
      case "arguments":
        if (lane.kind !== "tool") break;
        lane.parts.push(delta.text);
        this.#arguments(lane, delta.text);
        break;
      case "opaque":
        lane.opaque = delta.opaque;
        break;
      case "citation":
        this.#citation(lane, delta.citation);
        break;
    }
  }

  /** Keeps a delta of a lane that cannot write now. */
  buffer(lane: Lane, delta: IrDelta): void {
    if (delta.type === "opaque") lane.opaque = delta.opaque;
    else if (delta.type === "citation") lane.citations.push(delta.citation);
    else lane.parts.push(delta.text);
  }

  /** Writes what a lane has so far; opens the block of a tool, and the whole of a whole block. */
  flush(lane: Lane): void {
    if (lane.kind === "whole") {
      this.#whole(lane.start.block);
      return;
    }
    if (lane.kind === "tool") {
      this.#openTool(lane);
      for (const part of lane.parts) this.#arguments(lane, part);
      return;
    }
    const { citations } = lane;
    const text = lane.parts.join("");
    lane.parts = [];
    lane.citations = [];
    for (const citation of citations) this.#citation(lane, citation);
    if (text !== "") this.#text(lane, text);
  }

  /** Ends the lane's open wire block, if there is one. Tools and whole blocks are complete then. */
  close(lane: Lane): void {
    if (lane.kind === "thinking") this.#signature(lane);
    if (lane.kind === "tool" && lane.start.kind === "custom" && lane.wireIndex >= 0) {
      this.#write(argumentsDeltaFrame(lane.wireIndex, lane.isQuoted ? '"}' : '{"input":""}'));
    }
    if (lane.wireIndex >= 0) this.#write(blockStopFrame(lane.wireIndex));
    lane.wireIndex = -1;
    if (lane.kind === "tool" || lane.kind === "whole") {
      lane.isClosed = true;
      lane.parts = [];
    }
  }

  /** Whether a tool's arguments are a whole JSON object already. */
  isWhole(lane: Lane): boolean {
    return lane.kind === "tool" && lane.start.kind === "function" && parseObject(lane.parts.join("")) !== undefined;
  }

  #open(lane: Lane, block: WireObject): void {
    lane.wireIndex = this.#nextIndex++;
    this.#write(blockStartFrame(lane.wireIndex, block));
  }

  #openTool(lane: Lane): void {
    if (lane.kind !== "tool") return;
    const { id, name, opaque } = lane.start;
    const signature = carriedSignature(opaque, this.#view);
    if (signature !== undefined) this.#thinking({ type: "thinking", thinking: "", signature });
    this.#toolCalls += 1;
    this.#open(lane, { type: "tool_use", id: wireToolId(id), name, input: {} });
  }

  #text(lane: Lane, text: string): void {
    if (text === "") return;
    if (lane.kind === "text") {
      if (lane.wireIndex < 0) this.#open(lane, { type: "text", text: "" });
      this.#write(textDeltaFrame(lane.wireIndex, text));
    } else if (lane.kind === "thinking" && this.#view.showsText && !this.#view.isOff) {
      if (lane.wireIndex < 0) this.#openThinking(lane);
      this.#write(thinkingDeltaFrame(lane.wireIndex, text));
    }
  }

  #openThinking(lane: Lane): void {
    this.#open(lane, { type: "thinking", thinking: "", signature: "" });
  }

  #citation(lane: Lane, citation: IrCitation): void {
    const wire = lane.kind === "text" ? encodeCitationForClient(citation) : undefined;
    if (!wire) {
      this.#context.loss({ kind: "dropped", path: "content", feature: "citation" });
      return;
    }
    if (lane.wireIndex < 0) this.#open(lane, { type: "text", text: "" });
    this.#write(citationDeltaFrame(lane.wireIndex, wire));
  }

  #arguments(lane: Lane, text: string): void {
    if (lane.wireIndex < 0 || lane.kind !== "tool" || text === "") return;
    if (lane.start.kind === "function") {
      this.#write(argumentsDeltaFrame(lane.wireIndex, text));
      return;
    }
    // Free text as the one string of an object; the quotes around it come with the first piece and the end.
    const prefix = lane.isQuoted ? "" : '{"input":"';
    lane.isQuoted = true;
    this.#write(argumentsDeltaFrame(lane.wireIndex, prefix + JSON.stringify(text).slice(1, -1)));
  }

  #signature(lane: Lane): void {
    if (lane.isSigned) {
      lane.isSigned = false;
      lane.opaque = undefined;
      return;
    }
    if (lane.wireIndex < 0) {
      if (!isSignatureWanted(lane.opaque, this.#view)) return;
      this.#openThinking(lane);
    }
    this.#write(signatureDeltaFrame(lane.wireIndex, clientSignature(lane.opaque)));
    lane.opaque = undefined;
  }

  #whole(block: Extract<IrBlockStart, { type: "whole" }>["block"]): void {
    if (block.type === "tool-call") {
      this.#wholeTool(block);
      return;
    }
    const wire = encodeWholeBlock(block, this.#context, this.#view);
    if (!wire) return;
    if (wire["type"] === "thinking") this.#thinking(wire);
    else if (wire["type"] === "text") this.#wholeText(wire);
    else this.#wholeObject(wire);
  }

  #wholeTool(block: Extract<Extract<IrBlockStart, { type: "whole" }>["block"], { type: "tool-call" }>): void {
    const { id, name, kind, opaque } = block;
    const start = { type: "tool-call", id, name, kind, opaque } as const;
    const lane: Lane = { ...createLaneState(), kind: "tool", start, parts: [block.arguments], isEnded: true };
    this.flush(lane);
    this.close(lane);
  }

  #thinking(wire: WireObject): void {
    const index = this.#nextIndex++;
    this.#write(blockStartFrame(index, { type: "thinking", thinking: "", signature: "" }));
    if (wire["thinking"] !== "") this.#write(thinkingDeltaFrame(index, String(wire["thinking"])));
    if (wire["signature"] !== "") this.#write(signatureDeltaFrame(index, String(wire["signature"])));
    this.#write(blockStopFrame(index));
  }

  #wholeText(wire: WireObject): void {
    const index = this.#nextIndex++;
    this.#write(blockStartFrame(index, { type: "text", text: "" }));
    this.#write(textDeltaFrame(index, String(wire["text"])));
    this.#write(blockStopFrame(index));
  }

  /** Blocks that clients take from their start; the input of server tools comes as a delta, as Anthropic sends it. */
  #wholeObject(wire: WireObject): void {
    const index = this.#nextIndex++;
    const { input } = wire;
    const streamsInput = isObject(input) && (wire["type"] === "server_tool_use" || wire["type"] === "mcp_tool_use");
    this.#write(blockStartFrame(index, streamsInput ? { ...wire, input: {} } : wire));
    if (streamsInput) this.#write(argumentsDeltaFrame(index, JSON.stringify(input)));
    this.#write(blockStopFrame(index));
  }
}
