// The client routes of the Messages API.

import type { PassThroughFields, RoutePattern } from "../protocol.ts";

/** What Messages clients call. Query strings such as `?beta=true` and `?limit=1000` do not matter for matching. */
export const ROUTES: readonly RoutePattern[] = [
  { method: "POST", path: "/v1/messages", operation: "generate" },
  { method: "POST", path: "/v1/messages/count_tokens", operation: "count-tokens" },
  { method: "GET", path: "/v1/models", operation: "list-models" },
  { method: "GET", path: "/v1/models/{model}", operation: "get-model" },
];

/** Model and stream flag are top-level keys of the body. */
export const PASS_THROUGH: PassThroughFields = { model: "model", stream: "stream" };
