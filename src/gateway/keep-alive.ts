// Keeps a streaming client patient while upstreams are silent, exchanged, or waited for.

import type { RequestContext } from "./context.ts";
import { replyHeaders } from "./reply-headers.ts";

/**
 * Opens the client's stream when nothing has come for `commit_hold_ms`, whatever the upstream has sent so far, and
 * fills later silences. Nothing that an upstream said is given away by it: the attempt underneath can still be
 * exchanged. From the opening on an error can only be told inside the stream. Call it about ten times a second.
 */
export function keepClientAlive(context: RequestContext, nowMs: number, headers?: () => Record<string, string>): void {
  const { stream, inbound } = context;
  if (!stream) return;
  if (stream.isOpen) {
    if (stream.silentMs(nowMs) >= inbound.config.keepAliveMs) stream.keepAlive();
    return;
  }
  if (context.reply.state !== "held" || nowMs - inbound.startedMs < inbound.config.commitHoldMs) return;
  stream.openEarly(headers ?? (() => ownHeaders(context)));
  context.firstByteMs ??= nowMs - inbound.startedMs;
}

/** Headers of a stream that no upstream has begun to answer yet. */
function ownHeaders({ inbound }: RequestContext): Record<string, string> {
  return replyHeaders({ requestId: inbound.id, contentType: streamContentType(inbound.route.framing) });
}

/** Content type of a streamed answer. */
export function streamContentType(framing: "sse" | "json-array"): string {
  return framing === "sse" ? "text/event-stream; charset=utf-8" : "application/json";
}
