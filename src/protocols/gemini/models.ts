// Shapes of the model list and of token counts for clients.

import type { ModelEntry } from "../protocol.ts";
import type { WireObject } from "./wire.ts";

/** Limits that clients read; the gateway does not know better ones for models of other makers. */
const INPUT_TOKEN_LIMIT = 1_048_576;
const OUTPUT_TOKEN_LIMIT = 65_536;

/** Answer to `GET /models`; one page holds all. */
export function encodeModelList(models: readonly ModelEntry[]): WireObject {
  return { models: models.map(encodeModel) };
}

/** One model. Clients offer only models that name `generateContent`. */
export function encodeModel(model: ModelEntry): WireObject {
  return {
    name: `models/${model.id}`,
    version: "001",
    displayName: model.displayName || model.id,
    description: model.displayName || model.id,
    inputTokenLimit: INPUT_TOKEN_LIMIT,
    outputTokenLimit: OUTPUT_TOKEN_LIMIT,
    supportedGenerationMethods: ["generateContent", "countTokens"],
  };
}

/** Answer to `:countTokens`. */
export function encodeCount(inputTokens: number): WireObject {
  return { totalTokens: inputTokens };
}
