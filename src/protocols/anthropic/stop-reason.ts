// Why an answer ended, between the wire and the IR.

import type { IrStop, IrStopReason } from "../../core/stop.ts";
import { isObject, textOf, type WireStopDetails, type WireStopReason } from "./wire.ts";

const TO_IR: Readonly<Record<WireStopReason, IrStopReason>> = {
  end_turn: "end-turn",
  max_tokens: "max-tokens",
  stop_sequence: "stop-sequence",
  tool_use: "tool-use",
  pause_turn: "pause-turn",
  refusal: "refusal",
  model_context_window_exceeded: "context-window",
  compaction: "compaction",
};

const TO_WIRE: Readonly<Record<IrStopReason, WireStopReason>> = {
  "end-turn": "end_turn",
  "max-tokens": "max_tokens",
  "stop-sequence": "stop_sequence",
  "tool-use": "tool_use",
  "pause-turn": "pause_turn",
  refusal: "refusal",
  "context-window": "model_context_window_exceeded",
  compaction: "compaction",
};

/** The three stop fields of a message or of `message_delta.delta`, as found. */
export interface WireStop {
  readonly reason: unknown;
  readonly sequence: unknown;
  readonly details: unknown;
}

/**
 * Reads how an answer ended. `tool_use` without a delivered call is the end of the turn and the end of a turn with
 * calls is `tool-use`, whatever the upstream says; a missing or unknown reason is inferred from the calls.
 */
export function decodeStop(stop: WireStop, hasToolCall: boolean): IrStop {
  const raw = textOf(stop.reason);
  const known = raw !== undefined && Object.hasOwn(TO_IR, raw) ? TO_IR[raw as WireStopReason] : undefined;
  const details = isObject(stop.details) ? stop.details : undefined;
  return {
    reason: settle(known ?? "end-turn", hasToolCall),
    raw,
    stopSequence: textOf(stop.sequence),
    category: textOf(details?.["category"]),
    explanation: textOf(details?.["explanation"]),
  };
}

/** What the wire says about the end of an answer. */
export interface EncodedStop {
  readonly stop_reason: WireStopReason;
  readonly stop_sequence: string | null;
  readonly stop_details: WireStopDetails | null;
}

/** Writes how an answer ended; `hasToolCall` tells whether a client call was written. */
export function encodeStop(stop: IrStop, hasToolCall: boolean): EncodedStop {
  const reason = settle(stop.reason, hasToolCall);
  return {
    stop_reason: TO_WIRE[reason],
    stop_sequence: reason === "stop-sequence" ? (stop.stopSequence ?? null) : null,
    stop_details: reason === "refusal" ? stopDetails(stop) : null,
  };
}

function settle(reason: IrStopReason, hasToolCall: boolean): IrStopReason {
  if (reason === "tool-use" && !hasToolCall) return "end-turn";
  return reason === "end-turn" && hasToolCall ? "tool-use" : reason;
}

const CATEGORIES: ReadonlySet<string> = new Set([
  "cyber",
  "bio",
  "frontier_llm",
  "reasoning_extraction",
  "general_harms",
]);

function stopDetails(stop: IrStop): WireStopDetails | null {
  if (stop.category === undefined && stop.explanation === undefined) return null;
  const category = stop.category !== undefined && CATEGORIES.has(stop.category) ? stop.category : null;
  return { type: "refusal", category: category as WireStopDetails["category"], explanation: stop.explanation ?? null };
}
