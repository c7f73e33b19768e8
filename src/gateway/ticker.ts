// One coarse timer for all requests under way: watching thousands of streams costs no timer each.

/** Something that looks at the time about ten times a second while it is registered. */
export interface Watched {
  check(nowMs: number): void;
}

export interface Ticker {
  add(watched: Watched): void;
  /** Safe to call inside `check` and more than once. */
  remove(watched: Watched): void;
  stop(): void;
}

const TICK_MS = 100;

/** Starts a ticker; limits watched by it are late by at most 100 ms. It does not keep the process alive. */
export function createTicker(monotonicMs: () => number): Ticker {
  const all = new Set<Watched>();
  const timer = setInterval(() => {
    if (all.size === 0) return;
    const now = monotonicMs();
    for (const watched of all) watched.check(now);
  }, TICK_MS);
  timer.unref();
  return {
    add: (watched) => void all.add(watched),
    remove: (watched) => void all.delete(watched),
    stop: () => clearInterval(timer),
  };
}
