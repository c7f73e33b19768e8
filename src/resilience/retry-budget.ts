// How many further attempts all requests together may waste: bounds what a storm of failures does to upstreams.

export interface RetryBudgetOptions {
  /** Further attempts that each request adds; 0.2 for one in five. */
  readonly ratio: number;
  /** Further attempts per second that are there in any case. */
  readonly perSecond: number;
}

/**
 * A token bucket; one per process, all times of one monotonic clock. It fills by `perSecond` on its own and by `ratio`
 * with each request, and holds no more than ten seconds of `perSecond`: what was not used by then has lapsed.
 * Only further attempts that fail are paid for: while one upstream is healthy, every request reaches it, however many
 * have to be rescued at once. When nothing is healthy the bucket is soon empty.
 */
export interface RetryBudget {
  /** A request has come in. */
  deposit(nowMs: number): void;
  /** Whether a further attempt may begin. Those under way count as far as the latest ones have failed. */
  allows(nowMs: number): boolean;
  /** A further attempt has begun. */
  begin(): void;
  /** A further attempt has ended. */
  end(nowMs: number, hasFailed: boolean): void;
  /** Further attempts possible now, rounded down. */
  available(nowMs: number): number;
}

const LIFETIME_S = 10;
/** How much the latest ended attempt weighs in the share of failures. */
const LATEST = 0.1;

/** Creates a full budget. `options` is asked each time, so that a changed setting holds at once. */
export function createRetryBudget(options: () => RetryBudgetOptions): RetryBudget {
  let tokens = options().perSecond * LIFETIME_S;
  let filledMs = 0;
  let underWay = 0;
  let failureShare = 0;

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
    allows(nowMs) {
      fill(nowMs);
      return tokens - underWay * failureShare >= 1;
    },
    begin() {
      underWay += 1;
    },
    end(nowMs, hasFailed) {
      fill(nowMs);
      underWay -= 1;
      failureShare += LATEST * ((hasFailed ? 1 : 0) - failureShare);
      if (hasFailed) tokens = Math.max(0, tokens - 1);
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
