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
  /** A delta event with this text. */
  delta(frame: DeltaFrame, text: string): void;
}

/** A writer whose count can be set, for answers that another sender has begun. */
export interface NumberingFrameWriter extends FrameWriter {
  /** The next event gets this number. */
  continueAt(next: number): void;
}

/** A delta event but for its number and its text. */
export interface DeltaFrame {
  readonly beforeNumber: string;
  readonly beforeText: string;
  readonly afterText: string;
}

/**
 * What the deltas of one item have in common: made once, used for each of them. `position` and `extra` are further
 * fields as JSON text (`"content_index":0`), `""` for none.
 */
export function deltaFrame(
  type: StreamEventType,
  item: { readonly id: string; readonly index: number },
  position: string,
  extra: string,
): DeltaFrame {
  const place = `"item_id":${JSON.stringify(item.id)},"output_index":${item.index}`;
  return {
    beforeNumber: `event: ${type}\ndata: {"type":"${type}","sequence_number":`,
    beforeText: `,${place}${position === "" ? "" : `,${position}`},"delta":`,
    afterText: `${extra === "" ? "" : `,${extra}`}}\n\n`,
  };
}

/** Creates a writer that hands each event over as one SSE frame, but for closing events that the client has had. */
export function createFrameWriter(
  write: (frame: string) => void,
  alreadySent?: ReadonlySet<string>,
): NumberingFrameWriter {
  let sequence = 0;
  return {
    event(type, fields) {
      if (alreadySent?.has(doneKey(type, fields))) return;
      write(sseFrame(type, JSON.stringify({ type, sequence_number: sequence++, ...fields })));
    },
    json(type, fieldsJson) {
      write(sseFrame(type, `{"type":"${type}","sequence_number":${sequence++},${fieldsJson}}`));
    },
    delta({ beforeNumber, beforeText, afterText }, text) {
      // Bracketed so, because three pieces are put together faster than five.
      write(beforeNumber + (sequence++ + beforeText) + (JSON.stringify(text) + afterText));
    },
    continueAt(next) {
      sequence = next;
    },
  };
}

const NOTHING = (): void => undefined;

/** For whole answers: nobody reads the events, only the items that come out at the end. */
export const SILENT_WRITER: FrameWriter = { event: NOTHING, json: NOTHING, delta: NOTHING };
