// Why an answer ended: the wire has a status with details, we have one word.

import type { IrStop, IrStopReason } from "../../core/stop.ts";
import { type JsonObject, objectOf, stringOf } from "./wire.ts";

/** What the content says about the end; the wire's `completed` alone does not tell a tool turn from a final answer. */
export interface ContentFacts {
  readonly hasToolCall: boolean;
  /** Nothing visible but a refusal. */
  readonly isRefusalOnly: boolean;
  /** No answer was asked for: its end is that of Anthropic's request for no tokens. */
  readonly isWarmUp?: boolean | undefined;
}

const INCOMPLETE_REASONS: ReadonlyMap<string, IrStopReason> = new Map<string, IrStopReason>([
  ["max_output_tokens", "max-tokens"],
  ["max_messages", "max-tokens"],
  ["max_tokens", "max-tokens"],
  ["length", "max-tokens"],
  ["content_filter", "refusal"],
  ["steered", "end-turn"],
]);

/** The stop of a response object that is not an error. An absent status counts as `completed`. */
export function decodeStop(response: JsonObject, facts: ContentFacts): IrStop {
  if (response["status"] === "incomplete") {
    const raw = stringOf(objectOf(response["incomplete_details"])["reason"]);
    const known = raw === undefined ? undefined : INCOMPLETE_REASONS.get(raw);
    return { reason: known ?? "max-tokens", raw: raw ?? "incomplete" };
  }
  const raw = "completed";
  if (facts.hasToolCall) return { reason: "tool-use", raw };
  if (facts.isWarmUp) return { reason: "max-tokens", raw };
  return { reason: facts.isRefusalOnly ? "refusal" : "end-turn", raw };
}

/** Status and details of the final response object. */
export interface WireStop {
  readonly status: "completed" | "incomplete";
  readonly incomplete_details: { readonly reason: "max_output_tokens" | "content_filter" } | null;
}

const COMPLETED: WireStop = { status: "completed", incomplete_details: null };
const OUT_OF_TOKENS: WireStop = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
const FILTERED: WireStop = { status: "incomplete", incomplete_details: { reason: "content_filter" } };

const WIRE_STOPS: Readonly<Record<IrStopReason, WireStop>> = {
  "end-turn": COMPLETED,
  "stop-sequence": COMPLETED,
  "tool-use": COMPLETED,
  compaction: COMPLETED,
  "max-tokens": OUT_OF_TOKENS,
  "context-window": OUT_OF_TOKENS,
  "pause-turn": OUT_OF_TOKENS,
  refusal: FILTERED,
};

/** How OpenAI's two formats end a refusal that the model itself speaks. */
const SPOKEN: ReadonlySet<string> = new Set(["completed", "stop"]);

/** A refusal that the model itself spoke stays `completed`; any other is the work of a filter. */
export function encodeStop(stop: IrStop): WireStop {
  return stop.reason === "refusal" && SPOKEN.has(stop.raw ?? "") ? COMPLETED : WIRE_STOPS[stop.reason];
}
