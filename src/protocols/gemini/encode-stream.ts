// An answer as a stream for a Gemini client: SSE frames, or the elements of one JSON array.
// Gemini streams have one place to write at, so blocks go out in the order in which they began.

import type { GatewayError } from "../../core/errors.ts";
import type { IrBlockStart, IrEvent } from "../../core/event.ts";
import type { IrStop } from "../../core/stop.ts";
import { type IrUsage, mergeUsage } from "../../core/usage.ts";
import { sseData } from "../../lib/sse.ts";
import type { ReplyContext, StreamEncoder, StreamFraming } from "../protocol.ts";
import { createAnswerNotes, envelopeFields, finishFields } from "./answer-output.ts";
import type { AnyPart } from "./encode-parts.ts";
import { errorBody } from "./errors.ts";
import { type BlockWriter, createBlockWriter } from "./stream-block.ts";
import { encodeUsage } from "./usage.ts";
import { asArray, type WireObject } from "./wire.ts";

/** What keeps a started stream alive: a comment of its own in SSE, white space in a JSON array. */
export function keepAliveFrame(framing: StreamFraming): string {
  return framing === "sse" ? ": ping\n\n" : "\n";
}

/** Creates an encoder. Text goes out at once, tool calls when they are complete; usage comes with the last chunk. */
export function createStreamEncoder(write: (frame: string) => void, context: ReplyContext): StreamEncoder {
  const framing = context.framing === "sse" ? sseFraming(write) : arrayFraming(write);
  const notes = createAnswerNotes();
  const tail = `],"role":"model"},"index":0}],${JSON.stringify(envelopeFields(context)).slice(1)}`;
  /** Blocks that are not finished on the wire yet, oldest first; only the first one writes. */
  const queue: BlockWriter[] = [];
  const byIndex = new Map<number, BlockWriter>();
  let usage: IrUsage | undefined;
  let isDone = false;

  const writePart = (json: string): void => framing.element(`{"candidates":[{"content":{"parts":[${json}${tail}`);
  const writeObject = (part: AnyPart): void => writePart(JSON.stringify(part));

  function startBlock(index: number, start: IrBlockStart): void {
    const block = createBlockWriter(start, { notes, writePart, writeObject, loss: context.loss });
    byIndex.set(index, block);
    queue.push(block);
    if (queue.length === 1) block.activate();
  }

  function endBlock(index: number): void {
    const block = byIndex.get(index);
    if (!block) return;
    byIndex.delete(index);
    block.end();
    while (queue[0]?.isEnded()) {
      queue.shift();
      queue[0]?.activate();
    }
  }

  function finish(stop: IrStop): void {
    for (const index of [...byIndex.keys()]) endBlock(index);
    isDone = true;
    const candidate = { content: { parts: [{ text: "" }], role: "model" }, ...finishFields(stop, notes), index: 0 };
    framing.element(
      JSON.stringify({
        candidates: [candidate],
        usageMetadata: encodeUsage(usage),
        ...envelopeFields(context),
      }),
    );
  }

  return {
    event(event: IrEvent) {
      if (isDone) return;
      switch (event.type) {
        case "block-delta":
          byIndex.get(event.index)?.delta(event.delta);
          break;
        case "block-start":
          startBlock(event.index, event.block);
          break;
        case "block-end":
          endBlock(event.index);
          break;
        case "message-start":
        case "usage":
          usage = mergeUsage(usage, event.usage);
          break;
        case "logprobs":
          notes.logprobs.push(...asArray(event.content));
          break;
        case "message-end":
          finish(event.stop);
          break;
        default: // "error": the gateway calls error() instead
      }
    },
    error(error: GatewayError) {
      if (isDone) return;
      isDone = true;
      const status = error.status === 529 ? 503 : error.status;
      framing.element(JSON.stringify({ error: errorBody(error, status, "") } satisfies WireObject));
    },
    keepAlive() {
      if (!isDone) framing.keepAlive();
    },
    resumed() {
      framing.resumed();
      return true;
    },
    close: () => framing.close(),
  };
}

interface Framing {
  element(json: string): void;
  keepAlive(): void;
  /** Elements of somebody else have gone out before. */
  resumed(): void;
  close(): void;
}

/** One `data:` line per frame and nothing beside it: the SDK drops frames that begin with anything else. */
function sseFraming(write: (frame: string) => void): Framing {
  return {
    element: (json) => write(sseData(json)),
    keepAlive: () => write(keepAliveFrame("sse")),
    resumed() {
      // frames stand by themselves
    },
    close() {
      // the end of an SSE stream is the end of the connection
    },
  };
}

/** Elements are compact, one per write; clients split at a line break followed by a comma. */
function arrayFraming(write: (frame: string) => void): Framing {
  let isOpen = false;
  let hasElement = false;
  return {
    element(json) {
      write((hasElement ? "\n,\r\n" : isOpen ? "" : "[") + json);
      isOpen = true;
      hasElement = true;
    },
    keepAlive() {
      write(isOpen ? "\n" : "[\n");
      isOpen = true;
    },
    resumed() {
      isOpen = true;
      hasElement = true;
    },
    close() {
      write(isOpen ? "\n]" : "[]");
      isOpen = true;
    },
  };
}
