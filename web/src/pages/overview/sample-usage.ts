// Usage for tests: nothing at all, but for what a test changes.

import type { UsageBucket, UsageTotals } from "../../../../src/admin/contract/usage.ts";

export const NO_USAGE: UsageTotals = {
  requests: 0,
  errors: 0,
  client_errors: 0,
  failovers: 0,
  attempts: 0,
  input_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cost_usd: null,
  unpriced_requests: 0,
  estimated_requests: 0,
  first_content_p50_ms: null,
  first_content_p95_ms: null,
};

export function sampleBucket(start: string, changes: Partial<UsageBucket> = {}): UsageBucket {
  return { ...NO_USAGE, start, group: "", ...changes };
}
