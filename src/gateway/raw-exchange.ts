// One try at one upstream of a request that is passed on unread: bytes out, bytes back as they come, and what both were
// like for the log. Bodies of any size go by; only refusals are read whole.

import { GatewayError } from "../core/errors.ts";
import type { FineOutcome } from "../core/outcome.ts";
import type { AttemptRecord } from "../core/request-record.ts";
import type { IrUsage } from "../core/usage.ts";
import type { Protocol } from "../protocols/protocol.ts";
import type { AttemptVerdict } from "../resilience/breakers.ts";
import { DECISIONS } from "../resilience/decision-table.ts";
import type { Candidate } from "../routing/plan-attempts.ts";
import { buildHeaders, buildUrl, isHeaderValue, joinQuery } from "../upstream/build-call.ts";
import { classifyTransportFailure } from "../upstream/classify-outcome.ts";
import type { Exchange, ExchangeHandlers, ResponseHead, TransportFailure } from "../upstream/transport.ts";
import { AnswerEnds } from "./answer-ends.ts";
import { beginSpan } from "./begin-span.ts";
import { Capture } from "./capture.ts";
import type { ClientReply } from "./client-reply.ts";
import type { GatewayDeps, RequestContext } from "./context.ts";
import { HOP_HEADER, type InboundRequest } from "./inbound.ts";
import { judgeRefusal, MAX_ERROR_BYTES, MAX_ERROR_MS, readRefusal, withoutKey } from "./judge-refusal.ts";
import type { RawFacts } from "./raw-facts.ts";
import { replyHeaders, upstreamRequestId } from "./reply-headers.ts";
import type { Watched } from "./ticker.ts";
import { WholeBody } from "./whole-body.ts";

/** What a try needs of its request, and leaves in it. */
export interface RawContext {
  readonly deps: GatewayDeps;
  readonly inbound: InboundRequest;
  readonly facts: RawFacts;
  readonly reply: ClientReply;
  /** As in RequestContext. */
  readonly deadlineMs: number;
  readonly attempts: AttemptRecord[];
  firstByteMs: number | undefined;
  phase: RequestContext["phase"];
  interrupt: ((error: GatewayError) => void) | undefined;
}

export type RawOutcome =
  | { readonly type: "done" }
  | { readonly type: "client-gone" }
  /** `mayGoOn`: another upstream may be asked, since the client has seen nothing and nothing can happen twice. */
  | { readonly type: "failed"; readonly error: GatewayError; readonly mayGoOn: boolean };

/**
 * Sends the request to one candidate. `path` is the client's below `/v1` or `/v1beta`, for which the base URL stands.
 * Never rejects.
 */
export function runRawExchange(context: RawContext, candidate: Candidate, path: string): Promise<RawOutcome> {
  return new Promise((resolve) => new RawExchange(context, candidate, resolve).start(path));
}

/** Content types whose ends may tell token counts, and that debug mode can show. */
const TEXT = /^(?:application\/(?:[\w.+-]*\+)?json|text\/event-stream)/i;

class RawExchange implements ExchangeHandlers, Watched {
  readonly #context: RawContext;
  readonly #candidate: Candidate;
  readonly #protocol: Protocol;
  readonly #resolve: (outcome: RawOutcome) => void;
  readonly #startedMs: number;
  #lastMs: number;
  #exchange: Exchange | undefined;
  #url = "";
  #spanId: string | undefined;
  #capture: Capture | undefined;
  #head: ResponseHead | undefined;
  #firstByteMs: number | undefined;
  /** The body of a refusal. */
  #refusal: WholeBody | undefined;
  /** Set where the answer may tell what it used. */
  #ends: AnswerEnds | undefined;
  #answerBytes = 0;
  #isPaused = false;
  #pausedMs = 0;
  #isJudged = false;
  #isOver = false;

  constructor(context: RawContext, candidate: Candidate, resolve: (outcome: RawOutcome) => void) {
    this.#context = context;
    this.#candidate = candidate;
    this.#protocol = context.deps.protocols[candidate.upstream.protocol];
    this.#resolve = resolve;
    this.#startedMs = context.deps.clock.monotonicMs();
    this.#lastMs = this.#startedMs;
  }

  start(path: string): void {
    const { deps } = this.#context;
    deps.breakers.acquire(this.#candidate.ids, this.#startedMs);
    deps.upstreamLoad.enter(this.#candidate.upstream.id);
    try {
      this.#send(path);
    } catch (error) {
      this.#fail(new GatewayError("gateway-internal", "the request could not be built", { cause: error }), false);
    }
  }

  #send(path: string): void {
    const { deps, inbound, reply, facts } = this.#context;
    const { upstream, key } = this.#candidate;
    const headers = buildHeaders(this.#protocol, upstream, key?.secret.reveal() ?? "", {}, inbound.headers);
    const contentType = inbound.headers.get("content-type");
    if (contentType && isHeaderValue(contentType)) headers["content-type"] = contentType;
    this.#spanId = beginSpan(inbound.trace, deps.random, headers);
    headers[HOP_HEADER] = String((inbound.hops ?? 0) + 1);
    const url = buildUrl(upstream, path, joinQuery("", inbound.query));
    this.#url = url.href;
    const body = inbound.body.length > 0 ? inbound.body : null;
    if (inbound.config.debugMode)
      this.#capture = new Capture(headers, facts.isJson ? body : null, (text) => withoutKey(this.#candidate, text));
    deps.ticker.add(this);
    this.#context.interrupt = (error) => this.#fail(error, false);
    reply.onDrain(() => this.#resume());
    reply.onGone(() => this.#finish({ type: "client-gone" }));
    if (this.#isOver) return;
    const method = inbound.method as "GET";
    this.#exchange = deps.transport.send(
      { method, url, headers, body, connectTimeoutMs: upstream.timeouts.connectMs },
      this,
    );
  }

  // --- the answer, as the transport brings it

  onHead(head: ResponseHead): void {
    const { deps, inbound, facts, reply } = this.#context;
    this.#head = head;
    this.#lastMs = deps.clock.monotonicMs();
    this.#firstByteMs = this.#lastMs - this.#startedMs;
    if (head.status >= 400) {
      this.#refusal = new WholeBody(MAX_ERROR_BYTES);
      return;
    }
    this.#judge({ type: "success" });
    if (facts.model !== "" && TEXT.test(contentTypeOf(head))) this.#ends = new AnswerEnds();
    this.#context.phase = "answering";
    this.#context.firstByteMs = this.#lastMs - inbound.startedMs;
    reply.openStream(head.status, this.#headers(head));
  }

  onData(chunk: Uint8Array): void {
    this.#lastMs = this.#context.deps.clock.monotonicMs();
    this.#answerBytes += chunk.length;
    if (this.#capture && TEXT.test(contentTypeOf(this.#head))) this.#capture.responseData(chunk);
    if (this.#refusal) {
      // What is too large is told by its beginning: it may never end.
      if (!this.#refusal.push(chunk)) this.onEnd();
      return;
    }
    this.#ends?.push(chunk);
    if (this.#context.reply.write(Buffer.from(chunk)) || this.#isPaused) return;
    this.#isPaused = true;
    this.#pausedMs = this.#lastMs;
    this.#exchange?.pause();
  }

  onEnd(): void {
    if (this.#refusal) this.#refused(this.#head as ResponseHead, this.#refusal);
    else this.#finish({ type: "done" });
  }

  onFailure(failure: TransportFailure): void {
    if (this.#refusal) {
      this.#refused(this.#head as ResponseHead, this.#refusal);
      return;
    }
    const { method } = this.#context.inbound;
    this.#fail(classifyTransportFailure(failure), !failure.requestSent || reads(method));
  }

  /**
   * The upstream's own words go to the client, but for those about our key, which are none of its business. Whoever
   * only wanted an answer of a model may get it with another key: a refused request has done nothing.
   */
  #refused(head: ResponseHead, body: WholeBody): void {
    const { deps, inbound, facts, reply } = this.#context;
    const bytes = body.bytes();
    const text = bytes.toString("utf8");
    const shown = withoutKey(this.#candidate, text);
    const read = readRefusal(this.#protocol, head.status, shown);
    const call = { deps, inbound, candidate: this.#candidate, isConverted: false };
    const error = judgeRefusal(call, head, read.error, read.isJson);
    // It proves nothing: it may be what the upstream, or its key, rests for.
    this.#judge({ type: "neutral" });
    const isAboutKey = DECISIONS[error.code].breaker === "key";
    // A status beyond those of HTTP cannot be repeated: the client is told that the upstream has failed.
    if (!isAboutKey && head.status <= LAST_STATUS)
      reply.sendWhole(head.status, this.#headers(head), shown === text ? bytes : shown);
    this.#finish({ type: "failed", error, mayGoOn: isAboutKey && facts.model !== "" });
  }

  #headers(head: ResponseHead): Record<string, string> {
    const contentType = contentTypeOf(head);
    return replyHeaders({
      requestId: this.#context.inbound.id,
      contentType: contentType !== "" && isHeaderValue(contentType) ? contentType : "application/octet-stream",
      upstreamHead: head,
      upstreamRequestId: upstreamRequestId(head),
    });
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#lastMs = this.#context.deps.clock.monotonicMs();
    this.#exchange?.resume();
  }

  // --- limits

  check(nowMs: number): void {
    const { inbound, reply, deadlineMs } = this.#context;
    const { requestMs } = this.#candidate.upstream.timeouts;
    const headMs = this.#startedMs + (this.#firstByteMs ?? 0);
    if (this.#refusal && nowMs - headMs > MAX_ERROR_MS) this.onEnd();
    else if (this.#isPaused) {
      if (nowMs - this.#pausedMs < inbound.config.clientStallMs) return;
      reply.drop();
      this.#finish({ type: "client-gone" }, "client_stall");
    } else if (reply.state === "held" && nowMs >= deadlineMs)
      this.#fail(new GatewayError("gateway-deadline", "the client's own time limit has run out", DEADLINE), false);
    else if (nowMs - this.#lastMs > requestMs)
      this.#fail(
        new GatewayError("upstream-timeout", `upstream fell silent for ${requestMs} ms`, SILENCE),
        reads(inbound.method),
      );
  }

  // --- how it ends

  #fail(error: GatewayError, mayGoOn: boolean): void {
    const { reply } = this.#context;
    const isOpen = reply.state === "open";
    if (DECISIONS[error.code].breaker === null) this.#judge({ type: "neutral" });
    else this.#judge({ type: "failure", code: error.code, decision: DECISIONS[error.code], retryAfterMs: undefined });
    this.#finish({ type: "failed", error, mayGoOn: mayGoOn && !isOpen });
  }

  /** Only the first verdict counts: an answer that has begun has proven what a breaker asks. */
  #judge(verdict: AttemptVerdict): void {
    if (this.#isJudged) return;
    this.#isJudged = true;
    const { deps } = this.#context;
    const now = deps.clock.monotonicMs();
    deps.breakers.record(this.#candidate.ids, this.#startedMs, now, verdict);
    if (verdict.type === "failure") deps.upstreamLoad.failed(this.#candidate.upstream.id, now);
  }

  #finish(outcome: RawOutcome, word?: FineOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { deps, reply, attempts } = this.#context;
    // Nobody knows how it would have ended: a probe's permit goes back.
    this.#judge({ type: "neutral" });
    this.#context.interrupt = undefined;
    deps.ticker.remove(this);
    this.#exchange?.abort();
    deps.upstreamLoad.leave(this.#candidate.upstream.id);
    attempts.push(this.#record(outcome, word));
    // A cut body must not look complete.
    if (outcome.type === "failed") reply.reset();
    else reply.close();
    this.#resolve(outcome);
  }

  #record(outcome: RawOutcome, word: FineOutcome | undefined): AttemptRecord {
    const { deps, inbound, facts } = this.#context;
    const { upstream, key } = this.#candidate;
    const usage = this.#ends?.usage(this.#protocol);
    const isFailed = outcome.type === "failed";
    return {
      upstreamId: upstream.id,
      keyMasked: key?.secret.masked() ?? "",
      protocol: upstream.protocol,
      model: facts.model === "" ? undefined : facts.model,
      url: this.#url,
      lane: "pass-through",
      status: this.#head?.status ?? 0,
      outcome: word ?? (isFailed ? outcome.error.outcome : outcome.type === "done" ? "ok" : "client_closed"),
      error: isFailed ? outcome.error.message : undefined,
      startedMs: this.#startedMs - inbound.startedMs,
      firstByteMs: this.#firstByteMs,
      totalMs: deps.clock.monotonicMs() - this.#startedMs,
      usage,
      costUsd: this.#isFree(usage) ? 0 : undefined,
      requestBytes: inbound.body.length,
      answerBytes: this.#answerBytes,
      lossCount: 0,
      mayHaveBilled: outcome.type !== "done" && this.#head !== undefined && this.#head.status < 400 ? true : undefined,
      capture: this.#capture?.result(),
      spanId: this.#spanId,
    };
  }

  /** What reads, deletes or stores something asks no model and is on no bill; a job that is begun may be. */
  #isFree(usage: IrUsage | undefined): boolean {
    const { inbound, facts } = this.#context;
    if (usage || facts.model !== "") return false;
    return reads(inbound.method) || inbound.method === "DELETE" || !facts.isJson;
  }
}

const LAST_STATUS = 599;
const DEADLINE = { outcome: "deadline" } as const;
const SILENCE = { outcome: "upstream_timeout" } as const;

function reads(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function contentTypeOf(head: ResponseHead | undefined): string {
  return head?.headers.get("content-type") ?? "";
}
