// Sampling fields towards an upstream: newer models and API versions refuse them even at their defaults.

import type { LossSink } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import type { ModelFacts } from "./model-facts.ts";
import type { WireObject } from "./wire.ts";

/** First version under which any sampling field is a 400. @source anthropic-openai.md §0.1, seen 2026-11 */
const STRICT_VERSION = "2026-10-21";

/** Smallest `top_p` allowed beside thinking. @source platform.claude.com extended thinking */
const MIN_THINKING_TOP_P = 0.95;

/** What decides which sampling fields are sent. */
export interface SamplingOptions {
  readonly facts: ModelFacts;
  /** `anthropic-version` the upstream is pinned to. */
  readonly version: string | undefined;
  readonly thinking: WireObject | undefined;
  readonly loss: LossSink;
}

/** The sampling fields to send: none, one of the two, or all; temperature is cut to 1. */
export function encodeSampling(request: IrRequest, options: SamplingOptions): Record<string, number> {
  const { facts, version, thinking, loss } = options;
  const sampling: Record<string, number> = {};
  const drop = (path: string, feature: string): void => loss({ kind: "dropped", path, feature });
  const isRefused = facts.sampling === "none" || (version !== undefined && version >= STRICT_VERSION);
  const isThinking = thinking?.["type"] === "enabled" || thinking?.["type"] === "adaptive";
  const { temperature, topP, topK } = request;

  if (temperature !== undefined) {
    // 1 is the default: leaving it out loses nothing.
    if (isRefused || (isThinking && temperature !== 1)) {
      if (temperature !== 1) drop("temperature", "temperature");
    } else {
      if (temperature > 1)
        loss({ kind: "approximated", path: "temperature", feature: "temperature", detail: "cut to 1" });
      sampling["temperature"] = Math.min(1, Math.max(0, temperature));
    }
  }
  if (topP !== undefined) {
    if (facts.sampling === "one" && sampling["temperature"] === 1) delete sampling["temperature"];
    const clashes = facts.sampling === "one" && sampling["temperature"] !== undefined;
    if (isRefused || clashes || (isThinking && topP < MIN_THINKING_TOP_P)) {
      if (topP !== 1) drop("top_p", "top-p");
    } else sampling["top_p"] = topP;
  }
  if (topK !== undefined) {
    if (isRefused || isThinking) drop("top_k", "top-k");
    else sampling["top_k"] = topK;
  }
  return sampling;
}
