// What upstreams and client keys have used, as their pages show it.

import type { Config } from "../config/config.ts";
import type { UsageFilter, UsageGroup } from "../store/usage-sums.ts";
import { percentileMs } from "../store/usage-sums.ts";
import type { KeySpend, Spend } from "../telemetry/key-spend.ts";
import type { KeyUsage } from "./api/parts.ts";
import type { UpstreamStats } from "./api/upstream-view.ts";
import { clientKeyId } from "./client-keys.ts";
import { costOf } from "./usage-view.ts";

const HOUR_MS = 3_600_000;

/** The last hour at each upstream; empty when the log cannot be read, as the page shows more than this. */
export async function upstreamStats(
  usage: (filter: UsageFilter) => Promise<UsageGroup[]>,
  wallMs: number,
): Promise<ReadonlyMap<string, UpstreamStats>> {
  let groups: UsageGroup[];
  try {
    groups = await usage({ fromMs: wallMs - HOUR_MS, toMs: wallMs + 1, bucket: "total", groupBy: "upstream" });
  } catch {
    return new Map(); // told by the log itself, loudly
  }
  return new Map(
    groups.map(({ group, sums }) => [
      group,
      {
        attempts: sums.attempts,
        failures: sums.failedAttempts,
        first_content_p50_ms: percentileMs(sums.firstContent, 0.5),
        input_tokens: sums.inputTokens + sums.cacheReadTokens + sums.cacheWriteTokens,
        output_tokens: sums.outputTokens,
        cost_usd: costOf(sums),
        last_used_at: sums.lastUsedAt === 0 ? null : new Date(sums.lastUsedAt).toISOString(),
      },
    ]),
  );
}

/** What each client key has used, by its id. */
export function keyUsage(config: Config, keySpend: KeySpend, wallMs: number): ReadonlyMap<string, KeyUsage> {
  return new Map(
    config.clientKeys.map((key) => {
      const { today, month, lastUsedAt } = keySpend.of(clientKeyId(key), wallMs);
      return [
        clientKeyId(key),
        {
          requests_today: today.requests,
          tokens_today: today.tokens,
          cost_today_usd: costOfSpend(today),
          requests_month: month.requests,
          tokens_month: month.tokens,
          cost_month_usd: costOfSpend(month),
          unpriced_month: month.unpricedRequests,
          running: 0,
          last_used_at: lastUsedAt === undefined ? null : new Date(lastUsedAt).toISOString(),
        },
      ];
    }),
  );
}

/** Null when nothing of it has a price. */
function costOfSpend(spend: Spend): number | null {
  return spend.costUsd === 0 && (spend.unpricedRequests > 0 || spend.requests === 0) ? null : spend.costUsd;
}
