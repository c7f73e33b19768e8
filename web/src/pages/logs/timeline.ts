// Where the bars and marks of a request's attempts stand on its time axis, in percent of its duration.

import type { AttemptView, LogDetail } from "../../../../src/admin/contract/logs.ts";

export interface TimelineBar {
  readonly attempt: AttemptView;
  readonly leftPercent: number;
  readonly widthPercent: number;
  /** Null where it never came. */
  readonly firstBytePercent: number | null;
  readonly firstContentPercent: number | null;
}

export interface Timeline {
  readonly bars: readonly TimelineBar[];
  readonly totalMs: number;
  /** Round times between 0 and `totalMs`, 0 included. */
  readonly ticks: readonly { readonly ms: number; readonly percent: number }[];
}

/** Narrowest bar that can still be seen. */
const MIN_WIDTH_PERCENT = 0.6;
const TICKS = 4;

/** The attempts on one axis that begins with the request and ends with the later of its end and its last attempt's. */
export function layTimeline({ row, attempts }: LogDetail): Timeline {
  const ends = attempts.map((attempt) => attempt.started_ms + attempt.total_ms);
  const totalMs = Math.max(row.duration_ms, ...ends, 1);
  const percent = (ms: number) => Math.min(100, Math.max(0, (ms / totalMs) * 100));
  const bars = attempts.map((attempt): TimelineBar => {
    const mark = (ms: number | null) => (ms === null ? null : percent(attempt.started_ms + ms));
    const widthPercent = Math.max(MIN_WIDTH_PERCENT, percent(attempt.total_ms));
    return {
      attempt,
      leftPercent: Math.min(percent(attempt.started_ms), 100 - widthPercent),
      widthPercent,
      firstBytePercent: mark(attempt.first_byte_ms),
      firstContentPercent: mark(attempt.first_content_ms),
    };
  });
  const stepMs = roundStep(totalMs / TICKS);
  const ticks = Array.from({ length: Math.floor(totalMs / stepMs) + 1 }, (_, index) => index * stepMs)
    // A label at the very end would stand outside.
    .filter((ms) => percent(ms) <= 90)
    .map((ms) => ({ ms, percent: percent(ms) }));
  return { bars, totalMs, ticks };
}

/** The next of 1, 2, 5, 10, 20, 50, … that is not smaller. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  for (const factor of [1, 2, 5]) if (power * factor >= least) return power * factor;
  return power * 10;
}
