// Everything below /v1 that the gateway has no route for: passed as it is to the first upstream of a matching format.

import { GatewayError } from "../core/errors.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import { DECISIONS } from "../resilience/decision-table.ts";
import { type Candidate, planAttempts } from "../routing/plan-attempts.ts";
import { buildHeaders, buildUrl, joinQuery } from "../upstream/build-call.ts";
import { classifyTransportFailure } from "../upstream/classify-outcome.ts";
import type { ResponseHead, TransportRequest } from "../upstream/transport.ts";
import { ClientReply } from "./client-reply.ts";
import type { GatewayDeps } from "./context.ts";
import { refuse } from "./handle-generate.ts";
import { HOP_HEADER, type InboundRequest } from "./inbound.ts";
import { checkBodyModels } from "./key-allowance.ts";
import { replyHeaders, upstreamRequestId } from "./reply-headers.ts";

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
 * may have got it, only what reads (GET, HEAD) moves on to the next one: what such a route does is not known, so nothing
 * may run twice. Never rejects.
 * `path` is the normalised path, with `/v1` or `/v1beta` in front, which the upstream's base URL stands for.
 */
export async function handleRaw(deps: GatewayDeps, inbound: InboundRequest, path: string): Promise<Response> {
  try {
    checkRawModels(inbound, path);
  } catch (error) {
    return refuse(deps, inbound, error);
  }
  const formats = MATCHING[inbound.protocol.id];
  const candidates = planAttempts(inbound.config, "", {
    accepts: (upstream) => formats.includes(upstream.protocol),
    allowed: inbound.keyLimits?.upstreams,
  });
  let failure =
    candidates.length === 0
      ? new GatewayError("client-not-found", `${path}: no such route, and no upstream of a matching format`)
      : allResting(deps, candidates);
  if (!METHODS.has(inbound.method))
    failure = new GatewayError("client-method-not-allowed", `method: ${inbound.method} is not served`);
  else {
    for (const candidate of candidates) {
      const view = deps.breakers.view(candidate.ids, deps.clock.monotonicMs());
      if (view.type === "open" || view.type === "probe-busy") continue;
      const result = await relay(deps, inbound, candidate, path);
      if (result instanceof Response) return result;
      failure = result.error;
      if (!result.mayGoOn || DECISIONS[failure.code].next === "return") break;
    }
  }
  return refuse(deps, inbound, failure);
}

/** Every upstream that could serve it is left alone for now. */
function allResting({ breakers, clock }: GatewayDeps, candidates: readonly Candidate[]): GatewayError {
  const nowMs = clock.monotonicMs();
  const waits = candidates.map(({ ids }) => {
    const view = breakers.view(ids, nowMs);
    return view.type === "open" ? view.untilMs - nowMs : 1000;
  });
  return new GatewayError("no-upstream-available", "No available upstreams", {
    retryAfterMs: Math.min(LONGEST_WAIT_MS, ...waits),
    shouldRetry: true,
  });
}

/** Longest wait that a client is told. */
const LONGEST_WAIT_MS = 60_000;

/** A key for certain models reaches other routes only with a body that names one of them. */
function checkRawModels({ keyLimits, body }: InboundRequest, path: string): void {
  const inPath = /^\/v1(?:beta)?\/models\/([^/:]+)/.exec(path)?.[1];
  checkBodyModels(keyLimits, body.length === 0 && inPath !== undefined ? EMPTY_OBJECT : body, inPath);
}

const EMPTY_OBJECT = Buffer.from("{}");

interface RelayFailure {
  readonly error: GatewayError;
  /** It may be sent to another upstream: nothing can come of it twice. */
  readonly mayGoOn: boolean;
}

function relay(
  deps: GatewayDeps,
  inbound: InboundRequest,
  candidate: Candidate,
  path: string,
): Promise<Response | RelayFailure> {
  const { upstream, key } = candidate;
  const protocol = deps.protocols[upstream.protocol];
  const startedMs = deps.clock.monotonicMs();
  deps.breakers.acquire(candidate.ids, startedMs);
  const headers = buildHeaders(protocol, upstream, key?.secret.reveal() ?? "", {}, inbound.headers);
  const contentType = inbound.headers.get("content-type");
  if (contentType) headers["content-type"] = contentType;
  headers[HOP_HEADER] = String((inbound.hops ?? 0) + 1);
  const request: TransportRequest = {
    method: inbound.method as TransportRequest["method"],
    url: buildUrl(upstream, path.replace(/^\/v1(beta)?/, ""), joinQuery("", inbound.query)),
    headers,
    body: inbound.body.length > 0 ? inbound.body : null,
    connectTimeoutMs: upstream.timeouts.connectMs,
  };
  const leave = deps.inflight.hold();
  return new Promise((resolve) => {
    const reply = new ClientReply(inbound.signal, inbound.onEnd);
    let lastMs = startedMs;
    const watched = {
      check(nowMs: number) {
        if (nowMs - lastMs > upstream.timeouts.requestMs)
          finish(new GatewayError("upstream-timeout", "upstream fell silent"), true);
      },
    };
    deps.ticker.add(watched);
    const exchange = deps.transport.send(request, {
      onHead(head: ResponseHead) {
        lastMs = deps.clock.monotonicMs();
        // A refusal proves nothing: it may be the one that the upstream, or its key, rests for.
        deps.breakers.record(candidate.ids, startedMs, lastMs, { type: head.status < 400 ? "success" : "neutral" });
        reply.openStream(
          head.status,
          replyHeaders({
            requestId: inbound.id,
            contentType: head.headers.get("content-type") ?? "application/octet-stream",
            upstreamHead: head,
            upstreamRequestId: upstreamRequestId(head),
          }),
        );
        resolve(reply.response);
      },
      onData(chunk) {
        lastMs = deps.clock.monotonicMs();
        if (!reply.write(Buffer.from(chunk))) exchange.pause();
      },
      onEnd: () => finish(undefined),
      onFailure: (failed) => finish(classifyTransportFailure(failed), failed.requestSent),
    });
    reply.onDrain(() => exchange.resume());
    reply.onGone(() => {
      // Nobody knows how it would have ended: a probe's permit goes back.
      if (reply.state !== "open")
        deps.breakers.record(candidate.ids, startedMs, deps.clock.monotonicMs(), { type: "neutral" });
      finish(undefined);
    });

    function finish(error: GatewayError | undefined, wasSent = false): void {
      deps.ticker.remove(watched);
      exchange.abort();
      leave();
      if (reply.state === "open") {
        inbound.permit?.end(undefined);
        // A cut body must not look complete.
        if (error) reply.reset();
        else reply.close();
        return;
      }
      if (!error) {
        inbound.permit?.end(undefined);
        resolve(reply.response);
        return;
      }
      const nowMs = deps.clock.monotonicMs();
      deps.breakers.record(candidate.ids, startedMs, nowMs, {
        type: "failure",
        code: error.code,
        decision: DECISIONS[error.code],
        retryAfterMs: undefined,
      });
      resolve({ error, mayGoOn: !wasSent || inbound.method === "GET" || inbound.method === "HEAD" });
    }
  });
}
