// Overview, usage and cost, prices.
//
// GET    /overview?range=          `1h`, `24h` (default), `7d`, `30d` -> Overview
// GET    /usage?from&to&bucket&group_by&upstream&model&client_key   UsageReport
// GET    /prices?search&limit      PriceList
// GET    /prices/unpriced                                      -> UnpricedList
// PUT    /prices/overrides         PriceOverrideInput -> Saved
// DELETE /prices/overrides?model=&upstream=   Saved

import { z } from "zod";
import { configVersion, count, isoTime, milliseconds, money } from "./common.ts";
import { logRow } from "./logs.ts";

export const usageTotals = z.object({
  requests: count,
  /** Requests whose client got an error or a broken answer; clients that left do not count. */
  errors: count,
  /** The part of `errors` that was the client's own mistake. */
  client_errors: count,
  /** Requests that were answered by another than their first attempt. */
  failovers: count,
  attempts: count,
  input_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  /** Of the priced part; null when nothing has a price. */
  cost_usd: money,
  unpriced_requests: count,
  estimated_requests: count,
  first_content_p50_ms: milliseconds.nullable(),
  first_content_p95_ms: milliseconds.nullable(),
});
export type UsageTotals = z.infer<typeof usageTotals>;

export const usageBucket = usageTotals.extend({ start: isoTime, group: z.string() });
export type UsageBucket = z.infer<typeof usageBucket>;

export const usageQuery = z.strictObject({
  from: isoTime.optional(),
  to: isoTime.optional(),
  bucket: z.enum(["hour", "day", "total"]).default("day"),
  group_by: z.enum(["none", "upstream", "model", "client_key"]).default("none"),
  upstream: z.string().optional(),
  model: z.string().optional(),
  client_key: z.string().optional(),
});
export const usageReport = z.object({ totals: usageTotals, buckets: z.array(usageBucket) });
export type UsageReport = z.infer<typeof usageReport>;

export const overviewQuery = z.strictObject({ range: z.enum(["1h", "24h", "7d", "30d"]).default("24h") });
export const overview = z.object({
  totals: usageTotals,
  /** The same length of time before. */
  previous: usageTotals,
  series: z.array(usageBucket),
  by_upstream: z.array(usageBucket),
  by_model: z.array(usageBucket),
  by_client_key: z.array(usageBucket),
  upstreams: z.object({ total: count, enabled: count, healthy: count, down: count }),
  client_keys: z.object({ total: count, enabled: count }),
  log_rows: count,
  debug_mode: z.boolean(),
  access_control_enabled: z.boolean(),
  address: z.string(),
  recent_problems: z.array(logRow),
  price_date: z.string(),
});
export type Overview = z.infer<typeof overview>;

/** US dollars per million tokens; null where the table says nothing. */
export const price = z.object({
  input: z.number().nullable(),
  output: z.number().nullable(),
  cache_read: z.number().nullable(),
  cache_write: z.number().nullable(),
  reasoning: z.number().nullable(),
});
export const priceRow = z.object({
  model: z.string(),
  /** Provider in the table, or the upstream of an override; null for any. */
  provider: z.string().nullable(),
  price,
  is_override: z.boolean(),
});
export const priceList = z.object({
  source: z.string(),
  licence: z.string(),
  date: z.string(),
  rows: z.array(priceRow),
  version: configVersion,
});
export const priceQuery = z.strictObject({
  /** Part of model or provider. */
  search: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(5000).default(200),
});
export const unpricedQuery = z.strictObject({ from: isoTime.optional() });
export const unpricedList = z.object({
  models: z.array(
    z.object({
      /** As the upstream is asked for it, which is what a price is for. */
      model: z.string(),
      upstream: z.string(),
      requests: count,
    }),
  ),
});
export type UnpricedList = z.infer<typeof unpricedList>;
export const priceOverrideQuery = z.strictObject({ model: z.string().min(1), upstream: z.string().optional() });
export const priceOverrideInput = z.strictObject({ model: z.string().min(1), upstream: z.string().nullish(), price });
export type PriceList = z.infer<typeof priceList>;
export type PriceRow = z.infer<typeof priceRow>;
