// The model list, single models and token counts, for clients of the Messages API.

import { tokenCount } from "../../core/usage.ts";
import type { ModelEntry } from "../protocol.ts";
import { isObject } from "./wire.ts";

/**
 * One model. A union of the Anthropic and the OpenAI entry, because `/v1/models` serves both kinds of clients and
 * neither minds the other's keys. What is unknown of a routed model is null, as the SDK's types allow.
 */
export function encodeModel(model: ModelEntry): Record<string, unknown> {
  return {
    type: "model",
    id: model.id,
    display_name: model.displayName,
    created_at: new Date(model.createdAt * 1000).toISOString().replace(".000Z", "Z"),
    capabilities: null,
    max_input_tokens: null,
    max_tokens: null,
    lifecycle: "active",
    line: null,
    deprecated_at: null,
    retires_at: null,
    object: "model",
    created: model.createdAt,
    owned_by: model.ownedBy,
  };
}

/** The whole list in one page, whatever page size was asked for. */
export function encodeModelList(models: readonly ModelEntry[]): Record<string, unknown> {
  return {
    data: models.map(encodeModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
    object: "list",
  };
}

/** `input_tokens` of a count answer; null when the body holds no usable number. */
export function decodeCount(body: unknown): number | null {
  return isObject(body) ? (tokenCount(body["input_tokens"]) ?? null) : null;
}

/** Answer to a count-tokens client. */
export function encodeCount(inputTokens: number): unknown {
  return { input_tokens: inputTokens };
}
