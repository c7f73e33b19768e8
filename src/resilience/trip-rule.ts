// When a breaker opens: small counting rules, apart from the state machine that obeys them.

/** Counts outcomes of finished requests; one instance per breaker. */
export interface TripRule {
  success(nowMs: number): void;
  /** Returns true when this failure should open the breaker. */
  failure(nowMs: number): boolean;
  reset(): void;
  /** For people: failures counted at present. */
  failures(): number;
}

/** Opens after `threshold` failures in a row (at least 1). The seed's rule. */
export function createConsecutiveRule(threshold: number): TripRule {
  let count = 0;
  return {
    success() {
      count = 0;
    },
    failure() {
      count += 1;
      return count >= threshold;
    },
    reset() {
      count = 0;
    },
    failures: () => count,
  };
}

export interface WindowRuleOptions {
  /** Length of the window, milliseconds. */
  readonly windowMs: number;
  /** Fewest outcomes in the window before the rule may open. */
  readonly minRequests: number;
  /** Share of failures, 0 to 1, at which it opens. */
  readonly rate: number;
}

/** Opens when the share of failures among the last window's outcomes is too high; catches upstreams that flap. */
export function createWindowRule(options: WindowRuleOptions): TripRule {
  const slices = 6;
  const sliceMs = options.windowMs / slices;
  const good = new Uint32Array(slices);
  const bad = new Uint32Array(slices);
  let current = 0;

  /** Empties the slices that time has left behind. */
  function advance(nowMs: number): number {
    const slice = Math.floor(nowMs / sliceMs);
    const steps = Math.min(slices, Math.max(0, slice - current));
    for (let step = 1; step <= steps; step++) {
      good[(slice - steps + step) % slices] = 0;
      bad[(slice - steps + step) % slices] = 0;
    }
    if (slice > current) current = slice;
    return current % slices;
  }
  const sum = (counts: Uint32Array) => counts.reduce((total, count) => total + count, 0);

  return {
    success(nowMs) {
      good[advance(nowMs)]! += 1;
    },
    failure(nowMs) {
      bad[advance(nowMs)]! += 1;
      const failures = sum(bad);
      const total = failures + sum(good);
      return total >= options.minRequests && failures / total >= options.rate;
    },
    reset() {
      good.fill(0);
      bad.fill(0);
    },
    failures: () => sum(bad),
  };
}

/** Opens when either rule would. */
export function createEitherRule(first: TripRule, second: TripRule): TripRule {
  return {
    success(nowMs) {
      first.success(nowMs);
      second.success(nowMs);
    },
    failure(nowMs) {
      // Both must count, so no short circuit.
      const byFirst = first.failure(nowMs);
      const bySecond = second.failure(nowMs);
      return byFirst || bySecond;
    },
    reset() {
      first.reset();
      second.reset();
    },
    failures: () => first.failures(),
  };
}
