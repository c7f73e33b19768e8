// What to do after each class of failure: the table of the fail-over policy (docs/reliability.md), as code.

import type { ErrorCode } from "../core/errors.ts";

/** Which breaker a failure counts against. */
export type BreakerScope = "upstream" | "model" | "key";

/**
 * Where to go next. `next-key`: the plan's next candidate, keys of this upstream first. `next-upstream`: this
 * upstream's other keys move to the end of the plan. `one-more-key`: next-key once per upstream and request, then
 * next-upstream. `other-model`, `other-format`: only candidates that differ in it are left. `return`: the client gets
 * this answer.
 */
export type NextStep = "next-key" | "one-more-key" | "next-upstream" | "other-model" | "other-format" | "return";

export interface Decision {
  readonly next: NextStep;
  /** Tries again on the same candidate first, when it is the only one left: waits in milliseconds, one per retry. */
  readonly aloneRetryDelaysMs: readonly number[];
  /** Tries again on the same candidate once, whatever else there is: wait in milliseconds. */
  readonly sameKeyDelayMs?: number;
  /** A coding agent's request may walk through all candidates again: the next try can turn out otherwise. */
  readonly isPassing?: true;
  readonly breaker: BreakerScope | null;
  /** Opens the breaker at once for this long, milliseconds; a wait time told by the upstream goes before it. */
  readonly openAtOnceMs?: number;
  /** Each further opening without a success in between is twice as long, up to this; absent: as the breaker is set. */
  readonly doublesUpToMs?: number;
  /** Longest wait time of an upstream that is believed, milliseconds; 0 to ignore such hints. */
  readonly hintCapMs: number;
  /** Counts for nothing unless a wait time comes with it. */
  readonly countsOnlyWithHint?: true;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** One row per class of failure. */
// biome-ignore format: the rows are read as a table
export const DECISIONS: Readonly<Record<ErrorCode, Decision>> = {
  // class                           next             alone: same again                        breaker        opens, doubling up to           hint believed up to
  "upstream-transport":          { next: "next-upstream",  aloneRetryDelaysMs: [],           isPassing: true, breaker: "upstream",                                                           hintCapMs: 0 },
  "upstream-timeout":            { next: "next-upstream",  aloneRetryDelaysMs: [],                            breaker: "upstream",                                                           hintCapMs: 0 },
  "upstream-server-error":       { next: "one-more-key",   aloneRetryDelaysMs: [],           isPassing: true, breaker: "upstream",                                                           hintCapMs: 5 * MINUTE },
  "upstream-malformed":          { next: "one-more-key",   aloneRetryDelaysMs: [],           isPassing: true, breaker: "upstream",                                                           hintCapMs: 0 },
  "upstream-empty":              { next: "next-upstream",  aloneRetryDelaysMs: [0],          isPassing: true, breaker: null,                                                                 hintCapMs: 0 },
  "upstream-gave-up":            { next: "next-upstream",  aloneRetryDelaysMs: [0],          isPassing: true, breaker: null,                                                                 hintCapMs: 0 },
  "upstream-truncated":          { next: "next-upstream",  aloneRetryDelaysMs: [0],          isPassing: true, breaker: "upstream",                                                           hintCapMs: 0 },
  "upstream-overloaded":         { next: "next-upstream",  aloneRetryDelaysMs: [1000, 2000], isPassing: true, breaker: "model",                                                              hintCapMs: 5 * MINUTE },
  "upstream-rate-limited":       { next: "next-key",       aloneRetryDelaysMs: [2000],       isPassing: true, breaker: "key",      doublesUpToMs: 15 * MINUTE,                               hintCapMs: 15 * MINUTE },
  "upstream-quota-exhausted":    { next: "next-key",       aloneRetryDelaysMs: [],                            breaker: "key",      openAtOnceMs: 15 * MINUTE, doublesUpToMs: 6 * HOUR,       hintCapMs: 6 * HOUR },
  "upstream-key-invalid":        { next: "next-key",       aloneRetryDelaysMs: [500],                         breaker: "key",      doublesUpToMs: 30 * MINUTE,                               hintCapMs: 0 },
  "upstream-model-missing":      { next: "one-more-key",   aloneRetryDelaysMs: [],                            breaker: "model",    openAtOnceMs: 10 * MINUTE, doublesUpToMs: 10 * MINUTE,    hintCapMs: 0 },
  "upstream-conflict":           { next: "next-upstream",  aloneRetryDelaysMs: [],                            breaker: null,       sameKeyDelayMs: 500,                                      hintCapMs: 0 },
  "upstream-ruled-out":          { next: "next-key",       aloneRetryDelaysMs: [],                            breaker: "key",      countsOnlyWithHint: true,                                 hintCapMs: 24 * HOUR },
  "upstream-request-rejected":   { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "upstream-context-length":     { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "upstream-content-filtered":   { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "upstream-too-large":          { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "conversion-refused":          { next: "next-upstream",  aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "gateway-proxy-failed":        { next: "next-upstream",  aloneRetryDelaysMs: [],           isPassing: true, breaker: null,                                                                 hintCapMs: 0 },
  "gateway-deadline":            { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "no-upstream-available":       { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "gateway-overloaded":          { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "gateway-shutting-down":       { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "gateway-loop":                { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "gateway-interrupted":         { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "gateway-internal":            { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-invalid-request":      { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-unauthenticated":      { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-forbidden":            { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-not-found":            { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-method-not-allowed":   { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-too-large":            { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-unsupported-media":    { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-upgrade-refused":      { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-rate-limited":         { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-quota-exhausted":      { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
  "client-closed":               { next: "return",         aloneRetryDelaysMs: [],                            breaker: null,                                                                 hintCapMs: 0 },
};

/** Answers about the request itself that an operator may have asked elsewhere all the same. */
export interface FailoverChoices {
  readonly contextLength: boolean;
  readonly contentFilter: boolean;
  readonly conversionSuspect: boolean;
}

/** What is decided about, of an error. */
export interface DecidedFailure {
  readonly code: ErrorCode;
  /** `conversion_suspect` where the request had been converted. */
  readonly outcome: string;
}

/** The table's row for a failure, with the operator's choices. */
export function decide({ code, outcome }: DecidedFailure, choices: FailoverChoices): Decision {
  const decision = DECISIONS[code];
  if (code === "upstream-context-length" && choices.contextLength) return { ...decision, next: "other-model" };
  if (code === "upstream-content-filtered" && choices.contentFilter) return { ...decision, next: "next-upstream" };
  if (outcome === "conversion_suspect" && choices.conversionSuspect) return { ...decision, next: "other-format" };
  return decision;
}
