// What becomes of a stream that breaks off at an upstream: the client key's setting, the upstream's, the file's.

import type { UpstreamConfig } from "../config/config.ts";
import type { InboundRequest } from "./inbound.ts";

/** A setting with `auto` resolved. */
export type BreakMode = "restart" | "continue" | "error";

/** The mode for a request at an upstream; `isAgent` tells whether a known coding agent asks. */
export function breakModeOf(inbound: InboundRequest, upstream: UpstreamConfig, isAgent: boolean): BreakMode {
  const setting = inbound.clientMidStream ?? upstream.midStream ?? inbound.config.midStream;
  return setting === "auto" ? automatic(isAgent) : setting;
}

/** What `auto` means, and what `continue` falls back to where an answer cannot be continued. */
export function automatic(isAgent: boolean): BreakMode {
  return isAgent ? "restart" : "error";
}
