// Model lists and token counts as Codex and the SDKs read them.

import { tokenCount } from "../../core/usage.ts";
import type { ModelEntry } from "../protocol.ts";
import { isObject } from "./wire.ts";

/**
 * Codex's list. `base_instructions` is left out on purpose: Codex would replace its own system prompt by whatever
 * stands there, and we have none to offer.
 * @source openai/codex codex-rs/protocol/src/openai_models.rs, seen 2026-11
 */
export function encodeModelList(models: readonly ModelEntry[]): unknown {
  return { models: models.map(encodeModel) };
}

/** One entry of Codex's list. */
export function encodeModel(model: ModelEntry): unknown {
  return {
    slug: model.id,
    display_name: model.displayName,
    description: null,
    supported_reasoning_levels: [],
    shell_type: "default",
    visibility: "list",
    supported_in_api: true,
    priority: 0,
    upgrade: null,
    supports_reasoning_summaries: true,
    support_verbosity: false,
    default_verbosity: null,
    apply_patch_tool_type: "freeform",
    truncation_policy: { mode: "bytes", limit: 10_000 },
    supports_parallel_tool_calls: true,
    experimental_supported_tools: [],
  };
}

/** Answer to `POST /v1/responses/input_tokens`. */
export function encodeCount(inputTokens: number): unknown {
  return { object: "response.input_tokens", input_tokens: inputTokens };
}

/** The count in such an answer; null when there is none. */
export function decodeCount(body: unknown): number | null {
  return isObject(body) ? (tokenCount(body["input_tokens"]) ?? null) : null;
}
