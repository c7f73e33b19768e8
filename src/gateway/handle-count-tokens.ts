// Token counting: asked of the upstream where it can count, counted here otherwise. Clients compact by it, so it is never 0.

import type { UpstreamConfig } from "../config/config.ts";
import type { IrRequest } from "../core/request.ts";
import { randomId } from "../lib/random.ts";
import type { UpstreamTarget } from "../protocols/protocol.ts";
import { type Candidate, planAttempts } from "../routing/plan-attempts.ts";
import { createTokenCounter, type TokenCounter } from "../tokens/count-request-tokens.ts";
import { tokenProfile } from "../tokens/token-profile.ts";
import { buildHeaders, buildUrl } from "../upstream/build-call.ts";
import { askUpstream } from "./ask-upstream.ts";
import type { GatewayDeps } from "./context.ts";
import { CountSupport } from "./count-support.ts";
import { refuse } from "./handle-generate.ts";
import { createLazyRequest, HOP_HEADER, type InboundRequest } from "./inbound.ts";
import { checkBodyModels } from "./key-allowance.ts";
import { type BodyFacts, bodyForModel, readBodyFacts } from "./read-body.ts";
import { replyHeaders } from "./reply-headers.ts";

const MAX_COUNT_BYTES = 1024 * 1024;
/** Clients count before they ask; an upstream that is slow at it is not waited for. */
const COUNT_TIMEOUT_MS = 5_000;
const MAX_CALLS = 2;

/** What counting remembers between requests. */
interface Counting {
  readonly counter: TokenCounter;
  readonly support: CountSupport;
}

/** One per gateway, made by its first count. */
const countings = new WeakMap<GatewayDeps, Counting>();

/**
 * Answers a count-tokens request: from the upstream that would serve the model, or the next one of the same model
 * family, else from our own tokenizer. Failures of upstreams never count against their breakers. Never rejects.
 */
export async function handleCountTokens(deps: GatewayDeps, inbound: InboundRequest): Promise<Response> {
  try {
    const facts = readBodyFacts(inbound);
    checkBodyModels(inbound.keyLimits, inbound.body, inbound.route.model);
    const decoded = createLazyRequest(inbound);
    const { counter, support } = countingOf(deps);
    const candidates = usableCandidates(deps, inbound, facts);
    const model = candidates[0]?.model ?? facts.model;
    const { family } = tokenProfile(model);
    let calls = 0;
    for (const candidate of candidates) {
      if (calls >= MAX_CALLS || inbound.signal.aborted) break;
      // Another family's count would be worth less than our own.
      if (tokenProfile(candidate.model).family !== family) continue;
      if (support.isUseless(candidate.upstream)) continue;
      const call = buildCall(deps, inbound, facts, candidate, () => decoded().request);
      if (!call) continue;
      calls += 1;
      const count = await askForCount(deps, inbound, candidate.upstream, call, support);
      if (count !== null && count > 0) return answer(inbound, count);
    }
    return answer(inbound, await counter.count(decoded().request, model));
  } catch (error) {
    return refuse(deps, inbound, error);
  }
}

function countingOf(deps: GatewayDeps): Counting {
  let counting = countings.get(deps);
  if (!counting) {
    counting = { counter: createTokenCounter(), support: new CountSupport(() => deps.clock.monotonicMs()) };
    countings.set(deps, counting);
  }
  return counting;
}

function usableCandidates(deps: GatewayDeps, inbound: InboundRequest, facts: BodyFacts): Candidate[] {
  const nowMs = deps.clock.monotonicMs();
  const planned = planAttempts(inbound.config, facts.model, {
    onlyUpstreamId: inbound.onlyUpstreamId,
    allowed: inbound.keyLimits?.upstreams,
  });
  const usable = planned.filter(({ ids }) => deps.breakers.view(ids, nowMs).type === "closed");
  return usable.length > 0 ? usable : planned.slice(0, 1);
}

function answer(inbound: InboundRequest, inputTokens: number): Response {
  const headers = replyHeaders({ requestId: inbound.id, contentType: "application/json" });
  return new Response(JSON.stringify(inbound.protocol.encodeCount(inputTokens)), { headers });
}

interface CountCall {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The call that asks a candidate's upstream to count; null when its protocol has no such endpoint. */
function buildCall(
  deps: GatewayDeps,
  inbound: InboundRequest,
  facts: BodyFacts,
  candidate: Candidate,
  request: () => IrRequest,
): CountCall | null {
  const { upstream, key, model, ids } = candidate;
  const protocol = deps.protocols[upstream.protocol];
  const endpoint = protocol.upstreamPath("count-tokens", model, false);
  if (!endpoint) return null;
  const secret = key?.secret.reveal() ?? "";
  const hop = { [HOP_HEADER]: String((inbound.hops ?? 0) + 1) };
  if (protocol.id === inbound.protocol.id) {
    return {
      url: buildUrl(upstream, endpoint.path, endpoint.query),
      headers: buildHeaders(protocol, upstream, secret, hop, inbound.headers),
      body: bodyForModel(inbound, facts, model),
    };
  }
  const target: UpstreamTarget = {
    upstreamId: upstream.id,
    keyId: ids.keyId,
    model,
    baseUrl: upstream.baseUrl,
    quirks: upstream.quirks,
  };
  const encoded = protocol.encodeCountRequest(request(), target, () => randomId(deps.random));
  if (!encoded) return null;
  const { path, query, headers, body } = encoded.value;
  return {
    url: buildUrl(upstream, path, query),
    headers: buildHeaders(protocol, upstream, secret, { ...headers, ...hop }, null),
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** The upstream's count, or null when it gave none; what that says about later calls is remembered. */
async function askForCount(
  deps: GatewayDeps,
  inbound: InboundRequest,
  upstream: UpstreamConfig,
  call: CountCall,
  support: CountSupport,
): Promise<number | null> {
  const question = { method: "POST", ...call, timeoutMs: COUNT_TIMEOUT_MS, maxBytes: MAX_COUNT_BYTES } as const;
  const ask = () => askUpstream(deps, { ...question, signal: inbound.signal });
  const result = await support.ask(upstream, inbound.signal, ask, (inbound.hops ?? 0) > 0);
  if (result?.type !== "answer" || result.status < 200 || result.status >= 300) return null;
  return deps.protocols[upstream.protocol].decodeCount(result.body);
}
