import { describe, expect, test } from "bun:test";
import { cacheRatio, changeAgainst, errorRatio, spanOf, toSeries } from "./chart-series.ts";
import { NO_USAGE, sampleBucket } from "./sample-usage.ts";

const NOON = Date.parse("2026-11-28T12:00:00Z");

describe("chart series", () => {
  test("fills hours without requests with 0 and hours without a latency with gaps", () => {
    const series = toSeries(
      [
        sampleBucket("2026-11-28T11:00:00Z", { requests: 7, first_content_p50_ms: 300, cost_usd: 0.5 }),
        sampleBucket("2026-11-28T08:00:00Z", { requests: 3 }),
      ],
      ["requests", "first_content_p50_ms", "cost_usd"],
      { fromMs: NOON - 5 * 3_600_000, toMs: NOON },
    );
    expect(series.stepSeconds).toBe(3600);
    expect(series.times).toHaveLength(6);
    expect(series.values[0]).toEqual([0, 3, 0, 0, 7, 0]);
    expect(series.values[1]).toEqual([null, null, null, null, 300, null]);
    expect(series.values[2]).toEqual([null, null, null, null, 0.5, null]);
  });

  test("takes the width of the buckets from their distances", () => {
    const starts = ["2026-11-28T11:00:00Z", "2026-11-28T11:05:00Z", "2026-11-28T11:20:00Z"];
    const series = toSeries(
      starts.map((start) => sampleBucket(start)),
      ["requests"],
      spanOf("24h", NOON),
    );
    expect(series.stepSeconds).toBe(300);
  });

  test("days that begin elsewhere than ours keep their own beginning", () => {
    const series = toSeries(
      [sampleBucket("2026-11-26T16:00:00Z", { requests: 1 }), sampleBucket("2026-11-27T16:00:00Z", { requests: 2 })],
      ["requests"],
      spanOf("7d", NOON),
    );
    expect(series.stepSeconds).toBe(86_400);
    expect(new Date((series.times.at(-1) ?? 0) * 1000).toISOString()).toBe("2026-11-27T16:00:00.000Z");
    expect(series.values[0]?.slice(-2)).toEqual([1, 2]);
    expect(series.times[0]).toBeGreaterThanOrEqual((NOON - 7 * 86_400_000) / 1000);
  });

  test("adds up buckets of one time", () => {
    const at = "2026-11-28T11:00:00Z";
    const series = toSeries(
      [sampleBucket(at, { requests: 1 }), sampleBucket(at, { requests: 2 })],
      ["requests"],
      spanOf("24h", NOON),
    );
    expect(series.values[0]?.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(3);
  });

  test("no buckets make a flat line over the whole time", () => {
    const { times, values } = toSeries([], ["requests"], spanOf("24h", NOON));
    expect(times.length).toBeGreaterThanOrEqual(24);
    expect(values[0]?.every((value) => value === 0)).toBe(true);
  });

  test("a bucket from a wrong clock does not blow up the chart", () => {
    const series = toSeries(
      [sampleBucket("1970-01-01T00:00:00Z"), sampleBucket("2096-01-01T00:00:00Z")],
      ["requests"],
      spanOf("1h", NOON),
    );
    expect(series.times.length).toBeLessThanOrEqual(3000);
  });
});

describe("ratios", () => {
  test("say nothing where there is nothing to compare", () => {
    expect(cacheRatio(NO_USAGE)).toBeNull();
    expect(errorRatio(NO_USAGE)).toBeNull();
    expect(changeAgainst(5, 0)).toBeNull();
    expect(changeAgainst(null, 5)).toBeNull();
  });

  test("compare what there is", () => {
    const totals = {
      ...NO_USAGE,
      requests: 4,
      errors: 1,
      input_tokens: 10,
      cache_read_tokens: 70,
      cache_write_tokens: 20,
    };
    expect(cacheRatio(totals)).toBeCloseTo(0.7);
    expect(errorRatio(totals)).toBe(0.25);
    expect(changeAgainst(150, 100)).toBeCloseTo(0.5);
  });
});
