// The request log.
//
// GET    /logs?from&to&upstream&model&status&outcome&client_key&key&session&retried&search&cursor&limit   LogPage, newest first
// GET    /logs/{id}                LogDetail
// POST   /logs/{id}/replay         ReplayInput -> the events of /playground; 409 `not-recorded` without a recorded body
// DELETE /logs                     done
// GET    /logs.csv?…               the same filters, at most 100 000 rows

import { z } from "zod";
import { count, isoTime, milliseconds, money, protocolId } from "./common.ts";

export const logQuery = z.strictObject({
  from: isoTime.optional(),
  to: isoTime.optional(),
  upstream: z.string().optional(),
  /** Whole name, or a part of it with `*`. */
  model: z.string().optional(),
  /** `ok`, `error`, `2xx`, `4xx`, `5xx` or one status. */
  status: z.string().optional(),
  outcome: z.string().optional(),
  /** Label or name of the client's key. */
  client_key: z.string().optional(),
  /** Masked key of the upstream. */
  key: z.string().optional(),
  session: z.string().optional(),
  /** Only requests that needed more than one attempt. */
  retried: z.enum(["true", "false"]).optional(),
  /** Part of model, user agent, outcome or error; or a request id or session, or the beginning of one. */
  search: z.string().max(200).optional(),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type LogQuery = z.input<typeof logQuery>;

export const usageView = z.object({
  /** Neither from nor into a cache. */
  input_tokens: count.nullable(),
  cache_read_tokens: count.nullable(),
  cache_write_tokens: count.nullable(),
  /** Includes reasoning. */
  output_tokens: count.nullable(),
  reasoning_tokens: count.nullable(),
  /** Counted by us, because the upstream told nothing or only a part. */
  is_estimated: z.boolean(),
});
export type UsageView = z.infer<typeof usageView>;

export const logRow = z.object({
  id: z.string(),
  at: isoTime,
  method: z.string(),
  path: z.string(),
  protocol: protocolId,
  model: z.string(),
  upstream_model: z.string().nullable(),
  stream: z.boolean(),
  status: z.number(),
  outcome: z.string(),
  error: z.string().nullable(),
  duration_ms: milliseconds,
  first_content_ms: milliseconds.nullable(),
  upstream_id: z.string().nullable(),
  key_masked: z.string().nullable(),
  attempt_count: count,
  restart_count: count,
  usage: usageView.nullable(),
  /** All attempts together; null when any of them that cost something has no known price. */
  cost_usd: money,
  client_key: z.string().nullable(),
  client_key_name: z.string().nullable(),
  session_id: z.string().nullable(),
  user_agent: z.string().nullable(),
  loss_count: count,
});
export type LogRow = z.infer<typeof logRow>;
/** A page may be short, even empty, with a cursor: a search was interrupted to stay fast, and the next page goes on. */
export const logPage = z.object({ rows: z.array(logRow), next_cursor: z.string().nullable() });
export type LogPage = z.infer<typeof logPage>;

export const attemptView = z.object({
  number: count,
  upstream_id: z.string(),
  key_masked: z.string(),
  protocol: protocolId,
  model: z.string().nullable(),
  url: z.string(),
  lane: z.enum(["pass-through", "converted"]),
  status: z.number().nullable(),
  outcome: z.string(),
  error: z.string().nullable(),
  /** Since the request came in. */
  started_ms: milliseconds,
  /** Since the attempt began, like the next two. */
  first_byte_ms: milliseconds.nullable(),
  first_content_ms: milliseconds.nullable(),
  total_ms: milliseconds,
  usage: usageView.nullable(),
  cost_usd: money,
  loss_count: count,
  may_have_billed: z.boolean(),
  request_headers: z.record(z.string(), z.string()).nullable(),
  request_body: z.string().nullable(),
  response_body: z.string().nullable(),
});
export type AttemptView = z.infer<typeof attemptView>;

/** One line of what happened; the console has a sentence for each `kind` in both languages. */
export const storyStep = z.object({
  at_ms: milliseconds,
  kind: z.enum([
    "arrived",
    "tried",
    "failed",
    /** Another attempt went on inside the answer that the client already saw. */
    "restarted",
    "first-content",
    /** A tool call had been delivered: the message was closed in form. */
    "closed-after-call",
    "answered",
    "client-left",
    "gave-up",
  ]),
  attempt: count.nullable(),
  upstream_id: z.string().nullable(),
  status: z.number().nullable(),
  outcome: z.string().nullable(),
  detail: z.string().nullable(),
  /** With `gave-up`: why no further attempt was made although upstreams were left to ask. */
  stopped_by: z.enum(["max_attempts", "window", "deadline", "budget_exhausted"]).nullable(),
});
export type StoryStep = z.infer<typeof storyStep>;

export const logDetail = z.object({
  row: logRow,
  attempts: z.array(attemptView),
  losses: z.array(
    z.object({
      kind: z.enum(["dropped", "approximated", "invented"]),
      path: z.string(),
      feature: z.string(),
      detail: z.string(),
    }),
  ),
  story: z.array(storyStep),
  /** Whether `replay` is possible. */
  has_body: z.boolean(),
});
export type LogDetail = z.infer<typeof logDetail>;
export const replayInput = z.strictObject({ upstream_id: z.string().nullish() });
