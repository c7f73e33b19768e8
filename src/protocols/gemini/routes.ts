// Client routes of generateContent. The server maps /v1, /v1alpha, tunedModels and publishers paths onto these.

import { foreignCache } from "../../core/conversion-refused.ts";
import type { PassThroughFields, RoutePattern } from "../protocol.ts";

/** Routes in the order in which they are tried; `{model}` may hold `/` and `:`. */
export const GEMINI_ROUTES: readonly RoutePattern[] = [
  { method: "POST", path: "/v1beta/models/{model}:generateContent", operation: "generate", stream: false },
  { method: "POST", path: "/v1beta/models/{model}:streamGenerateContent", operation: "generate", stream: true },
  { method: "POST", path: "/v1beta/models/{model}:countTokens", operation: "count-tokens" },
  { method: "GET", path: "/v1beta/models", operation: "list-models" },
  { method: "GET", path: "/v1beta/models/{model}", operation: "get-model" },
  // @google/genai asks below /v1 since 3.0; the server tells its callers from OpenAI's and Anthropic's by their headers.
  { method: "GET", path: "/v1/models", operation: "list-models" },
  { method: "GET", path: "/v1/models/{model}", operation: "get-model" },
];

/** The path holds model and stream flag. Cached content is a part of the prompt that only Google can look up. */
export const PASS_THROUGH: PassThroughFields = {
  model: null,
  stream: null,
  conversation: "contents",
  held: {
    fields: ["cachedContent", "cached_content"],
    refuse: (value, baseUrl) =>
      baseUrl === undefined && typeof value === "string" && value !== ""
        ? foreignCache("cachedContent", "gemini")
        : undefined,
  },
};
