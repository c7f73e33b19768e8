// All breakers of the process, by scope and stable id. The map is bounded by the configuration.

import type { ErrorCode } from "../core/errors.ts";
import {
  type BreakerEvidence,
  type BreakerSnapshot,
  type BreakerView,
  type CircuitBreaker,
  createCircuitBreaker,
  type Opening,
} from "./circuit-breaker.ts";
import type { BreakerScope, Decision } from "./decision-table.ts";
import { createConsecutiveRule, createEitherRule, createWindowRule, type TripRule } from "./trip-rule.ts";

/** The three breakers a candidate stands behind. */
export interface CandidateIds {
  readonly upstreamId: string;
  /** Model at the upstream. */
  readonly model: string;
  /** Fingerprint of the key; "" for none. */
  readonly keyId: string;
}

/** As in `BreakerSettings` of the configuration. */
export interface BreakerRules {
  readonly failureThreshold: number;
  readonly openMs: number;
  readonly openMultiplier: number;
  readonly maxOpenMs: number;
  readonly windowMs: number;
  readonly windowMinRequests: number;
  readonly windowFailureRate: number;
}

/** A change worth telling: a breaker opened, lets a probe through, or closed. */
export interface BreakerChange {
  readonly scope: BreakerScope;
  readonly id: string;
  /** As in the row. */
  readonly upstreamId: string;
  readonly subject: string;
  readonly state: "closed" | "open" | "half-open";
  readonly evidence: BreakerEvidence;
}

export interface BreakerRow extends BreakerEvidence {
  readonly scope: BreakerScope;
  /** `upstream`, `upstream/model` or `upstream#key fingerprint`. */
  readonly id: string;
  readonly upstreamId: string;
  /** Model or key fingerprint; "" for the upstream itself. */
  readonly subject: string;
}

/** How a finished attempt counts. */
export type AttemptVerdict =
  | { readonly type: "success" }
  | {
      readonly type: "failure";
      readonly code: ErrorCode;
      readonly decision: Decision;
      /** Wait time told by the upstream, milliseconds. */
      readonly retryAfterMs: number | undefined;
    }
  /** Says nothing about the upstream: client gone, our own fault. */
  | { readonly type: "neutral" };

/** All that survives a restart, as plain data. */
export interface BreakersSnapshot {
  /** Milliseconds since the Unix epoch. */
  readonly takenAt: number;
  readonly breakers: readonly SavedBreaker[];
}

export interface SavedBreaker extends BreakerSnapshot {
  readonly scope: BreakerScope;
  readonly upstreamId: string;
  /** Model, key fingerprint, or "" for an upstream. */
  readonly inner: string;
}

/** A candidate's strictest breaker; `scope` tells which. */
export type CandidateView = BreakerView & {
  readonly scope: BreakerScope;
  /** The last failures of all its open breakers. */
  readonly causes: readonly ErrorCode[];
};

export interface Breakers {
  /** The strictest view over the candidate's three breakers; among open ones the one that opens up last. */
  view(ids: CandidateIds, nowMs: number): CandidateView;
  /** Takes permits on all three for an attempt that starts now, or on none. */
  acquire(ids: CandidateIds, nowMs: number): boolean;
  /** The attempt has brought its first content: a probe need not last as long as its answer. */
  proven(ids: CandidateIds, startedMs: number, nowMs: number): void;
  /** Records how an attempt that started at `startedMs` ended, and gives its permits back. */
  record(ids: CandidateIds, startedMs: number, nowMs: number, verdict: AttemptVerdict): void;
  /** Forgets the breakers of these upstreams (their configuration changed) and of upstreams not in `known`. */
  reset(changed: ReadonlySet<string>, known: ReadonlySet<string>): void;
  /** Closes one breaker and forgets what it has counted; `id` as in its row. False when there is none. */
  resetOne(scope: BreakerScope, id: string, nowMs: number): boolean;
  /** The breakers that have something to remember. */
  snapshot(nowMs: number, wallMs: number): BreakersSnapshot;
  /**
   * Takes up what an earlier run left, less the time that has passed since by the wall clock; a clock that went back
   * shortens nothing. For use before the first request.
   */
  restore(saved: BreakersSnapshot, nowMs: number, wallMs: number): void;
  rows(nowMs: number): BreakerRow[];
}

/** Models per upstream that get a breaker of their own; beyond that, the rest share one. */
const MAX_MODELS_PER_UPSTREAM = 1000;

/** Creates the registry. `rulesOf` is asked when a breaker is made; `onChange` hears of every change of state. */
export function createBreakers(
  rulesOf: (upstreamId: string) => BreakerRules,
  onChange: (change: BreakerChange) => void,
): Breakers {
  const scopes: Record<BreakerScope, Map<string, Map<string, CircuitBreaker>>> = {
    upstream: new Map(),
    model: new Map(),
    key: new Map(),
  };

  function create(scope: BreakerScope, upstreamId: string, was?: BreakerSnapshot, nowMs?: number): CircuitBreaker {
    const rules = rulesOf(upstreamId);
    const { openMs, openMultiplier } = rules;
    const maxOpenMs = Math.max(openMs, rules.maxOpenMs);
    return createCircuitBreaker({ rule: tripRule(scope, rules), openMs, openMultiplier, maxOpenMs }, was, nowMs);
  }

  function find(scope: BreakerScope, ids: CandidateIds): CircuitBreaker | undefined {
    return scopes[scope].get(ids.upstreamId)?.get(innerId(scope, ids));
  }

  function groupOf(scope: BreakerScope, { upstreamId }: CandidateIds): Map<string, CircuitBreaker> {
    let group = scopes[scope].get(upstreamId);
    if (!group) {
      group = new Map();
      scopes[scope].set(upstreamId, group);
    }
    return group;
  }

  function findOrCreate(scope: BreakerScope, ids: CandidateIds): CircuitBreaker {
    const group = groupOf(scope, ids);
    let id = innerId(scope, ids);
    if (!group.has(id) && group.size >= MAX_MODELS_PER_UPSTREAM) id = "*";
    let breaker = group.get(id);
    if (!breaker) {
      breaker = create(scope, ids.upstreamId);
      group.set(id, breaker);
    }
    return breaker;
  }

  function existing(ids: CandidateIds): CircuitBreaker[] {
    const found: CircuitBreaker[] = [];
    for (const scope of SCOPES) {
      const breaker = find(scope, ids);
      if (breaker) found.push(breaker);
    }
    return found;
  }

  function tell(scope: BreakerScope, ids: CandidateIds, before: string, breaker: CircuitBreaker, nowMs: number): void {
    if (breaker.state === before) return;
    const evidence = breaker.evidence(nowMs);
    onChange(changeOf(scope, ids.upstreamId, innerId(scope, ids), evidence));
  }

  return {
    view(ids, nowMs) {
      let strictest: CandidateView = CLOSED;
      let causes: ErrorCode[] = NO_CAUSES;
      for (const scope of SCOPES) {
        const breaker = find(scope, ids);
        const view = breaker?.view(nowMs);
        if (!view || view.type === "closed") continue;
        if (view.type === "open" && breaker?.lastError) causes = [...causes, breaker.lastError];
        if (RANK[view.type] < RANK[strictest.type]) continue;
        const isLater = view.type === "open" && strictest.type === "open" && view.untilMs > strictest.untilMs;
        if (RANK[view.type] > RANK[strictest.type] || isLater) strictest = { ...view, scope, causes };
      }
      return strictest.causes === causes ? strictest : { ...strictest, causes };
    },
    acquire(ids, nowMs) {
      const breakers = existing(ids);
      for (const breaker of breakers) {
        const { type } = breaker.view(nowMs);
        if (type === "open" || type === "probe-busy") return false;
      }
      for (const scope of SCOPES) {
        const breaker = find(scope, ids);
        if (!breaker) continue;
        const before = breaker.state;
        breaker.acquire(nowMs);
        tell(scope, ids, before, breaker, nowMs);
      }
      return true;
    },
    proven(ids, startedMs, nowMs) {
      for (const scope of SCOPES) {
        const breaker = find(scope, ids);
        if (!breaker) continue;
        const before = breaker.state;
        breaker.proven(startedMs, nowMs);
        tell(scope, ids, before, breaker, nowMs);
      }
    },
    record(ids, startedMs, nowMs, verdict) {
      const blamed = blamedScope(verdict);
      for (const scope of SCOPES) {
        const breaker = scope === blamed ? findOrCreate(scope, ids) : find(scope, ids);
        if (!breaker) continue;
        const before = breaker.state;
        if (verdict.type === "success") breaker.success(startedMs, nowMs);
        else if (verdict.type === "failure" && scope === blamed) {
          breaker.failure(startedMs, nowMs, verdict.code, openingOf(verdict.decision, verdict.retryAfterMs));
        } else {
          breaker.release(startedMs, nowMs);
          continue;
        }
        tell(scope, ids, before, breaker, nowMs);
      }
    },
    reset(changed, known) {
      for (const scope of SCOPES) {
        for (const upstreamId of [...scopes[scope].keys()]) {
          if (changed.has(upstreamId) || !known.has(upstreamId)) scopes[scope].delete(upstreamId);
        }
      }
    },
    resetOne(scope, id, nowMs) {
      for (const [upstreamId, group] of scopes[scope]) {
        for (const [inner, breaker] of group) {
          if (rowId(scope, upstreamId, inner) !== id) continue;
          const wasOpen = breaker.state !== "closed";
          group.delete(inner);
          const evidence = create(scope, upstreamId).evidence(nowMs);
          if (wasOpen) onChange(changeOf(scope, upstreamId, inner, evidence));
          return true;
        }
      }
      return false;
    },
    snapshot(nowMs, wallMs) {
      const saved: SavedBreaker[] = [];
      for (const scope of SCOPES) {
        for (const [upstreamId, group] of scopes[scope]) {
          for (const [inner, breaker] of group) {
            const snapshot = breaker.snapshot(nowMs);
            if (snapshot.remainingMs !== null) saved.push({ scope, upstreamId, inner, ...snapshot });
          }
        }
      }
      return { takenAt: wallMs, breakers: saved };
    },
    restore(saved, nowMs, wallMs) {
      const passedMs = Math.max(0, wallMs - saved.takenAt);
      for (const entry of saved.breakers) {
        const ids = { upstreamId: entry.upstreamId, model: entry.inner, keyId: entry.inner };
        const remainingMs = Math.max(0, (entry.remainingMs ?? 0) - passedMs);
        groupOf(entry.scope, ids).set(
          entry.inner,
          create(entry.scope, entry.upstreamId, { ...entry, remainingMs }, nowMs),
        );
      }
    },
    rows(nowMs) {
      const rows: BreakerRow[] = [];
      for (const scope of SCOPES) {
        for (const [upstreamId, group] of scopes[scope]) {
          for (const [subject, breaker] of group) {
            const id = rowId(scope, upstreamId, subject);
            rows.push({ scope, id, upstreamId, subject, ...breaker.evidence(nowMs) });
          }
        }
      }
      return rows;
    },
  };
}

const NO_CAUSES: ErrorCode[] = [];
const CLOSED: CandidateView = { type: "closed", scope: "upstream", causes: NO_CAUSES };
const SCOPES: readonly BreakerScope[] = ["upstream", "model", "key"];
const RANK: Readonly<Record<BreakerView["type"], number>> = { closed: 0, "probe-free": 1, "probe-busy": 2, open: 3 };

/** Upstreams also open when they fail too often without failing in a row. */
function tripRule(scope: BreakerScope, rules: BreakerRules): TripRule {
  const consecutive = createConsecutiveRule(rules.failureThreshold);
  if (scope !== "upstream" || rules.windowFailureRate === 0) return consecutive;
  const window = createWindowRule({
    windowMs: rules.windowMs,
    // An operator who wants more failures in a row before it opens wants no fewer of them in the window.
    minRequests: Math.max(rules.windowMinRequests, rules.failureThreshold),
    rate: rules.windowFailureRate,
  });
  return createEitherRule(consecutive, window);
}

/** The scope that a failure counts against; null for none. */
function blamedScope(verdict: AttemptVerdict): BreakerScope | null {
  if (verdict.type !== "failure") return null;
  const { decision, retryAfterMs } = verdict;
  return decision.countsOnlyWithHint && !retryAfterMs ? null : decision.breaker;
}

/** How a failure of this class opens its breaker; a wait told by the upstream goes before the table. */
function openingOf(decision: Decision, retryAfterMs: number | undefined): Opening {
  const { openAtOnceMs, doublesUpToMs, hintCapMs } = decision;
  if (retryAfterMs !== undefined && retryAfterMs > 0 && hintCapMs > 0)
    return { forMs: Math.min(retryAfterMs, hintCapMs) };
  return { atOnce: openAtOnceMs !== undefined, firstMs: openAtOnceMs, doublesUpToMs };
}

function changeOf(scope: BreakerScope, upstreamId: string, subject: string, evidence: BreakerEvidence): BreakerChange {
  return { scope, id: rowId(scope, upstreamId, subject), upstreamId, subject, state: evidence.state, evidence };
}

function innerId(scope: BreakerScope, ids: CandidateIds): string {
  if (scope === "upstream") return "";
  return scope === "model" ? ids.model : ids.keyId;
}

function rowId(scope: BreakerScope, upstreamId: string, id: string): string {
  if (scope === "upstream") return upstreamId;
  return scope === "model" ? `${upstreamId}/${id}` : `${upstreamId}#${id}`;
}
