// The contexts that codecs need when nobody but a benchmark calls them.

import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { IrRequest } from "../../src/core/request.ts";
import type { DecodeContext, ReplyContext, UpstreamTarget } from "../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";

export const ALL_PROTOCOLS = Object.keys(PROTOCOLS) as ProtocolId[];

const mintId = () => "0123456789abcdefghijklmn";
const loss = () => undefined;

export function decodeContext(protocol: ProtocolId): DecodeContext {
  return { origin: { protocol, upstreamId: "bench", keyId: "k", model: "m" }, quirks: {}, mintId, loss };
}

export function upstreamTarget(): UpstreamTarget {
  return { upstreamId: "bench", keyId: "k", model: "m", baseUrl: "https://upstream.example/v1", quirks: {} };
}

export function replyContext(): ReplyContext {
  const request: IrRequest = { model: "m", stream: true, system: [], messages: [], tools: [], includeUsage: true };
  return { model: "m", responseId: mintId(), createdAt: 1_795_392_000, request, framing: "sse", mintId, loss };
}
