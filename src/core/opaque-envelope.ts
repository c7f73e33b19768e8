// Carries opaque reasoning through clients of another protocol: `apr1.` + base64url(JSON).
// The client stores and returns it unread; only the upstream that made the payload ever sees it again.

import type { Opaque, OpaqueOrigin } from "./block.ts";
import type { ProtocolId } from "./protocol-id.ts";
import { isVoid } from "./void-marker.ts";

const PREFIX = "apr1.";

/** One letter per protocol keeps envelopes short. */
const LETTERS: Readonly<Record<ProtocolId, string>> = {
  anthropic: "a",
  "openai-chat": "c",
  "openai-responses": "r",
  gemini: "g",
};

const PROTOCOL_OF_LETTER: ReadonlyMap<string, ProtocolId> = new Map(
  Object.entries(LETTERS).map(([protocol, letter]) => [letter, protocol as ProtocolId]),
);

/** Wraps a payload together with its origin. Reversible with `unwrapOpaque`; ASCII, no padding. */
export function wrapOpaque(opaque: Opaque): string {
  const { origin } = opaque;
  const fields = [
    LETTERS[origin.protocol],
    origin.upstreamId ?? "",
    origin.keyId ?? "",
    origin.model ?? "",
    opaque.payload,
  ];
  return PREFIX + Buffer.from(JSON.stringify(fields), "utf8").toString("base64url");
}

/** Reads an envelope; undefined for anything that is none, damaged ones included. */
export function unwrapOpaque(text: string): Opaque | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(text.slice(PREFIX.length), "base64url").toString("utf8"));
  } catch {
    return undefined; // a damaged envelope is as good as none: the payload is dropped
  }
  if (!Array.isArray(fields) || fields.length !== 5 || !fields.every((field) => typeof field === "string"))
    return undefined;
  const [letter, upstreamId, keyId, model, payload] = fields as [string, string, string, string, string];
  const protocol = PROTOCOL_OF_LETTER.get(letter);
  if (!protocol) return undefined;
  return {
    payload,
    origin: { protocol, upstreamId: upstreamId || undefined, keyId: keyId || undefined, model: model || undefined },
  };
}

/** Whether a string is an envelope of ours, readable or not. */
export function isOpaqueEnvelope(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** What to show a client of `protocol`: its own upstreams' payload as it is, a foreign one in an envelope. */
export function opaqueForClient(opaque: Opaque, protocol: ProtocolId): string {
  return opaque.origin.protocol === protocol && !isVoid(opaque) ? opaque.payload : wrapOpaque(opaque);
}

/** Reads what a client of `protocol` sent back: an envelope, or a bare payload of its own protocol. `""` is none. */
export function opaqueFromClient(text: string, protocol: ProtocolId): Opaque | undefined {
  if (text === "") return undefined;
  if (isOpaqueEnvelope(text)) return unwrapOpaque(text);
  return { payload: text, origin: { protocol } };
}

/**
 * Whether an opaque payload may go to a target: same protocol and, as far as known, same upstream and key.
 * Payloads without a known upstream (bare, from a client of the same protocol) are trusted.
 */
export function opaqueFits(origin: OpaqueOrigin, protocol: ProtocolId, upstreamId: string, keyId: string): boolean {
  if (origin.protocol !== protocol) return false;
  if (origin.upstreamId !== undefined && origin.upstreamId !== upstreamId) return false;
  return origin.keyId === undefined || keyId === "" || origin.keyId === keyId;
}
