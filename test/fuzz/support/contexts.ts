// Contexts that decoders and encoders are run with: as the gateway makes them, with counted ids.

import type { Loss } from "../../../src/core/loss.ts";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { IrRequest } from "../../../src/core/request.ts";
import type {
  DecodeContext,
  ReplyContext,
  RouteMatch,
  StreamFraming,
  UpstreamTarget,
} from "../../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../../src/protocols/registry.ts";

/** All formats. */
export const PROTOCOL_IDS = Object.keys(PROTOCOLS) as readonly ProtocolId[];

/** Models that no table of facts narrows, of the vendor each format belongs to. */
export const MODELS: Readonly<Record<ProtocolId, string>> = {
  anthropic: "claude-sonnet-4-6",
  "openai-chat": "gpt-4.1",
  "openai-responses": "gpt-4.1",
  gemini: "gemini-2.5-pro",
};

const BASE_URLS: Readonly<Record<ProtocolId, string>> = {
  anthropic: "https://api.anthropic.com/v1",
  "openai-chat": "https://api.openai.com/v1",
  "openai-responses": "https://api.openai.com/v1",
  gemini: "https://generativelanguage.googleapis.com/v1beta",
};

/** A source of ids that counts: 24 characters of `[0-9A-Za-z]`. */
export function createMint(): () => string {
  let count = 0;
  return () => `minted${String(++count).padStart(18, "0")}`;
}

/** An upstream of a protocol. */
export function targetOf(protocol: ProtocolId, model = MODELS[protocol]): UpstreamTarget {
  return { upstreamId: `${protocol}-up`, keyId: "key", model, baseUrl: BASE_URLS[protocol], quirks: {} };
}

/** The generation route of a protocol. */
export function routeOf(protocol: ProtocolId, stream = false, framing: StreamFraming = "sse"): RouteMatch {
  const isGemini = protocol === "gemini";
  return { protocol, operation: "generate", framing, ...(isGemini ? { model: MODELS.gemini, stream } : {}) };
}

/** What decodes the answer of an upstream that was sent `request`. */
export function decodeContextFor(protocol: ProtocolId, request: IrRequest, losses: Loss[] = []): DecodeContext {
  const { value } = PROTOCOLS[protocol].encodeRequest(request, targetOf(protocol), createMint());
  return { ...value.decode, mintId: createMint(), loss: (loss) => losses.push(loss) };
}

/** What encodes the answer for a client that sent `request`. */
export function replyContextFor(request: IrRequest, losses: Loss[] = [], framing: StreamFraming = "sse"): ReplyContext {
  return {
    model: request.model,
    responseId: "ABCDEFGHIJKLMNOPQRSTUVWX",
    createdAt: 1_790_000_000,
    request,
    framing,
    mintId: createMint(),
    loss: (loss) => losses.push(loss),
  };
}

export const PROTOCOL_PAIRS: readonly (readonly [from: ProtocolId, to: ProtocolId])[] = PROTOCOL_IDS.flatMap((from) =>
  PROTOCOL_IDS.map((to) => [from, to] as const),
);
