// Walks a request's candidates by the decision table until one answers, the client leaves, or nothing is left.

import type { ErrorCode } from "../core/errors.ts";
import { GatewayError } from "../core/errors.ts";
import type { AttemptVerdict } from "../resilience/breakers.ts";
import { DECISIONS, type Decision } from "../resilience/decision-table.ts";
import { AttemptQueue, type Candidate } from "../routing/plan-attempts.ts";
import { isSignatureRefusal } from "../upstream/classify-outcome.ts";
import { runAttempt } from "./attempt.ts";
import type { AttemptOutcome, RequestContext } from "./context.ts";
import { chooseFinalError } from "./final-error.ts";

/** How a request ended, for its record. */
export type RequestOutcome =
  | { readonly type: "done" }
  | { readonly type: "client-gone" }
  /** The client has not been told yet. */
  | { readonly type: "failed"; readonly error: GatewayError; readonly delivered: boolean };

/** Tries the candidates in order. Never rejects. */
export async function runAttempts(
  context: RequestContext,
  candidates: readonly Candidate[],
  probe: ProbeGate,
): Promise<RequestOutcome> {
  const walk = new Walk(context, candidates, probe);
  return await walk.run();
}

/** Lets one request at a time try a candidate whose breaker is open, when all are. One per process. */
export class ProbeGate {
  #isBusy = false;

  enter(): boolean {
    if (this.#isBusy) return false;
    this.#isBusy = true;
    return true;
  }

  leave(): void {
    this.#isBusy = false;
  }
}

class Walk {
  readonly #context: RequestContext;
  readonly #all: readonly Candidate[];
  readonly #queue: AttemptQueue;
  readonly #probe: ProbeGate;
  readonly #failures: GatewayError[] = [];
  /** Upstreams already blamed: one request counts once per upstream. */
  readonly #blamed = new Set<string>();
  #attempts = 0;

  constructor(context: RequestContext, candidates: readonly Candidate[], probe: ProbeGate) {
    this.#context = context;
    this.#all = candidates;
    this.#queue = new AttemptQueue(candidates);
    this.#probe = probe;
  }

  async run(): Promise<RequestOutcome> {
    for (;;) {
      if (this.#context.reply.isGone) return { type: "client-gone" };
      const candidate = this.#isSpent() ? undefined : this.#queue.take((next) => this.#isAllowed(next));
      if (!candidate) break;
      const outcome = await this.#tryCandidate(candidate);
      if (outcome) return outcome;
    }
    if (this.#failures.length > 0) return { type: "failed", error: this.#finalError(), delivered: false };
    return await this.#allOpen();
  }

  /** One candidate with its retries. Returns how the request ended, or undefined to go on with the next candidate. */
  async #tryCandidate(candidate: Candidate, isForcedProbe = false): Promise<RequestOutcome | undefined> {
    let aloneRetries = 0;
    let sameKeyRetries = 0;
    let stripOpaque = false;
    for (;;) {
      const outcome = await this.#attempt(candidate, isForcedProbe, stripOpaque);
      if (outcome.type === "closed") return { type: "done" };
      if (outcome.type !== "failed") return outcome;
      const { error } = outcome;
      if (outcome.delivered) {
        if (!outcome.isRestartable) return { type: "failed", error, delivered: true };
        this.#failures.push(error);
        this.#goOnInside(candidate, error);
        return undefined;
      }
      if (isSignatureRefusal(error) && !stripOpaque) {
        stripOpaque = true;
        continue;
      }
      this.#failures.push(error);
      const decision = DECISIONS[error.code];
      if (decision.next === "return" && !this.#hasShownContent()) {
        return { type: "failed", error: this.#finalError(), delivered: false };
      }
      let delayMs: number | undefined;
      if (decision.sameKeyDelayMs !== undefined && sameKeyRetries === 0) {
        sameKeyRetries += 1;
        delayMs = decision.sameKeyDelayMs;
      } else if (this.#isAlone(candidate)) {
        delayMs = aloneDelay(decision, error, aloneRetries);
        aloneRetries += 1;
      }
      if (delayMs === undefined || this.#isSpent()) {
        this.#reorder(candidate, error.code, decision);
        return undefined;
      }
      await this.#pause(delayMs);
      if (this.#context.reply.isGone) return { type: "client-gone" };
    }
  }

  async #attempt(candidate: Candidate, isForcedProbe: boolean, stripOpaque: boolean): Promise<AttemptOutcome> {
    const { breakers, clock } = this.#context.deps;
    const startedMs = clock.monotonicMs();
    // A candidate opened by another request since it was taken is tried all the same: it is this request's turn.
    if (!isForcedProbe) breakers.acquire(candidate.ids, startedMs);
    this.#attempts += 1;
    const outcome = await runAttempt(this.#context, candidate, { stripOpaque });
    breakers.record(candidate.ids, startedMs, clock.monotonicMs(), this.#verdict(candidate, outcome));
    const { sessionId } = this.#context.facts;
    if (outcome.type === "done" && sessionId !== undefined) {
      this.#context.deps.affinity.remember(sessionId, candidate.ids, startedMs);
    }
    return outcome;
  }

  #verdict(candidate: Candidate, outcome: AttemptOutcome): AttemptVerdict {
    if (outcome.type === "done") return { type: "success" };
    if (outcome.type === "client-gone") return { type: "neutral" };
    const { code, retryAfterMs } = outcome.error;
    const decision = DECISIONS[code];
    if (decision.breaker === null)
      return provesNothing(code) ? { type: "neutral" } : { type: "failure", code, decision, retryAfterMs };
    const blame = `${decision.breaker}:${candidate.upstream.id}:${decision.breaker === "key" ? candidate.ids.keyId : ""}`;
    if (this.#blamed.has(blame)) return { type: "neutral" };
    this.#blamed.add(blame);
    return { type: "failure", code, decision, retryAfterMs };
  }

  /** The answer goes on with another attempt inside it: the others first, then once more the one that broke. */
  #goOnInside(candidate: Candidate, error: GatewayError): void {
    this.#reorder(candidate, error.code, DECISIONS[error.code]);
    this.#queue.putBack(candidate);
  }

  #hasShownContent(): boolean {
    return this.#context.stream?.guard?.hasContent ?? false;
  }

  #reorder(candidate: Candidate, code: ErrorCode, decision: Decision): void {
    const { id } = candidate.upstream;
    if (code === "conversion-refused") this.#queue.dropUpstream(id);
    else if (decision.next === "next-upstream") this.#queue.deferUpstream(id);
    else if (decision.next === "one-more-key") this.#queue.deferUpstreamAfterOneMoreKey(id);
  }

  #isAllowed(candidate: Candidate): boolean {
    const { breakers, clock } = this.#context.deps;
    const { type } = breakers.view(candidate.ids, clock.monotonicMs());
    return type === "closed" || type === "probe-free";
  }

  #isAlone(candidate: Candidate): boolean {
    return !this.#queue.remaining().some((other) => other !== candidate && this.#isAllowed(other));
  }

  #isSpent(): boolean {
    const { maxAttempts, windowMs } = this.#context.inbound.config.failover;
    if (this.#attempts === 0) return false;
    return this.#attempts >= maxAttempts || this.#elapsedMs() > windowMs;
  }

  #elapsedMs(): number {
    return this.#context.deps.clock.monotonicMs() - this.#context.inbound.startedMs;
  }

  /** Waits, or until the client leaves. */
  #pause(delayMs: number): Promise<void> {
    if (delayMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#context.reply.onGone(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Nothing could be tried: every breaker is open, or there is no upstream. */
  async #allOpen(): Promise<RequestOutcome> {
    const { config } = this.#context.inbound;
    if (this.#all.length > 0 && config.failover.allOpen === "probe") {
      const candidate = this.#soonestToProbe();
      if (candidate && this.#probe.enter()) {
        try {
          const outcome = await this.#tryCandidate(candidate, true);
          return outcome ?? { type: "failed", error: this.#finalError(), delivered: false };
        } finally {
          this.#probe.leave();
        }
      }
    }
    return { type: "failed", error: this.#noneAvailable(), delivered: false };
  }

  /** The candidate that opens up first, among those that are not closed for their key. */
  #soonestToProbe(): Candidate | undefined {
    const now = this.#context.deps.clock.monotonicMs();
    let soonest: Candidate | undefined;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const candidate of this.#all) {
      const view = this.#context.deps.breakers.view(candidate.ids, now);
      if (view.type !== "open" || view.scope === "key" || view.untilMs >= soonestMs) continue;
      soonest = candidate;
      soonestMs = view.untilMs;
    }
    return soonest;
  }

  /** When the first candidate may be tried again, milliseconds from now; undefined when one may be at once. */
  #soonestMs(): number | undefined {
    const now = this.#context.deps.clock.monotonicMs();
    let soonest: number | undefined;
    for (const candidate of this.#all) {
      const view = this.#context.deps.breakers.view(candidate.ids, now);
      if (view.type !== "open") return undefined;
      const wait = view.untilMs - now;
      if (soonest === undefined || wait < soonest) soonest = wait;
    }
    return soonest;
  }

  #noneAvailable(): GatewayError {
    const soonestMs = this.#soonestMs();
    // The seed's words: scripts match on them.
    return new GatewayError("no-upstream-available", "No available upstreams", {
      retryAfterMs: this.#all.length === 0 ? undefined : Math.min(soonestMs ?? 1000, 60_000),
      shouldRetry: this.#all.length > 0,
    });
  }

  #finalError(): GatewayError {
    const { inbound } = this.#context;
    return chooseFinalError(this.#failures, {
      clientProtocol: inbound.protocol.id,
      soonestMs: this.#soonestMs(),
      passUpstreamAuthErrors: inbound.config.failover.passUpstreamAuthErrors,
    });
  }
}

/** Wait before the n-th retry on the only candidate; undefined when there is to be none. */
function aloneDelay(decision: Decision, error: GatewayError, retries: number): number | undefined {
  const planned = decision.aloneRetryDelaysMs[retries];
  if (planned === undefined || error.retryAfterMs === undefined) return planned;
  // A short hint is waited out; with a long one the client is told instead.
  return error.retryAfterMs <= 10_000 ? Math.max(planned, error.retryAfterMs) : undefined;
}

/** Failures that say nothing about any breaker. */
function provesNothing(code: ErrorCode): boolean {
  return !code.startsWith("upstream-");
}
