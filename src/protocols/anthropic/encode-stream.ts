// A streamed answer for a Messages client: IR events to frames.
// Exactly one block is open on the wire at a time, so blocks that are open together in the IR are put in order here.

import type { GatewayError } from "../../core/errors.ts";
import type { IrBlockStart, IrDelta, IrEvent } from "../../core/event.ts";
import { type IrUsage, mergeUsage } from "../../core/usage.ts";
import { assertNever } from "../../lib/assert-never.ts";
import type { ReplyContext, StreamEncoder } from "../protocol.ts";
import { thinkingView } from "./answer-blocks.ts";
import { BlockWriter, createLane, type Lane } from "./block-writer.ts";
import { messageShell } from "./encode-response.ts";
import {
  blockStopFrame,
  errorFrame,
  MESSAGE_STOP_FRAME,
  messageDeltaFrame,
  messageStartFrame,
  PING_FRAME,
} from "./frames.ts";
import { encodeStop } from "./stop-reason.ts";
import { trailOf } from "./trail.ts";
import { encodeDeltaUsage, encodeUsage } from "./usage.ts";

/**
 * Creates an encoder. The start frame is written with the first block, the end, or `keepAlive`, so that token counts
 * that come before content are in it. Ordering rules for blocks open together:
 * - text and thinking are streamed at once; a block of another kind ends them, later deltas open a new wire block;
 * - thinking that comes while text is open is held until the next block or the end, so that it does not cut the text up;
 * - one tool streams at a time; others wait, and so does text, until it ends or its arguments are a whole JSON object.
 */
export function createStreamEncoder(write: (frame: string) => void, context: ReplyContext): StreamEncoder {
  return new AnthropicStreamEncoder(write, context);
}

class AnthropicStreamEncoder implements StreamEncoder {
  readonly #write: (frame: string) => void;
  readonly #context: ReplyContext;
  readonly #blocks: BlockWriter;
  readonly #lanes = new Map<number, Lane>();
  /** The lane that writes now; undefined between blocks. */
  #live: Lane | undefined;
  /** Lanes that wait for the live tool, in the order they may write. */
  #queue: Lane[] = [];
  /** Thinking that came while text was open. */
  #held: Lane[] = [];
  #usage: IrUsage | undefined;
  /** Log probabilities came and were recorded as lost, once. */
  #hasLogprobs = false;
  #isStarted = false;
  #isEnded = false;
  /** Index of a block that an upstream's own events have left open and that is no lane of ours. */
  #unknownOpen: number | undefined;

  constructor(write: (frame: string) => void, context: ReplyContext) {
    this.#write = (frame) => {
      const index = this.#unknownOpen;
      this.#unknownOpen = undefined;
      if (index !== undefined) write(blockStopFrame(index));
      write(frame);
    };
    this.#context = context;
    this.#blocks = new BlockWriter(this.#write, context, thinkingView(context));
  }

  event(event: IrEvent): void {
    if (this.#isEnded) return;
    switch (event.type) {
      case "block-delta":
        this.#delta(event.index, event.delta);
        break;
      case "block-start":
        this.#blockStart(event.index, event.block);
        break;
      case "block-end":
        this.#blockEnd(event.index);
        break;
      case "message-start":
      case "usage":
        this.#usage = mergeUsage(this.#usage, event.usage);
        break;
      case "message-end":
        this.#finish(event);
        break;
      case "logprobs":
        if (!this.#hasLogprobs) this.#context.loss({ kind: "dropped", path: "logprobs", feature: "logprobs" });
        this.#hasLogprobs = true;
        break;
      case "error":
        break; // the gateway judges it and calls error()
      default:
        assertNever(event);
    }
  }

  resumed(): boolean {
    this.#isStarted = true;
    const trail = trailOf(this.#context);
    if (!trail) return true;
    this.#blocks.continueAt(trail.nextIndex);
    // A block that has begun on the wire and has no delta yet is no lane's: it belongs to the last one that may write.
    const lane = this.#live ?? [...this.#lanes.values()].findLast((each) => isAwaiting(each, trail.openType));
    this.#live = undefined;
    if (trail.open === undefined) return true;
    if (!lane) {
      this.#unknownOpen = trail.open;
      return true;
    }
    lane.wireIndex = trail.open;
    lane.isSigned = trail.isSigned;
    this.#live = lane;
    return true;
  }

  error(error: GatewayError): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    // A block that is open stays open: nothing behind the break may look like an end.
    this.#unknownOpen = undefined;
    this.#write(errorFrame(error));
  }

  keepAlive(): void {
    if (this.#isEnded) return;
    if (this.#isStarted) this.#write(PING_FRAME);
    else this.#ensureStarted();
  }

  close(): void {
    // Server-sent events need no closing frame.
    this.#isEnded = true;
  }

  #ensureStarted(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const usage = encodeUsage(this.#usage, this.#context.estimatedInputTokens);
    this.#write(messageStartFrame(messageShell(this.#context), usage));
    this.#write(PING_FRAME);
  }

  #blockStart(index: number, start: IrBlockStart): void {
    this.#ensureStarted();
    const lane = createLane(start);
    this.#lanes.set(index, lane);
    // Text and thinking take their place with their first delta: until then they do not disturb the live block.
    if (lane.kind === "tool" || lane.kind === "whole") this.#place(lane);
  }

  #delta(index: number, delta: IrDelta): void {
    const lane = this.#lanes.get(index);
    if (!lane || lane.isEnded) return;
    if (lane === this.#live) {
      this.#blocks.delta(lane, delta);
      return;
    }
    if (lane.isClosed) {
      this.#context.loss({ kind: "dropped", path: "content", feature: "late-delta", detail: "the block was complete" });
      return;
    }
    this.#blocks.buffer(lane, delta);
    this.#place(lane);
  }

  /** Finds a place for a lane that has something to write but is not live. */
  #place(lane: Lane): void {
    if (this.#queue.includes(lane) || this.#held.includes(lane)) return;
    const live = this.#live;
    if (live?.kind === "tool") {
      this.#queue.push(lane);
      if (this.#endsWhole(live)) this.#drain();
    } else if (live?.kind === "text" && lane.kind === "thinking") {
      this.#held.push(lane);
    } else {
      this.#enter(lane);
    }
  }

  /** Makes a lane live: ends the text or thinking before it, and writes what it has so far. */
  #enter(lane: Lane): void {
    this.#pause();
    this.#flushHeld(lane.kind === "tool" || lane.kind === "whole");
    this.#live = lane;
    this.#blocks.flush(lane);
    if (lane.kind === "whole") this.#leave(lane);
  }

  /** Ends the live lane on the wire; text and thinking may come back in a block of their own. */
  #pause(): void {
    const live = this.#live;
    this.#live = undefined;
    if (live) this.#blocks.close(live);
  }

  #leave(lane: Lane): void {
    this.#blocks.close(lane);
    if (this.#live === lane) this.#live = undefined;
  }

  #blockEnd(index: number): void {
    const lane = this.#lanes.get(index);
    if (!lane || lane.isEnded) return;
    lane.isEnded = true;
    if (lane !== this.#live) return;
    this.#leave(lane);
    this.#drain();
  }

  /** Lets waiting lanes write, in order, until one of them is a tool that goes on. */
  #drain(): void {
    while (this.#queue.length > 0) {
      if (this.#live?.kind === "tool" && !this.#endsWhole(this.#live)) return;
      const lane = this.#queue.shift();
      if (!lane) return;
      this.#enter(lane);
      if (lane.isEnded && this.#live === lane) this.#leave(lane);
    }
  }

  /** Whether a live tool is complete although nobody ended it: chat sources never say so. Ends it then. */
  #endsWhole(lane: Lane): boolean {
    if (!lane.isEnded && !this.#blocks.isWhole(lane)) return false;
    this.#leave(lane);
    return true;
  }

  /** Writes held thinking; without `all` only what is complete, because more text or its signature may come. */
  #flushHeld(all: boolean): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = all ? [] : held.filter((lane) => !lane.isEnded);
    for (const lane of held) {
      if (this.#held.includes(lane)) continue;
      this.#blocks.flush(lane);
      this.#blocks.close(lane);
    }
  }

  #finish(event: Extract<IrEvent, { type: "message-end" }>): void {
    this.#ensureStarted();
    this.#pause();
    for (let lane = this.#queue.shift(); lane; lane = this.#queue.shift()) {
      this.#enter(lane);
      this.#pause();
    }
    this.#flushHeld(true);
    this.#isEnded = true;
    const usage = encodeDeltaUsage(this.#usage, this.#context.estimatedInputTokens);
    this.#write(messageDeltaFrame(encodeStop(event.stop, this.#blocks.hasToolCall), usage));
    this.#write(MESSAGE_STOP_FRAME);
  }
}

/** Whether a lane has begun and has nothing on the wire by its own account, where a block of its type is open. */
function isAwaiting(lane: Lane, openType: string | undefined): boolean {
  return !lane.isEnded && lane.wireIndex < 0 && lane.kind === openType;
}
