// Streamed Chat Completions, wire to neutral. Ends at `[DONE]` or at the end of the body, never at a finish reason:
// usage may follow it.

import type { IrEvent } from "../../core/event.ts";
import { parseJsonText } from "../../core/json-depth.ts";
import type { WireError } from "../../core/wire-error.ts";
import { createJsonFrameParser } from "../../lib/json-frames.ts";
import type { DecodeContext, StreamDecoder } from "../protocol.ts";
import { createAnswerReader } from "./answer-reader.ts";
import { decodeError, isErrorBody } from "./errors.ts";
import { isFailure } from "./stop-reason.ts";
import { type Trail, trailFrom } from "./trail.ts";
import { asArray, asNumber, asObject, asText, type WireAnswer, type WireChoice, type WireDelta } from "./wire.ts";

/**
 * Creates a decoder. A stream is complete when it had a finish reason, or `[DONE]` after content with complete
 * calls; anything else ends in an error with `truncated`, so that a clean break is not taken for an answer.
 */
export function createStreamDecoder(emit: (event: IrEvent) => void, context: DecodeContext): StreamDecoder {
  const reader = createAnswerReader(emit, context);
  const parse = createJsonFrameParser(parseJsonText, isPlainChunk);
  let isOver = false;
  let hasOtherChoices = false;
  let hasStrayEnd = false;
  let trail: Trail | undefined;

  function fail(error: WireError): void {
    isOver = true;
    reader.abandon();
    emit({ type: "error", error });
  }

  function finish(hasMarker: boolean): void {
    isOver = true;
    const isInferable = hasMarker && reader.hasContent() && reader.isComplete();
    if (reader.finishReason() !== "" || isInferable) reader.end();
    else fail({ message: "the stream ended without a finish reason", truncated: true });
  }

  function choice(wire: WireChoice): void {
    // A few servers send the message so far beside the delta, or instead of it.
    const delta =
      asObject<WireDelta>(wire.delta) ?? (reader.hasContent() ? undefined : asObject<WireDelta>(wire.message));
    if (delta && !reader.delta(delta)) {
      fail({ message: "the arguments of a tool call do not end", malformed: true });
      return;
    }
    if (wire.logprobs) reader.logprobs(wire.logprobs);
    const reason = wire.finish_reason;
    if (typeof reason !== "string" || reason === "") return;
    if (isFailure(reason)) fail(failure(reason, wire.error));
    else reader.finish(wire);
  }

  function chunk(wire: WireAnswer): void {
    trail ??= trailFrom(wire);
    reader.outer(wire);
    if (!Array.isArray(wire.choices)) return;
    for (let i = 0; i < wire.choices.length && !isOver; i++) {
      const item = asObject<WireChoice>(wire.choices[i]);
      if (!item) continue;
      if ((asNumber(item.index) ?? 0) === 0) choice(item);
      else if (!hasOtherChoices) {
        hasOtherChoices = true;
        context.loss({ kind: "dropped", path: "choices[1]", feature: "further-choices" });
      }
    }
  }

  return {
    event(name, data) {
      if (isOver || data === "") return;
      if (data === "[DONE]" || data.trim() === "[DONE]") {
        finish(true);
        return;
      }
      // One bad event ends the stream.
      const value = parse(data);
      const wire = asObject<WireAnswer>(value);
      const isFailed = name === "error" || (wire !== undefined && isErrorBody(wire));
      if (reader.finishReason() !== "" && (isFailed ? reader.hasContent() : value === undefined)) {
        // Damaged or failed behind the finish reason, where nothing but counts can stand: the answer itself is there.
        hasStrayEnd = true;
        finish(false);
        return;
      }
      if (!wire)
        fail(
          name === "error"
            ? decodeError(0, value ?? data)
            : { message: "a stream event is no JSON object", malformed: true },
        );
      else if (isFailed) fail(decodeError(0, wire));
      else chunk(wire);
    },
    end() {
      if (!isOver) finish(false);
    },
    trail: () => trail,
    isComplete: () => !isOver && reader.finishReason() !== "",
    hasStrayEnd: () => hasStrayEnd,
  };
}

/** Whether nothing of a chunk is kept but strings and counts: its deltas are text, thinking and pieces of calls. */
function isPlainChunk(value: unknown): boolean {
  const wire = asObject<WireAnswer>(value);
  if (!wire || isErrorBody(wire) || wire.search_results || wire.citations) return false;
  return asArray(wire.choices).every((item) => {
    const choice = asObject<WireChoice>(item);
    const delta = asObject<WireDelta>(choice?.delta);
    return (
      delta !== undefined && !choice?.logprobs && !choice?.finish_reason && Object.entries(delta).every(isPlainField)
    );
  });
}

function isPlainField([name, value]: [string, unknown]): boolean {
  if (typeof value !== "object" || value === null || name === "tool_calls") return true;
  return name === "reasoning_details" && asArray(value).every(isFlat);
}

function isFlat(detail: unknown): boolean {
  const fields = Object.values(asObject<object>(detail) ?? {});
  return fields.every((field) => typeof field !== "object" || field === null);
}

/** The error behind a finish reason that means failure; OpenRouter tells more in the choice. */
export function failure(reason: string, error: unknown): WireError {
  const told = asObject<object>(error) ? decodeError(0, { error }) : undefined;
  return {
    ...told,
    status: told?.status ?? 503,
    code: told?.code ?? reason,
    message: asText(told?.message) || `the upstream gave up: ${reason}`,
  };
}
