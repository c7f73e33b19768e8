// Token counting: asked of the upstream where it can count, estimated here otherwise.

import type { IrBlock } from "../core/block.ts";
import type { IrRequest } from "../core/request.ts";
import { randomId } from "../lib/random.ts";
import type { UpstreamTarget } from "../protocols/protocol.ts";
import { type Candidate, planAttempts } from "../routing/plan-attempts.ts";
import { buildHeaders, buildUrl } from "../upstream/build-call.ts";
import type { ResponseHead } from "../upstream/transport.ts";
import type { GatewayDeps } from "./context.ts";
import { refuse } from "./handle-generate.ts";
import { createLazyRequest, type InboundRequest } from "./inbound.ts";
import { bodyForModel, readBodyFacts } from "./read-body.ts";
import { replyHeaders } from "./reply-headers.ts";
import { WholeBody } from "./whole-body.ts";

const MAX_COUNT_BYTES = 1024 * 1024;
/** Clients count before they ask; an upstream that is slow at it is not waited for. */
const COUNT_TIMEOUT_MS = 5_000;

/** Answers a count-tokens request. Failures of upstreams never count against their breakers. Never rejects. */
export async function handleCountTokens(deps: GatewayDeps, inbound: InboundRequest): Promise<Response> {
  try {
    const facts = readBodyFacts(inbound);
    const decoded = createLazyRequest(inbound);
    for (const candidate of planAttempts(inbound.config, facts.model).slice(0, 2)) {
      const view = deps.breakers.view(candidate.ids, deps.clock.monotonicMs());
      if (view.type !== "closed") continue;
      const count = await askUpstream(deps, inbound, candidate, () => {
        const isSame = candidate.upstream.protocol === inbound.protocol.id;
        if (isSame) return { body: bodyForModel(inbound, facts, candidate.model) };
        return encodeCount(deps, candidate, decoded().request);
      });
      if (count !== null) return answer(inbound, count);
    }
    return answer(inbound, estimateTokens(decoded().request));
  } catch (error) {
    return refuse(deps, inbound, error);
  }
}

function answer(inbound: InboundRequest, inputTokens: number): Response {
  const headers = replyHeaders({ requestId: inbound.id, contentType: "application/json" });
  return new Response(JSON.stringify(inbound.protocol.encodeCount(inputTokens)), { headers });
}

interface CountCall {
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly query?: string;
}

function encodeCount(deps: GatewayDeps, candidate: Candidate, request: IrRequest): CountCall | null {
  const { upstream, model, ids } = candidate;
  const target: UpstreamTarget = {
    upstreamId: upstream.id,
    keyId: ids.keyId,
    model,
    baseUrl: upstream.baseUrl,
    quirks: upstream.quirks,
  };
  const encoded = deps.protocols[upstream.protocol].encodeCountRequest(request, target, () => randomId(deps.random));
  if (!encoded) return null;
  const { body, headers, path, query } = encoded.value;
  return { body: Buffer.from(JSON.stringify(body)), headers, path, query };
}

/** The upstream's count, or null when it cannot count, fails or takes too long. */
function askUpstream(
  deps: GatewayDeps,
  inbound: InboundRequest,
  candidate: Candidate,
  build: () => CountCall | null,
): Promise<number | null> {
  const { upstream, key, model } = candidate;
  const protocol = deps.protocols[upstream.protocol];
  const endpoint = protocol.upstreamPath("count-tokens", model, false);
  const call = endpoint ? build() : null;
  if (!endpoint || !call) return Promise.resolve(null);
  const isSame = protocol.id === inbound.protocol.id;
  const url = buildUrl(upstream, call.path ?? endpoint.path, call.query ?? endpoint.query);
  const headers = buildHeaders(
    protocol,
    upstream,
    key?.secret.reveal() ?? "",
    call.headers ?? {},
    isSame ? inbound.headers : null,
  );
  return new Promise((resolve) => {
    const whole = new WholeBody(MAX_COUNT_BYTES);
    let head: ResponseHead | undefined;
    const timer = setTimeout(() => done(null), COUNT_TIMEOUT_MS);
    const exchange = deps.transport.send(
      {
        method: "POST",
        url,
        headers,
        body: call.body,
        connectTimeoutMs: Math.min(COUNT_TIMEOUT_MS, upstream.timeouts.connectMs),
      },
      {
        onHead: (received) => {
          head = received;
        },
        onData: (chunk) => {
          if (!whole.push(chunk)) done(null);
        },
        onEnd: () =>
          done(head && head.status >= 200 && head.status < 300 ? protocol.decodeCount(parse(whole.bytes())) : null),
        onFailure: () => done(null),
      },
    );
    function done(count: number | null): void {
      clearTimeout(timer);
      exchange.abort();
      resolve(count);
    }
  });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined; // no count then; the estimate stands in
  }
}

/** Characters per token of mixed code and prose, and what a message and an image cost besides; rough on purpose. */
const CHARACTERS_PER_TOKEN = 3.6;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_IMAGE = 1200;

/** Input tokens of a request by rule of thumb: system, tools, messages; never 0. */
export function estimateTokens(request: IrRequest): number {
  let characters = 0;
  let tokens = 3 + request.messages.length * TOKENS_PER_MESSAGE;
  for (const block of request.system) characters += block.text.length;
  for (const tool of request.tools) characters += JSON.stringify(tool.type === "server" ? tool.wire : tool).length;
  for (const message of request.messages) {
    for (const block of message.content) {
      const size = measureBlock(block);
      characters += size.characters;
      tokens += size.tokens;
    }
  }
  return Math.max(1, Math.ceil(tokens + characters / CHARACTERS_PER_TOKEN));
}

function measureBlock(block: IrBlock): { characters: number; tokens: number } {
  switch (block.type) {
    case "text":
    case "reasoning":
    case "refusal":
      return { characters: block.text.length, tokens: 0 };
    case "tool-call":
      return { characters: block.name.length + block.arguments.length, tokens: 8 };
    case "tool-result":
      return block.content
        .map(measureBlock)
        .reduce((sum, part) => ({ characters: sum.characters + part.characters, tokens: sum.tokens + part.tokens }), {
          characters: 0,
          tokens: 8,
        });
    case "document":
      return block.source.type === "text"
        ? { characters: block.source.text.length, tokens: 0 }
        : { characters: 0, tokens: 3 * TOKENS_PER_IMAGE };
    case "image":
    case "audio":
    case "video":
      return { characters: 0, tokens: TOKENS_PER_IMAGE };
    default:
      return { characters: JSON.stringify(block.wire)?.length ?? 0, tokens: 0 };
  }
}
