// The client routes of the Responses API and what passing its bodies through needs.
// The model routes are shared by path with other protocols; the server decides by the caller.

import { sseFrame } from "../../lib/sse.ts";
import type { KeepAlive, PassThroughFields, RoutePattern } from "../protocol.ts";
import { objectOf } from "./wire.ts";

export const ROUTES: readonly RoutePattern[] = [
  { method: "POST", path: "/v1/responses", operation: "generate" },
  { method: "POST", path: "/v1/responses/input_tokens", operation: "count-tokens" },
  { method: "GET", path: "/v1/models", operation: "list-models" },
  { method: "GET", path: "/v1/models/{model}", operation: "get-model" },
];

export const PASS_THROUGH: PassThroughFields = {
  model: "model",
  stream: "stream",
  conversation: "input",
  session: { field: "prompt_cache_key", read: (value) => (typeof value === "string" ? value : undefined) },
  warmUp: { field: "prompt_cache_options", isAsked: (value) => objectOf(value)["prewarm"] === true },
};

/**
 * For streams that pass through, whose response object is not ours to repeat: OpenAI's own `keepalive` event. It has
 * no `sequence_number`, because the upstream's numbers go on around it. Agents count events, not comments, and SDKs
 * throw on anything before `response.created`.
 * @source npm openai 7.57.0 internal/responses/response-accumulator.mjs, which lists the event
 */
export const KEEP_ALIVE: KeepAlive = {
  frame: () => sseFrame("keepalive", '{"type":"keepalive"}'),
  needsStart: true,
};
