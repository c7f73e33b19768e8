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
    subject.release(1000, 1100);
    expect(subject.view(1100).type).toBe("probe-free");
  });

  test("a request from before the opening gives nobody's permit back and says nothing while a probe runs", () => {
    const subject = open(500);
    subject.acquire(1500);
    subject.release(100, 1600);
    expect(subject.view(1600).type).toBe("probe-busy");
    subject.failure(100, 1700, "upstream-rate-limited", { forMs: 60_000 });
    subject.success(100, 1700);
    expect(subject.view(1700).type).toBe("probe-busy");
    expect(subject.evidence(1700).timesOpened).toBe(1);
  });

  test("starts slowly after a good probe: each success doubles what may run at once", () => {
    const subject = open();
    subject.acquire(1000);
    subject.success(1000, 1100);
    const allowedNow = (nowMs: number) => {
      let count = 0;
      while (subject.acquire(nowMs)) count += 1;
      return count;
    };
    expect(allowedNow(1100)).toBe(2);
    subject.success(1100, 1200);
    // Four may run, and one of the two still does.
    expect(allowedNow(1200)).toBe(3);
    for (let n = 0; n < 4; n++) subject.success(1200, 1300);
    expect(subject.evidence(1300).allowedAtOnce).toBeNull();
    expect(subject.view(1300).type).toBe("closed");
  });

  test("the first content of a probe settles its question, long before its answer ends", () => {
    const subject = open();
    subject.acquire(1000);
    subject.proven(1000, 1200);
    expect(subject.acquire(1200)).toBe(true);
    subject.failure(1000, 90_000, "upstream-truncated");
    expect(subject.view(90_000).type).toBe("closed");
    expect(subject.evidence(90_000).failures).toBe(1);
  });

  test("opens again in a slow start by the same rule as ever", () => {
    const subject = open();
    subject.acquire(1000);
    subject.success(1000, 1100);
    for (let n = 0; n < 3; n++) {
      subject.acquire(1100);
      subject.failure(1100, 1200, "upstream-transport");
    }
    expect(subject.view(1200).type).toBe("open");
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
    subject.failure(0, 0, "upstream-rate-limited", { forMs: 30_000 });
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

  test("climbs the ladder of a class, once for all that failed together", () => {
    const subject = breaker({ openMs: 60_000, maxOpenMs: 300_000 });
    const rung = { doublesUpToMs: 150_000 };
    const lengths: number[] = [];
    let now = 0;
    for (let n = 0; n < 4; n++) {
      subject.acquire(now);
      for (let together = 0; together < 50; together++) subject.failure(now - 1, now, "upstream-rate-limited", rung);
      const view = subject.view(now);
      if (view.type !== "open") throw new Error("expected it open");
      lengths.push(view.untilMs - now);
      now = view.untilMs;
    }
    expect(lengths).toEqual([60_000, 120_000, 150_000, 150_000]);
    subject.acquire(now);
    subject.success(now, now);
    for (let n = 0; n < 3; n++) subject.failure(now, now, "upstream-rate-limited", rung);
    expect(subject.view(now)).toEqual({ type: "open", untilMs: now + 60_000 });
  });

  test("comes back from a snapshot: open for what was left, a probe under way as open", () => {
    const original = open();
    const again = createCircuitBreaker(
      { rule: createConsecutiveRule(3), openMs: 1000, openMultiplier: 1, maxOpenMs: 10_000 },
      original.snapshot(400),
      70_000,
    );
    expect(again.view(70_000)).toEqual({ type: "open", untilMs: 70_600 });
    expect(again.evidence(70_000)).toMatchObject({ timesOpened: 1, failuresByClass: { "upstream-transport": 3 } });
    original.acquire(1000);
    expect(original.snapshot(1100).remainingMs).toBe(0);
  });

  test("shows why it is open", () => {
    expect(open().evidence(400)).toEqual({
      state: "open",
      failures: 0,
      remainingMs: 600,
      lastError: "upstream-transport",
      timesOpened: 1,
      failuresByClass: { "upstream-transport": 3 },
      allowedAtOnce: 1,
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
