// One circuit breaker: closed, open, half-open with a single probe. Time comes in as an argument.

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

type State =
  | { readonly type: "closed" }
  | { readonly type: "open"; readonly sinceMs: number; readonly untilMs: number }
  | { readonly type: "half-open"; readonly probeSinceMs: number };

/** What a caller may do with a candidate now. */
export type BreakerView =
  | { readonly type: "closed" }
  | { readonly type: "open"; readonly untilMs: number }
  /** The open time is over: one request may try. */
  | { readonly type: "probe-free" }
  | { readonly type: "probe-busy" };

/** For people: why a breaker is as it is. */
export interface BreakerEvidence {
  readonly state: "closed" | "open" | "half-open";
  readonly failures: number;
  /** Milliseconds until a probe is allowed; 0 unless open. */
  readonly remainingMs: number;
  readonly lastError: string | undefined;
  readonly timesOpened: number;
}

/** A probe that never reported back is taken for lost after this time. */
const PROBE_TIMEOUT_MS = 30_000;

/** A breaker; all times are of one monotonic clock. */
export interface CircuitBreaker {
  view(nowMs: number): BreakerView;
  /** Takes the probe permit when the open time is over; a no-op when closed. Returns false when not allowed. */
  acquire(nowMs: number): boolean;
  /** Gives a probe permit back without a verdict (client gone, another scope's fault). */
  release(nowMs: number): void;
  /** `startedMs` is when the request began: results older than the opening say nothing about now. */
  success(startedMs: number, nowMs: number): void;
  /** Counts a failure. `openForMs` opens at once for that long, whatever the rule says. */
  failure(startedMs: number, nowMs: number, code: ErrorCode, openForMs?: number): void;
  reset(): void;
  evidence(nowMs: number): BreakerEvidence;
}

/** Creates a closed breaker. */
export function createCircuitBreaker(options: BreakerOptions): CircuitBreaker {
  let state: State = { type: "closed" };
  let openings = 0;
  let timesOpened = 0;
  let lastError: string | undefined;

  function open(nowMs: number, forMs: number | undefined): void {
    const ladder = Math.min(options.maxOpenMs, options.openMs * options.openMultiplier ** openings);
    state = { type: "open", sinceMs: nowMs, untilMs: nowMs + (forMs ?? ladder) };
    openings += 1;
    timesOpened += 1;
    options.rule.reset();
  }

  return {
    view(nowMs) {
      if (state.type === "closed") return state;
      if (state.type === "open") {
        return nowMs < state.untilMs ? { type: "open", untilMs: state.untilMs } : { type: "probe-free" };
      }
      return { type: nowMs - state.probeSinceMs >= PROBE_TIMEOUT_MS ? "probe-free" : "probe-busy" };
    },
    acquire(nowMs) {
      const view = this.view(nowMs);
      if (view.type === "closed") return true;
      if (view.type !== "probe-free") return false;
      state = { type: "half-open", probeSinceMs: nowMs };
      return true;
    },
    release(nowMs) {
      if (state.type === "half-open") state = { type: "open", sinceMs: nowMs, untilMs: nowMs };
    },
    success(startedMs, nowMs) {
      if (state.type === "open" && startedMs < state.sinceMs) return;
      state = { type: "closed" };
      openings = 0;
      options.rule.success(nowMs);
    },
    failure(startedMs, nowMs, code, openForMs) {
      if (state.type === "open" && startedMs < state.sinceMs) return;
      lastError = code;
      if (openForMs !== undefined || state.type === "half-open") {
        open(nowMs, openForMs);
        return;
      }
      if (options.rule.failure(nowMs)) open(nowMs, undefined);
    },
    reset() {
      state = { type: "closed" };
      openings = 0;
      lastError = undefined;
      options.rule.reset();
    },
    evidence(nowMs) {
      return {
        state: state.type,
        failures: options.rule.failures(),
        remainingMs: state.type === "open" ? Math.max(0, state.untilMs - nowMs) : 0,
        lastError,
        timesOpened,
      };
    },
  };
}
