// finishReason in both directions. Gemini says STOP for tool calls too, so "has a call" comes from the caller.
// @source gemini.md §B.1; MODEL_ARMOR and numeric reasons: Vertex recordings.

import type { IrStop, IrStopReason } from "../../core/stop.ts";
import type { FinishReasonName } from "./wire.ts";

/** What a finish reason means for the answer. */
export type FinishKind =
  | "normal"
  | "length"
  | "refusal"
  /** The call that the model tried is broken: it must not reach the client. */
  | "broken-call"
  /** The model failed; only content that was already delivered can stand. */
  | "failed";

const KINDS: Readonly<Record<FinishReasonName, FinishKind>> = {
  STOP: "normal",
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  SAFETY: "refusal",
  RECITATION: "refusal",
  LANGUAGE: "refusal",
  BLOCKLIST: "refusal",
  PROHIBITED_CONTENT: "refusal",
  SPII: "refusal",
  IMAGE_SAFETY: "refusal",
  IMAGE_PROHIBITED_CONTENT: "refusal",
  IMAGE_RECITATION: "refusal",
  MODEL_ARMOR: "refusal",
  ESCALATION: "refusal",
  MALFORMED_FUNCTION_CALL: "broken-call",
  MALFORMED_RESPONSE: "broken-call",
  UNEXPECTED_TOOL_CALL: "broken-call",
  TOO_MANY_TOOL_CALLS: "broken-call",
  MISSING_THOUGHT_SIGNATURE: "broken-call",
  OTHER: "failed",
  IMAGE_OTHER: "failed",
  NO_IMAGE: "failed",
  // The account, not the model: content that was delivered stands, without any another key or upstream may answer.
  PUP_LIMITED_DISABLED: "failed",
  FINISH_REASON_UNSPECIFIED: "failed",
};

/** Protobuf numbers, where the Gemini API and Vertex agree on what they mean (`$alt=json;enum-encoding=int`). */
const NAMES_BY_NUMBER: Readonly<Record<number, FinishReasonName>> = {
  0: "FINISH_REASON_UNSPECIFIED",
  1: "STOP",
  2: "MAX_TOKENS",
  3: "SAFETY",
  4: "RECITATION",
  5: "OTHER",
  6: "BLOCKLIST",
  7: "PROHIBITED_CONTENT",
  8: "SPII",
};

const TO_WIRE: Readonly<Record<IrStopReason, FinishReasonName>> = {
  "end-turn": "STOP",
  "stop-sequence": "STOP",
  "tool-use": "STOP",
  "pause-turn": "STOP",
  compaction: "STOP",
  "max-tokens": "MAX_TOKENS",
  "context-window": "MAX_TOKENS",
  refusal: "SAFETY",
};

/** Name of a finish reason that came as string or protobuf number; undefined when there is none. */
export function readFinishReason(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "number") return NAMES_BY_NUMBER[value] ?? `FINISH_REASON_${value}`;
  return undefined;
}

/** Kind of a finish reason; words that we do not know count as failures. */
export function finishKind(reason: string): FinishKind {
  return Object.hasOwn(KINDS, reason) ? KINDS[reason as FinishReasonName] : "failed";
}

/** The neutral end of an answer. `finishMessage` explains refusals. */
export function decodeStop(reason: string, hasToolCall: boolean, finishMessage: string | undefined): IrStop {
  const kind = finishKind(reason);
  if (kind === "length") return { reason: "max-tokens", raw: reason };
  if (kind === "refusal") return { reason: "refusal", raw: reason, category: reason, explanation: finishMessage };
  return { reason: hasToolCall ? "tool-use" : "end-turn", raw: reason };
}

/** Gemini's word for the end of an answer; its own word comes back where it says the same. */
export function encodeStop(stop: IrStop): FinishReasonName {
  if (stop.reason === "refusal" && stop.raw !== undefined && finishKind(stop.raw) === "refusal") {
    return stop.raw as FinishReasonName;
  }
  return TO_WIRE[stop.reason];
}
