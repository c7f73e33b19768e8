// What to do after each class of failure: the table of the fail-over policy (docs/reliability.md), as code.

import type { ErrorCode } from "../core/errors.ts";

/** Which breaker a failure counts against. */
export type BreakerScope = "upstream" | "model" | "key";

export interface Decision {
  /**
   * Where to go next. `next-key`: the plan's next candidate, keys of this upstream first. `next-upstream`: this
   * upstream's other keys move to the end of the plan. `one-more-key`: next-key once per upstream and request, then
   * next-upstream. `return`: the client gets this answer.
   */
  readonly next: "next-key" | "one-more-key" | "next-upstream" | "return";
  /** Tries again on the same candidate first, when it is the only one left: waits in milliseconds, one per retry. */
  readonly aloneRetryDelaysMs: readonly number[];
  /** Tries again on the same candidate once, whatever else there is: wait in milliseconds. */
  readonly sameKeyDelayMs?: number;
  readonly breaker: BreakerScope | null;
  /** Opens the breaker at once for this long, milliseconds; a wait time told by the upstream goes before it. */
  readonly openAtOnceMs?: number;
  /** Longest wait time of an upstream that is believed, milliseconds; 0 to ignore such hints. */
  readonly hintCapMs: number;
}

const MINUTE = 60_000;

/** One row per class of failure. */
// biome-ignore format: the rows are read as a table
export const DECISIONS: Readonly<Record<ErrorCode, Decision>> = {
  // class                           next             alone: same again      breaker     opens at once     hint believed up to
  "upstream-transport":        { next: "next-upstream", aloneRetryDelaysMs: [],           breaker: "upstream", hintCapMs: 0 },
  "upstream-timeout":          { next: "next-upstream", aloneRetryDelaysMs: [],           breaker: "upstream", hintCapMs: 0 },
  "upstream-server-error":     { next: "one-more-key",  aloneRetryDelaysMs: [],           breaker: "upstream", hintCapMs: 5 * MINUTE },
  "upstream-malformed":        { next: "one-more-key",  aloneRetryDelaysMs: [],           breaker: "upstream", hintCapMs: 0 },
  "upstream-empty":            { next: "next-upstream", aloneRetryDelaysMs: [0],          breaker: null,       hintCapMs: 0 },
  "upstream-truncated":        { next: "next-upstream", aloneRetryDelaysMs: [0],          breaker: "upstream", hintCapMs: 0 },
  "upstream-overloaded":       { next: "next-upstream", aloneRetryDelaysMs: [1000, 2000], breaker: "model",    hintCapMs: 5 * MINUTE },
  "upstream-rate-limited":     { next: "next-key",      aloneRetryDelaysMs: [2000],       breaker: "key",      hintCapMs: 15 * MINUTE },
  "upstream-quota-exhausted":  { next: "next-key",      aloneRetryDelaysMs: [],           breaker: "key",      openAtOnceMs: 15 * MINUTE, hintCapMs: 6 * 60 * MINUTE },
  "upstream-key-invalid":      { next: "next-key",      aloneRetryDelaysMs: [500],        breaker: "key",      hintCapMs: 0 },
  "upstream-model-missing":    { next: "one-more-key",  aloneRetryDelaysMs: [],           breaker: "model",    openAtOnceMs: 10 * MINUTE, hintCapMs: 0 },
  "upstream-conflict":         { next: "next-upstream", aloneRetryDelaysMs: [], sameKeyDelayMs: 500, breaker: null, hintCapMs: 0 },
  "upstream-request-rejected": { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "upstream-context-length":   { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "upstream-content-filtered": { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "upstream-too-large":        { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "conversion-refused":        { next: "next-upstream", aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "no-upstream-available":     { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "gateway-overloaded":        { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "gateway-shutting-down":     { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "gateway-internal":          { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "client-invalid-request":    { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "client-unauthenticated":    { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "client-forbidden":          { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "client-not-found":          { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "client-method-not-allowed": { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "client-too-large":          { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "client-unsupported-media":  { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "client-upgrade-refused":    { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "client-rate-limited":       { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
  "client-closed":             { next: "return",        aloneRetryDelaysMs: [],           breaker: null,       hintCapMs: 0 },
};
