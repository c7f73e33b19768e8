// Buckets of usage as lines for a chart: one point per step of time without gaps, in the shape the chart draws.

import type { UsageBucket, UsageTotals } from "../../../../src/admin/contract/usage.ts";

export interface Series {
  /** Unix seconds, ascending, evenly spaced. */
  readonly times: readonly number[];
  /** One array per field, each as long as `times`; null is a gap in the line. */
  readonly values: readonly (readonly (number | null)[])[];
  /** Between two points. */
  readonly stepSeconds: number;
  /** The lines of other buckets at the same times: of a part of them. */
  place(buckets: readonly UsageBucket[]): readonly (readonly (number | null)[])[];
}

/** Fields of a bucket that are numbers. */
export type CountField = keyof UsageTotals;

/** Widths that buckets have. */
const STEPS = [60, 300, 900, 1800, 3600, 10_800, 21_600, 86_400] as const;
const DAY_SECONDS = 86_400;

/** More points than a chart has pixels for; reached only by odd data. */
const MAX_POINTS = 3000;

/**
 * Lines for the given fields between two moments. Where there is no bucket nothing happened: counts are 0 there, times
 * and costs, which would be guesses, are gaps. Buckets may come in any order; several of one time are added up, and of
 * latencies the last one wins.
 */
export function toSeries(buckets: readonly UsageBucket[], fields: readonly CountField[], span: Span): Series {
  const starts = buckets.map(secondsOf);
  const stepSeconds = stepOf(starts, span);
  const first = starts.length > 0 ? Math.min(...starts) : Math.floor(span.fromMs / 1000 / stepSeconds) * stepSeconds;
  // The grid goes through the buckets' own starts, which are days of the gateway's clock and not of ours.
  const from = first - Math.floor((first - span.fromMs / 1000) / stepSeconds) * stepSeconds;
  const until = Math.max(span.toMs / 1000, starts.length > 0 ? Math.max(...starts) : 0);
  const length = Math.max(1, Math.min(MAX_POINTS, Math.floor((until - from) / stepSeconds) + 1));
  const times = Array.from({ length }, (_, index) => from + index * stepSeconds);
  const place = (own: readonly UsageBucket[]) =>
    fields.map((field) => {
      const line: (number | null)[] = new Array(length).fill(isCount(field) ? 0 : null);
      for (const bucket of own) {
        const at = Math.round((secondsOf(bucket) - from) / stepSeconds);
        const value = bucket[field];
        if (at < 0 || at >= length || value === null) continue;
        line[at] = isSum(field) ? (line[at] ?? 0) + value : value;
      }
      return line;
    });
  return { times, values: place(buckets), stepSeconds, place };
}

function secondsOf(bucket: UsageBucket): number {
  return Math.floor(Date.parse(bucket.start) / 1000);
}

/** The time a chart covers. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const RANGE_MS = { "1h": 3_600_000, "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000 } as const;
export type OverviewRange = keyof typeof RANGE_MS;
export const OVERVIEW_RANGES = Object.keys(RANGE_MS) as OverviewRange[];

/** The time that a range covers, up to now. */
export function spanOf(range: OverviewRange, nowMs: number): Span {
  return { fromMs: nowMs - RANGE_MS[range], toMs: nowMs };
}

/** The share of input tokens that came from a cache, 0 to 1; null when nothing was put in. */
export function cacheRatio(totals: UsageTotals): number | null {
  const all = totals.input_tokens + totals.cache_read_tokens + totals.cache_write_tokens;
  return all === 0 ? null : totals.cache_read_tokens / all;
}

/** How much a figure has changed against the time before, as a factor less one; null where there was nothing. */
export function changeAgainst(now: number | null, before: number | null): number | null {
  if (now === null || before === null || before === 0) return null;
  return now / before - 1;
}

/** The share of requests that failed, 0 to 1; null without requests. */
export function errorRatio(totals: UsageTotals): number | null {
  return totals.requests === 0 ? null : totals.errors / totals.requests;
}

/** The widest step that every distance between buckets is a multiple of; for fewer than two buckets by the span. */
function stepOf(starts: readonly number[], span: Span): number {
  const sorted = [...new Set(starts)].sort((a, b) => a - b);
  const distances = sorted.slice(1).map((start, index) => start - (sorted[index] as number));
  const hours = (span.toMs - span.fromMs) / 3_600_000;
  const bySpan = hours <= 2 ? 60 : hours <= 48 ? 3600 : DAY_SECONDS;
  if (distances.length === 0) return bySpan;
  // A few buckets far apart are not on a wide grid: never wider than the span suggests.
  const fitting = STEPS.filter((step) => step <= bySpan && distances.every((distance) => distance % step === 0));
  return fitting[fitting.length - 1] ?? bySpan;
}

/** Whether values of one time can be added. */
function isSum(field: CountField): boolean {
  return !field.endsWith("_ms");
}

/** Whether a missing bucket means 0. */
function isCount(field: CountField): boolean {
  return isSum(field) && field !== "cost_usd";
}
