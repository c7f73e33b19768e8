// The request log as CSV: RFC 4180, with what spreadsheets would take for formulas made plain text.

import type { LogRow } from "./contract/logs.ts";

type Column = readonly [name: string, value: (row: LogRow) => string | number | boolean | null];

const COLUMNS: readonly Column[] = [
  ["id", (row) => row.id],
  ["at", (row) => row.at],
  ["method", (row) => row.method],
  ["path", (row) => row.path],
  ["protocol", (row) => row.protocol],
  ["model", (row) => row.model],
  ["upstream_model", (row) => row.upstream_model],
  ["stream", (row) => row.stream],
  ["status", (row) => row.status],
  ["outcome", (row) => row.outcome],
  ["error", (row) => row.error],
  ["duration_ms", (row) => row.duration_ms],
  ["first_content_ms", (row) => row.first_content_ms],
  ["upstream_id", (row) => row.upstream_id],
  ["key_masked", (row) => row.key_masked],
  ["attempt_count", (row) => row.attempt_count],
  ["restart_count", (row) => row.restart_count],
  ["input_tokens", (row) => row.usage?.input_tokens ?? null],
  ["cache_read_tokens", (row) => row.usage?.cache_read_tokens ?? null],
  ["cache_write_tokens", (row) => row.usage?.cache_write_tokens ?? null],
  ["output_tokens", (row) => row.usage?.output_tokens ?? null],
  ["reasoning_tokens", (row) => row.usage?.reasoning_tokens ?? null],
  ["usage_is_estimated", (row) => row.usage?.is_estimated ?? null],
  ["cost_usd", (row) => row.cost_usd],
  ["client_key", (row) => row.client_key],
  ["client_key_name", (row) => row.client_key_name],
  ["session_id", (row) => row.session_id],
  ["user_agent", (row) => row.user_agent],
  ["loss_count", (row) => row.loss_count],
];

/** The first line, with its end. A byte order mark makes spreadsheets read UTF-8. */
export function csvHeader(): string {
  return `\ufeff${COLUMNS.map(([name]) => name).join(",")}\r\n`;
}

/** One line, with its end. What is not known is empty. */
export function csvLine(row: LogRow): string {
  return `${COLUMNS.map(([, value]) => csvCell(value(row))).join(",")}\r\n`;
}

/** One value. Texts that begin like a formula get an apostrophe in front (OWASP, CSV injection, seen 2026-11). */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
