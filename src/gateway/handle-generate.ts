// The entry of the gateway for generation: from an inbound request to its response and its record.

import { GatewayError } from "../core/errors.ts";
import type { Loss } from "../core/loss.ts";
import type { IrRequest } from "../core/request.ts";
import { randomId } from "../lib/random.ts";
import type { ReplyContext } from "../protocols/protocol.ts";
import { planAttempts } from "../routing/plan-attempts.ts";
import { estimateRequestTokens } from "../tokens/estimate-request-tokens.ts";
import { type RequestOutcome, runAttempts } from "./attempt-loop.ts";
import { clientDeadlineMs } from "./client-deadline.ts";
import { ClientReply } from "./client-reply.ts";
import type { GatewayDeps, RequestContext } from "./context.ts";
import { createLazyRequest, type DecodedRequest, type InboundRequest } from "./inbound.ts";
import { checkBodyModels } from "./key-allowance.ts";
import { isCodingAgent } from "./known-agent.ts";
import { breakModeOf } from "./mid-stream.ts";
import type { ProbeGate } from "./probe-gate.ts";
import { type BodyFacts, readBodyFacts } from "./read-body.ts";
import { errorHeaders } from "./reply-headers.ts";
import { recordOf, refusedRecord, tokensOf } from "./request-record.ts";
import { StreamReply } from "./stream-reply.ts";
import { tellClient } from "./tell-client.ts";
import { TurnGuard } from "./turn-guard.ts";

/** Answers a generation request. Never rejects: every failure becomes an error in the client's protocol. */
export function handleGenerate(deps: GatewayDeps, probe: ProbeGate, inbound: InboundRequest): Promise<Response> {
  let facts: BodyFacts;
  try {
    facts = readBodyFacts(inbound);
    checkBodyModels(inbound.keyLimits, inbound.body, inbound.route.model);
    inbound.permit?.reserve(inbound.body.length);
  } catch (error) {
    return Promise.resolve(refuse(deps, inbound, error));
  }
  const context = createContext(deps, inbound, facts);
  const leave = deps.inflight.enter(context, inbound.clientId);
  deps.background(run(context, probe).finally(leave));
  return context.reply.response;
}

/**
 * The client's request, or the little we know of it: an upstream of the same protocol may understand what we do not,
 * and its client still has to be told when the answer breaks off.
 */
function requestOr(decoded: () => DecodedRequest, facts: BodyFacts): IrRequest {
  try {
    return decoded().request;
  } catch {
    return { model: facts.model, stream: facts.stream, system: [], messages: [], tools: [], includeUsage: true };
  }
}

function createContext(deps: GatewayDeps, inbound: InboundRequest, facts: BodyFacts): RequestContext {
  const reply = new ClientReply(inbound.signal, inbound.onEnd);
  const decoded = createLazyRequest(inbound);
  const mintId = () => randomId(deps.random);
  let replyContext: ReplyContext | undefined;
  const isAgent = isCodingAgent(inbound.headers);
  const guard = facts.stream && mayGoOn(inbound, isAgent) ? new TurnGuard(isAgent) : undefined;
  const context: RequestContext = {
    deps,
    inbound,
    facts,
    decoded,
    reply,
    stream: facts.stream
      ? new StreamReply({
          reply,
          protocol: inbound.protocol,
          replyContext: () => context.replyContext(),
          guard,
          nowMs: deps.clock.monotonicMs(),
        })
      : undefined,
    replyContext: () => {
      if (replyContext) return replyContext;
      const request = requestOr(decoded, facts);
      replyContext = {
        model: facts.model,
        responseId: mintId(),
        createdAt: Math.floor(inbound.startedWallMs / 1000),
        request,
        estimatedInputTokens: estimateRequestTokens(request, facts.model),
        framing: inbound.route.framing,
        mintId,
        loss: (loss) => noteOnce(context.replyLosses, loss),
      };
      return replyContext;
    },
    mintId,
    isAgent,
    deadlineMs: inbound.startedMs + (clientDeadlineMs(inbound.headers) ?? Number.POSITIVE_INFINITY),
    losses: [],
    replyLosses: [],
    attempts: [],
    upstreamModel: undefined,
    attempt: 0,
    candidate: undefined,
    phase: "waiting",
    stopped: undefined,
    stop(error) {
      context.stopped ??= error;
      context.interrupt?.(context.stopped);
    },
    interrupt: undefined,
    onContent: undefined,
    stoppedBy: undefined,
    firstContentMs: undefined,
    firstByteMs: undefined,
  };
  return context;
}

/** A long answer can lose the same thing with every event. */
function noteOnce(losses: Loss[], loss: Loss): void {
  const { kind, path, feature, detail } = loss;
  const isKnown = losses.some(
    (each) => each.kind === kind && each.path === path && each.feature === feature && each.detail === detail,
  );
  if (!isKnown) losses.push(loss);
}

/** Whether an answer that breaks off may go on inside itself, at any of the upstreams. */
function mayGoOn(inbound: InboundRequest, isAgent: boolean): boolean {
  return inbound.config.upstreams.some((upstream) => breakModeOf(inbound, upstream, isAgent) !== "error");
}

async function run(context: RequestContext, probe: ProbeGate): Promise<void> {
  const { deps, inbound } = context;
  const { model, sessionId } = context.facts;
  let candidates = planAttempts(inbound.config, model, {
    onlyUpstreamId: inbound.onlyUpstreamId,
    allowed: inbound.keyLimits?.upstreams,
  });
  if (sessionId !== undefined) candidates = deps.affinity.prefer(candidates, sessionId, deps.clock.monotonicMs());
  let outcome: RequestOutcome;
  try {
    outcome = await runAttempts(context, candidates, probe);
  } catch (error) {
    outcome = { type: "failed", error: internalError(error), delivered: context.reply.state === "open" };
  }
  if (outcome.type === "failed") tellClient(context, outcome.error);
  const record = recordOf(context, outcome);
  inbound.permit?.end(tokensOf(record));
  deps.record(record);
}

/** An answer to a request that never reached the attempts. */
export function refuse(deps: GatewayDeps, inbound: InboundRequest, cause: unknown): Response {
  const error = cause instanceof GatewayError ? cause : internalError(cause);
  const { status, body } = inbound.protocol.encodeError(error, inbound.id);
  inbound.permit?.end(0);
  inbound.onEnd?.();
  deps.record(refusedRecord(deps, inbound, error, status));
  const headers = errorHeaders(error, inbound.id);
  // Codex would wait as long as it is told, for hours; told nothing it ends its turn with the message.
  if (error.code === "client-quota-exhausted" && inbound.protocol.id === "openai-responses") {
    delete headers["retry-after"];
    delete headers["retry-after-ms"];
  }
  return Response.json(body, { status, headers });
}

/** What was thrown, as the error that a client may hear of. */
export function internalError(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  return new GatewayError("gateway-internal", "the gateway failed to handle this request", { cause });
}
