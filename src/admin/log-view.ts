// The request log as the console shows it: rows, attempts, and what happened as a story.

import type { AttemptRecord, RequestRecord } from "../core/request-record.ts";
import type { IrUsage } from "../core/usage.ts";
import type { LogEntry } from "../store/request-log.ts";
import type { AttemptView, LogDetail, LogRow, StoryStep, UsageView } from "./contract/logs.ts";

/** A row; `keyName` is the name of the client's key, null when it had none or the key is gone. */
export function toLogRow(entry: LogEntry, keyName: string | null): LogRow {
  return {
    id: entry.id,
    at: new Date(entry.startedAt).toISOString(),
    method: entry.method,
    path: entry.path,
    protocol: entry.clientProtocol,
    model: entry.model,
    upstream_model: entry.upstreamModel ?? null,
    stream: entry.stream,
    status: entry.status,
    outcome: entry.outcome,
    error: entry.error ?? null,
    duration_ms: entry.durationMs,
    first_content_ms: entry.firstContentMs ?? null,
    upstream_id: entry.upstreamId ?? null,
    key_masked: entry.keyMasked ?? null,
    attempt_count: entry.attemptCount,
    restart_count: entry.restartCount ?? 0,
    usage: entry.usage ? toUsageView(entry.usage, entry.usageEstimated) : null,
    cost_usd: entry.costUsd ?? null,
    client_key: entry.clientKeyLabel ?? null,
    client_key_name: keyName,
    session_id: entry.sessionId ?? null,
    user_agent: entry.userAgent ?? null,
    loss_count: entry.lossCount,
  };
}

/** The list entry of a whole record. */
export function toLogEntry({ attempts, losses, ...record }: RequestRecord): LogEntry {
  return { ...record, attemptCount: attempts.length, lossCount: losses.length };
}

/** All that is known of one request. */
export function toLogDetail(record: RequestRecord, keyName: string | null): LogDetail {
  return {
    row: toLogRow(toLogEntry(record), keyName),
    attempts: record.attempts.map(toAttemptView),
    losses: record.losses.map(({ kind, path, feature, detail }) => ({ kind, path, feature, detail: detail ?? "" })),
    story: storyOf(record),
    has_body: hasWholeBody(record),
  };
}

/** Token counts; null where the upstream told nothing, which is not 0. */
export function toUsageView(usage: IrUsage, isEstimated = false): UsageView {
  return {
    input_tokens: usage.inputTokens ?? null,
    cache_read_tokens: usage.cacheReadTokens ?? null,
    cache_write_tokens: usage.cacheWriteTokens ?? null,
    output_tokens: usage.outputTokens ?? null,
    reasoning_tokens: usage.reasoningTokens ?? null,
    is_estimated: isEstimated,
  };
}

/**
 * What happened, in the order of time: who was tried, what broke and when, what the client had seen by then, who went
 * on or finished. Times are counted from the request's arrival.
 */
export function storyOf(record: RequestRecord): StoryStep[] {
  const { attempts } = record;
  const story: StoryStep[] = [step("arrived", 0, { detail: record.model === "" ? null : record.model })];
  let hasContent = false;
  for (const [index, attempt] of attempts.entries()) {
    const about = { attempt: index + 1, upstream_id: attempt.upstreamId };
    // What the client has seen of an earlier attempt stays: this one goes on behind it.
    story.push(
      step(hasContent ? "restarted" : "tried", attempt.startedMs, { ...about, detail: attempt.model ?? null }),
    );
    if (attempt.firstContentMs !== undefined && !hasContent) {
      hasContent = true;
      story.push(step("first-content", attempt.startedMs + attempt.firstContentMs, about));
    }
    if (attempt.outcome === "ok" || attempt.outcome === "client_closed") continue;
    const facts = { status: attempt.status === 0 ? null : attempt.status, outcome: attempt.outcome };
    story.push(
      step("failed", attempt.startedMs + attempt.totalMs, { ...about, ...facts, detail: attempt.error ?? null }),
    );
  }
  story.push(endOf(record));
  return story.sort((a, b) => a.at_ms - b.at_ms);
}

function endOf(record: RequestRecord): StoryStep {
  const { attempts } = record;
  const last = attempts[attempts.length - 1];
  const facts = { status: record.status, outcome: record.outcome };
  if (record.outcome === "client_closed") return step("client-left", record.durationMs, facts);
  if (record.outcome !== "ok") {
    const why = { detail: record.error ?? null, stopped_by: record.stoppedBy ?? null };
    return step("gave-up", record.durationMs, { ...facts, ...why });
  }
  const about = { ...facts, attempt: attempts.length || null, upstream_id: last?.upstreamId ?? null };
  // The attempt failed and the request did not: its answer was ended in form behind a tool call.
  const isClosed = last !== undefined && last.outcome !== "ok";
  return step(isClosed ? "closed-after-call" : "answered", record.durationMs, about);
}

function step(kind: StoryStep["kind"], atMs: number, facts: Partial<StoryStep> = {}): StoryStep {
  return {
    at_ms: Math.max(0, atMs),
    kind,
    attempt: null,
    upstream_id: null,
    status: null,
    outcome: null,
    detail: null,
    stopped_by: null,
    ...facts,
  };
}

function toAttemptView(attempt: AttemptRecord, index: number): AttemptView {
  const { capture } = attempt;
  return {
    number: index + 1,
    upstream_id: attempt.upstreamId,
    key_masked: attempt.keyMasked,
    protocol: attempt.protocol,
    model: attempt.model ?? null,
    url: attempt.url,
    lane: attempt.lane,
    status: attempt.status === 0 ? null : attempt.status,
    outcome: attempt.outcome,
    error: attempt.error ?? null,
    started_ms: attempt.startedMs,
    first_byte_ms: attempt.firstByteMs ?? null,
    first_content_ms: attempt.firstContentMs ?? null,
    total_ms: attempt.totalMs,
    usage: attempt.usage ? toUsageView(attempt.usage, attempt.usageEstimated) : null,
    cost_usd: attempt.costUsd ?? null,
    loss_count: attempt.lossCount,
    may_have_billed: attempt.mayHaveBilled ?? false,
    request_headers: capture?.requestHeaders ? { ...capture.requestHeaders } : null,
    request_body: capture?.requestBody ?? null,
    response_body: capture?.responseBody ?? null,
  };
}

/** Whether a recorded body was kept to its end; see gateway/capture.ts. */
function hasWholeBody(record: RequestRecord): boolean {
  const body = record.attempts[0]?.capture?.requestBody;
  return body !== undefined && body !== "" && !/… \(\d+ bytes\)$/.test(body);
}
