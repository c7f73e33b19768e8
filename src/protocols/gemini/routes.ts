// Client routes of generateContent. The server maps /v1, /v1alpha, tunedModels and publishers paths onto these.

import type { RoutePattern } from "../protocol.ts";

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
