// A Gemini stream as events: one JSON object per event, in SSE or JSON-array framing.

import type { IrEvent } from "../../core/event.ts";
import { parseJsonText } from "../../core/json-depth.ts";
import type { DecodeContext, StreamDecoder } from "../protocol.ts";
import { createAnswerReader } from "./answer-reader.ts";
import type { GeminiDecodeContext } from "./decode-context.ts";

/** The first object of a stream; its ids have to stay the same when our encoder goes on with the answer. */
interface Trail {
  readonly responseId?: unknown;
  readonly modelVersion?: unknown;
}

/**
 * Creates a decoder. `data` is one JSON object; arrays (of chunks or with one error), `{response: …}` envelopes and
 * the `[DONE]` of imitators are tolerated. The answer ends with the body: finish reasons can be followed by more.
 */
export function createStreamDecoder(emit: (event: IrEvent) => void, context: DecodeContext): StreamDecoder {
  const reader = createAnswerReader(emit, context as GeminiDecodeContext);
  let trail: Trail | undefined;
  let isDamaged = false;
  /** The event that brought the finish reason. */
  let finish: string | undefined;
  let isExtra = false;

  /** Cut off or damaged behind the finish reason: the answer itself is there. */
  function damaged(message: string): void {
    if (reader.isComplete()) {
      isDamaged = true;
      reader.end(false);
    } else reader.fail(message);
  }

  return {
    trail: () => trail,
    event(_name, data) {
      isExtra = data === "[DONE]" || data === finish;
      if (data === "" || isExtra) return;
      const value = parseJsonText(data);
      if (value === undefined) {
        if (data.trim() !== "") damaged("a stream event was not valid json");
        return;
      }
      if (Array.isArray(value)) for (const item of value) reader.chunk(item);
      else if (typeof value === "object" && value !== null) {
        trail ??= value as Trail;
        isExtra = !reader.chunk(value);
      } else damaged("a stream event was not a json object");
      if (finish === undefined && reader.isComplete()) finish = data;
    },
    end: () => reader.end(false),
    isComplete: () => reader.isComplete(),
    hasStrayEnd: () => isDamaged || reader.hasStrayEnd(),
    isExtra: () => isExtra,
  };
}
