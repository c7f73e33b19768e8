// Token counts in one arithmetic: input excludes cache reads and writes, output includes reasoning.

/**
 * Token counts of one answer. A missing field means "not reported", which is not the same as 0.
 * Arithmetic follows Anthropic: total input = inputTokens + cacheReadTokens + cacheWriteTokens.
 * Each protocol's usage.ts converts to and from its own sums.
 */
export interface IrUsage {
  /** Input tokens that neither came from nor went into a cache. */
  inputTokens?: number | undefined;
  cacheReadTokens?: number | undefined;
  /** All tokens written to a cache, whatever their lifetime. */
  cacheWriteTokens?: number | undefined;
  /** Part of `cacheWriteTokens` written with a one-hour lifetime. */
  cacheWrite1hTokens?: number | undefined;
  /** Output tokens including reasoning. */
  outputTokens?: number | undefined;
  /** Part of `outputTokens` spent on reasoning. */
  reasoningTokens?: number | undefined;
  /** Hosted web searches billed per request. */
  webSearchRequests?: number | undefined;
  /** Service tier that served the request, as the upstream names it. */
  serviceTier?: string | undefined;
}

/** More than any answer costs; sums of a few counts stay exact far beyond it. */
const MAX_TOKENS = 1e12;

/**
 * A count as an upstream reports it, rounded; undefined for anything that is no count: other types, negative numbers
 * (some servers say -1 for "unknown"), and numbers that no answer can cost.
 */
export function tokenCount(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= MAX_TOKENS ? Math.round(value) : undefined;
}

/** Merges a later report over an earlier one: fields reported later win, others stay. Counts are cumulative, never added. */
export function mergeUsage(earlier: IrUsage | undefined, later: IrUsage | undefined): IrUsage | undefined {
  if (!earlier) return later;
  if (!later) return earlier;
  // Field by field: some upstreams report with every event, and listing the fields each time costs as much as the event.
  const merged: { [Field in keyof Required<IrUsage>]: IrUsage[Field] } = {
    inputTokens: later.inputTokens ?? earlier.inputTokens,
    cacheReadTokens: later.cacheReadTokens ?? earlier.cacheReadTokens,
    cacheWriteTokens: later.cacheWriteTokens ?? earlier.cacheWriteTokens,
    cacheWrite1hTokens: later.cacheWrite1hTokens ?? earlier.cacheWrite1hTokens,
    outputTokens: later.outputTokens ?? earlier.outputTokens,
    reasoningTokens: later.reasoningTokens ?? earlier.reasoningTokens,
    webSearchRequests: later.webSearchRequests ?? earlier.webSearchRequests,
    serviceTier: later.serviceTier ?? earlier.serviceTier,
  };
  return merged;
}

/** The sum of two answers' counts; a field that neither reports stays absent. The later service tier holds. */
export function addUsage(first: IrUsage | undefined, second: IrUsage | undefined): IrUsage | undefined {
  if (!first || !second) return first ?? second;
  const sum: Record<string, unknown> = { ...first };
  for (const [field, value] of Object.entries(second)) {
    const before = sum[field];
    if (value !== undefined)
      sum[field] = typeof value === "number" && typeof before === "number" ? before + value : value;
  }
  return sum as IrUsage;
}

/** All input tokens: plain, cache reads and cache writes; undefined when none was reported. */
export function totalInputTokens(usage: IrUsage): number | undefined {
  if (usage.inputTokens === undefined && usage.cacheReadTokens === undefined) return undefined;
  return (usage.inputTokens ?? 0) + (usage.cacheReadTokens ?? 0) + (usage.cacheWriteTokens ?? 0);
}
