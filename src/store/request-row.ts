// A request record as a row of the table `requests`: one row per request, its attempts as one compact JSON column.
// Durations are kept in whole milliseconds. Long texts from clients are cut, so that no request can fill the disk.

import type { Loss } from "../core/loss.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import type { AttemptCapture, AttemptRecord, RequestRecord } from "../core/request-record.ts";
import type { IrUsage } from "../core/usage.ts";

/** Columns in the order of `toRow`; `seq`, the primary key, counts up by itself. */
export const COLUMNS = [
  ...["id", "started_at", "method", "path", "client_protocol", "model", "upstream_model", "stream", "status"],
  ...["outcome", "error", "duration_ms", "first_byte_ms", "first_content_ms", "upstream_id", "key_masked"],
  ...["input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens"],
  ...["reasoning_tokens", "web_searches", "service_tier", "session_id", "client_key_label", "losses", "user_agent"],
  "attempts",
] as const;

export type Column = (typeof COLUMNS)[number];
export type RowValue = string | number | null;
/** A row as SQLite gives it back. */
export type StoredRow = Readonly<Record<Column, unknown>>;

const MAX_NAME = 256;
const MAX_PATH = 1024;
const MAX_ERROR = 2048;
const MAX_LOSSES = 200;

/** The values of a record in column order. */
export function toRow(record: RequestRecord): RowValue[] {
  const usage = record.usage;
  return [
    cut(record.id, MAX_NAME),
    Math.round(record.startedAt),
    cut(record.method, 16),
    cut(record.path, MAX_PATH),
    record.clientProtocol,
    cut(record.model, MAX_NAME),
    cutOptional(record.upstreamModel, MAX_NAME),
    record.stream ? 1 : 0,
    record.status,
    cut(record.outcome, MAX_NAME),
    cutOptional(record.error, MAX_ERROR),
    Math.round(record.durationMs),
    rounded(record.firstByteMs),
    rounded(record.firstContentMs),
    record.upstreamId ?? null,
    record.keyMasked ?? null,
    usage?.inputTokens ?? null,
    usage?.cacheReadTokens ?? null,
    usage?.cacheWriteTokens ?? null,
    usage?.cacheWrite1hTokens ?? null,
    usage?.outputTokens ?? null,
    usage?.reasoningTokens ?? null,
    usage?.webSearchRequests ?? null,
    cutOptional(usage?.serviceTier, MAX_NAME),
    cutOptional(record.sessionId, MAX_NAME),
    record.clientKeyLabel ?? null,
    record.losses.length === 0 ? null : JSON.stringify(record.losses.slice(0, MAX_LOSSES)),
    cutOptional(record.userAgent, MAX_NAME),
    record.attempts.length === 0 ? null : JSON.stringify(packAttempts(record)),
  ];
}

/** The record of a row. Rows that a damaged disk or a foreign hand changed give the closest record; never throws. */
export function fromRow(row: StoredRow): RequestRecord {
  return {
    id: text(row.id),
    startedAt: number(row.started_at),
    method: text(row.method),
    path: text(row.path),
    clientProtocol: text(row.client_protocol) as ProtocolId,
    model: text(row.model),
    ...optionalText("upstreamModel", row.upstream_model),
    stream: row.stream === 1,
    status: number(row.status),
    outcome: text(row.outcome),
    ...optionalText("error", row.error),
    durationMs: number(row.duration_ms),
    ...optionalNumber("firstByteMs", row.first_byte_ms),
    ...optionalNumber("firstContentMs", row.first_content_ms),
    ...optionalText("upstreamId", row.upstream_id),
    ...optionalText("keyMasked", row.key_masked),
    ...usageOf(row),
    ...optionalText("sessionId", row.session_id),
    ...optionalText("clientKeyLabel", row.client_key_label),
    losses: parseList(row.losses) as Loss[],
    ...optionalText("userAgent", row.user_agent),
    attempts: parseList(row.attempts).flatMap((packed) => unpackAttempt(packed, row)),
  };
}

function cut(value: string, length: number): string {
  return value.length <= length ? value : value.slice(0, length);
}

function cutOptional(value: string | undefined, length: number): string | null {
  return value === undefined ? null : cut(value, length);
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}

const USAGE_FIELDS = [
  "inputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "cacheWrite1hTokens",
  "outputTokens",
  "reasoningTokens",
  "webSearchRequests",
] as const satisfies readonly (keyof IrUsage)[];

/** Stands for a value that is the request's own, as it is for nearly every last attempt. */
const SAME = 1;

/** Attempts are arrays with fixed places: names would be half of the bytes. Places are only ever added at the end. */
function packAttempts(record: RequestRecord): unknown[] {
  const packed: unknown[] = [];
  for (const attempt of record.attempts) packed.push(packAttempt(attempt, record));
  return packed;
}

function packAttempt(attempt: AttemptRecord, record: RequestRecord): unknown[] {
  const { usage, mayHaveBilled } = attempt;
  const packed: unknown[] = [
    attempt.upstreamId === record.upstreamId ? SAME : attempt.upstreamId,
    attempt.keyMasked === record.keyMasked ? SAME : attempt.keyMasked,
    attempt.protocol,
    cut(attempt.url, MAX_PATH),
    attempt.lane === "converted" ? 1 : 0,
    attempt.status,
    attempt.outcome,
    cutOptional(attempt.error, MAX_ERROR),
    Math.round(attempt.startedMs),
    rounded(attempt.firstByteMs),
    rounded(attempt.firstContentMs),
    Math.round(attempt.totalMs),
    usage === undefined ? null : isSameUsage(usage, record.usage) ? SAME : packUsage(usage),
    attempt.lossCount,
    mayHaveBilled === undefined ? null : mayHaveBilled ? 1 : 0,
  ];
  if (attempt.capture !== undefined) packed.push(attempt.capture);
  return packed;
}

function isSameUsage(left: IrUsage, right: IrUsage | undefined): boolean {
  if (left === right) return true;
  if (right === undefined || left.serviceTier !== right.serviceTier) return false;
  for (const field of USAGE_FIELDS) if (left[field] !== right[field]) return false;
  return true;
}

function packUsage(usage: IrUsage): unknown[] {
  const packed: unknown[] = USAGE_FIELDS.map((field) => usage[field] ?? null);
  if (usage.serviceTier !== undefined) packed.push(cut(usage.serviceTier, MAX_NAME));
  return packed;
}

function unpackAttempt(packed: unknown, row: StoredRow): AttemptRecord[] {
  if (!Array.isArray(packed)) return [];
  const at = (place: number): unknown => packed[place];
  const billed = at(14);
  const capture = at(15);
  const attempt: AttemptRecord = {
    upstreamId: text(at(0) === SAME ? row.upstream_id : at(0)),
    keyMasked: text(at(1) === SAME ? row.key_masked : at(1)),
    protocol: text(at(2)) as ProtocolId,
    url: text(at(3)),
    lane: at(4) === 1 ? "converted" : "pass-through",
    status: number(at(5)),
    outcome: text(at(6)),
    ...optionalText("error", at(7)),
    startedMs: number(at(8)),
    ...optionalNumber("firstByteMs", at(9)),
    ...optionalNumber("firstContentMs", at(10)),
    totalMs: number(at(11)),
    ...attemptUsage(at(12), row),
    lossCount: number(at(13)),
    ...(typeof billed === "number" ? { mayHaveBilled: billed === 1 } : {}),
    ...(typeof capture === "object" && capture !== null ? { capture: capture as AttemptCapture } : {}),
  };
  return [attempt];
}

function attemptUsage(packed: unknown, row: StoredRow): { usage?: IrUsage } {
  if (packed === SAME) return usageOf(row);
  return Array.isArray(packed) ? { usage: unpackUsage(packed) } : {};
}

function unpackUsage(packed: readonly unknown[]): IrUsage {
  const usage: IrUsage = {};
  for (const [place, field] of USAGE_FIELDS.entries()) {
    const value = packed[place];
    if (typeof value === "number") usage[field] = value;
  }
  const tier = packed[USAGE_FIELDS.length];
  if (typeof tier === "string") usage.serviceTier = tier;
  return usage;
}

function usageOf(row: StoredRow): { usage?: IrUsage } {
  const counts = [
    ...[row.input_tokens, row.cache_read_tokens, row.cache_write_tokens, row.cache_write_1h_tokens],
    ...[row.output_tokens, row.reasoning_tokens, row.web_searches, row.service_tier],
  ];
  return counts.every((value) => value === null) ? {} : { usage: unpackUsage(counts) };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function optionalText<N extends string>(name: N, value: unknown): { [K in N]?: string } {
  return (typeof value === "string" ? { [name]: value } : {}) as { [K in N]?: string };
}

function optionalNumber<N extends string>(name: N, value: unknown): { [K in N]?: number } {
  return (typeof value === "number" ? { [name]: value } : {}) as { [K in N]?: number };
}

function parseList(value: unknown): unknown[] {
  if (typeof value !== "string") return [];
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    // A damaged cell must not hide the rest of the log.
    return [];
  }
}
