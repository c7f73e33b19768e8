import { describe, expect, test } from "bun:test";
import { SlidingMinute } from "./sliding-minute.ts";

describe("SlidingMinute", () => {
  test("counts what happened in the last sixty seconds and nothing older", () => {
    const minute = new SlidingMinute();
    minute.add(2, 10_500);
    minute.add(3, 40_000);
    expect(minute.sum(69_999)).toBe(5);
    expect(minute.sum(70_000)).toBe(3);
    expect(minute.sum(99_999)).toBe(3);
    expect(minute.sum(100_000)).toBe(0);
    minute.add(1, 500_000);
    expect(minute.sum(10_000_000)).toBe(0);
  });

  test("tells how long to wait until there is room", () => {
    const minute = new SlidingMinute();
    for (const second of [5, 5, 20, 30]) minute.add(1, second * 1000);
    const now = 40_000;
    expect(minute.waitMs(5, now)).toBe(0);
    expect(minute.waitMs(4, now)).toBe(25_000);
    expect(minute.waitMs(3, now)).toBe(25_000);
    expect(minute.waitMs(2, now)).toBe(40_000);
    expect(minute.waitMs(1, now)).toBe(50_000);
    for (const limit of [1, 2, 3, 4]) expect(minute.sum(now + minute.waitMs(limit, now))).toBeLessThan(limit);
  });

  test("takes back what was reserved, in a later second too, and never goes below nothing", () => {
    const minute = new SlidingMinute();
    minute.add(100, 1000);
    minute.add(-40, 2000);
    expect(minute.sum(2000)).toBe(60);
    minute.add(-500, 3000);
    expect(minute.sum(3000)).toBe(0);
    minute.add(7, 3000);
    expect(minute.sum(3000)).toBe(7);
  });

  test("agrees with a list of all events", () => {
    const minute = new SlidingMinute();
    const events: { at: number; amount: number }[] = [];
    let now = 0;
    let seed = 7;
    for (let n = 0; n < 5000; n++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      now += seed % 3000;
      minute.add(seed % 10, now);
      events.push({ at: Math.floor(now / 1000), amount: seed % 10 });
      const since = Math.floor(now / 1000) - 60;
      const expected = events.filter(({ at }) => at > since).reduce((sum, { amount }) => sum + amount, 0);
      expect(minute.sum(now)).toBe(expected);
    }
  });
});
