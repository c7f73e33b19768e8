// Bounds how often the administrator's side makes the program call upstreams on its own account.

import { AdminError } from "./admin-error.ts";

export interface CallBudget {
  /** Runs a call, or throws AdminError `throttled`. */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** Takes a place for a call that lasts; returns what gives it back, which may be called twice. */
  enter(): () => void;
}

export interface CallBudgetOptions {
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly perMinute: number;
  readonly atOnce: number;
}

const MINUTE_MS = 60_000;

export function createCallBudget({ nowMs, perMinute, atOnce }: CallBudgetOptions): CallBudget {
  /** When the calls of the last minute began, oldest first. */
  let begun: number[] = [];
  let running = 0;

  function enter(): () => void {
    const now = nowMs();
    begun = begun.filter((at) => now - at < MINUTE_MS);
    const oldest = begun[0];
    if (running >= atOnce) throw new AdminError("throttled", "too many test calls at once", { retryAfterMs: 1000 });
    if (oldest !== undefined && begun.length >= perMinute)
      throw new AdminError("throttled", "too many test calls in a minute", { retryAfterMs: oldest + MINUTE_MS - now });
    begun.push(now);
    running += 1;
    let isOver = false;
    return () => {
      if (!isOver) running -= 1;
      isOver = true;
    };
  }

  return {
    enter,
    async run(call) {
      const leave = enter();
      try {
        return await call();
      } finally {
        leave();
      }
    },
  };
}
