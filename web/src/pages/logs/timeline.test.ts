import { describe, expect, test } from "bun:test";
import { sampleAttempt, sampleDetail, sampleRow } from "./sample-log.ts";
import { layTimeline, roundStep } from "./timeline.ts";

describe("timeline", () => {
  test("places attempts and their marks on the request's time", () => {
    const { bars, totalMs } = layTimeline(
      sampleDetail({
        attempts: [
          sampleAttempt({ started_ms: 0, total_ms: 500 }),
          sampleAttempt({ started_ms: 500, total_ms: 1500, first_byte_ms: 100, first_content_ms: 500 }),
        ],
      }),
    );
    expect(totalMs).toBe(2000);
    expect(bars[0]).toMatchObject({
      leftPercent: 0,
      widthPercent: 25,
      firstBytePercent: null,
      firstContentPercent: null,
    });
    expect(bars[1]).toMatchObject({ leftPercent: 25, widthPercent: 75, firstBytePercent: 30, firstContentPercent: 50 });
  });

  test("an attempt that took no time can still be seen, also at the end", () => {
    const [bar] = layTimeline(sampleDetail({ attempts: [sampleAttempt({ started_ms: 2000, total_ms: 0 })] })).bars;
    expect(bar?.widthPercent).toBeGreaterThan(0);
    expect((bar?.leftPercent ?? 0) + (bar?.widthPercent ?? 0)).toBeLessThanOrEqual(100);
  });

  test("a request without attempts and without duration has an axis", () => {
    const timeline = layTimeline(sampleDetail({ row: sampleRow({ duration_ms: 0 }), attempts: [] }));
    expect(timeline).toMatchObject({ bars: [], totalMs: 1 });
  });

  test("an attempt that outlived the request stretches the axis", () => {
    expect(layTimeline(sampleDetail({ attempts: [sampleAttempt({ total_ms: 9000 })] })).totalMs).toBe(9000);
  });

  test("ticks are round and stay inside", () => {
    const { ticks } = layTimeline(sampleDetail());
    expect(ticks.map((tick) => tick.ms)).toEqual([0, 500, 1000, 1500]);
  });

  test.each([
    [0, 1],
    [1, 1],
    [3, 5],
    [10, 10],
    [11, 20],
    [4000, 5000],
    [70_000, 100_000],
  ])("the round step for %d is %d", (least, step) => {
    expect(roundStep(least)).toBe(step);
  });
});
