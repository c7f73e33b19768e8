// What decoding an answer of ours needs beyond the common context.

import type { Opaque } from "../../core/block.ts";
import type { DecodeContext } from "../protocol.ts";
import type { WireObject } from "./wire.ts";

/** A decode context that also says which functions the request declared; others may be the provider's own (MCP). */
export interface GeminiDecodeContext extends DecodeContext {
  /** Wire names; undefined when not known (pass-through), then every call is the client's. */
  readonly declaredTools?: ReadonlySet<string> | undefined;
  /** Wire names of free-text tools that went out as functions: their calls are unwrapped. */
  readonly wrappedTools?: ReadonlySet<string> | undefined;
}

/** Wraps the signature of a part, or undefined when it has none. */
export function signatureOf(part: WireObject, context: DecodeContext): Opaque | undefined {
  const payload = part["thoughtSignature"];
  return typeof payload === "string" && payload !== "" ? { payload, origin: context.origin } : undefined;
}
