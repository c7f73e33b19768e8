// Requests that the program sends for its administrator, through the gateway's own path.

import { PROTOCOL_OF_FORMAT } from "../config/build-upstreams.ts";
import type { Config } from "../config/config.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import type { GatewayDeps } from "../gateway/context.ts";
import { handleGenerate } from "../gateway/handle-generate.ts";
import type { ProbeGate } from "../gateway/probe-gate.ts";
import { randomId } from "../lib/random.ts";

export interface OwnRequest {
  /** Protocol that the request is written in. */
  readonly protocol: ProtocolId;
  readonly model: string;
  readonly stream: boolean;
  /** In that protocol; model and stream flag included where it has them. */
  readonly body: object;
  readonly config: Config;
  /** Ends the request as a client that leaves does. */
  readonly signal: AbortSignal;
  readonly userAgent: string;
  readonly onlyUpstreamId?: string | undefined;
  /** As `newRequestId` makes them; minted when absent. */
  readonly id?: string | undefined;
}

const PATHS: Readonly<Record<ProtocolId, string>> = {
  anthropic: "/v1/messages",
  "openai-chat": "/v1/chat/completions",
  "openai-responses": "/v1/responses",
  gemini: "/v1beta/models/",
};

/** Tokens that an answer may have; only Anthropic's protocol has to be told. */
const MAX_TOKENS = 4096;

/** An id such as clients' requests have. */
export function newRequestId(deps: Pick<GatewayDeps, "random">): string {
  return `req_${randomId(deps.random)}`;
}

/** Sends it. Never rejects: failures are answers of the protocol. */
export function sendOwnRequest(deps: GatewayDeps, probe: ProbeGate, request: OwnRequest): Promise<Response> {
  const { protocol, model, stream } = request;
  const isGemini = protocol === "gemini";
  return handleGenerate(deps, probe, {
    id: request.id ?? newRequestId(deps),
    route: {
      protocol,
      operation: "generate",
      framing: "sse",
      model: isGemini ? model : undefined,
      stream: isGemini ? stream : undefined,
    },
    protocol: deps.protocols[protocol],
    method: "POST",
    path: PATHS[protocol],
    query: "",
    headers: new Headers({ "user-agent": request.userAgent }),
    body: Buffer.from(JSON.stringify(request.body)),
    signal: request.signal,
    startedMs: deps.clock.monotonicMs(),
    startedWallMs: deps.clock.wallMs(),
    config: request.config,
    isLocal: () => true,
    onlyUpstreamId: request.onlyUpstreamId,
  });
}

/** The body of a request that asks one question. */
export function promptBody(protocol: ProtocolId, model: string, prompt: string, stream: boolean): object {
  const messages = [{ role: "user", content: prompt }];
  switch (protocol) {
    case "anthropic":
      return { model, stream, max_tokens: MAX_TOKENS, messages };
    case "openai-chat":
      return { model, stream, messages };
    case "openai-responses":
      return { model, stream, input: prompt };
    case "gemini":
      return { contents: [{ role: "user", parts: [{ text: prompt }] }] };
  }
}

/** A whole body with another model and stream flag, where the protocol has them in the body. */
export function withModel(protocol: ProtocolId, body: object, model: string, stream: boolean): object {
  return protocol === "gemini" ? body : { ...body, model, stream };
}

/** The protocol of a name in config.json: `openai_response`; undefined for an unknown one. */
export function protocolOfFormat(format: string): ProtocolId | undefined {
  return Object.hasOwn(PROTOCOL_OF_FORMAT, format)
    ? PROTOCOL_OF_FORMAT[format as keyof typeof PROTOCOL_OF_FORMAT]
    : undefined;
}
