// Finish reasons, both directions.

import type { LossSink } from "../../core/loss.ts";
import type { IrStop, IrStopReason } from "../../core/stop.ts";

/** Words that chat servers use in `finish_reason`. `tool-use` is settled by what was delivered, not by the word. */
const REASONS: Readonly<Record<string, IrStopReason>> = {
  stop: "end-turn",
  end_turn: "end-turn",
  STOP: "end-turn",
  tool_calls: "tool-use",
  function_call: "tool-use",
  tool_use: "tool-use",
  length: "max-tokens",
  max_tokens: "max-tokens",
  MAX_TOKENS: "max-tokens",
  max_output_tokens: "max-tokens",
  model_length: "context-window",
  model_context_window_exceeded: "context-window",
  content_filter: "refusal",
  sensitive: "refusal",
  refusal: "refusal",
  SAFETY: "refusal",
  stop_sequence: "stop-sequence",
};

/** Words for an answer that the server gave up on. */
const FAILURES: ReadonlySet<string> = new Set(["error", "network_error", "insufficient_system_resource"]);

/** What was delivered before the end. */
export interface Delivered {
  readonly hasCalls: boolean;
  readonly hasRefusal: boolean;
  readonly hasText: boolean;
  /** The stop string that matched, where the server says it (vLLM). */
  readonly stopSequence?: string | undefined;
}

/** Whether the word means that the server failed. */
export function isFailure(raw: string): boolean {
  return FAILURES.has(raw);
}

/** Reads a finish reason; `""` stands for none. Unknown words end the turn and are noted. */
export function decodeStop(raw: string, delivered: Delivered, loss: LossSink): IrStop {
  const known = Object.hasOwn(REASONS, raw) ? REASONS[raw] : undefined;
  if (known === undefined && raw !== "") {
    loss({ kind: "approximated", path: "choices[0].finish_reason", feature: "unknown-finish-reason" });
  }
  const reason = settle(known ?? "end-turn", delivered);
  return {
    reason,
    raw: raw || undefined,
    stopSequence: reason === "stop-sequence" ? delivered.stopSequence : undefined,
  };
}

function settle(reason: IrStopReason, delivered: Delivered): IrStopReason {
  if (reason !== "end-turn" && reason !== "tool-use" && reason !== "stop-sequence") return reason;
  if (delivered.hasCalls) return "tool-use";
  if (delivered.hasRefusal && !delivered.hasText) return "refusal";
  return delivered.stopSequence !== undefined || reason === "stop-sequence" ? "stop-sequence" : "end-turn";
}

const FINISH: Readonly<Record<IrStopReason, string>> = {
  "end-turn": "stop",
  "stop-sequence": "stop",
  "tool-use": "tool_calls",
  "max-tokens": "length",
  "context-window": "length",
  refusal: "content_filter",
  // A plain `stop` would look finished; the answer is not.
  "pause-turn": "length",
  compaction: "stop",
};

/**
 * How OpenAI's two formats end a refusal that the model speaks. It is no filter's doing, and the SDK's helpers throw at
 * `content_filter` instead of showing it.
 * @source openai 7.57.0 lib/parser.mjs
 */
const SPOKEN: ReadonlySet<string> = new Set(["stop", "completed"]);

/** The finish reason for a client. `hasCalls` says whether any call went out. */
export function encodeStop(stop: IrStop, hasCalls: boolean, loss: LossSink): string {
  if (stop.reason === "tool-use") return hasCalls ? FINISH["tool-use"] : "stop";
  if (stop.reason === "pause-turn" || stop.reason === "compaction") {
    loss({ kind: "approximated", path: "choices[0].finish_reason", feature: stop.reason });
  }
  if (stop.reason === "refusal" && SPOKEN.has(stop.raw ?? "")) return "stop";
  return FINISH[stop.reason];
}
