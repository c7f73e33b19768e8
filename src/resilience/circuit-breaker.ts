// One circuit breaker: closed, open, half-open with a single probe, then a slow start. Time comes in as an argument.

import type { ErrorCode } from "../core/errors.ts";
import type { TripRule } from "./trip-rule.ts";

export interface BreakerOptions {
  readonly rule: TripRule;
  /** How long it stays open, milliseconds. */
  readonly openMs: number;
  /** Factor by which each further opening without a success in between lengthens it; 1 for never. */
  readonly openMultiplier: number;
  /** Longest opening, milliseconds. */
  readonly maxOpenMs: number;
}

/** How a failure opens the breaker, where it is not as the breaker's options say. Milliseconds. */
export interface Opening {
  /** Opens whatever the rule says. */
  readonly atOnce?: boolean | undefined;
  /** For exactly this long: the upstream has told. */
  readonly forMs?: number | undefined;
  /** First step of the ladder. */
  readonly firstMs?: number | undefined;
  /** Each further opening is twice as long as the one before, up to this. */
  readonly doublesUpToMs?: number | undefined;
}

type State =
  | { readonly type: "closed" }
  | { readonly type: "open"; readonly openedMs: number; readonly untilMs: number }
  | { readonly type: "half-open"; readonly openedMs: number; readonly probeSinceMs: number }
  /** Closed, but for few requests at once. */
  | {
      readonly type: "slow-start";
      readonly openedMs: number;
      readonly sinceMs: number;
      limit: number;
      running: number;
    };

/** What a caller may do with a candidate now. */
export type BreakerView =
  | { readonly type: "closed" }
  | { readonly type: "open"; readonly untilMs: number }
  /** The open time is over: one request may try. */
  | { readonly type: "probe-free" }
  /** As many are trying as may for now. */
  | { readonly type: "probe-busy" };

/** For people: why a breaker is as it is. */
export interface BreakerEvidence {
  readonly state: "closed" | "open" | "half-open";
  /** What the counting rule holds at present. */
  readonly failures: number;
  /** Milliseconds until a probe is allowed; 0 unless open. */
  readonly remainingMs: number;
  readonly lastError: string | undefined;
  readonly timesOpened: number;
  /** Counted failures by class, since the breaker exists. */
  readonly failuresByClass: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Requests let through at once while it starts slowly; null for no limit. */
  readonly allowedAtOnce: number | null;
}

/** What survives a restart of the program. */
export interface BreakerSnapshot {
  /** Milliseconds that it had yet to stay open; 0 when a probe was due or under way; null when it was closed. */
  readonly remainingMs: number | null;
  readonly openings: number;
  readonly timesOpened: number;
  readonly lastError: ErrorCode | undefined;
  readonly failuresByClass: Readonly<Partial<Record<ErrorCode, number>>>;
}

/** A probe that never reported back is taken for lost after this time. */
const PROBE_TIMEOUT_MS = 30_000;
/** A slow start is over when so many may run at once. */
const SLOW_START_ENDS_AT = 64;

/** A breaker; all times are of one monotonic clock. */
export interface CircuitBreaker {
  /** A slow start counts as closed. */
  readonly state: BreakerEvidence["state"];
  readonly lastError: ErrorCode | undefined;
  view(nowMs: number): BreakerView;
  /** Takes a permit for an attempt that starts now. Returns false when not allowed. */
  acquire(nowMs: number): boolean;
  /** Gives the permit of the attempt that started at `startedMs` back without a verdict. */
  release(startedMs: number, nowMs: number): void;
  /** The attempt under way has answered: a probe's question is settled, its end still counts by itself. */
  proven(startedMs: number, nowMs: number): void;
  /** `startedMs` is when the attempt began: results older than the opening say nothing about now. */
  success(startedMs: number, nowMs: number): void;
  failure(startedMs: number, nowMs: number, code: ErrorCode, opening?: Opening): void;
  evidence(nowMs: number): BreakerEvidence;
  snapshot(nowMs: number): BreakerSnapshot;
}

/** Creates a closed breaker, or the one that was. */
export function createCircuitBreaker(options: BreakerOptions, was?: BreakerSnapshot, nowMs = 0): CircuitBreaker {
  let state: State = { type: "closed" };
  let openings = was?.openings ?? 0;
  let timesOpened = was?.timesOpened ?? 0;
  let lastError: ErrorCode | undefined = was?.lastError;
  const failuresByClass: Partial<Record<ErrorCode, number>> = { ...was?.failuresByClass };
  if (was && was.remainingMs !== null) state = { type: "open", openedMs: nowMs, untilMs: nowMs + was.remainingMs };

  function open(nowMs: number, { forMs, firstMs, doublesUpToMs }: Opening): void {
    const multiplier = doublesUpToMs === undefined ? options.openMultiplier : 2;
    const first = firstMs ?? options.openMs;
    const longest = Math.max(first, doublesUpToMs ?? options.maxOpenMs);
    const ladderMs = Math.min(longest, first * multiplier ** openings);
    state = { type: "open", openedMs: nowMs, untilMs: nowMs + (forMs ?? ladderMs) };
    openings += 1;
    timesOpened += 1;
    options.rule.reset();
  }

  /** From an attempt that began before the breaker opened. */
  function isOutdated(startedMs: number): boolean {
    return state.type !== "closed" && startedMs < state.openedMs;
  }

  /** One more good sign: twice as many may try. */
  function widen(nowMs: number): void {
    if (state.type === "closed") return;
    if (state.type === "slow-start") state.limit *= 2;
    else state = { type: "slow-start", openedMs: state.openedMs, sinceMs: nowMs, limit: 2, running: 0 };
    if (state.limit >= SLOW_START_ENDS_AT) state = { type: "closed" };
  }

  /** An attempt that had a permit of the slow start has ended. */
  function leave(startedMs: number): void {
    if (state.type === "slow-start" && startedMs >= state.sinceMs) state.running = Math.max(0, state.running - 1);
  }

  return {
    get state() {
      return state.type === "slow-start" ? "closed" : state.type;
    },
    get lastError() {
      return lastError;
    },
    view(nowMs) {
      switch (state.type) {
        case "closed":
          return CLOSED;
        case "open":
          return nowMs < state.untilMs ? { type: "open", untilMs: state.untilMs } : { type: "probe-free" };
        case "half-open":
          return { type: nowMs - state.probeSinceMs >= PROBE_TIMEOUT_MS ? "probe-free" : "probe-busy" };
        default:
          return state.running < state.limit ? CLOSED : { type: "probe-busy" };
      }
    },
    acquire(nowMs) {
      const view = this.view(nowMs);
      if (view.type === "open" || view.type === "probe-busy") return false;
      if (state.type === "slow-start") state.running += 1;
      else if (state.type !== "closed") {
        state = { type: "half-open", openedMs: state.openedMs, probeSinceMs: nowMs };
      }
      return true;
    },
    release(startedMs, nowMs) {
      leave(startedMs);
      if (state.type === "half-open" && startedMs >= state.probeSinceMs)
        state = { type: "open", openedMs: state.openedMs, untilMs: nowMs };
    },
    proven(startedMs, nowMs) {
      if (!isOutdated(startedMs)) widen(nowMs);
    },
    success(startedMs, nowMs) {
      if (isOutdated(startedMs)) return;
      leave(startedMs);
      widen(nowMs);
      openings = 0;
      options.rule.success(nowMs);
    },
    failure(startedMs, nowMs, code, opening = {}) {
      if (isOutdated(startedMs)) return;
      leave(startedMs);
      lastError = code;
      failuresByClass[code] = (failuresByClass[code] ?? 0) + 1;
      const isAtOnce = opening.atOnce === true || opening.forMs !== undefined || state.type === "half-open";
      if (isAtOnce || options.rule.failure(nowMs)) open(nowMs, opening);
    },
    evidence(nowMs) {
      return {
        state: this.state,
        failures: options.rule.failures(),
        remainingMs: state.type === "open" ? Math.max(0, state.untilMs - nowMs) : 0,
        lastError,
        timesOpened,
        failuresByClass: { ...failuresByClass },
        allowedAtOnce: state.type === "slow-start" ? state.limit : state.type === "closed" ? null : 1,
      };
    },
    snapshot(nowMs) {
      const isClosed = state.type === "closed" || state.type === "slow-start";
      const remainingMs = isClosed ? null : state.type === "open" ? Math.max(0, state.untilMs - nowMs) : 0;
      return { remainingMs, openings, timesOpened, lastError, failuresByClass: { ...failuresByClass } };
    },
  };
}

const CLOSED: BreakerView = { type: "closed" };
