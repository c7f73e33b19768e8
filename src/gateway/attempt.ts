// One call to one upstream with one key: builds it, sends it, reads the answer, and says how it ended.

import { GatewayError } from "../core/errors.ts";
import type { Loss } from "../core/loss.ts";
import type { FineOutcome } from "../core/outcome.ts";
import type { AttemptRecord } from "../core/request-record.ts";
import type { IrUsage } from "../core/usage.ts";
import type { WireError } from "../core/wire-error.ts";
import { withPrefill } from "../core/with-prefill.ts";
import { withoutOpaque } from "../core/without-opaque.ts";
import { wellFormedJson } from "../lib/well-formed.ts";
import type { DecodeContext, Protocol, UpstreamCall, UpstreamTarget } from "../protocols/protocol.ts";
import type { Candidate } from "../routing/plan-attempts.ts";
import { buildHeaders, buildUrl, joinQuery } from "../upstream/build-call.ts";
import { classifyTransportFailure } from "../upstream/classify-outcome.ts";
import { type InlinedRequest, inlineRemoteMedia, needsInlining } from "../upstream/media/inline-media.ts";
import type { Exchange, ExchangeHandlers, ResponseHead, TransportFailure } from "../upstream/transport.ts";
import { beginSpan } from "./begin-span.ts";
import { Capture } from "./capture.ts";
import type { AttemptOutcome, RequestContext } from "./context.ts";
import { HOP_HEADER } from "./inbound.ts";
import { judgeRefusal, MAX_ERROR_BYTES, MAX_ERROR_MS, readRefusal, withoutKey } from "./judge-refusal.ts";
import { keepClientAlive, streamContentType } from "./keep-alive.ts";
import { breakModeOf } from "./mid-stream.ts";
import { bodyForModel, mayHoldEnvelopes } from "./read-body.ts";
import { deliverWhole } from "./relay-json.ts";
import { StreamRelay } from "./relay-stream.ts";
import { replyHeaders, upstreamRequestId } from "./reply-headers.ts";
import type { Watched } from "./ticker.ts";
import { MAX_RESTARTS, type TurnGuard } from "./turn-guard.ts";
import { type BodyKind, bodyKindOf, sniffBodyKind, WholeBody } from "./whole-body.ts";

/** How long an upstream may take to close its body after the answer is complete. */
const LINGER_MS = 2_000;
/** How long a head may take from its first byte on; no server needs as long for it. */
const HEAD_MS = 30_000;
/** How long trailing events (usage, end marker) are waited for once the finish reason is there. */
const SETTLE_MS = 2_000;

/** Makes one attempt. Never rejects. */
export function runAttempt(
  context: RequestContext,
  candidate: Candidate,
  options: AttemptOptions = {},
): Promise<AttemptOutcome> {
  return new Promise((resolve) => new Attempt(context, candidate, options, resolve).start());
}

export interface AttemptOptions {
  /** Leave out thinking and signatures, all or those up to a mark: the upstream refuses them. */
  readonly strip?: StripRange | undefined;
}

/** Which thinking is left out; see `withoutOpaque`. */
export type StripRange = "all" | { readonly upTo: string };

/** What the answer's bytes are fed to. */
interface BodyReader {
  /** Returns false when the upstream should pause. */
  data(chunk: Uint8Array): boolean;
  end(): void;
}

class Attempt implements ExchangeHandlers, Watched {
  readonly #context: RequestContext;
  readonly #candidate: Candidate;
  readonly #options: AttemptOptions;
  readonly #resolve: (outcome: AttemptOutcome) => void;
  readonly #protocol: Protocol;
  readonly #isPassThrough: boolean;
  readonly #startedMs: number;
  readonly #losses: Loss[] = [];
  #decodeContext!: DecodeContext;
  #url = "";
  #exchange: Exchange | undefined;
  #capture: Capture | undefined;
  /** The client's request with its remote media fetched. */
  #inlined: InlinedRequest | undefined;
  /** Ends the fetching of media that is under way. */
  #giveUpMedia: (() => void) | undefined;
  /** When the request went to the upstream, which is not to blame for what was before. */
  #sentMs: number | undefined;
  #reader: BodyReader | undefined;
  #relay: StreamRelay | undefined;
  /** Judges a refusal by what has come of it. */
  #judgeNow: (() => void) | undefined;
  #refusalSinceMs = 0;
  #head: ResponseHead | undefined;
  #usage: IrUsage | undefined;
  #isUsageEstimated = false;
  #spanId: string | undefined;
  #firstByteMs: number | undefined;
  #firstContentMs: number | undefined;
  /** When the upstream last sent something, to within a tick: asking the time with every piece costs more than this. */
  #lastDataMs: number;
  /** Something has come since the last tick. */
  #hasNews = false;
  #isPaused = false;
  /** Since when the client is behind. */
  #pausedMs = 0;
  #unsentBytes = 0;
  #unsentSinceMs: number;
  #headSinceMs: number | undefined;
  #finishedMs: number | undefined;

  constructor(
    context: RequestContext,
    candidate: Candidate,
    options: AttemptOptions,
    resolve: (outcome: AttemptOutcome) => void,
  ) {
    this.#context = context;
    this.#candidate = candidate;
    this.#options = options;
    this.#resolve = resolve;
    this.#protocol = context.deps.protocols[candidate.upstream.protocol];
    this.#isPassThrough = candidate.upstream.protocol === context.inbound.protocol.id;
    this.#startedMs = context.deps.clock.monotonicMs();
    this.#lastDataMs = this.#startedMs;
    this.#unsentSinceMs = this.#startedMs;
  }

  start(): void {
    const { inbound, stream, isAgent } = this.#context;
    this.#context.upstreamModel = this.#candidate.model;
    this.#context.attempt = this.#context.attempts.length + 1;
    this.#context.candidate = this.#candidate;
    this.#context.phase = this.#context.firstContentMs === undefined ? "waiting" : "restarting";
    if (stream) stream.answerId = undefined;
    if (stream?.guard) stream.guard.mode = breakModeOf(inbound, this.#candidate.upstream, isAgent);
    try {
      if (this.#needsMedia()) this.#fetchMedia();
      else this.#send();
    } catch (error) {
      this.#failToBuild(error);
    }
  }

  /** Whether media have to be fetched for an upstream that cannot fetch them itself, and the operator allows it. */
  #needsMedia(): boolean {
    const { config } = this.#context.inbound;
    if (this.#isPassThrough || !config.remoteMedia.inline) return false;
    return needsInlining(this.#context.decoded().request, config.remoteMedia, this.#candidate.upstream);
  }

  /** The client waits meanwhile as it does for an upstream: kept alive, and no longer than it wants to. */
  #fetchMedia(): void {
    const { deps, inbound } = this.#context;
    const giveUp = new AbortController();
    this.#giveUpMedia = () => giveUp.abort();
    this.#watch();
    if (this.#finishedMs !== undefined) return;
    const fetching = inlineRemoteMedia(
      this.#context.decoded().request,
      inbound.config.remoteMedia,
      deps.media,
      giveUp.signal,
    );
    deps.background(
      fetching
        .then((inlined) => {
          if (this.#finishedMs !== undefined) return;
          this.#giveUpMedia = undefined;
          this.#inlined = inlined;
          this.#send();
        })
        .catch((error: unknown) => this.#failToBuild(error)),
    );
  }

  /** From here on limits, the client and whoever stops the request end the attempt. */
  #watch(): void {
    const { deps, reply } = this.#context;
    deps.ticker.add(this);
    this.#context.interrupt = (error) => this.#fail(error);
    reply.onGone(() => this.#clientGone());
    reply.onDrain(() => this.#resume());
  }

  #send(): void {
    const { deps } = this.#context;
    this.#refuseHeldElsewhere();
    const { call, body } = this.#isPassThrough ? this.#passThroughCall() : this.#convertedCall();
    this.#decodeContext = call.decode;
    const { upstream, key } = this.#candidate;
    const client = this.#isPassThrough ? this.#context.inbound.headers : null;
    const url = buildUrl(upstream, call.path, call.query);
    this.#url = url.href;
    const headers = buildHeaders(this.#protocol, upstream, key?.secret.reveal() ?? "", call.headers, client);
    const userAgent = this.#context.inbound.headers.get("user-agent");
    if (userAgent && !headers["user-agent"]) headers["user-agent"] = userAgent;
    this.#spanId = beginSpan(this.#context.inbound.trace, deps.random, headers);
    headers[HOP_HEADER] = String((this.#context.inbound.hops ?? 0) + 1);
    if (this.#context.inbound.config.debugMode)
      this.#capture = new Capture(headers, body, (text) => withoutKey(this.#candidate, text));
    this.#watch();
    if (this.#finishedMs !== undefined) return;
    this.#sentMs = deps.clock.monotonicMs();
    const request = { method: "POST" as const, url, headers, body, connectTimeoutMs: upstream.timeouts.connectMs };
    this.#exchange = deps.transport.send(request, this);
  }

  /** Throws where the request names content that another provider keeps: the answer would ignore it. */
  #refuseHeldElsewhere(): void {
    const { facts, inbound } = this.#context;
    const baseUrl = this.#isPassThrough ? this.#candidate.upstream.baseUrl : undefined;
    const refusal = inbound.protocol.passThrough.held?.refuse(facts.held, baseUrl);
    if (refusal) throw refusal;
  }

  #failToBuild(error: unknown): void {
    this.#fail(
      error instanceof GatewayError
        ? error
        : new GatewayError("gateway-internal", "the request could not be built", { cause: error }),
    );
  }

  #passThroughCall(): { call: UpstreamCall; body: Uint8Array } {
    const { deps, inbound, facts, mintId } = this.#context;
    const { upstream, model } = this.#candidate;
    const endpoint = this.#protocol.upstreamPath("generate", model, facts.stream);
    if (!endpoint) throw new GatewayError("gateway-internal", "the protocol has no generate endpoint");
    const own = inbound.route.framing === "json-array" ? "" : endpoint.query;
    const decode: DecodeContext = {
      origin: this.#origin(),
      quirks: upstream.quirks,
      mintId,
      loss: () => undefined, // observed only: nothing is converted, so nothing is lost
      isWarmUp: facts.isWarmUp,
      isPassedOn: true,
    };
    const call: UpstreamCall = {
      path: endpoint.path,
      query: joinQuery(own, inbound.query),
      headers: {},
      body: null,
      decode,
    };
    const isContinuing = this.#context.stream?.guard?.isContinuing === true;
    const mustConvert =
      this.#options.strip !== undefined || isContinuing || deps.learntQuirks.concerns(upstream, inbound.body);
    if (!mustConvert && !mayHoldEnvelopes(inbound.body)) return { call, body: bodyForModel(inbound, facts, model) };
    // The conversation went through another protocol before, and our envelopes must not reach an upstream; or the
    // upstream has refused its signatures, or a field of it; or it is to go on with an answer that another one began.
    return { call, body: this.#convertedCall().body };
  }

  #convertedCall(): { call: UpstreamCall; body: Uint8Array } {
    const decoded = this.#context.decoded();
    const { upstream, model, ids } = this.#candidate;
    const target: UpstreamTarget = {
      upstreamId: upstream.id,
      keyId: ids.keyId,
      model,
      baseUrl: upstream.baseUrl,
      quirks: this.#context.deps.learntQuirks.of(upstream),
    };
    const whole = this.#inlined?.request ?? decoded.request;
    const { strip } = this.#options;
    const asked = strip ? withoutOpaque(whole, strip === "all" ? undefined : strip.upTo) : whole;
    const guard = this.#context.stream?.guard;
    const request = guard?.isContinuing ? withPrefill(asked, guard.textSoFar) : asked;
    const encoded = this.#protocol.encodeRequest(request, target, this.#context.mintId);
    this.#losses.push(...decoded.losses, ...(this.#inlined?.losses ?? []), ...encoded.losses);
    if (upstream.lossPolicy === "strict" && this.#losses.length > 0) {
      const first = this.#losses[0] as Loss;
      throw new GatewayError(
        "conversion-refused",
        `${first.path}: ${first.feature} cannot be carried to upstream ${upstream.id}, which is strict`,
      );
    }
    const losses = this.#losses;
    const decode: DecodeContext = { ...encoded.value.decode, loss: (loss) => losses.push(loss) };
    const json = wellFormedJson(JSON.stringify(encoded.value.body));
    return { call: { ...encoded.value, decode }, body: Buffer.from(json, "utf8") };
  }

  #origin(): DecodeContext["origin"] {
    const { upstream, model, ids } = this.#candidate;
    return { protocol: upstream.protocol, upstreamId: upstream.id, keyId: ids.keyId, model };
  }

  // --- the answer, as the transport brings it

  onHead(head: ResponseHead): void {
    const now = this.#context.deps.clock.monotonicMs();
    this.#head = head;
    this.#firstByteMs = now - this.#startedMs;
    this.#lastDataMs = now;
    if (head.status < 200 || head.status > 299) {
      this.#reader = this.#refusalReader(head);
      return;
    }
  }

  onData(chunk: Uint8Array): void {
    if (this.#finishedMs !== undefined) return;
    this.#hasNews = true;
    this.#capture?.responseData(chunk);
    this.#reader ??= this.#readerFor(sniffBodyKind(this.#declaredKind, chunk));
    if (this.#reader.data(chunk)) return;
    if (this.#finishedMs !== undefined || this.#isPaused) return;
    this.#isPaused = true;
    this.#pausedMs = this.#context.deps.clock.monotonicMs();
    this.#exchange?.pause();
  }

  onEnd(): void {
    if (this.#finishedMs !== undefined) {
      this.#context.deps.ticker.remove(this);
      return;
    }
    this.#reader ??= this.#readerFor(this.#declaredKind ?? "json");
    this.#reader.end();
  }

  /** What the head says that the body is; undefined when it says nothing useful. */
  get #declaredKind(): BodyKind | undefined {
    const { facts, inbound } = this.#context;
    const wantsArray = facts.stream && inbound.route.framing === "json-array";
    return this.#head && bodyKindOf(this.#head, wantsArray);
  }

  onFailure(failure: TransportFailure): void {
    if (this.#finishedMs !== undefined) {
      this.#context.deps.ticker.remove(this);
      return;
    }
    // A refusal is one, whether its words came whole or not.
    if (this.#judgeNow) {
      this.#judgeNow();
      return;
    }
    // An answer that was complete before the connection broke is an answer.
    this.#relay?.end(true);
    if (this.#relay?.outcome?.type === "complete") this.#streamEnded();
    else this.#fail(classifyTransportFailure(failure));
  }

  #readerFor(kind: BodyKind): BodyReader {
    const { facts, inbound } = this.#context;
    const head = this.#head as ResponseHead;
    if (kind === "json-array" || (kind === "sse" && facts.stream)) return this.#streamReader(kind);
    const maxBytes = inbound.config.limits.maxResponseBytes;
    if (kind === "html") return this.#refusalReader(head);
    return this.#whole(maxBytes, (bytes) => {
      const answer = { bytes, isSse: kind === "sse", head, headers: () => this.#headers(head, "application/json") };
      const result = deliverWhole(this.#context, this.#protocol, this.#decodeContext, answer, this.#isPassThrough, () =>
        this.#markContent(),
      );
      this.#usage = result.usage;
      if (result.type === "done") this.#finish({ type: "done" });
      else if (result.type === "refused") this.#refuse(head, result.error, true);
      else this.#fail(result.error);
    });
  }

  #streamReader(framing: "sse" | "json-array"): BodyReader {
    const { inbound, stream } = this.#context;
    const head = this.#head as ResponseHead;
    const contentType = streamContentType(inbound.route.framing);
    const relay = new StreamRelay({
      stream: stream as NonNullable<typeof stream>,
      upstreamProtocol: this.#protocol,
      decodeContext: this.#decodeContext,
      isPassThrough: this.#isPassThrough && framing === inbound.route.framing,
      framing,
      maxEventBytes: inbound.config.limits.maxEventBytes,
      headers: () => this.#headers(head, contentType),
    });
    this.#relay = relay;
    return {
      data: (chunk) => {
        const wantsMore = relay.push(chunk);
        if (relay.isCommitted) this.#markContent();
        if (relay.outcome) this.#streamEnded();
        return wantsMore;
      },
      end: () => {
        relay.end();
        if (relay.isCommitted) this.#markContent();
        this.#streamEnded();
      },
    };
  }

  #streamEnded(): void {
    const end = this.#relay?.outcome;
    if (!end) return;
    this.#usage = this.#relay?.usage;
    switch (end.type) {
      case "complete":
        this.#context.stream?.finish();
        this.#finish({ type: "done" });
        break;
      case "empty":
        this.#fail(emptyAnswer());
        break;
      default:
        this.#refuse(this.#head as ResponseHead, end.error, true);
    }
  }

  #whole(maxBytes: number, done: (bytes: Buffer) => void): BodyReader {
    const body = new WholeBody(maxBytes);
    return {
      data: (chunk) => {
        if (!body.push(chunk) && this.#finishedMs === undefined) {
          this.#fail(
            new GatewayError("upstream-malformed", `upstream's answer is larger than ${maxBytes} bytes`, {
              outcome: "response_too_large",
            }),
          );
        }
        return true;
      },
      end: () => done(body.bytes()),
    };
  }

  /** A refusal of any size: what is too large is judged by its beginning. */
  #refusalReader(head: ResponseHead): BodyReader {
    const body = new WholeBody(MAX_ERROR_BYTES);
    const done = () => this.#refused(head, body.bytes());
    this.#judgeNow = done;
    this.#refusalSinceMs = this.#context.deps.clock.monotonicMs();
    return {
      data: (chunk) => {
        if (!body.push(chunk)) done();
        return true;
      },
      end: done,
    };
  }

  // --- how it ends

  /** An answer with an error status, or a page that is no answer at all. */
  #refused(head: ResponseHead, bytes: Buffer): void {
    const text = bytes.toString("utf8");
    const { error, isJson } = readRefusal(this.#protocol, head.status, text);
    this.#refuse(head, error, isJson);
  }

  #refuse(head: ResponseHead, error: WireError, isJson: boolean): void {
    const { deps, inbound } = this.#context;
    const call = { deps, inbound, candidate: this.#candidate, isConverted: !this.#isPassThrough };
    this.#fail(judgeRefusal(call, head, error, isJson));
  }

  #fail(error: GatewayError): void {
    if (this.#finishedMs !== undefined) return;
    if (!this.#relay?.isCommitted) {
      this.#finish({ type: "failed", error, delivered: false, isRestartable: true });
      return;
    }
    const stream = this.#context.stream;
    const guard = stream?.guard;
    const canGoOn = guard !== undefined && !guard.isGivenUp && this.#canEncode() && stream?.canGoOn(guard) === true;
    if (stream && guard?.hasDeliveredCall && canGoOn) {
      stream.closeAfterCall(guard, this.#relay.usage);
      this.#finish({ type: "closed", error });
      return;
    }
    if (guard?.mode === "continue" && !this.#isContinuable(guard)) guard.forbidContinuation();
    const mayGoOn =
      guard !== undefined && (guard.mode === "restart" || guard.isAgent || guard.continuable !== undefined);
    const isRestartable =
      canGoOn &&
      mayGoOn &&
      guard.restarts < MAX_RESTARTS[guard.isAgent ? "agent" : "other"] &&
      error.origin === "upstream";
    this.#finish({ type: "failed", error, delivered: true, isRestartable });
  }

  /** Plain text so far, and a request whose answer may be begun by us: no thinking, no fixed format. */
  #isContinuable(guard: TurnGuard): boolean {
    if (guard.continuable === undefined || !this.#canEncode()) return false;
    const { reasoning, outputFormat } = this.#context.decoded().request;
    const thinks = reasoning !== undefined && reasoning.mode !== "disabled" && reasoning.effort !== "none";
    return !thinks && outputFormat === undefined;
  }

  /** Going on inside an answer needs the client's request, which the byte lane has not read so far. */
  #canEncode(): boolean {
    try {
      this.#context.decoded();
      return true;
    } catch {
      return false; // the upstream took a request that we do not understand: it is passed on, but not restarted
    }
  }

  #clientGone(): void {
    this.#finish({ type: "client-gone" });
  }

  #finish(outcome: AttemptOutcome, word: FineOutcome | undefined = undefined): void {
    if (this.#finishedMs !== undefined) return;
    const now = this.#context.deps.clock.monotonicMs();
    this.#finishedMs = now;
    this.#giveUpMedia?.();
    this.#context.interrupt = undefined;
    this.#usage ??= this.#relay?.usage;
    if (this.#relay?.isCommitted && outcome.type !== "done") this.#estimateUsage(this.#relay.estimatedTokens);
    // A complete stream's connection may be used again once its last bytes are in; everything else is dropped.
    if (outcome.type === "done" && this.#relay) this.#exchange?.resume();
    else {
      if (outcome.type !== "done") this.#exchange?.abort();
      this.#context.deps.ticker.remove(this);
    }
    if (outcome.type === "done" || outcome.type === "closed" || (outcome.type === "failed" && outcome.delivered))
      this.#context.losses = this.#losses;
    this.#context.attempts.push(this.#record(outcome, now, word));
    this.#resolve(outcome);
  }

  /** An answer that breaks off is paid for all the same, and mostly before its usage was told. */
  #estimateUsage(outputTokens: number): void {
    const told = this.#usage;
    const isTold = told?.inputTokens !== undefined && (told.outputTokens ?? 0) >= outputTokens;
    if (isTold) return;
    const inputTokens = told?.inputTokens ?? this.#context.replyContext().estimatedInputTokens;
    this.#usage = { ...told, inputTokens, outputTokens: Math.max(told?.outputTokens ?? 0, outputTokens) };
    this.#isUsageEstimated = true;
  }

  #record(outcome: AttemptOutcome, now: number, word: FineOutcome | undefined): AttemptRecord {
    const { upstream, key } = this.#candidate;
    return {
      upstreamId: upstream.id,
      keyMasked: key?.secret.masked() ?? "",
      protocol: upstream.protocol,
      model: this.#candidate.model,
      url: this.#url,
      lane: this.#isPassThrough ? "pass-through" : "converted",
      status: this.#head?.status ?? 0,
      outcome: word ?? outcomeWord(outcome),
      error: "error" in outcome ? outcome.error.message : undefined,
      startedMs: this.#startedMs - this.#context.inbound.startedMs,
      firstByteMs: this.#firstByteMs,
      firstContentMs: this.#firstContentMs,
      totalMs: now - this.#startedMs,
      usage: this.#usage,
      usageEstimated: this.#isUsageEstimated ? true : undefined,
      lossCount: this.#losses.length,
      mayHaveBilled: outcome.type !== "done" && this.#head !== undefined && this.#head.status < 300 ? true : undefined,
      capture: this.#capture?.result(),
      spanId: this.#spanId,
    };
  }

  #markContent(): void {
    if (this.#firstContentMs !== undefined) return;
    const now = this.#context.deps.clock.monotonicMs();
    this.#firstContentMs = now - this.#startedMs;
    this.#context.phase = "answering";
    this.#context.onContent?.();
    this.#context.firstContentMs ??= now - this.#context.inbound.startedMs;
    this.#context.firstByteMs ??= this.#context.firstContentMs;
  }

  #headers(head: ResponseHead, contentType: string): Record<string, string> {
    return replyHeaders({
      requestId: this.#context.inbound.id,
      contentType,
      upstreamHead: this.#isPassThrough ? head : undefined,
      upstreamRequestId: upstreamRequestId(head),
      lossCount: this.#losses.length + this.#context.replyLosses.length,
    });
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#lastDataMs = this.#context.deps.clock.monotonicMs();
    this.#exchange?.resume();
  }

  // --- limits

  check(nowMs: number): void {
    if (this.#finishedMs !== undefined) {
      if (nowMs - this.#finishedMs < LINGER_MS) return;
      this.#exchange?.abort();
      this.#context.deps.ticker.remove(this);
      return;
    }
    if (this.#hasNews) {
      this.#hasNews = false;
      this.#lastDataMs = nowMs;
    }
    if (this.#relay && !this.#isPaused && nowMs - this.#lastDataMs > SETTLE_MS) this.#settle();
    if (this.#finishedMs !== undefined) return;
    const error = this.#overrun(nowMs);
    if (this.#judgeNow && (error || nowMs - this.#refusalSinceMs > MAX_ERROR_MS)) this.#judgeNow();
    else if (error) this.#fail(error);
    if (this.#finishedMs !== undefined) return;
    if (this.#isPaused) this.#checkClient(nowMs);
    else keepClientAlive(this.#context, nowMs, this.#openingHeaders);
  }

  /** The client does not take what waits for it: it is slow, hung, or has vanished without a word. */
  #checkClient(nowMs: number): void {
    const { inbound, reply } = this.#context;
    if (nowMs - this.#pausedMs < inbound.config.clientStallMs) return;
    reply.drop();
    this.#finish({ type: "client-gone" }, "client_stall");
  }

  /** Headers of a stream that is opened before its first content: the upstream's, once it has sent any. */
  #openingHeaders = (): Record<string, string> => {
    const contentType = streamContentType(this.#context.inbound.route.framing);
    const isStream = this.#relay !== undefined || this.#declaredKind === "sse";
    if (this.#head && isStream) return this.#headers(this.#head, contentType);
    return replyHeaders({ requestId: this.#context.inbound.id, contentType });
  };

  /** Some servers keep the connection open after the answer's last event. */
  #settle(): void {
    this.#relay?.settle();
    this.#streamEnded();
  }

  /** What has taken too long, as the error that it is. */
  #overrun(nowMs: number): GatewayError | undefined {
    const { facts, deadlineMs } = this.#context;
    const hasContent = this.#relay?.isCommitted === true || this.#context.stream?.guard?.hasContent === true;
    const isAnswered = facts.stream && hasContent;
    if (!isAnswered && nowMs >= deadlineMs) return overdue("the client's own time limit has run out");
    if (this.#sentMs === undefined) return facts.stream ? undefined : this.#requestOverrun(nowMs);
    return (
      this.#sendingOverrun(nowMs) ??
      (facts.stream ? this.#streamOverrun(nowMs, this.#sentMs) : this.#wholeOverrun(nowMs, this.#sentMs))
    );
  }

  /** The upstream does not take the request, or drips its head. */
  #sendingOverrun(nowMs: number): GatewayError | undefined {
    if (this.#head || !this.#exchange) return undefined;
    const { unsentBytes, headStarted } = this.#exchange.progress();
    if (unsentBytes !== this.#unsentBytes) {
      this.#unsentBytes = unsentBytes;
      this.#unsentSinceMs = nowMs;
    }
    const { idleMs, firstByteMs } = this.#candidate.upstream.timeouts;
    if (unsentBytes > 0 && idleMs > 0 && nowMs - this.#unsentSinceMs > idleMs)
      return tooLate(`upstream took nothing of the request for ${idleMs} ms`, "write_stall");
    this.#headSinceMs = headStarted ? (this.#headSinceMs ?? nowMs) : undefined;
    if (this.#headSinceMs !== undefined && nowMs - this.#headSinceMs > Math.min(HEAD_MS, firstByteMs))
      return tooLate("upstream began its answer's head and did not finish it in time", "ttfb_timeout");
    return undefined;
  }

  #wholeOverrun(nowMs: number, sentMs: number): GatewayError | undefined {
    const ownMs = this.#candidate.upstream.timeouts.requestMs;
    // An upstream with a shorter limit than the request gives way to the next one.
    if (ownMs < this.#context.inbound.config.timeouts.requestMs && nowMs - sentMs > ownMs)
      return tooLate(`upstream did not answer within ${ownMs} ms`, "upstream_timeout");
    return this.#requestOverrun(nowMs);
  }

  #requestOverrun(nowMs: number): GatewayError | undefined {
    const { config, startedMs } = this.#context.inbound;
    const limitMs = Math.max(this.#candidate.upstream.timeouts.requestMs, config.timeouts.requestMs);
    return nowMs - startedMs > limitMs ? overdue(`no answer within ${limitMs} ms`) : undefined;
  }

  #streamOverrun(nowMs: number, sentMs: number): GatewayError | undefined {
    const { firstByteMs, firstContentMs, idleMs, streamMs } = this.#candidate.upstream.timeouts;
    const elapsed = nowMs - sentMs;
    if (!this.#head)
      return elapsed > firstByteMs
        ? tooLate(`upstream sent no answer within ${firstByteMs} ms`, "ttfb_timeout")
        : undefined;
    if (streamMs > 0 && elapsed > streamMs)
      return tooLate(`upstream's answer took longer than ${streamMs} ms`, "stream_limit");
    if (!this.#relay?.isCommitted && elapsed > firstContentMs)
      return tooLate(`upstream sent no content within ${firstContentMs} ms`, "stall_after_handshake");
    if (!this.#isPaused && nowMs - this.#lastDataMs > idleMs)
      return tooLate(`upstream fell silent for ${idleMs} ms`, "idle_timeout");
    return undefined;
  }
}

/** The upstream's fault. */
function tooLate(message: string, outcome: FineOutcome): GatewayError {
  return new GatewayError("upstream-timeout", message, { outcome });
}

/** Nobody's fault, and the end of the request. */
function overdue(message: string): GatewayError {
  return new GatewayError("gateway-deadline", message, { outcome: "deadline" });
}

function outcomeWord(outcome: AttemptOutcome): string {
  if (outcome.type === "done") return "ok";
  return outcome.type === "client-gone" ? "client_closed" : outcome.error.outcome;
}

function emptyAnswer(): GatewayError {
  return new GatewayError("upstream-empty", "upstream ended its answer without any content", {
    outcome: "empty_answer",
    shouldRetry: false,
  });
}
