// What no conversion can do justice to: leaving it out would change what the model is asked about.

import { GatewayError } from "./errors.ts";
import type { ProtocolId } from "./protocol-id.ts";

/** A file that one provider stores cannot be read by another: an answer that ignores it would be wrong. */
export function foreignFile(path: string, origin: ProtocolId): GatewayError {
  return new GatewayError(
    "conversion-refused",
    `${path}: a file stored with a provider of ${origin} can only be read there, send its content instead`,
  );
}

/** Content that one provider keeps ready in a cache is not in the request at all. */
export function foreignCache(path: string, origin: ProtocolId): GatewayError {
  return new GatewayError(
    "conversion-refused",
    `${path}: content cached with a provider of ${origin} can only be read there, send the content itself`,
  );
}
