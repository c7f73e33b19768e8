// Walks a request's candidates by the decision table until one answers, the client leaves, or nothing is left.

import type { ErrorCode } from "../core/errors.ts";
import { GatewayError } from "../core/errors.ts";
import type { IrRequest } from "../core/request.ts";
import { holdsOpaque, lastOpaque } from "../core/without-opaque.ts";
import { scanTopLevel, valueAt } from "../lib/json-scan.ts";
import type { AttemptVerdict } from "../resilience/breakers.ts";
import { DECISIONS, type Decision, decide } from "../resilience/decision-table.ts";
import { AttemptQueue, type Candidate } from "../routing/plan-attempts.ts";
import { isSignatureRefusal } from "../upstream/classify-outcome.ts";
import { type RefusedField, refusedField } from "../upstream/refused-field.ts";
import { runAttempt, type StripRange } from "./attempt.ts";
import type { AttemptOutcome, RequestContext } from "./context.ts";
import { chooseFinalError, everyUpstreamFull } from "./final-error.ts";
import { keepClientAlive } from "./keep-alive.ts";
import { automatic, breakModeOf } from "./mid-stream.ts";
import type { ProbeGate } from "./probe-gate.ts";

/** How a request ended, for its record. */
export type RequestOutcome =
  | { readonly type: "done" }
  | { readonly type: "client-gone" }
  /** The client has not been told yet. */
  | { readonly type: "failed"; readonly error: GatewayError; readonly delivered: boolean };

/** Tries the candidates in order. Never rejects. */
export function runAttempts(
  context: RequestContext,
  candidates: readonly Candidate[],
  probe: ProbeGate,
): Promise<RequestOutcome> {
  return new Walk(context, candidates, probe).run();
}

/** How often a request that waits looks again. */
const LOOK_EVERY_MS = 100;
/** Pauses before further walks of a coding agent's request: the first at most this long, then twice as long each. */
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 2_000;
/** A rest that is worth waiting for rather than disturbing. */
const SHORT_REST_MS = 2_000;
/** While somebody had an answer so lately, upstreams fail now and then rather than for good. */
const FLAKY_MS = 30_000;
/** Longest wait that an agent is told then. */
const FLAKY_WAIT_MS = 1_000;
/** Longest hint that is waited out on the only candidate; with a longer one the client is told. */
const LONGEST_HINT_MS = 10_000;

/** A breaker that opened for one of these may be wrong by now, so that a probe before its time is worth it. */
const WORTH_A_PROBE: ReadonlySet<ErrorCode> = new Set([
  "upstream-transport",
  "upstream-timeout",
  "upstream-server-error",
  "upstream-malformed",
  "upstream-truncated",
  "upstream-overloaded",
]);

class Walk {
  readonly #context: RequestContext;
  readonly #all: readonly Candidate[];
  readonly #probe: ProbeGate;
  #queue: AttemptQueue;
  readonly #failures: GatewayError[] = [];
  /** Breakers already blamed: one request counts once for each. */
  readonly #blamed = new Set<string>();
  /** Candidates whose last failure in this request would be the same again. */
  readonly #settled = new Set<Candidate>();
  /** Per upstream the status of a server error and the keys that met it. */
  readonly #serverErrors = new Map<string, { readonly status: number; readonly keys: Set<string> }>();
  /** Upstreams that an attempt was made at. */
  readonly #asked = new Set<string>();
  #attempts = 0;
  #round = 1;
  /** No attempt begins later than `window_ms` after this, but for the one that follows the first. */
  #windowStartMs: number;
  #windowAttempts = 0;
  /** Nothing else is left for an agent: keys that rest for a rate limit are probed as well. */
  #isDesperate = false;

  constructor(context: RequestContext, candidates: readonly Candidate[], probe: ProbeGate) {
    this.#context = context;
    this.#all = candidates;
    this.#queue = new AttemptQueue(candidates);
    this.#probe = probe;
    this.#windowStartMs = context.inbound.startedMs;
    context.deps.retryBudget.deposit(context.inbound.startedMs);
  }

  async run(): Promise<RequestOutcome> {
    for (;;) {
      const outcome = (await this.#walk()) ?? (await this.#probeOpenOnes());
      if (outcome) return outcome;
      if (!(await this.#mayWalkAgain())) break;
    }
    if (this.#context.reply.isGone) return { type: "client-gone" };
    const error = this.#interruption ?? (this.#failures.length > 0 ? this.#finalError() : this.#noneAvailable());
    return { type: "failed", error, delivered: false };
  }

  /** Somebody has ended the request: nothing more is tried. */
  get #interruption(): GatewayError | undefined {
    return this.#context.stopped;
  }

  /** Tries what the breakers let through, in order. Returns how the request ended, or undefined when nothing is left. */
  async #walk(): Promise<RequestOutcome | undefined> {
    for (;;) {
      if (this.#context.reply.isGone) return { type: "client-gone" };
      if (!this.#queue.remaining().some((next) => this.#isAllowed(next))) return undefined;
      const candidate = this.#mayAttempt()
        ? this.#queue.take((next) => this.#isAllowed(next))
        : this.#queue.take((next) => this.#mayRescue(next));
      if (!candidate) return undefined;
      this.#context.stoppedBy = undefined;
      const outcome = await this.#tryCandidate(candidate);
      if (outcome) return outcome;
    }
  }

  /** One candidate with its retries. Returns how the request ended, or undefined to go on with the next candidate. */
  async #tryCandidate(candidate: Candidate, leaveGate?: () => void): Promise<RequestOutcome | undefined> {
    let aloneRetries = 0;
    let sameKeyRetries = 0;
    let strip = this.#knownStrip(candidate);
    const { learntQuirks } = this.#context.deps;
    const learnt: RefusedField[] = [];
    for (;;) {
      const known = learntQuirks.known(candidate.upstream);
      const outcome = await this.#attempt(candidate, strip, leaveGate);
      if (outcome.type === "closed") return { type: "done" };
      if (outcome.type !== "failed") return outcome;
      if (this.#interruption) return { type: "failed", error: this.#interruption, delivered: outcome.delivered };
      const { error } = outcome;
      if (outcome.delivered) {
        if (!outcome.isRestartable) return { type: "failed", error, delivered: true };
        this.#failures.push(error);
        return this.#goOnInside(candidate, error) ? undefined : { type: "failed", error, delivered: true };
      }
      const { guard } = this.#context.stream ?? {};
      if (guard?.isContinuing) {
        guard.abandonContinuation();
        if (!this.#mayBeginAnew(candidate)) return { type: "failed", error, delivered: true };
      }
      // The more certain first.
      const lacking = this.#lackingField(candidate, error);
      // Others may have learnt it while this attempt was under way, which was made with it all the same.
      if (lacking && !known.includes(lacking) && this.#mayAttempt()) {
        learntQuirks.learn(candidate.upstream, lacking);
        learnt.push(lacking);
        continue;
      }
      if (strip !== "all" && this.#mayBeAboutSignatures(candidate, error) && this.#mayAttempt()) {
        strip = "all";
        continue;
      }
      // Refused without it as well: the words were about something else.
      if (error.code === "upstream-request-rejected") learntQuirks.forget(candidate.upstream, learnt);
      this.#failures.push(error);
      const decision = decide(error, this.#context.inbound.config.failover);
      if (decision.next === "return" && !this.#hasShownContent()) {
        return { type: "failed", error: this.#finalError(), delivered: false };
      }
      let delayMs: number | undefined;
      if (decision.sameKeyDelayMs !== undefined && sameKeyRetries === 0) {
        sameKeyRetries += 1;
        delayMs = decision.sameKeyDelayMs;
      } else if (this.#round === 1 && !leaveGate && this.#isAlone(candidate)) {
        delayMs = aloneDelay(decision, error, aloneRetries);
        aloneRetries += 1;
      }
      if (delayMs === undefined || !this.#mayAttempt()) {
        this.#reorder(candidate, error, decision);
        return undefined;
      }
      await this.#pause(delayMs);
      if (this.#context.reply.isGone) return { type: "client-gone" };
      if (this.#interruption) return { type: "failed", error: this.#interruption, delivered: false };
    }
  }

  /** The field that an upstream seems to lack, so that the same request is worth one more try without. */
  #lackingField({ upstream }: Candidate, error: GatewayError): RefusedField | undefined {
    const refused = refusedField(error);
    if (!refused || refused.protocol !== upstream.protocol) return undefined;
    const { inbound, facts } = this.#context;
    // What one client got wrong must not be taken from all others.
    const own = valueAt(inbound.body, scanTopLevel(inbound.body, [refused.name])?.spans.get(refused.name));
    return refused.isSound(own, facts.stream) ? refused : undefined;
  }

  // --- thinking that others have signed

  /** What this candidate has refused to see of the conversation before, as far as it is still there. */
  #knownStrip({ ids }: Candidate): StripRange | undefined {
    const { deps, facts } = this.#context;
    if (facts.sessionId === undefined) return undefined;
    const upTo = deps.affinity.refusedUpTo(facts.sessionId, ids, deps.clock.monotonicMs());
    const request = upTo === undefined ? undefined : this.#request;
    return upTo !== undefined && request && holdsOpaque(request, upTo) ? { upTo } : undefined;
  }

  /**
   * Whether the same request without thinking and signatures is worth one more try: the refusal says so, or the
   * conversation brings what was signed elsewhere and the refusal's words are not known.
   */
  #mayBeAboutSignatures({ ids }: Candidate, error: GatewayError): boolean {
    if (isSignatureRefusal(error)) return true;
    const { deps, facts } = this.#context;
    if (error.code !== "upstream-request-rejected" || facts.sessionId === undefined) return false;
    if (!deps.affinity.isElsewhere(facts.sessionId, ids, deps.clock.monotonicMs())) return false;
    const request = this.#request;
    return request !== undefined && lastOpaque(request) !== undefined;
  }

  /** Mark of the last thinking that an attempt went without. */
  #strippedMark(strip: StripRange | undefined): string | undefined {
    if (strip !== "all") return strip?.upTo;
    return this.#request && lastOpaque(this.#request);
  }

  /** Undefined where only the upstream understands it. */
  get #request(): IrRequest | undefined {
    try {
      return this.#context.decoded().request;
    } catch {
      return undefined; // it went out as bytes, and nothing can be left out of it
    }
  }

  async #attempt(candidate: Candidate, strip: StripRange | undefined, leaveGate?: () => void): Promise<AttemptOutcome> {
    const { breakers, clock, upstreamLoad, affinity, retryBudget } = this.#context.deps;
    const { ids } = candidate;
    const startedMs = clock.monotonicMs();
    // A candidate opened by another request since it was taken is tried all the same: it is this request's turn.
    if (!leaveGate) breakers.acquire(ids, startedMs);
    this.#attempts += 1;
    this.#windowAttempts += 1;
    this.#asked.add(ids.upstreamId);
    const isFurther = this.#attempts > 1;
    if (isFurther) retryBudget.begin();
    upstreamLoad.enter(ids.upstreamId);
    this.#context.onContent = () => {
      breakers.proven(ids, startedMs, clock.monotonicMs());
      leaveGate?.();
    };
    const outcome = await runAttempt(this.#context, candidate, { strip });
    this.#context.onContent = undefined;
    upstreamLoad.leave(ids.upstreamId);
    if (outcome.type === "done") upstreamLoad.answered(ids.upstreamId, clock.monotonicMs());
    else if (outcome.type !== "client-gone" && DECISIONS[outcome.error.code].next !== "return")
      upstreamLoad.failed(ids.upstreamId, clock.monotonicMs());
    breakers.record(ids, startedMs, clock.monotonicMs(), this.#verdict(candidate, outcome));
    if (isFurther) retryBudget.end(clock.monotonicMs(), outcome.type === "failed");
    const { sessionId } = this.#context.facts;
    if (outcome.type === "done" && sessionId !== undefined)
      affinity.remember(sessionId, ids, startedMs, this.#strippedMark(strip));
    return outcome;
  }

  #verdict(candidate: Candidate, outcome: AttemptOutcome): AttemptVerdict {
    if (outcome.type === "done") return { type: "success" };
    if (outcome.type === "client-gone") return { type: "neutral" };
    const { code, retryAfterMs } = outcome.error;
    const decision = DECISIONS[code];
    if (decision.breaker === null)
      return provesNothing(code) ? { type: "neutral" } : { type: "failure", code, decision, retryAfterMs };
    // The next key may have a right to the model; opening the model's breaker now would keep it from being asked.
    const { id } = candidate.upstream;
    if (code === "upstream-model-missing" && this.#queue.hasOneMoreKey(id, (next) => this.#isAllowed(next)))
      return { type: "neutral" };
    const blame = `${decision.breaker}:${candidate.upstream.id}:${decision.breaker === "key" ? candidate.ids.keyId : ""}`;
    if (this.#blamed.has(blame)) return { type: "neutral" };
    this.#blamed.add(blame);
    return { type: "failure", code, decision, retryAfterMs };
  }

  /** None of its keys is tried again, in further walks neither. */
  #giveUpOn(upstreamId: string): void {
    for (const candidate of this.#all) if (candidate.upstream.id === upstreamId) this.#settled.add(candidate);
    this.#queue.drop(({ upstream }) => upstream.id === upstreamId);
  }

  /**
   * The answer goes on with another attempt inside it: the others first, then once more the one that broke, unless it
   * would certainly say the same again. It is continued where that is wanted and one of them can, and begun anew
   * otherwise. False when it can be neither.
   */
  #goOnInside(candidate: Candidate, error: GatewayError): boolean {
    this.#windowStartMs = this.#context.deps.clock.monotonicMs();
    this.#windowAttempts = 0;
    // An upstream has just answered: what has failed before may be tried afresh.
    this.#round = 1;
    const decision = DECISIONS[error.code];
    this.#reorder(candidate, error, decision);
    // A filter, or a prompt that is too long, is the same for all keys; a key that is refused or spent stays that.
    if (decision.next === "return") this.#giveUpOn(candidate.upstream.id);
    else if (decision.breaker !== "key" || decision.isPassing) this.#queue.putBack(candidate);
    const { guard } = this.#context.stream ?? {};
    if (guard?.mode !== "continue") return true;
    const canContinue = (next: Candidate) => next.upstream.quirks.prefill === true && this.#isAllowed(next);
    if (guard.continuable === undefined || !this.#queue.remaining().some(canContinue))
      return this.#mayBeginAnew(candidate);
    this.#queue.prefer(canContinue);
    const { attempts } = this.#context;
    guard.beginContinuation(attempts[attempts.length - 1]?.usage);
    return true;
  }

  /** Whether an answer that cannot be continued is begun anew. */
  #mayBeginAnew({ upstream }: Candidate): boolean {
    const { inbound, isAgent } = this.#context;
    const mode = breakModeOf(inbound, upstream, isAgent);
    return (mode === "continue" ? automatic(isAgent) : mode) === "restart";
  }

  #hasShownContent(): boolean {
    return this.#context.stream?.guard?.hasContent ?? false;
  }

  #reorder(candidate: Candidate, error: GatewayError, decision: Decision): void {
    const { id, protocol } = candidate.upstream;
    if (!decision.isPassing) this.#settled.add(candidate);
    if (error.code === "conversion-refused") this.#queue.drop((other) => other.upstream.id === id);
    else if (this.#isPoison(candidate, error)) this.#queue.drop((other) => other.upstream.id === id);
    else if (decision.next === "other-model") this.#queue.drop((other) => other.model === candidate.model);
    else if (decision.next === "other-format") this.#queue.drop((other) => other.upstream.protocol === protocol);
    else if (decision.next === "next-upstream") this.#queue.deferUpstream(id);
    else if (decision.next === "one-more-key") this.#queue.deferUpstreamAfterOneMoreKey(id);
    else if (this.#mustSaveAttempts()) this.#queue.deferUpstream(id);
  }

  /** Whether no more attempts are left than upstreams that were not asked yet: more keys here would cost one of them. */
  #mustSaveAttempts(): boolean {
    const left = this.#context.inbound.config.failover.maxAttempts - this.#attempts;
    const unasked = new Set<string>();
    for (const other of this.#queue.remaining()) {
      if (!this.#asked.has(other.upstream.id) && this.#isAllowed(other)) unasked.add(other.upstream.id);
    }
    return left <= unasked.size;
  }

  /**
   * The same server error with a second key: the request breaks this upstream, and its other keys would break too.
   * Not so for 503, which relays answer per key ("no channel").
   */
  #isPoison(candidate: Candidate, { code, upstreamStatus }: GatewayError): boolean {
    if (code !== "upstream-server-error" || upstreamStatus === undefined) return false;
    if (upstreamStatus < 500 || upstreamStatus === 503) return false;
    const { upstreamId, keyId } = candidate.ids;
    const earlier = this.#serverErrors.get(upstreamId);
    if (earlier?.status !== upstreamStatus) {
      this.#serverErrors.set(upstreamId, { status: upstreamStatus, keys: new Set([keyId]) });
      return false;
    }
    earlier.keys.add(keyId);
    if (earlier.keys.size < 2) return false;
    const { attempts } = this.#context;
    const last = attempts[attempts.length - 1];
    if (last) attempts[attempts.length - 1] = { ...last, outcome: "poison_suspect" };
    return true;
  }

  #isAllowed(candidate: Candidate): boolean {
    const { breakers, clock, upstreamLoad } = this.#context.deps;
    const { type } = breakers.view(candidate.ids, clock.monotonicMs());
    return (type === "closed" || type === "probe-free") && !upstreamLoad.isFull(candidate.upstream);
  }

  /** Whether there is nothing else to try; an agent's request may try resting candidates too. */
  #isAlone(candidate: Candidate): boolean {
    if (this.#queue.remaining().some((other) => other !== candidate && this.#isAllowed(other))) return false;
    return !this.#probesMore || !this.#worthAProbe(true).some((other) => other !== candidate);
  }

  /** A coding agent's request tries resting candidates before it fails. */
  get #probesMore(): boolean {
    return this.#context.isAgent && this.#context.inbound.config.failover.allOpen === "probe";
  }

  /** Whether one more attempt may be made; the reason against it goes to the record. */
  #mayAttempt(): boolean {
    if (this.#interruption) return false;
    const reason = this.#limit();
    this.#context.stoppedBy = reason;
    return reason === undefined;
  }

  /** With the budget used up, an upstream that has not just failed is still worth going to: nothing is likely wasted. */
  #mayRescue(candidate: Candidate): boolean {
    const { deps, stoppedBy } = this.#context;
    if (stoppedBy !== "budget_exhausted" || this.#interruption) return false;
    return deps.upstreamLoad.mayBeWell(candidate.upstream.id, deps.clock.monotonicMs()) && this.#isAllowed(candidate);
  }

  #limit(): RequestContext["stoppedBy"] {
    const { deps, inbound, deadlineMs } = this.#context;
    if (this.#attempts === 0) return undefined;
    const { maxAttempts, windowMs } = inbound.config.failover;
    const now = deps.clock.monotonicMs();
    if (this.#attempts >= maxAttempts) return "max_attempts";
    // A single silent upstream may use the window up: somebody else has to be asked all the same.
    if (this.#windowAttempts > 1 && now - this.#windowStartMs > windowMs) return "window";
    // A streaming client has what it waited for once there is content.
    if (now >= deadlineMs && !this.#hasShownContent()) return "deadline";
    return deps.retryBudget.allows(now) ? undefined : "budget_exhausted";
  }

  /** Waits, or until the client leaves or the program stops; the client's stream is kept alive meanwhile. */
  #pause(delayMs: number): Promise<void> {
    if (delayMs <= 0) return Promise.resolve();
    const { ticker } = this.#context.deps;
    return new Promise((resolve) => {
      const watched = { check: (nowMs: number) => keepClientAlive(this.#context, nowMs) };
      const wake = () => {
        clearTimeout(timer);
        ticker.remove(watched);
        this.#context.interrupt = undefined;
        resolve();
      };
      const timer = setTimeout(wake, delayMs);
      ticker.add(watched);
      this.#context.interrupt = wake;
      this.#context.reply.onGone(wake);
    });
  }

  // --- when every breaker is open

  /**
   * Every breaker that is left is open: one request at a time tries in spite of it, the candidate that opens up first.
   * A coding agent's request tries one after the other, also when others have failed before.
   */
  async #probeOpenOnes(): Promise<RequestOutcome | undefined> {
    const { inbound, reply } = this.#context;
    if (reply.isGone || inbound.config.failover.allOpen !== "probe") return undefined;
    if (!this.#probesMore && this.#attempts > 0) return undefined;
    const candidates = this.#worthAProbe();
    const leaveGate = candidates.length > 0 ? this.#probe.enter() : undefined;
    if (!leaveGate) return undefined;
    try {
      for (const candidate of this.#probesMore ? candidates : candidates.slice(0, 1)) {
        if (reply.isGone || !this.#mayAttempt()) break;
        const outcome = await this.#tryCandidate(candidate, leaveGate);
        if (outcome) return outcome;
      }
    } finally {
      leaveGate();
    }
    return undefined;
  }

  /** Open candidates whose failure may have passed, the one that opens up first before the others. */
  #worthAProbe(isDesperate = this.#isDesperate): Candidate[] {
    const { breakers, clock, upstreamLoad } = this.#context.deps;
    const now = clock.monotonicMs();
    const found: { candidate: Candidate; untilMs: number }[] = [];
    for (const candidate of this.#all) {
      const view = breakers.view(candidate.ids, now);
      if (view.type !== "open" || this.#settled.has(candidate) || upstreamLoad.isFull(candidate.upstream)) continue;
      const isWorthIt = view.causes.every(
        (code) => WORTH_A_PROBE.has(code) || (isDesperate && code === "upstream-rate-limited"),
      );
      if (isWorthIt) found.push({ candidate, untilMs: view.untilMs });
    }
    return found.sort((a, b) => a.untilMs - b.untilMs).map(({ candidate }) => candidate);
  }

  // --- what only a coding agent's request does: its turn is worth more than a few more calls

  /** Prepares a further walk, after a pause; false when the client is to be told. */
  async #mayWalkAgain(): Promise<boolean> {
    const { inbound, reply, deps } = this.#context;
    if (!this.#probesMore || reply.isGone || this.#interruption) return false;
    if (this.#attempts === 0 && !this.#isModelMissing && (await this.#waitForChance())) return true;
    if (!this.#isDesperate && this.#context.stoppedBy === undefined && this.#worthAProbe(true).length > 0) {
      this.#isDesperate = true;
      return true;
    }
    if (this.#attempts === 0) return false;
    const left = this.#all.filter((candidate) => !this.#settled.has(candidate));
    if (this.#context.stoppedBy !== undefined || this.#round >= inbound.config.failover.agentRounds) return false;
    if (left.length === 0) return false;
    const longestMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#round - 1));
    this.#round += 1;
    await this.#pause((longestMs / 2) * (1 + deps.random.byte() / 256));
    this.#queue = new AttemptQueue(left);
    return true;
  }

  /**
   * Nothing could be tried so far: waits until a candidate is free, or somebody's probe is decided. A key that rests
   * because its upstream said so is waited for only if that is short.
   */
  async #waitForChance(): Promise<boolean> {
    const { deps, inbound, reply } = this.#context;
    const leave = this.#all.length > 0 && !this.#isDesperate ? this.#probe.wait() : undefined;
    if (!leave) return false;
    try {
      const untilMs = deps.clock.monotonicMs() + inbound.config.failover.agentWaitMs;
      while (deps.clock.monotonicMs() < untilMs) {
        if (this.#probe.isFree && this.#worthAProbe(true).length > 0 && (this.#soonestMs() ?? 0) > SHORT_REST_MS) break;
        await this.#pause(LOOK_EVERY_MS);
        if (reply.isGone || this.#interruption) return false;
        if (this.#all.some((candidate) => this.#isAllowed(candidate))) return true;
        if (this.#probe.isFree && this.#worthAProbe().length > 0) return true;
      }
    } finally {
      leave();
    }
    return false;
  }

  // --- what the client is told

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

  /** Every upstream has said that it lacks the model, and still rests for it. */
  get #isModelMissing(): boolean {
    const { breakers, clock } = this.#context.deps;
    const now = clock.monotonicMs();
    return this.#all.every(({ ids }) => {
      const { type, causes } = breakers.view(ids, now);
      return type === "open" && causes.length > 0 && causes.every((code) => code === "upstream-model-missing");
    });
  }

  #noneAvailable(): GatewayError {
    const { breakers, clock, upstreamLoad } = this.#context.deps;
    const now = clock.monotonicMs();
    if (this.#all.length > 0 && this.#isModelMissing) {
      const model = JSON.stringify(this.#context.facts.model);
      return new GatewayError("upstream-model-missing", `no upstream has the model ${model}`, { shouldRetry: false });
    }
    const isFull = this.#all.some(
      ({ ids, upstream }) => breakers.view(ids, now).type === "closed" && upstreamLoad.isFull(upstream),
    );
    if (isFull) return everyUpstreamFull();
    const soonestMs = this.#soonestMs();
    // The seed's words: scripts match on them.
    return new GatewayError("no-upstream-available", "No available upstreams", {
      retryAfterMs: this.#all.length === 0 ? undefined : Math.min(soonestMs ?? 1000, this.#waitCapMs() || 60_000),
      shouldRetry: this.#all.length > 0,
    });
  }

  /** No format that was asked has a place for the request; an upstream of another one might take it, and rests. */
  #onlyOthersCould(): boolean {
    if (!this.#failures.every(({ code }) => code === "conversion-refused")) return false;
    const asked = this.#all.filter(({ upstream }) => this.#asked.has(upstream.id));
    const refused = new Set(asked.map(({ upstream }) => upstream.protocol));
    return this.#all.some(({ upstream }) => !refused.has(upstream.protocol));
  }

  #finalError(): GatewayError {
    const { inbound } = this.#context;
    if (this.#onlyOthersCould()) return this.#noneAvailable();
    return chooseFinalError(this.#failures, {
      clientProtocol: inbound.protocol.id,
      soonestMs: this.#soonestMs(),
      passUpstreamAuthErrors: inbound.config.failover.passUpstreamAuthErrors,
      retryAfterCapMs: this.#waitCapMs(),
    });
  }

  /**
   * Longest wait that the client is told; 0 for the truth. An agent's next request probes again, so it may come soon,
   * unless there is nothing but keys whose upstreams have named a time.
   */
  #waitCapMs(): number {
    const { deps, inbound } = this.#context;
    const now = deps.clock.monotonicMs();
    const isFlaky =
      now - deps.upstreamLoad.answeredMs < FLAKY_MS &&
      this.#all.some(({ ids }) => deps.breakers.view(ids, now).causes.every((code) => WORTH_A_PROBE.has(code)));
    return this.#probesMore && isFlaky ? FLAKY_WAIT_MS : inbound.config.failover.retryAfterCapMs;
  }
}

/** Wait before the n-th retry on the only candidate; undefined when there is to be none. */
function aloneDelay(decision: Decision, error: GatewayError, retries: number): number | undefined {
  const planned = decision.aloneRetryDelaysMs[retries];
  if (planned === undefined || error.retryAfterMs === undefined) return planned;
  return error.retryAfterMs <= LONGEST_HINT_MS ? Math.max(planned, error.retryAfterMs) : undefined;
}

/** Failures that say nothing about any breaker. */
function provesNothing(code: ErrorCode): boolean {
  return !code.startsWith("upstream-");
}
