// The filters of the log and the address they are kept in: an address that is sent to someone shows the same rows.

import type { LogQuery } from "../../../../src/admin/contract/logs.ts";

/** The part of a query that filters decide. */
export type FilterQuery = Readonly<Partial<Record<Exclude<keyof LogQuery, "cursor" | "limit">, string>>>;

/** Names of the time ranges; `custom` is between two given times, `all` is no limit. */
export const LOG_RANGES = ["all", "15m", "1h", "24h", "7d", "30d", "custom"] as const;
export type LogRange = (typeof LOG_RANGES)[number];

const RANGE_MS: Readonly<Record<Exclude<LogRange, "all" | "custom">, number>> = {
  "15m": 15 * 60_000,
  "1h": 3_600_000,
  "24h": 86_400_000,
  "7d": 7 * 86_400_000,
  "30d": 30 * 86_400_000,
};

/** Fields that are plain text; "" is no filter. */
const TEXT_FIELDS = ["upstream", "model", "status", "outcome", "client_key", "key", "session", "search"] as const;
export type TextFilter = (typeof TEXT_FIELDS)[number];

export interface LogFilters extends Readonly<Record<TextFilter, string>> {
  readonly range: LogRange;
  /** ISO times, only with `custom`; "" for an open end. */
  readonly from: string;
  readonly to: string;
  /** Only requests that needed more than one attempt. */
  readonly retried: boolean;
}

export const NO_FILTERS: LogFilters = {
  range: "all",
  from: "",
  to: "",
  upstream: "",
  model: "",
  status: "",
  outcome: "",
  client_key: "",
  key: "",
  session: "",
  search: "",
  retried: false,
};

/** Longest search that the gateway takes. */
const MAX_SEARCH = 200;

/** Reads filters from an address. What makes no sense there is left out; never throws. */
export function parseFilters(params: URLSearchParams): LogFilters {
  const texts = Object.fromEntries(TEXT_FIELDS.map((field) => [field, (params.get(field) ?? "").trim()])) as Record<
    TextFilter,
    string
  >;
  const from = isoOrEmpty(params.get("from"));
  const to = isoOrEmpty(params.get("to"));
  const named = LOG_RANGES.find((range) => range === params.get("range"));
  const range = named ?? (from || to ? "custom" : "all");
  return {
    ...texts,
    search: texts.search.slice(0, MAX_SEARCH),
    range,
    from: range === "custom" ? from : "",
    to: range === "custom" ? to : "",
    retried: params.get("retried") === "true",
  };
}

/** The address for filters: only what differs from no filter, in a fixed order. */
export function formatFilters(filters: LogFilters): URLSearchParams {
  const params = new URLSearchParams();
  if (filters.range !== "all") params.set("range", filters.range);
  if (filters.range === "custom" && filters.from) params.set("from", filters.from);
  if (filters.range === "custom" && filters.to) params.set("to", filters.to);
  for (const field of TEXT_FIELDS) if (filters[field]) params.set(field, filters[field]);
  if (filters.retried) params.set("retried", "true");
  return params;
}

/** What to ask the gateway for, with the range counted back from `nowMs`. */
export function toLogQuery(filters: LogFilters, nowMs: number): FilterQuery {
  const query: Record<string, string> = {};
  for (const field of TEXT_FIELDS) if (filters[field]) query[field] = filters[field];
  if (filters.retried) query["retried"] = "true";
  const { range } = filters;
  if (range === "custom") {
    if (filters.from) query["from"] = filters.from;
    if (filters.to) query["to"] = filters.to;
  } else if (range !== "all") {
    query["from"] = new Date(nowMs - RANGE_MS[range]).toISOString();
  }
  return query;
}

/** How many filters are set, the range among them: the number on the button that opens them. */
export function countFilters(filters: LogFilters): number {
  const texts = TEXT_FIELDS.filter((field) => filters[field] !== "").length;
  return texts + (filters.retried ? 1 : 0) + (filters.range === "all" ? 0 : 1);
}

function isoOrEmpty(text: string | null): string {
  const time = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? "" : new Date(time).toISOString();
}
