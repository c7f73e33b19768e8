// Everything below /v1 that the gateway has no route for: passed as it is to the first upstream of a matching format,
// within the same limits as any request, and logged like one.

import { GatewayError } from "../core/errors.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import type { AttemptRecord } from "../core/request-record.ts";
import { DECISIONS } from "../resilience/decision-table.ts";
import { type Candidate, planAttempts } from "../routing/plan-attempts.ts";
import type { RequestOutcome } from "./attempt-loop.ts";
import { clientDeadlineMs } from "./client-deadline.ts";
import { ClientReply } from "./client-reply.ts";
import type { GatewayDeps } from "./context.ts";
import { chooseFinalError, everyUpstreamFull } from "./final-error.ts";
import { internalError, refuse } from "./handle-generate.ts";
import type { InboundRequest } from "./inbound.ts";
import type { RunningRequest } from "./inflight.ts";
import { checkBodyModels } from "./key-allowance.ts";
import { type RawContext, runRawExchange } from "./raw-exchange.ts";
import { modelOfPath, type RawFacts, readRawFacts } from "./raw-facts.ts";
import { recordOf, tokensOf } from "./request-record.ts";
import { tellClient } from "./tell-client.ts";

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]);

/** Upstream formats that serve a caller's other routes. */
const MATCHING: Readonly<Record<ProtocolId, readonly ProtocolId[]>> = {
  anthropic: ["anthropic"],
  "openai-chat": ["openai-chat", "openai-responses"],
  "openai-responses": ["openai-responses", "openai-chat"],
  gemini: ["gemini"],
};

/**
 * Relays a request to the first available upstream of a matching format, bytes unchanged both ways. Once an upstream
 * may have got it, only what reads (GET, HEAD) moves on to the next one, or what asks a model and was refused for its
 * key's sake: what such a route does is not known, so nothing may run twice. Never rejects.
 * `path` is the normalised path, with `/v1` or `/v1beta` in front, which the upstream's base URL stands for.
 */
export function handleRaw(deps: GatewayDeps, inbound: InboundRequest, path: string): Promise<Response> {
  let facts: RawFacts;
  try {
    if (!METHODS.has(inbound.method))
      throw new GatewayError("client-method-not-allowed", `method: ${inbound.method} is not served`);
    checkRawModels(inbound, path);
    facts = readRawFacts(inbound, path);
    if (facts.isJson && facts.model !== "") inbound.permit?.reserve(inbound.body.length);
  } catch (error) {
    return Promise.resolve(refuse(deps, inbound, error));
  }
  const run = new RawRun(deps, inbound, facts, path);
  const leave = deps.inflight.enter(run, inbound.clientId);
  deps.background(run.finish().finally(leave));
  return run.reply.response;
}

/** A key for certain models reaches other routes only with a body that names one of them. */
function checkRawModels({ keyLimits, body }: InboundRequest, path: string): void {
  const inPath = modelOfPath(path);
  checkBodyModels(keyLimits, body.length === 0 && inPath !== undefined ? EMPTY_OBJECT : body, inPath);
}

const EMPTY_OBJECT = Buffer.from("{}");
/** Longest wait that a client is told. */
const LONGEST_WAIT_MS = 60_000;

/** One such request, from its first attempt to its record. */
class RawRun implements RunningRequest, RawContext {
  readonly deps: GatewayDeps;
  readonly inbound: InboundRequest;
  readonly facts: RawFacts;
  readonly reply: ClientReply;
  readonly deadlineMs: number;
  readonly attempts: AttemptRecord[] = [];
  readonly losses = [];
  readonly replyLosses = [];
  readonly stream = undefined;
  readonly stoppedBy = undefined;
  readonly firstContentMs = undefined;
  attempt = 0;
  candidate: Candidate | undefined;
  upstreamModel: string | undefined;
  phase: RunningRequest["phase"] = "waiting";
  firstByteMs: number | undefined;
  interrupt: ((error: GatewayError) => void) | undefined;
  readonly #path: string;
  #stopped: GatewayError | undefined;

  constructor(deps: GatewayDeps, inbound: InboundRequest, facts: RawFacts, path: string) {
    this.deps = deps;
    this.inbound = inbound;
    this.facts = facts;
    this.reply = new ClientReply(inbound.signal, inbound.onEnd);
    this.deadlineMs = inbound.startedMs + (clientDeadlineMs(inbound.headers) ?? Number.POSITIVE_INFINITY);
    this.upstreamModel = facts.model === "" ? undefined : facts.model;
    this.#path = path;
  }

  stop(error: GatewayError): void {
    this.#stopped ??= error;
    this.interrupt?.(this.#stopped);
  }

  async finish(): Promise<void> {
    const outcome = await this.#walk().catch((error: unknown) => failed(internalError(error)));
    if (outcome.type === "failed" && this.reply.state === "held") tellClient(this, outcome.error);
    const record = recordOf(this, outcome);
    this.inbound.permit?.end(tokensOf(record));
    this.deps.record(record);
  }

  async #walk(): Promise<RequestOutcome> {
    const { deps, inbound, reply } = this;
    const formats = MATCHING[inbound.protocol.id];
    const candidates = planAttempts(inbound.config, "", {
      accepts: (upstream) => formats.includes(upstream.protocol),
      allowed: inbound.keyLimits?.upstreams,
    });
    const failures: GatewayError[] = [];
    for (const candidate of candidates) {
      if (reply.isGone) return { type: "client-gone" };
      if (this.#stopped) return failed(this.#stopped);
      const view = deps.breakers.view(candidate.ids, deps.clock.monotonicMs());
      if (view.type === "open" || view.type === "probe-busy" || deps.upstreamLoad.isFull(candidate.upstream)) continue;
      this.attempt += 1;
      this.candidate = candidate;
      const outcome = await runRawExchange(this, candidate, this.#path.replace(/^\/v1(beta)?/, ""));
      if (outcome.type !== "failed") return outcome;
      failures.push(outcome.error);
      if (reply.state !== "held") return failed(outcome.error);
      if (!outcome.mayGoOn || DECISIONS[outcome.error.code].next === "return") break;
    }
    if (reply.isGone) return { type: "client-gone" };
    return failed(this.#finalError(candidates, failures));
  }

  /** What the client is told; there is nothing in its answer yet. */
  #finalError(candidates: readonly Candidate[], failures: readonly GatewayError[]): GatewayError {
    const last = failures[failures.length - 1];
    if (!last) return this.#noneAvailable(candidates);
    // Our key's trouble must not look like the client's.
    if (DECISIONS[last.code].breaker !== "key") return last;
    const { failover } = this.inbound.config;
    return chooseFinalError(failures, {
      clientProtocol: this.inbound.protocol.id,
      soonestMs: undefined,
      passUpstreamAuthErrors: failover.passUpstreamAuthErrors,
      retryAfterCapMs: failover.retryAfterCapMs,
    });
  }

  /** No upstream serves it, or every one that could is left alone for now, or full. */
  #noneAvailable(candidates: readonly Candidate[]): GatewayError {
    const { breakers, clock, upstreamLoad } = this.deps;
    if (candidates.length === 0)
      return new GatewayError("client-not-found", `${this.#path}: no such route, and no upstream of a matching format`);
    const nowMs = clock.monotonicMs();
    const views = candidates.map(({ ids, upstream }) => ({ view: breakers.view(ids, nowMs), upstream }));
    if (views.some(({ view, upstream }) => view.type === "closed" && upstreamLoad.isFull(upstream)))
      return everyUpstreamFull();
    const waits = views.map(({ view }) => (view.type === "open" ? view.untilMs - nowMs : 1000));
    return new GatewayError("no-upstream-available", "No available upstreams", {
      retryAfterMs: Math.min(LONGEST_WAIT_MS, ...waits),
      shouldRetry: true,
    });
  }
}

function failed(error: GatewayError): RequestOutcome {
  return { type: "failed", error, delivered: false };
}
