// Token counts: the Messages wire and the IR share one arithmetic (input excludes cache reads and writes).

import { type IrUsage, tokenCount } from "../../core/usage.ts";
import { arrayOf, isObject, stringOf, type WireObject } from "./wire.ts";

/**
 * Reads `usage` of an answer or a stream event; undefined when it is no object. Null and missing counters stay
 * unreported. `iterations` of type `compaction` are not in the top-level counts and are added here, unless a
 * `fallback_message` entry is present, whose sums the top level already holds.
 */
export function decodeUsage(value: unknown): IrUsage | undefined {
  if (!isObject(value)) return undefined;
  const usage: IrUsage = {};
  assign(usage, "inputTokens", value["input_tokens"]);
  assign(usage, "cacheReadTokens", value["cache_read_input_tokens"]);
  assign(usage, "cacheWriteTokens", value["cache_creation_input_tokens"]);
  assign(usage, "outputTokens", value["output_tokens"]);
  const creation = value["cache_creation"];
  if (isObject(creation)) assign(usage, "cacheWrite1hTokens", creation["ephemeral_1h_input_tokens"]);
  const details = value["output_tokens_details"];
  if (isObject(details)) assign(usage, "reasoningTokens", details["thinking_tokens"]);
  const serverTools = value["server_tool_use"];
  if (isObject(serverTools)) assign(usage, "webSearchRequests", serverTools["web_search_requests"]);
  const tier = stringOf(value["service_tier"]);
  if (tier !== undefined) usage.serviceTier = tier;
  if (Array.isArray(value["iterations"])) addCompaction(usage, value["iterations"]);
  return usage;
}

/**
 * Drops the input counters of a later report that are 0 while an earlier one said more: some relays write zeros into
 * `message_delta`. Mutates `later`.
 */
export function keepEarlierInput(earlier: IrUsage | undefined, later: IrUsage): void {
  if (!earlier) return;
  for (const field of ["inputTokens", "cacheReadTokens", "cacheWriteTokens"] as const) {
    if (later[field] === 0 && (earlier[field] ?? 0) > 0) delete later[field];
  }
}

/** Complete `usage` for a client: every key present, 0 where nothing is known; `estimatedInput` stands in for input. */
export function encodeUsage(usage: IrUsage | undefined, estimatedInput: number | undefined): Record<string, unknown> {
  const cacheWrite = usage?.cacheWriteTokens ?? 0;
  const cacheWrite1h = Math.min(usage?.cacheWrite1hTokens ?? 0, cacheWrite);
  return {
    ...encodeDeltaUsage(usage, estimatedInput),
    cache_creation: {
      ephemeral_5m_input_tokens: cacheWrite - cacheWrite1h,
      ephemeral_1h_input_tokens: cacheWrite1h,
    },
    service_tier: encodeServiceTier(usage?.serviceTier),
    inference_geo: null,
    speed: null,
  };
}

/** The cumulative counters of `message_delta`. */
export function encodeDeltaUsage(
  usage: IrUsage | undefined,
  estimatedInput: number | undefined,
): Record<string, unknown> {
  return {
    input_tokens: usage?.inputTokens ?? inputEstimate(usage, estimatedInput),
    cache_creation_input_tokens: usage?.cacheWriteTokens ?? 0,
    cache_read_input_tokens: usage?.cacheReadTokens ?? 0,
    output_tokens: usage?.outputTokens ?? 0,
    output_tokens_details: usage?.reasoningTokens === undefined ? null : { thinking_tokens: usage.reasoningTokens },
    server_tool_use:
      usage?.webSearchRequests === undefined
        ? null
        : { web_search_requests: usage.webSearchRequests, web_fetch_requests: 0 },
  };
}

function inputEstimate(usage: IrUsage | undefined, estimatedInput: number | undefined): number {
  // A report of cached tokens without plain ones means that all input was cached.
  return usage?.cacheReadTokens !== undefined ? 0 : (estimatedInput ?? 0);
}

const TIERS: ReadonlyMap<string, string> = new Map([
  ["standard", "standard"],
  ["default", "standard"],
  ["priority", "priority"],
  ["batch", "batch"],
]);

function encodeServiceTier(tier: string | undefined): string | null {
  return (tier !== undefined && TIERS.get(tier)) || null;
}

type CountField = Exclude<keyof IrUsage, "serviceTier">;

function assign(usage: IrUsage, field: CountField, value: unknown): void {
  const count = tokenCount(value);
  if (count !== undefined) usage[field] = count;
}

const COMPACTION_FIELDS: readonly (readonly [CountField, string])[] = [
  ["inputTokens", "input_tokens"],
  ["cacheReadTokens", "cache_read_input_tokens"],
  ["cacheWriteTokens", "cache_creation_input_tokens"],
  ["outputTokens", "output_tokens"],
];

function addCompaction(usage: IrUsage, iterations: readonly unknown[]): void {
  const entries = arrayOf(iterations).filter(isObject);
  if (entries.some((entry) => entry["type"] === "fallback_message")) return;
  for (const entry of entries) if (entry["type"] === "compaction") addEntry(usage, entry);
}

function addEntry(usage: IrUsage, entry: WireObject): void {
  for (const [field, key] of COMPACTION_FIELDS) {
    const count = tokenCount(entry[key]);
    if (count !== undefined) usage[field] = (usage[field] ?? 0) + count;
  }
}
