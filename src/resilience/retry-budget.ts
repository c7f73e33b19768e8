// How many further attempts all requests together may make: bounds what a storm of failures does to upstreams.

export interface RetryBudgetOptions {
  /** Further attempts that each request adds; 0.2 for one in five. */
  readonly ratio: number;
  /** Further attempts per second that are there in any case. */
  readonly perSecond: number;
}

/**
 * A token bucket; one per process, all times of one monotonic clock. It fills by `perSecond` on its own and by `ratio`
 * with each request, and holds no more than ten seconds of `perSecond`: what was not used by then has lapsed.
 */
export interface RetryBudget {
  /** A request has come in. */
  deposit(nowMs: number): void;
  /** Takes the token for one further attempt; false when there is none left. */
  withdraw(nowMs: number): boolean;
  /** Further attempts possible now, rounded down. */
  available(nowMs: number): number;
}

const LIFETIME_S = 10;

/** Creates a full budget. `options` is asked each time, so that a changed setting holds at once. */
export function createRetryBudget(options: () => RetryBudgetOptions): RetryBudget {
  let tokens = options().perSecond * LIFETIME_S;
  let filledMs = 0;

  function fill(nowMs: number): RetryBudgetOptions {
    const settings = options();
    const sinceS = Math.max(0, nowMs - filledMs) / 1000;
    filledMs = Math.max(filledMs, nowMs);
    tokens = Math.min(capacity(settings), tokens + sinceS * settings.perSecond);
    return settings;
  }

  return {
    deposit(nowMs) {
      const settings = fill(nowMs);
      tokens = Math.min(capacity(settings), tokens + settings.ratio);
    },
    withdraw(nowMs) {
      fill(nowMs);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    available(nowMs) {
      fill(nowMs);
      return Math.floor(tokens);
    },
  };
}

/** Without a floor there is still room for the shares of a few requests. */
function capacity({ ratio, perSecond }: RetryBudgetOptions): number {
  return Math.max(perSecond * LIFETIME_S, ratio > 0 ? LIFETIME_S : 0);
}
