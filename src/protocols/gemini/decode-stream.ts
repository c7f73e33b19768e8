// A Gemini stream as events: one JSON object per event, in SSE or JSON-array framing.

import type { IrEvent } from "../../core/event.ts";
import { parseJsonText, parseMessageText } from "../../core/json-depth.ts";
import { createJsonFrameParser } from "../../lib/json-frames.ts";
import type { DecodeContext, StreamDecoder } from "../protocol.ts";
import { answerOf, createAnswerReader } from "./answer-reader.ts";
import type { GeminiDecodeContext } from "./decode-context.ts";
import { bringsParts } from "./tells-more.ts";
import { asArray, isObject } from "./wire.ts";

/** The first object of a stream; its ids have to stay the same when our encoder goes on with the answer. */
interface Trail {
  readonly responseId?: unknown;
  readonly modelVersion?: unknown;
}

/** Fields of a candidate that are kept as they come. */
const SOURCE_FIELDS = ["groundingMetadata", "citationMetadata", "urlContextMetadata"] as const;

/**
 * Creates a decoder. `data` is one JSON object; arrays (of chunks or with one error), `{response: …}` envelopes and
 * the `[DONE]` of imitators are tolerated. The answer ends with the body: finish reasons can be followed by more.
 */
export function createStreamDecoder(emit: (event: IrEvent) => void, context: DecodeContext): StreamDecoder {
  const reader = createAnswerReader(emit, context as GeminiDecodeContext);
  const parse = createJsonFrameParser(parseChunk, isTextChunk);
  let trail: Trail | undefined;
  let isDamaged = false;
  /** The event that brought the finish reason, which may be repeated; empty where others with parts followed it. */
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
      const value = parse(data);
      if (value === undefined) {
        if (data.trim() !== "") damaged("a stream event was not valid json");
        return;
      }
      if (Array.isArray(value)) for (const item of value) reader.chunk(item);
      else if (isObject(value)) {
        trail ??= trailFrom(value);
        isExtra = !reader.chunk(value);
        // Where every event brings the reason, an equal one is no second end: two pieces of the text are the same.
        if (finish !== undefined && bringsParts(answerOf(value))) finish = "";
      } else damaged("a stream event was not a json object");
      if (finish === undefined && reader.isComplete()) finish = data;
    },
    end: () => reader.end(false),
    isComplete: () => reader.isComplete(),
    hasStrayEnd: () => isDamaged || reader.hasStrayEnd(),
    isExtra: () => isExtra,
  };
}

/** Calls and their results have values of tools in them. */
function parseChunk(text: string): unknown {
  return text.includes('"function') ? parseMessageText(text) : parseJsonText(text);
}

function trailFrom({ responseId, modelVersion }: Trail): Trail {
  return { responseId, modelVersion };
}

/** Whether nothing of a chunk is kept but strings and counts: its parts are text, and it tells of no sources. */
function isTextChunk(value: unknown): boolean {
  if (!isObject(value)) return false;
  const answer = answerOf(value);
  return answer["error"] === undefined && asArray(answer["candidates"]).every(isTextCandidate);
}

function isTextCandidate(candidate: unknown): boolean {
  if (!isObject(candidate)) return false;
  const { content } = candidate;
  const parts = isObject(content) ? asArray(content["parts"]) : [];
  return (
    parts.every((part) => isObject(part) && typeof part["text"] === "string") &&
    SOURCE_FIELDS.every((field) => candidate[field] === undefined || isEmpty(candidate[field]))
  );
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}
