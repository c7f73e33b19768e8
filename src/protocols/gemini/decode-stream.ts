// A Gemini stream as events: one JSON object per event, in SSE or JSON-array framing.

import type { IrEvent } from "../../core/event.ts";
import type { DecodeContext, StreamDecoder } from "../protocol.ts";
import { createAnswerReader } from "./answer-reader.ts";
import type { GeminiDecodeContext } from "./decode-context.ts";

/**
 * Creates a decoder. `data` is one JSON object; arrays (of chunks or with one error), `{response: …}` envelopes and
 * the `[DONE]` of imitators are tolerated. The answer ends with the body: finish reasons can be followed by more.
 */
export function createStreamDecoder(emit: (event: IrEvent) => void, context: DecodeContext): StreamDecoder {
  const reader = createAnswerReader(emit, context as GeminiDecodeContext);
  return {
    event(_name, data) {
      if (data === "" || data === "[DONE]") return;
      let value: unknown;
      try {
        value = JSON.parse(data);
      } catch {
        if (data.trim() !== "") reader.fail("a stream event was not valid json");
        return;
      }
      if (Array.isArray(value)) for (const item of value) reader.chunk(item);
      else if (typeof value === "object" && value !== null) reader.chunk(value);
      else reader.fail("a stream event was not a json object");
    },
    end: () => reader.end(false),
    isComplete: () => reader.isComplete(),
  };
}
