// Thought signatures: which go where, and what stands in for a missing one. Stateless: history carries everything.
// @source gemini.md §A.9 (ai.google.dev/gemini-api/docs/thought-signatures and live reports), seen 2026-11.

import type { Opaque } from "../../core/block.ts";
import { isOpaqueEnvelope, opaqueFits, opaqueFromClient, wrapOpaque } from "../../core/opaque-envelope.ts";
import type { UpstreamTarget } from "../protocol.ts";

/** Makes a Gemini upstream skip the validation of a call that has no usable signature. */
export const SKIP_SIGNATURE = "skip_thought_signature_validator";

/**
 * What clients put where they have no signature. Gemini CLI does so with every call that came without one.
 * @source gemini.md §A.9; requests of Gemini CLI 0.61.0, seen 2026-11
 */
const SENTINELS: ReadonlySet<string> = new Set([SKIP_SIGNATURE, "context_engineering_is_the_way_to_go"]);

/** The signature to send, or undefined when there is none or it was made elsewhere. */
export function fittingSignature(opaque: Opaque | undefined, target: UpstreamTarget): string | undefined {
  if (!opaque) return undefined;
  return opaqueFits(opaque.origin, "gemini", target.upstreamId, target.keyId) ? opaque.payload : undefined;
}

/** Tells wholly encrypted thinking from a signature on its way back; only envelopes carry it. */
const REDACTED_SUFFIX = ".redacted";

/** Encrypted thinking of another protocol for the client; Gemini itself has none. */
export function redactedForClient(opaque: Opaque): string {
  return opaque.origin.protocol === "gemini" ? opaque.payload : wrapOpaque(opaque) + REDACTED_SUFFIX;
}

/**
 * Reads what a client sent as `thoughtSignature`: bare, in an envelope, or an envelope of encrypted thinking. A
 * sentinel is no signature; the encoder sets its own where one is needed.
 */
export function signatureFromClient(text: string): {
  readonly opaque: Opaque | undefined;
  readonly isRedacted: boolean;
} {
  if (SENTINELS.has(text)) return { opaque: undefined, isRedacted: false };
  const isRedacted = isOpaqueEnvelope(text) && text.endsWith(REDACTED_SUFFIX);
  const carrier = isRedacted ? text.slice(0, -REDACTED_SUFFIX.length) : text;
  return { opaque: opaqueFromClient(carrier, "gemini"), isRedacted };
}
