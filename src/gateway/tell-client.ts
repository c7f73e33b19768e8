// How a client is told that its request has failed.

import type { GatewayError } from "../core/errors.ts";
import type { RequestContext } from "./context.ts";
import { errorHeaders } from "./reply-headers.ts";

/** Ends the answer with an error: as status and body while nothing was sent, inside the stream after that. */
export function tellClient(
  { inbound, reply, stream, attempts }: Pick<RequestContext, "inbound" | "reply" | "stream" | "attempts">,
  error: GatewayError,
): void {
  if (stream?.isOpen) {
    stream.fail(error);
    return;
  }
  const headers = errorHeaders(error, inbound.id);
  const last = attempts[attempts.length - 1];
  if (last) {
    headers["x-apirouter-all-upstreams-failed"] = "1";
    if (inbound.isLocal()) headers["x-apirouter-upstream-id"] = last.upstreamId.replace(/[^\x21-\x7e]/g, "_");
  }
  reply.sendError(inbound.protocol.encodeError(error, inbound.id), headers);
}
