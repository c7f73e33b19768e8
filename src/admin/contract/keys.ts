// Client keys: who may use the gateway, with which limits, and what they have used.
//
// GET    /keys                    KeyList
// POST   /keys                    KeyInput -> CreatedKey; the only time that the key is shown
// PATCH  /keys/{id}               KeyPatch -> Saved
// DELETE /keys/{id}               Saved
// PUT    /keys/access-control     AccessControlInput -> Saved

import { z } from "zod";
import { configVersion, count, isoTime, money } from "./common.ts";

/** Null or absent: no limit. */
export const keyLimits = z.strictObject({
  /** Names or patterns with `*` of models that may be asked for. */
  models: z.array(z.string()).nullish(),
  /** Ids of upstreams that may be used. */
  upstreams: z.array(z.string()).nullish(),
  requests_per_minute: z.number().int().min(1).nullish(),
  tokens_per_minute: z.number().int().min(1).nullish(),
  concurrent_requests: z.number().int().min(1).nullish(),
  budget: z
    .strictObject({
      period: z.enum(["day", "month"]),
      tokens: z.number().int().min(1).nullish(),
      usd: z.number().positive().nullish(),
    })
    .nullish(),
});
export type KeyLimits = z.infer<typeof keyLimits>;

export const keyUsage = z.object({
  requests_today: count,
  tokens_today: count,
  cost_today_usd: money,
  requests_month: count,
  tokens_month: count,
  cost_month_usd: money,
  /** Requests of unknown price in `cost_month_usd`'s time. */
  unpriced_month: count,
  running: count,
  last_used_at: isoTime.nullable(),
});

export const keyView = z.object({
  /** First 16 hex digits of the key's SHA-256. */
  id: z.string(),
  label: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  created_at: isoTime.nullable(),
  expires_at: isoTime.nullable(),
  is_expired: z.boolean(),
  limits: keyLimits,
  mid_stream: z.string().nullable(),
  usage: keyUsage,
});
export type KeyView = z.infer<typeof keyView>;
export const keyList = z.object({
  version: configVersion,
  access_control_enabled: z.boolean(),
  allow_anonymous_lan: z.boolean(),
  keys: z.array(keyView),
});
export type KeyList = z.infer<typeof keyList>;

export const keyInput = z.strictObject({
  name: z.string().min(1).max(256),
  expires_at: isoTime.nullish(),
  limits: keyLimits.optional(),
});
export type KeyInput = z.infer<typeof keyInput>;
export const keyPatch = keyInput
  .partial()
  .extend({ enabled: z.boolean().optional(), mid_stream: z.string().nullish() });
export type KeyPatch = z.infer<typeof keyPatch>;
export const createdKey = z.object({ key: z.string(), view: keyView, version: configVersion });
export type CreatedKey = z.infer<typeof createdKey>;
export const accessControlInput = z.strictObject({
  enabled: z.boolean(),
  allow_anonymous_lan: z.boolean().optional(),
});
