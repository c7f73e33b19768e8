// All breakers of the process, by scope and stable id. The map is bounded by the configuration.

import type { ErrorCode } from "../core/errors.ts";
import {
  type BreakerEvidence,
  type BreakerView,
  type CircuitBreaker,
  createCircuitBreaker,
} from "./circuit-breaker.ts";
import type { BreakerScope, Decision } from "./decision-table.ts";
import { createConsecutiveRule, createEitherRule, createWindowRule } from "./trip-rule.ts";

/** The three breakers a candidate stands behind. */
export interface CandidateIds {
  readonly upstreamId: string;
  /** Model at the upstream. */
  readonly model: string;
  /** Fingerprint of the key; "" for none. */
  readonly keyId: string;
}

export interface BreakerDefaults {
  readonly failureThreshold: number;
  readonly openMs: number;
}

/** A change worth telling: a breaker opened or closed. */
export interface BreakerChange {
  readonly scope: BreakerScope;
  readonly id: string;
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

/** A candidate's strictest breaker; `scope` tells which. */
export type CandidateView = BreakerView & { readonly scope: BreakerScope };

export interface Breakers {
  /** The strictest view over the candidate's three breakers; among open ones the one that opens up last. */
  view(ids: CandidateIds, nowMs: number): CandidateView;
  /** Takes permits on all three, or on none. */
  acquire(ids: CandidateIds, nowMs: number): boolean;
  /** Records how an attempt that started at `startedMs` ended, and gives its permits back. */
  record(ids: CandidateIds, startedMs: number, nowMs: number, verdict: AttemptVerdict): void;
  /** Forgets the breakers of these upstreams (their configuration changed) and of upstreams not in `known`. */
  reset(changed: ReadonlySet<string>, known: ReadonlySet<string>): void;
  /** Forgets one breaker, named as in its row; false when there is none. */
  resetOne(scope: BreakerScope, id: string, nowMs: number): boolean;
  rows(nowMs: number): BreakerRow[];
}

/** Models per upstream that get a breaker of their own; beyond that, the rest share one. */
const MAX_MODELS_PER_UPSTREAM = 1000;
const KEY_MAX_OPEN_MS = 30 * 60_000;

/** Creates the registry. `onChange` hears of every opening and closing. */
export function createBreakers(defaults: () => BreakerDefaults, onChange: (change: BreakerChange) => void): Breakers {
  const scopes: Record<BreakerScope, Map<string, Map<string, CircuitBreaker>>> = {
    upstream: new Map(),
    model: new Map(),
    key: new Map(),
  };

  function create(scope: BreakerScope): CircuitBreaker {
    const { failureThreshold, openMs } = defaults();
    const consecutive = createConsecutiveRule(failureThreshold);
    if (scope === "upstream") {
      const window = createWindowRule({
        windowMs: 60_000,
        // An operator who wants more failures in a row before it opens wants no fewer of them in the window.
        minRequests: Math.max(10, failureThreshold),
        rate: 0.5,
      });
      return createCircuitBreaker({
        rule: createEitherRule(consecutive, window),
        openMs,
        openMultiplier: 1,
        maxOpenMs: Math.max(openMs, 300_000),
      });
    }
    const openMultiplier = scope === "key" ? 2 : 1;
    return createCircuitBreaker({
      rule: consecutive,
      openMs,
      openMultiplier,
      maxOpenMs: Math.max(openMs, KEY_MAX_OPEN_MS),
    });
  }

  function find(scope: BreakerScope, ids: CandidateIds): CircuitBreaker | undefined {
    return scopes[scope].get(ids.upstreamId)?.get(innerId(scope, ids));
  }

  function findOrCreate(scope: BreakerScope, ids: CandidateIds): CircuitBreaker {
    let group = scopes[scope].get(ids.upstreamId);
    if (!group) {
      group = new Map();
      scopes[scope].set(ids.upstreamId, group);
    }
    let id = innerId(scope, ids);
    if (!group.has(id) && group.size >= MAX_MODELS_PER_UPSTREAM) id = "*";
    let breaker = group.get(id);
    if (!breaker) {
      breaker = create(scope);
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
    const evidence = breaker.evidence(nowMs);
    if (evidence.state !== before)
      onChange({ scope, id: rowId(scope, ids.upstreamId, innerId(scope, ids)), state: evidence.state, evidence });
  }

  return {
    view(ids, nowMs) {
      let strictest: CandidateView = CLOSED;
      for (const scope of SCOPES) {
        const view = find(scope, ids)?.view(nowMs);
        if (!view || view.type === "closed" || RANK[view.type] < RANK[strictest.type]) continue;
        const isLater = view.type === "open" && strictest.type === "open" && view.untilMs > strictest.untilMs;
        if (RANK[view.type] > RANK[strictest.type] || isLater) strictest = { ...view, scope };
      }
      return strictest;
    },
    acquire(ids, nowMs) {
      const breakers = existing(ids);
      for (const breaker of breakers) {
        const { type } = breaker.view(nowMs);
        if (type === "open" || type === "probe-busy") return false;
      }
      for (const breaker of breakers) breaker.acquire(nowMs);
      return true;
    },
    record(ids, startedMs, nowMs, verdict) {
      const blamed = verdict.type === "failure" ? verdict.decision.breaker : null;
      for (const scope of SCOPES) {
        const breaker = scope === blamed ? findOrCreate(scope, ids) : find(scope, ids);
        if (!breaker) continue;
        const before = breaker.evidence(nowMs).state;
        if (verdict.type === "success") breaker.success(startedMs, nowMs);
        else if (verdict.type === "failure" && scope === blamed) {
          breaker.failure(startedMs, nowMs, verdict.code, openFor(verdict.decision, verdict.retryAfterMs));
        } else breaker.release(nowMs);
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
        for (const [subject, breaker] of group) {
          if (rowId(scope, upstreamId, subject) !== id) continue;
          const before = breaker.evidence(nowMs).state;
          breaker.reset();
          group.delete(subject);
          if (before !== "closed") onChange({ scope, id, state: "closed", evidence: breaker.evidence(nowMs) });
          return true;
        }
      }
      return false;
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

const CLOSED: CandidateView = { type: "closed", scope: "upstream" };
const SCOPES: readonly BreakerScope[] = ["upstream", "model", "key"];
const RANK: Readonly<Record<BreakerView["type"], number>> = { closed: 0, "probe-free": 1, "probe-busy": 2, open: 3 };

/** How long a failure opens its breaker at once; undefined leaves it to the counting rule. */
function openFor(decision: Decision, retryAfterMs: number | undefined): number | undefined {
  if (retryAfterMs !== undefined && retryAfterMs > 0 && decision.hintCapMs > 0)
    return Math.min(retryAfterMs, decision.hintCapMs);
  return decision.openAtOnceMs;
}

function innerId(scope: BreakerScope, ids: CandidateIds): string {
  if (scope === "upstream") return "";
  return scope === "model" ? ids.model : ids.keyId;
}

function rowId(scope: BreakerScope, upstreamId: string, id: string): string {
  if (scope === "upstream") return upstreamId;
  return scope === "model" ? `${upstreamId}/${id}` : `${upstreamId}#${id}`;
}
