// Buckets of usage as lines and tables of the usage page.

import type { UsageBucket, UsageTotals } from "../../../../src/admin/contract/usage.ts";

/** Lines in one chart beyond which colours cannot be told apart; the rest is drawn as one. */
export const MAX_LINES = 5;

export interface GroupLine {
  /** Name of the group; null for all that are not among the largest. */
  readonly group: string | null;
  readonly buckets: readonly UsageBucket[];
}

/** The groups with the most of a field first, those beyond `MAX_LINES` gathered in one. */
export function largestGroups(buckets: readonly UsageBucket[], field: keyof UsageTotals): readonly GroupLine[] {
  const groups = new Map<string, UsageBucket[]>();
  for (const bucket of buckets) {
    const list = groups.get(bucket.group);
    if (list) list.push(bucket);
    else groups.set(bucket.group, [bucket]);
  }
  const sumOf = (list: readonly UsageBucket[]) => list.reduce((sum, bucket) => sum + (bucket[field] ?? 0), 0);
  const sorted = [...groups].sort(([, a], [, b]) => sumOf(b) - sumOf(a));
  const shown = sorted.slice(0, sorted.length > MAX_LINES ? MAX_LINES - 1 : MAX_LINES);
  const others = sorted.slice(shown.length).flatMap(([, list]) => list);
  const lines = shown.map(([group, list]): GroupLine => ({ group, buckets: list }));
  return others.length === 0 ? lines : [...lines, { group: null, buckets: others }];
}

const RANGE_HOURS = { "24h": 24, "7d": 7 * 24, "30d": 30 * 24, "90d": 90 * 24 } as const;
export type UsageRange = keyof typeof RANGE_HOURS;
export const USAGE_RANGES = Object.keys(RANGE_HOURS) as UsageRange[];

/** When a range begins, to the hour, so that the same question is asked twice within one. */
export function rangeStart(range: UsageRange, nowMs: number): number {
  const hour = 3_600_000;
  return Math.floor(nowMs / hour) * hour - RANGE_HOURS[range] * hour;
}
