// Sums as the console shows them.

import type { UsageGroup, UsageSums } from "../store/usage-sums.ts";
import { addSums, emptySums, percentileMs } from "../store/usage-sums.ts";
import type { UsageBucket, UsageTotals } from "./contract/usage.ts";

/** The sums of all groups together. */
export function sumUp(groups: readonly UsageGroup[]): UsageSums {
  const sums = emptySums();
  for (const group of groups) addSums(sums, group.sums);
  return sums;
}

export function toUsageTotals(sums: UsageSums): UsageTotals {
  return {
    requests: sums.requests,
    errors: sums.errors,
    client_errors: sums.clientErrors,
    failovers: sums.failovers,
    attempts: sums.attempts,
    input_tokens: sums.inputTokens,
    cache_read_tokens: sums.cacheReadTokens,
    cache_write_tokens: sums.cacheWriteTokens,
    output_tokens: sums.outputTokens,
    reasoning_tokens: sums.reasoningTokens,
    cost_usd: costOf(sums),
    unpriced_requests: sums.unpricedRequests,
    estimated_requests: sums.estimatedRequests,
    first_content_p50_ms: percentileMs(sums.firstContent, 0.5),
    first_content_p95_ms: percentileMs(sums.firstContent, 0.95),
  };
}

/** US dollars of the priced part; null when nothing has a price. */
export function costOf(sums: UsageSums): number | null {
  return sums.pricedRequests === 0 && sums.costUsd === 0 ? null : sums.costUsd;
}

/** `nameOf` turns the group's id into what people read. */
export function toUsageBucket(group: UsageGroup, nameOf: (id: string) => string = (id) => id): UsageBucket {
  return {
    ...toUsageTotals(group.sums),
    start: new Date(group.startMs).toISOString(),
    group: nameOf(group.group),
  };
}
