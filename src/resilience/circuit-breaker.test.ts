import { describe, expect, test } from "bun:test";
import { type BreakerOptions, createCircuitBreaker } from "./circuit-breaker.ts";
import { createConsecutiveRule, createEitherRule, createWindowRule } from "./trip-rule.ts";

const breaker = (options: Partial<BreakerOptions> = {}) =>
  createCircuitBreaker({
    rule: createConsecutiveRule(3),
    openMs: 1000,
    openMultiplier: 1,
    maxOpenMs: 10_000,
    ...options,
  });

function open(at = 0, options: Partial<BreakerOptions> = {}) {
  const opened = breaker(options);
  for (let n = 0; n < 3; n++) opened.failure(at, at, "upstream-transport");
  return opened;
}

describe("createCircuitBreaker", () => {
  test("opens after three failures in a row and not after two", () => {
    const subject = breaker();
    subject.failure(0, 0, "upstream-transport");
    subject.failure(0, 0, "upstream-transport");
    expect(subject.view(0).type).toBe("closed");
    subject.failure(0, 0, "upstream-transport");
    expect(subject.view(0)).toEqual({ type: "open", untilMs: 1000 });
  });

  test("starts counting anew after a success", () => {
    const subject = breaker();
    for (let n = 0; n < 5; n++) {
      subject.failure(0, 0, "upstream-transport");
      subject.failure(0, 0, "upstream-transport");
      subject.success(0, 0);
    }
    expect(subject.view(0).type).toBe("closed");
  });

  test("lets exactly one probe through when the open time is over", () => {
    const subject = open();
    expect(subject.acquire(999)).toBe(false);
    expect(subject.acquire(1000)).toBe(true);
    expect(subject.acquire(1000)).toBe(false);
    expect(subject.view(1001).type).toBe("probe-busy");
  });

  test("closes after a good probe and opens again after a bad one", () => {
    const good = open();
    good.acquire(1000);
    good.success(1000, 1100);
    expect(good.view(1100).type).toBe("closed");
    const bad = open();
    bad.acquire(1000);
    bad.failure(1000, 1100, "upstream-timeout");
    expect(bad.view(1100)).toEqual({ type: "open", untilMs: 2100 });
  });

  test("frees the permit of a probe that ended without a verdict", () => {
    const subject = open();
    subject.acquire(1000);
    subject.release(1100);
    expect(subject.view(1100).type).toBe("probe-free");
  });

  test("takes a probe for lost after half a minute", () => {
    const subject = open();
    subject.acquire(1000);
    expect(subject.view(30_999).type).toBe("probe-busy");
    expect(subject.view(31_000).type).toBe("probe-free");
  });

  test("ignores results of requests that began before it opened", () => {
    const subject = open(500);
    subject.success(100, 600);
    expect(subject.view(600).type).toBe("open");
    subject.failure(100, 600, "upstream-transport");
    expect(subject.evidence(600).timesOpened).toBe(1);
  });

  test("opens at once for as long as the upstream asks", () => {
    const subject = breaker();
    subject.failure(0, 0, "upstream-rate-limited", 30_000);
    expect(subject.view(0)).toEqual({ type: "open", untilMs: 30_000 });
  });

  test("lengthens each further opening up to the maximum", () => {
    const subject = open(0, { openMultiplier: 2, maxOpenMs: 3000 });
    const lengths: number[] = [];
    let now = 1000;
    for (let n = 0; n < 4; n++) {
      subject.acquire(now);
      subject.failure(now, now, "upstream-key-invalid");
      const view = subject.view(now);
      if (view.type !== "open") throw new Error("expected it open");
      lengths.push(view.untilMs - now);
      now = view.untilMs;
    }
    expect(lengths).toEqual([2000, 3000, 3000, 3000]);
  });

  test("shows why it is open", () => {
    expect(open().evidence(400)).toEqual({
      state: "open",
      failures: 0,
      remainingMs: 600,
      lastError: "upstream-transport",
      timesOpened: 1,
    });
  });
});

describe("createWindowRule", () => {
  test("opens for an upstream that flaps below the consecutive limit", () => {
    const rule = createEitherRule(
      createConsecutiveRule(3),
      createWindowRule({ windowMs: 60_000, minRequests: 10, rate: 0.5 }),
    );
    let opened = false;
    for (let n = 0; n < 12 && !opened; n++) {
      if (n % 3 === 2) rule.success(n * 100);
      else opened = rule.failure(n * 100);
    }
    expect(opened).toBe(true);
  });

  test("forgets what is older than its window", () => {
    const rule = createWindowRule({ windowMs: 60_000, minRequests: 4, rate: 0.5 });
    for (let n = 0; n < 3; n++) rule.failure(0);
    expect(rule.failure(120_000)).toBe(false);
    expect(rule.failures()).toBe(1);
  });
});
