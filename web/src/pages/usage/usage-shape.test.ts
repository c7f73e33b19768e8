import { describe, expect, test } from "bun:test";
import { sampleBucket } from "../overview/sample-usage.ts";
import { largestGroups, rangeStart } from "./usage-shape.ts";

const at = "2026-11-28T11:00:00Z";

describe("groups of usage", () => {
  test("the largest come first, over all their buckets", () => {
    const lines = largestGroups(
      [
        sampleBucket(at, { group: "a", requests: 5 }),
        sampleBucket(at, { group: "b", requests: 3 }),
        sampleBucket("2026-11-28T12:00:00Z", { group: "b", requests: 3 }),
      ],
      "requests",
    );
    expect(lines.map((line) => [line.group, line.buckets.length])).toEqual([
      ["b", 2],
      ["a", 1],
    ]);
  });

  test("what is beyond the fifth is gathered", () => {
    const buckets = [..."abcdefg"].map((group, index) => sampleBucket(at, { group, requests: 10 - index }));
    const lines = largestGroups(buckets, "requests");
    expect(lines.map((line) => line.group)).toEqual(["a", "b", "c", "d", null]);
    expect(lines.at(-1)?.buckets.map((bucket) => bucket.group)).toEqual(["e", "f", "g"]);
  });

  test("five groups are all shown, unpriced ones too", () => {
    const buckets = [..."abcde"].map((group) => sampleBucket(at, { group, cost_usd: null }));
    expect(largestGroups(buckets, "cost_usd").map((line) => line.group)).toEqual([..."abcde"]);
  });
});

test("a range begins at a whole hour", () => {
  const now = Date.parse("2026-11-28T11:42:00Z");
  expect(new Date(rangeStart("24h", now)).toISOString()).toBe("2026-11-27T11:00:00.000Z");
});
