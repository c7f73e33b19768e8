// Model lists, single models and token counts.

import type { ModelEntry } from "../protocol.ts";

/**
 * A model as OpenAI and Anthropic clients both can read it (clients.md §0.4): `created` and `owned_by` for the
 * one, `type`, `display_name` and `created_at` for the other.
 */
export function encodeModel(model: ModelEntry): Record<string, unknown> {
  return {
    id: model.id,
    object: "model",
    type: "model",
    created: model.createdAt,
    created_at: new Date(model.createdAt * 1000).toISOString(),
    owned_by: model.ownedBy,
    display_name: model.displayName,
  };
}

/** The whole list; `first_id` and `last_id` are null when it is empty. */
export function encodeModelList(models: readonly ModelEntry[]): unknown {
  return {
    object: "list",
    data: models.map(encodeModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}

/** Chat has no endpoint that counts tokens. */
export function decodeCount(_body: unknown): null {
  return null;
}

/** Never asked for by a chat client; the shape is that of `/v1/responses/input_tokens`. */
export function encodeCount(inputTokens: number): unknown {
  return { object: "response.input_tokens", input_tokens: inputTokens };
}
