// A finished request on the console: one readable line, or its facts as JSON fields.

import type { AttemptRecord, RequestRecord } from "../core/request-record.ts";
import { type IrUsage, totalInputTokens } from "../core/usage.ts";
import type { Logger, LogLevel } from "./logger.ts";

/** Attempts that a line names; of more it tells the number. */
const MAX_SHOWN_ATTEMPTS = 5;

/** Writes the line of a finished request: `info`, or `warn` when the gateway or an upstream failed the client. */
export function logRequest(logger: Logger, record: RequestRecord): void {
  const level = levelOf(record);
  if (!logger.isEnabled(level)) return;
  if (logger.format === "json") logger.logPlain(level, "request", requestFields(record));
  else logger.log(level, formatRequestLine(record));
}

/**
 * One line for people, without time and level:
 * `POST /v1/messages claude-x -> upstream-b (attempt 2 of 2: upstream-a 529 overloaded) 200 1.24s in=1200 out=85`.
 * `in` counts all input tokens, cached ones too; `bytes` is the answer of a route that is passed on unread.
 */
export function formatRequestLine(record: RequestRecord): string {
  let line = `${record.method} ${record.path}`;
  if (record.model !== "") line += ` ${record.model}`;
  line += formatRoute(record);
  line += ` ${record.status} ${formatDuration(record.durationMs)}`;
  if (record.usage !== undefined) line += formatUsage(record.usage);
  const answerBytes = record.attempts.at(-1)?.answerBytes;
  if (answerBytes !== undefined) line += ` bytes=${answerBytes}`;
  if (record.losses.length > 0) line += ` losses=${record.losses.length}`;
  if (record.outcome !== "ok") line += ` ${record.outcome}`;
  if (record.error !== undefined) line += `: ${record.error}`;
  return line;
}

/** The same facts for JSON lines; what is not known is absent. */
export function requestFields(record: RequestRecord): Record<string, unknown> {
  return {
    id: record.id,
    method: record.method,
    path: record.path,
    protocol: record.clientProtocol,
    model: record.model === "" ? undefined : record.model,
    upstream_model: record.upstreamModel,
    stream: record.stream,
    status: record.status,
    outcome: record.outcome,
    error: record.error,
    duration_ms: Math.round(record.durationMs),
    first_byte_ms: rounded(record.firstByteMs),
    first_content_ms: rounded(record.firstContentMs),
    upstream: record.upstreamId,
    key: record.keyMasked,
    usage: record.usage,
    session: record.sessionId,
    client_key: record.clientKeyLabel,
    losses: record.losses.length,
    user_agent: record.userAgent,
    attempts: record.attempts.map(attemptFields),
  };
}

function levelOf(record: RequestRecord): LogLevel {
  if (record.outcome === "ok" || record.outcome === "client_closed" || record.outcome.startsWith("client-"))
    return "info";
  return "warn";
}

function formatRoute(record: RequestRecord): string {
  const { attempts } = record;
  const last = attempts.at(-1);
  if (last === undefined) return record.upstreamId === undefined ? "" : ` -> ${record.upstreamId}`;
  const target = ` -> ${record.upstreamId ?? last.upstreamId}`;
  const earlier = attempts.slice(0, -1);
  if (earlier.length === 0) return target;
  const shown = earlier.slice(-MAX_SHOWN_ATTEMPTS).map(formatFailure).join(", ");
  const more = earlier.length > MAX_SHOWN_ATTEMPTS ? `${earlier.length - MAX_SHOWN_ATTEMPTS} more, ` : "";
  return `${target} (attempt ${attempts.length} of ${attempts.length}: ${more}${shown})`;
}

function formatFailure(attempt: AttemptRecord): string {
  return attempt.status === 0
    ? `${attempt.upstreamId} ${attempt.outcome}`
    : `${attempt.upstreamId} ${attempt.status} ${attempt.outcome}`;
}

/** `850ms`, `1.24s`, `12.4s`, `3m05s`. */
function formatDuration(durationMs: number): string {
  const ms = Math.round(durationMs);
  if (ms < 1000) return `${ms}ms`;
  if (ms < 9995) return `${(ms / 1000).toFixed(2)}s`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

function formatUsage(usage: IrUsage): string {
  const input = totalInputTokens(usage);
  const cached = usage.cacheReadTokens ?? 0;
  let text = input === undefined ? "" : ` in=${input}`;
  if (cached > 0) text += ` cached=${cached}`;
  if (usage.outputTokens !== undefined) text += ` out=${usage.outputTokens}`;
  return text;
}

function attemptFields(attempt: AttemptRecord): Record<string, unknown> {
  return {
    upstream: attempt.upstreamId,
    key: attempt.keyMasked === "" ? undefined : attempt.keyMasked,
    protocol: attempt.protocol,
    lane: attempt.lane,
    url: attempt.url,
    status: attempt.status,
    outcome: attempt.outcome,
    error: attempt.error,
    started_ms: Math.round(attempt.startedMs),
    first_byte_ms: rounded(attempt.firstByteMs),
    total_ms: Math.round(attempt.totalMs),
    request_bytes: attempt.requestBytes,
    answer_bytes: attempt.answerBytes,
    losses: attempt.lossCount,
    may_have_billed: attempt.mayHaveBilled,
  };
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}
