// The client routes of the Responses API and what passing its bodies through needs.
// Model lists are served on the shared `/v1/models` route, not here.

import { sseFrame } from "../../lib/sse.ts";
import type { KeepAlive, PassThroughFields, RoutePattern } from "../protocol.ts";

export const ROUTES: readonly RoutePattern[] = [
  { method: "POST", path: "/v1/responses", operation: "generate" },
  { method: "POST", path: "/v1/responses/input_tokens", operation: "count-tokens" },
];

export const PASS_THROUGH: PassThroughFields = { model: "model", stream: "stream" };

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
