// What the decoders of answers know besides the common context.

import type { DecodeContext } from "../protocol.ts";

/**
 * Context as `encodeRequest` of this folder builds it. The additions are optional, so any common context will do;
 * one that was copied with its fields keeps them.
 */
export interface ChatDecodeContext extends DecodeContext {
  /** Wire names of free-text tools that went out as functions: their calls are unwrapped. */
  readonly wrappedTools?: ReadonlySet<string> | undefined;
}
