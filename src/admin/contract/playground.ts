// Trying things out: playground, the route that a request would take, setting up clients.
//
// POST /playground                 PlaygroundInput -> text/event-stream of PlaygroundEvent (event name = type)
// POST /explain                    ExplainInput -> Explanation
// GET  /models                     OfferedModels: what clients are offered
// GET  /connect                    ConnectInfo

import { z } from "zod";
import { isoTime, milliseconds, protocolId } from "./common.ts";
import { logRow } from "./logs.ts";

export const playgroundInput = z.strictObject({
  protocol: protocolId,
  model: z.string().min(1),
  /** One of both: a plain question, or the whole body of a request in the chosen protocol. */
  prompt: z.string().optional(),
  body: z.record(z.string(), z.unknown()).optional(),
  stream: z.boolean().default(true),
  upstream_id: z.string().nullish(),
});
export type PlaygroundInput = z.input<typeof playgroundInput>;

export const playgroundEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("head"),
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    request_id: z.string(),
    at_ms: milliseconds,
  }),
  /** What a client of the protocol gets, cut anywhere. */
  z.object({ type: z.literal("raw"), text: z.string(), at_ms: milliseconds }),
  z.object({
    type: z.literal("delta"),
    kind: z.enum(["text", "thinking", "tool"]),
    text: z.string(),
    at_ms: milliseconds,
  }),
  z.object({ type: z.literal("error"), message: z.string(), at_ms: milliseconds }),
  z.object({ type: z.literal("end"), row: logRow.nullable(), at_ms: milliseconds }),
]);
export type PlaygroundEvent = z.infer<typeof playgroundEvent>;

export const explainInput = z.strictObject({
  protocol: protocolId,
  model: z.string().min(1),
  client_key_id: z.string().nullish(),
  session_id: z.string().nullish(),
});
/** One candidate in the order in which it would be tried; skipped ones behind. */
export const explainStep = z.object({
  upstream_id: z.string(),
  key_masked: z.string(),
  model: z.string(),
  lane: z.enum(["pass-through", "converted"]).nullable(),
  would_try: z.boolean(),
  reason: z.enum([
    "priority",
    /** The conversation was answered here last. */
    "session",
    "next-key",
    /** Its breaker is open: `detail` tells which and how long. */
    "breaker-open",
    /** One trial request is allowed. */
    "probe",
    "disabled",
    "not-allowed-for-key",
    "model-not-offered",
    "full",
  ]),
  detail: z.string().nullable(),
  /** With `breaker-open`: what `detail` says, as codes. */
  breaker: z
    .object({
      scope: z.enum(["upstream", "model", "key"]),
      /** Null while a trial request is under way. */
      remaining_ms: milliseconds.nullable(),
      /** Outcomes of the attempts that opened it. */
      causes: z.array(z.string()),
    })
    .nullable(),
  /** With `full`: requests at once that it may have. */
  max_inflight: z.number().nullable(),
  /** Which entry of the model map applied; null for none. */
  model_map_entry: z.string().nullable(),
});
export type ExplanationStep = z.infer<typeof explainStep>;
export const explanation = z.object({
  steps: z.array(explainStep),
  /** What a client would get if nothing could be tried; null otherwise. */
  refusal: z.string().nullable(),
});
export type Explanation = z.infer<typeof explanation>;

export const offeredModels = z.object({
  models: z.array(z.object({ id: z.string(), upstreams: z.array(z.string()) })),
});
export type OfferedModels = z.infer<typeof offeredModels>;

export const connectInfo = z.object({
  /** Addresses under which this machine can be reached, without `/v1`. */
  base_urls: z.array(z.string()),
  access_control_enabled: z.boolean(),
  /** Per kind of client: when it was seen. */
  clients: z.array(
    z.object({
      /** `claude-code`, `codex`, `gemini-cli`, `opencode`, `qwen-code`, `cline`, `cherry-studio`, `chatbox`, `nextchat`, `lobehub`, `sdk`, `other` */
      id: z.string(),
      first_seen_at: isoTime,
      last_seen_at: isoTime,
      last_status: z.number(),
      user_agent: z.string(),
      last_model: z.string(),
    }),
  ),
  models: z.array(z.string()),
});
export type ConnectInfo = z.infer<typeof connectInfo>;
