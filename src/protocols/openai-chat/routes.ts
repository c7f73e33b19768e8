// Client routes of Chat Completions. The model routes are shared by path with other protocols; the server decides.

import type { RoutePattern } from "../protocol.ts";

/** Normalised client routes; prefix variants are the server's business. */
export const routes: readonly RoutePattern[] = [
  { method: "POST", path: "/v1/chat/completions", operation: "generate" },
  { method: "GET", path: "/v1/models", operation: "list-models" },
  { method: "GET", path: "/v1/models/{model}", operation: "get-model" },
];
