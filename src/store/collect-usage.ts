// Adds up what requests have used, by stretch of time, upstream, model and client key, before it goes to the log's
// thread: many requests add to the same few sums.

import type { AttemptRecord, RequestRecord } from "../core/request-record.ts";
import { cut, MAX_NAME } from "./cut-text.ts";
import { type CollectedUsage, emptySums, latencyBucket, packSums, stretchOf, type UsageSums } from "./usage-sums.ts";

type Group = Omit<CollectedUsage, "sums"> & { readonly sums: UsageSums };

export class UsageCollector {
  readonly #groups = new Map<string, Group>();

  /** The request itself counts for the upstream that it ended at, each attempt for its own. */
  add(record: RequestRecord): void {
    const endedAt = Math.round(record.startedAt + record.durationMs);
    const own = this.#sumsOf(record, endedAt, record.upstreamId ?? "");
    own.requests += 1;
    own.lastUsedAt = Math.max(own.lastUsedAt, endedAt);
    if (record.outcome !== "ok" && record.outcome !== "client_closed") own.errors += 1;
    if (record.outcome.startsWith("client-")) own.clientErrors += 1;
    if (record.attempts.length > 1 && record.outcome === "ok") own.failovers += 1;
    if (record.firstContentMs !== undefined) {
      const bucket = latencyBucket(record.firstContentMs);
      own.firstContent.set(bucket, (own.firstContent.get(bucket) ?? 0) + 1);
    }
    let isPriced = false;
    let isUnpriced = false;
    let isEstimated = false;
    for (const attempt of record.attempts) {
      const isOwn = attempt.upstreamId === record.upstreamId;
      addAttempt(isOwn ? own : this.#sumsOf(record, endedAt, attempt.upstreamId), attempt);
      if (attempt.costUsd === null) isUnpriced = true;
      else if (attempt.costUsd !== undefined && attempt.usage) isPriced = true;
      if (attempt.usageEstimated) isEstimated = true;
    }
    if (isPriced) own.pricedRequests += 1;
    if (isUnpriced) own.unpricedRequests += 1;
    if (isEstimated) own.estimatedRequests += 1;
  }

  /** What was added so far. */
  collected(): CollectedUsage[] {
    return Array.from(this.#groups.values(), (group) => ({ ...group, sums: packSums(group.sums) }));
  }

  #sumsOf(record: RequestRecord, endedAt: number, upstreamId: string): UsageSums {
    const startMs = stretchOf(endedAt);
    const model = cut(record.model, MAX_NAME);
    const clientKey = record.clientKeyId ?? "";
    const isAnswered = record.outcome === "ok";
    const id = JSON.stringify([startMs, upstreamId, model, clientKey, isAnswered]);
    let group = this.#groups.get(id);
    if (!group) {
      group = { startMs, upstreamId, model, clientKey, isAnswered, sums: emptySums() };
      this.#groups.set(id, group);
    }
    return group.sums;
  }
}

function addAttempt(sums: UsageSums, attempt: AttemptRecord): void {
  sums.attempts += 1;
  if (attempt.outcome !== "ok" && attempt.outcome !== "client_closed") sums.failedAttempts += 1;
  sums.costUsd += attempt.costUsd ?? 0;
  const { usage } = attempt;
  if (!usage) return;
  sums.inputTokens += usage.inputTokens ?? 0;
  sums.cacheReadTokens += usage.cacheReadTokens ?? 0;
  sums.cacheWriteTokens += usage.cacheWriteTokens ?? 0;
  sums.outputTokens += usage.outputTokens ?? 0;
  sums.reasoningTokens += usage.reasoningTokens ?? 0;
}
