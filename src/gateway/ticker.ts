// One coarse timer for all requests under way: watching thousands of streams costs no timer each.

/** Something that looks at the time about ten times a second while it is registered. */
export interface Watched {
  check(nowMs: number): void;
}

export interface Ticker {
  add(watched: Watched): void;
  /** Safe to call inside `check` and more than once. */
  remove(watched: Watched): void;
  /**
   * How late the program is, milliseconds: the lesser of its last two delays, since one long pause (a machine that
   * wakes up, one huge body) is no overload.
   */
  lagMs(): number;
  stop(): void;
}

const TICK_MS = 100;

/**
 * Starts a ticker; limits watched by it are late by at most 100 ms. It does not keep the process alive. What a `check`
 * throws goes to `onError`, so that one request's fault costs no other its limits.
 */
export function createTicker(monotonicMs: () => number, onError: (error: unknown) => void): Ticker {
  const all = new Set<Watched>();
  let tickedMs = monotonicMs();
  let lagMs = 0;
  let earlierLagMs = 0;
  const timer = setInterval(() => {
    const now = monotonicMs();
    earlierLagMs = lagMs;
    lagMs = now - tickedMs - TICK_MS;
    tickedMs = now;
    for (const watched of all) {
      try {
        watched.check(now);
      } catch (error) {
        onError(error);
      }
    }
  }, TICK_MS);
  timer.unref();
  return {
    add: (watched) => void all.add(watched),
    remove: (watched) => void all.delete(watched),
    lagMs: () => Math.max(0, Math.min(earlierLagMs, lagMs), Math.min(lagMs, monotonicMs() - tickedMs - TICK_MS)),
    stop: () => clearInterval(timer),
  };
}
