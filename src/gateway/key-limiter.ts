// Holds client keys to their limits: rates and concurrency in memory, budgets by what the usage tables say. Costs nothing
// for keys without limits; every count is bounded.

import type { ClientKey, KeyLimits } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";
import type { Clock } from "../lib/clock.ts";
import { SlidingMinute } from "../lib/sliding-minute.ts";
import { type KeySpend, startOfDay, startOfMonth } from "../telemetry/key-spend.ts";

/** Keys whose counts are held; idle ones make room. */
const MAX_KEYS = 10_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Bytes of a request body per input token, roughly and on the low side. */
const BYTES_PER_TOKEN = 4;

/** A request of a limited key while it is under way. */
export interface KeyPermit {
  readonly limits: KeyLimits;
  /** Counts the body's tokens until the real number is known; call at most once. */
  reserve(bodyBytes: number): void;
  /** The request has ended and cost this many tokens; undefined when nobody knows. The first call counts. */
  end(tokens: number | undefined): void;
}

/** Limits per minute and what is left of them; undefined parts have no limit. */
export interface RateState {
  readonly requests?: RateLine | undefined;
  readonly tokens?: RateLine | undefined;
}

export interface RateLine {
  readonly limit: number;
  readonly remaining: number;
  /** Until all of it is there again. */
  readonly resetMs: number;
}

export interface KeyLimiter {
  /**
   * Lets a request of this key begin, before its body is read; undefined for a key without limits. Throws GatewayError
   * `client-rate-limited` or `client-quota-exhausted`.
   */
  enter(key: ClientKey): KeyPermit | undefined;
  /** What a key has left, for the headers of its answers; undefined for a key without limits per minute. */
  rates(key: ClientKey): RateState | undefined;
  /** Keys whose counts are held, for tests of the bound. */
  readonly size: number;
}

interface Counts {
  readonly requests: SlidingMinute;
  readonly tokens: SlidingMinute;
  running: number;
  usedMs: number;
}

/** Creates the limiter; one per process. `spend` knows what each key has used today and this month. */
export function createKeyLimiter(spend: Pick<KeySpend, "of">, clock: Clock): KeyLimiter {
  const counts = new Map<string, Counts>();

  function countsOf(hash: string, nowMs: number): Counts {
    let entry = counts.get(hash);
    if (!entry) {
      if (counts.size >= MAX_KEYS) forgetIdle(counts, nowMs);
      entry = { requests: new SlidingMinute(), tokens: new SlidingMinute(), running: 0, usedMs: nowMs };
      counts.set(hash, entry);
    }
    entry.usedMs = nowMs;
    return entry;
  }

  return {
    enter(key) {
      const { limits } = key;
      if (!limits) return undefined;
      checkBudget(limits, () => spend.of(key.hash.slice(0, 16), clock.wallMs()), clock.wallMs());
      const nowMs = clock.monotonicMs();
      const entry = countsOf(key.hash, nowMs);
      checkRates(limits, entry, nowMs);
      entry.requests.add(1, nowMs);
      entry.running += 1;
      return createPermit(limits, entry, clock);
    },
    rates({ hash, limits }) {
      if (limits?.requestsPerMinute === undefined && limits?.tokensPerMinute === undefined) return undefined;
      const nowMs = clock.monotonicMs();
      const entry = countsOf(hash, nowMs);
      return {
        requests: rateLine(limits.requestsPerMinute, entry.requests, nowMs),
        tokens: rateLine(limits.tokensPerMinute, entry.tokens, nowMs),
      };
    },
    get size() {
      return counts.size;
    },
  };
}

function checkRates(limits: KeyLimits, entry: Counts, nowMs: number): void {
  const { requestsPerMinute, tokensPerMinute, concurrentRequests } = limits;
  const refuse = (what: string, retryAfterMs: number): never => {
    throw new GatewayError("client-rate-limited", `this API key is limited to ${what}`, {
      retryAfterMs,
      shouldRetry: true,
    });
  };
  if (requestsPerMinute !== undefined) {
    const waitMs = entry.requests.waitMs(requestsPerMinute, nowMs);
    if (waitMs > 0) refuse(`${amount(requestsPerMinute, "request")} per minute`, waitMs);
  }
  if (tokensPerMinute !== undefined) {
    const waitMs = entry.tokens.waitMs(tokensPerMinute, nowMs);
    if (waitMs > 0) refuse(`${amount(tokensPerMinute, "token")} per minute`, waitMs);
  }
  if (concurrentRequests !== undefined && entry.running >= concurrentRequests)
    refuse(`${amount(concurrentRequests, "request")} at once`, 1000);
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function checkBudget(limits: KeyLimits, spent: () => ReturnType<KeySpend["of"]>, wallMs: number): void {
  const { budget } = limits;
  if (!budget) return;
  const { tokens, costUsd } = budget.period === "day" ? spent().today : spent().month;
  const isSpent =
    (budget.tokens !== undefined && tokens >= budget.tokens) || (budget.usd !== undefined && costUsd >= budget.usd);
  if (!isSpent) return;
  const end = budget.period === "day" ? startOfDay(wallMs) + DAY_MS : startOfMonth(startOfMonth(wallMs) + 32 * DAY_MS);
  const name = budget.period === "day" ? "today" : "this month";
  throw new GatewayError("client-quota-exhausted", `this API key's budget for ${name} is used up`, {
    retryAfterMs: end - wallMs,
    shouldRetry: false,
  });
}

function createPermit(limits: KeyLimits, entry: Counts, clock: Clock): KeyPermit {
  let reserved = 0;
  let hasEnded = false;
  return {
    limits,
    reserve(bodyBytes) {
      if (limits.tokensPerMinute === undefined || hasEnded) return;
      reserved = Math.min(Math.ceil(bodyBytes / BYTES_PER_TOKEN), limits.tokensPerMinute);
      entry.tokens.add(reserved, clock.monotonicMs());
    },
    end(tokens) {
      if (hasEnded) return;
      hasEnded = true;
      entry.running -= 1;
      if (limits.tokensPerMinute !== undefined && tokens !== undefined)
        entry.tokens.add(tokens - reserved, clock.monotonicMs());
    },
  };
}

function rateLine(limit: number | undefined, minute: SlidingMinute, nowMs: number): RateLine | undefined {
  if (limit === undefined) return undefined;
  const used = minute.sum(nowMs);
  return { limit, remaining: Math.max(0, limit - Math.ceil(used)), resetMs: used > 0 ? minute.waitMs(1, nowMs) : 0 };
}

function forgetIdle(counts: Map<string, Counts>, nowMs: number): void {
  for (const [hash, entry] of counts) if (entry.running === 0 && nowMs - entry.usedMs >= MINUTE_MS) counts.delete(hash);
  // All of them in use within a minute: the longest unused one without a request goes.
  if (counts.size < MAX_KEYS) return;
  const idle = [...counts].filter(([, entry]) => entry.running === 0).toSorted(([, a], [, b]) => a.usedMs - b.usedMs);
  for (const [hash] of idle.slice(0, MAX_KEYS / 10)) counts.delete(hash);
}
