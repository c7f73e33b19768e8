// Numbers and writes stream events. Deltas are put together from ready-made pieces: they are the hot path.

import { sseFrame } from "../../lib/sse.ts";
import { doneKey } from "./trail.ts";
import type { JsonObject, StreamEventType } from "./wire.ts";

/** Writes events in order; `sequence_number` counts 0, 1, 2 … without gaps. */
export interface FrameWriter {
  /** An event with fields of its own. */
  event(type: StreamEventType, fields: JsonObject): void;
  /** An event whose fields are JSON text already, without braces: `"response":{…}`. */
  json(type: StreamEventType, fieldsJson: string): void;
  /** A delta event; `head` comes from `deltaHead`, `tail` is `""` or starts with a comma. */
  delta(type: StreamEventType, head: string, text: string, tail: string): void;
}

/** A writer whose count can be set, for answers that another sender has begun. */
export interface NumberingFrameWriter extends FrameWriter {
  /** The next event gets this number. */
  continueAt(next: number): void;
}

/** Where deltas of one item go: computed once, used for each of them. `position` is e.g. `"content_index":0`. */
export function deltaHead(itemId: string, outputIndex: number, position: string): string {
  const head = `"item_id":${JSON.stringify(itemId)},"output_index":${outputIndex}`;
  return position === "" ? head : `${head},${position}`;
}

/** Creates a writer that hands each event over as one SSE frame, but for closing events that the client has had. */
export function createFrameWriter(
  write: (frame: string) => void,
  alreadySent?: ReadonlySet<string>,
): NumberingFrameWriter {
  let sequence = 0;
  const frame = (type: StreamEventType, fieldsJson: string): void => {
    write(sseFrame(type, `{"type":"${type}","sequence_number":${sequence++},${fieldsJson}}`));
  };
  return {
    event(type, fields) {
      if (alreadySent?.has(doneKey(type, fields))) return;
      frame(type, JSON.stringify(fields).slice(1, -1));
    },
    json: frame,
    delta: (type, head, text, tail) => frame(type, `${head},"delta":${JSON.stringify(text)}${tail}`),
    continueAt(next) {
      sequence = next;
    },
  };
}

const NOTHING = (): void => undefined;

/** For whole answers: nobody reads the events, only the items that come out at the end. */
export const SILENT_WRITER: FrameWriter = { event: NOTHING, json: NOTHING, delta: NOTHING };
