// A finished request as a row of the console's log.

import type { RequestRecord } from "../core/request-record.ts";
import type { IrUsage } from "../core/usage.ts";
import type { LogRow, UsageView } from "./contract/logs.ts";

/** `keyName` is the name of the client's key; null when it had none or the key is gone. */
export function toLogRow(record: RequestRecord, keyName: string | null): LogRow {
  return {
    id: record.id,
    at: new Date(record.startedAt).toISOString(),
    method: record.method,
    path: record.path,
    protocol: record.clientProtocol,
    model: record.model,
    upstream_model: record.upstreamModel ?? null,
    stream: record.stream,
    status: record.status,
    outcome: record.outcome,
    error: record.error ?? null,
    duration_ms: record.durationMs,
    first_content_ms: record.firstContentMs ?? null,
    upstream_id: record.upstreamId ?? null,
    key_masked: record.keyMasked ?? null,
    attempt_count: record.attempts.length,
    restart_count: record.restartCount ?? 0,
    usage: record.usage ? toUsageView(record.usage) : null,
    cost_usd: record.costUsd ?? null,
    client_key: record.clientKeyLabel ?? null,
    client_key_name: keyName,
    session_id: record.sessionId ?? null,
    user_agent: record.userAgent ?? null,
    loss_count: record.losses.length,
  };
}

/** Token counts; null where the upstream told nothing, which is not 0. */
export function toUsageView(usage: IrUsage): UsageView {
  return {
    input_tokens: usage.inputTokens ?? null,
    cache_read_tokens: usage.cacheReadTokens ?? null,
    cache_write_tokens: usage.cacheWriteTokens ?? null,
    output_tokens: usage.outputTokens ?? null,
    reasoning_tokens: usage.reasoningTokens ?? null,
    is_estimated: usage.isEstimated ?? false,
  };
}
