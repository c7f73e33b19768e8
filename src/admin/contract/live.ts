// What is going on right now, as server-sent events.
//
// GET    /live                     text/event-stream; each event's name is the `type` of LiveEvent, its data the whole event as JSON.
//                                  The first one is `snapshot`. A comment line comes every 15 s of silence.
// DELETE /live/requests/{id}       ends a running request; its client is told in its protocol

import { z } from "zod";
import { configVersion, count, isoTime, milliseconds, protocolId } from "./common.ts";
import { logRow } from "./logs.ts";
import { breakerRow } from "./upstreams.ts";

export const runningRequest = z.object({
  id: z.string(),
  at: isoTime,
  protocol: protocolId,
  model: z.string(),
  stream: z.boolean(),
  client_key: z.string().nullable(),
  user_agent: z.string().nullable(),
  /** 1 for the first; 0 before it. */
  attempt: count,
  upstream_id: z.string().nullable(),
  /** `waiting`: no content yet; `answering`: the client gets content; `restarting`: going on after a break. */
  phase: z.enum(["waiting", "answering", "restarting"]),
  elapsed_ms: milliseconds,
});
export type RunningRequest = z.infer<typeof runningRequest>;

export const liveEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("snapshot"),
    running: z.array(runningRequest),
    breakers: z.array(breakerRow),
    version: configVersion,
  }),
  z.object({ type: z.literal("request"), request: runningRequest }),
  z.object({ type: z.literal("request-end"), id: z.string(), row: logRow }),
  z.object({ type: z.literal("breaker"), breaker: breakerRow }),
  z.object({ type: z.literal("config"), version: configVersion, source: z.string() }),
]);
export type LiveEvent = z.infer<typeof liveEvent>;
