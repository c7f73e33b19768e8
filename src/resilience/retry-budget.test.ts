import { describe, expect, test } from "bun:test";
import { createRetryBudget } from "./retry-budget.ts";

const budget = (ratio = 0.2, perSecond = 10) => createRetryBudget(() => ({ ratio, perSecond }));

/** A further attempt that fails: whether it could be made at all. */
function failOnce(subject: ReturnType<typeof budget>, nowMs: number): boolean {
  if (!subject.allows(nowMs)) return false;
  subject.begin();
  subject.end(nowMs, true);
  return true;
}

/** Sends `rps` requests per second whose `wanted` further attempts all fail; returns the attempts made in each second. */
function storm(subject: ReturnType<typeof budget>, rps: number, wanted: number, seconds: number): number[] {
  const attempts: number[] = [];
  for (let second = 0; second < seconds; second++) {
    let made = 0;
    for (let n = 0; n < rps; n++) {
      const nowMs = second * 1000 + (n * 1000) / rps;
      subject.deposit(nowMs);
      made += 1;
      for (let more = 0; more < wanted && failOnce(subject, nowMs); more++) made += 1;
    }
    attempts.push(made);
  }
  return attempts;
}

describe("createRetryBudget", () => {
  test("holds a storm to 1.2 times its requests and ten per second, after the first second", () => {
    const perSecond = storm(budget(), 1000, 5, 10);
    expect(perSecond[0]).toBeLessThanOrEqual(1000 + 200 + 10 + 100);
    for (const made of perSecond.slice(1)) expect(made).toBeLessThanOrEqual(1211);
    for (const made of perSecond.slice(1)) expect(made).toBeGreaterThanOrEqual(1200);
  });

  test("never refuses a person: two requests a second may each walk over six candidates", () => {
    expect(storm(budget(), 2, 5, 600).every((made) => made === 12)).toBe(true);
  });

  test("refuses nobody while the further attempts succeed", () => {
    const subject = budget();
    for (let n = 0; n < 10_000; n++) expect(subject.allows(0)).toBe(true);
  });

  test("counts those under way once the latest ones have failed, so that many at once cannot overdraw it", () => {
    const subject = budget();
    for (let n = 0; n < 90; n++) failOnce(subject, 0);
    let begun = 0;
    for (let n = 0; n < 100 && subject.allows(0); n++) {
      subject.begin();
      begun += 1;
    }
    expect(begun).toBeLessThanOrEqual(10);
    for (let n = 0; n < begun; n++) subject.end(0, false);
    expect(subject.available(0)).toBe(10);
  });

  test("lets a hundred further attempts fail at once and refills within ten seconds", () => {
    const subject = budget();
    let taken = 0;
    while (failOnce(subject, 5000)) taken += 1;
    expect(taken).toBe(100);
    expect(failOnce(subject, 5050)).toBe(false);
    expect(failOnce(subject, 5100)).toBe(true);
    expect(subject.available(20_000)).toBe(100);
  });

  test("without a floor the ratio alone decides", () => {
    const subject = budget(0.5, 0);
    expect(failOnce(subject, 0)).toBe(false);
    subject.deposit(0);
    expect(failOnce(subject, 0)).toBe(false);
    subject.deposit(0);
    expect(failOnce(subject, 0)).toBe(true);
    expect(failOnce(subject, 0)).toBe(false);
  });

  test("is not impressed by a clock that stands still or goes back", () => {
    const subject = budget();
    while (failOnce(subject, 1000)) {
      // Until it is empty.
    }
    expect(failOnce(subject, 0)).toBe(false);
    expect(failOnce(subject, 1000)).toBe(false);
  });
});
