// A request record as a row of the table `requests`: one row per request, what it has in common with others in its
// facet, its attempts as one compact JSON column. Durations are kept in whole milliseconds. Long texts are cut.

import type { Loss } from "../core/loss.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import type { AttemptCapture, AttemptRecord, RequestRecord } from "../core/request-record.ts";
import type { IrUsage } from "../core/usage.ts";
import { cut, cutOptional, MAX_NAME } from "./cut-text.ts";
import { type Facet, type FacetValues, freeTexts } from "./facets.ts";
import type { LogEntry } from "./request-log.ts";

/** Columns in the order of `storedRow`; `seq`, the primary key, counts up by itself. */
export const COLUMNS = [
  ...["facet", "started_at", "id", "path", "open_model", "open_upstream_model", "open_user_agent", "error"],
  ...["duration_ms", "first_byte_ms", "first_content_ms", "input_tokens", "cache_read_tokens", "cache_write_tokens"],
  ...["cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "web_searches", "service_tier", "is_estimated"],
  ...["cost_usd", "session_id", "attempt_count", "restart_count", "loss_count", "stopped_by", "losses", "attempts"],
] as const;

/** Columns of a list entry: all but the long ones. */
export const ENTRY_COLUMNS = COLUMNS.slice(0, -2);

export type Column = (typeof COLUMNS)[number];
export type RowValue = string | number | null;
/** A row as SQLite gives it back. */
export type StoredRow = Readonly<Record<Column, unknown>>;

/** Place of a request's id in what `toRow` gives. */
export const ID_AT = COLUMNS.indexOf("id") - 1;
/** Place of the first of an open facet's texts. */
const FREE_TEXTS_AT = COLUMNS.indexOf("open_model");
const MAX_PATH = 1024;
const MAX_ERROR = 2048;
const MAX_LOSSES = 200;

/** What a record has for itself, in column order behind the facet. Throws a TypeError for what is no record. */
export function toRow(record: RequestRecord): RowValue[] {
  const usage = record.usage;
  return [
    Math.round(record.startedAt),
    cut(record.id, MAX_NAME),
    cut(record.path, MAX_PATH),
    null,
    null,
    null,
    cutOptional(record.error, MAX_ERROR),
    Math.round(record.durationMs),
    rounded(record.firstByteMs),
    rounded(record.firstContentMs),
    usage?.inputTokens ?? null,
    usage?.cacheReadTokens ?? null,
    usage?.cacheWriteTokens ?? null,
    usage?.cacheWrite1hTokens ?? null,
    usage?.outputTokens ?? null,
    usage?.reasoningTokens ?? null,
    usage?.webSearchRequests ?? null,
    cutOptional(usage?.serviceTier, MAX_NAME),
    record.usageEstimated ? 1 : null,
    record.costUsd ?? null,
    cutOptional(record.sessionId, MAX_NAME),
    record.attempts.length,
    record.restartCount ?? null,
    record.losses.length,
    record.stoppedBy ?? null,
    record.losses.length === 0 ? null : JSON.stringify(record.losses.slice(0, MAX_LOSSES)),
    record.attempts.length === 0 ? null : JSON.stringify(packAttempts(record)),
  ];
}

/** The values of all columns. An open facet leaves the texts of its record to the row. */
export function storedRow(facet: Facet, values: FacetValues, row: readonly RowValue[]): RowValue[] {
  const stored = [facet.no, ...row];
  if (facet.isOpen) stored.splice(FREE_TEXTS_AT, 3, ...freeTexts(values));
  return stored;
}

/** A row that is not in the database yet, as it would come back from it. */
export function asStoredRow(row: readonly RowValue[]): StoredRow {
  const [, ...names] = COLUMNS;
  return Object.fromEntries(names.map((name, place) => [name, row[place]])) as unknown as StoredRow;
}

/** The record of a row. Rows that a damaged disk or a foreign hand changed give the closest record; never throws. */
export function fromRow(row: StoredRow, facet: Facet | undefined): RequestRecord {
  const { attemptCount: _attempts, lossCount: _losses, ...entry } = toEntry(row, facet);
  return {
    ...entry,
    losses: parseList(row.losses) as Loss[],
    attempts: parseList(row.attempts).flatMap((packed) => unpackAttempt(packed, row, entry)),
  };
}

/** The list entry of a row that has `ENTRY_COLUMNS`; never throws. */
export function toEntry(row: StoredRow, facet: Facet | undefined): LogEntry {
  const isOpen = facet?.isOpen ?? true;
  return {
    id: text(row.id),
    startedAt: number(row.started_at),
    method: facet?.method ?? "",
    path: text(row.path),
    clientProtocol: (facet?.clientProtocol ?? "anthropic") as ProtocolId,
    model: facet && !isOpen ? facet.model : text(row.open_model),
    ...optionalText("upstreamModel", isOpen ? row.open_upstream_model : facet?.upstreamModel),
    stream: facet?.stream ?? false,
    status: facet?.status ?? 0,
    outcome: facet?.outcome ?? "",
    ...optionalText("error", row.error),
    durationMs: number(row.duration_ms),
    ...optionalNumber("firstByteMs", row.first_byte_ms),
    ...optionalNumber("firstContentMs", row.first_content_ms),
    ...optionalText("upstreamId", facet?.upstreamId),
    ...optionalText("keyMasked", facet?.keyMasked),
    ...usageOf(row),
    ...(row.is_estimated === 1 ? { usageEstimated: true } : {}),
    ...(optionalText("stoppedBy", row.stopped_by) as Pick<RequestRecord, "stoppedBy">),
    ...optionalNumber("costUsd", row.cost_usd),
    ...optionalNumber("restartCount", row.restart_count),
    ...optionalText("sessionId", row.session_id),
    ...optionalText("clientKeyLabel", facet?.clientKeyLabel),
    ...optionalText("clientKeyId", facet?.clientKeyId),
    ...optionalText("userAgent", isOpen ? row.open_user_agent : facet?.userAgent),
    attemptCount: number(row.attempt_count),
    lossCount: number(row.loss_count),
  };
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
/** Stands for a cost that is not known, as null stands for one that was never asked for. */
const UNPRICED = "?";

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
    attempt.capture ?? null,
    attempt.model === undefined ? null : attempt.model === record.upstreamModel ? SAME : cut(attempt.model, MAX_NAME),
  ];
  if (attempt.costUsd !== undefined || attempt.usageEstimated) {
    packed.push(attempt.costUsd === null ? UNPRICED : (attempt.costUsd ?? null));
    if (attempt.usageEstimated) packed.push(1);
  }
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

type Shared = Omit<LogEntry, "attemptCount" | "lossCount">;

function unpackAttempt(packed: unknown, row: StoredRow, record: Shared): AttemptRecord[] {
  if (!Array.isArray(packed)) return [];
  const at = (place: number): unknown => packed[place];
  const billed = at(14);
  const capture = at(15);
  const attempt: AttemptRecord = {
    upstreamId: text(at(0) === SAME ? record.upstreamId : at(0)),
    keyMasked: text(at(1) === SAME ? record.keyMasked : at(1)),
    protocol: text(at(2)) as ProtocolId,
    ...optionalText("model", at(16) === SAME ? record.upstreamModel : at(16)),
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
    ...(at(18) === 1 ? { usageEstimated: true } : {}),
    ...attemptCost(at(17)),
    lossCount: number(at(13)),
    ...(typeof billed === "number" ? { mayHaveBilled: billed === 1 } : {}),
    ...(typeof capture === "object" && capture !== null ? { capture: capture as AttemptCapture } : {}),
  };
  return [attempt];
}

function attemptCost(packed: unknown): { costUsd?: number | null } {
  if (packed === UNPRICED) return { costUsd: null };
  return typeof packed === "number" ? { costUsd: packed } : {};
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
