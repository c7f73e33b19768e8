// Headers of answers to clients: ours, and the few of an upstream that may pass.

import type { GatewayError } from "../core/errors.ts";
import { isHeaderValue } from "../upstream/build-call.ts";
import type { ResponseHead } from "../upstream/transport.ts";

/** Upstream headers that clients of the same protocol may see; all others describe one upstream and stay here. */
const PASSED = ["anthropic-ratelimit-", "x-ratelimit-", "openai-processing-ms", "openai-version"];

export interface ReplyHeaderOptions {
  readonly requestId: string;
  readonly contentType: string;
  /** Head of the upstream's answer, for same-protocol answers only. */
  readonly upstreamHead?: ResponseHead | undefined;
  /** Upstream's own request id, for support cases. */
  readonly upstreamRequestId?: string | undefined;
  readonly lossCount?: number | undefined;
}

/** Headers of a successful answer. */
export function replyHeaders(options: ReplyHeaderOptions): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": options.contentType,
    "x-request-id": options.requestId,
    "request-id": options.requestId,
  };
  if (options.contentType.startsWith("text/event-stream")) {
    headers["cache-control"] = "no-cache";
    headers["x-accel-buffering"] = "no";
  }
  if (options.upstreamHead) {
    for (const [name, value] of options.upstreamHead.headers) {
      if (PASSED.some((prefix) => name.startsWith(prefix)) && isHeaderValue(value)) headers[name] = value;
    }
  }
  if (options.upstreamRequestId) headers["x-upstream-request-id"] = options.upstreamRequestId;
  if (options.lossCount) headers["x-apirouter-losses"] = String(options.lossCount);
  return headers;
}

/** Headers of an error answer: ids, and when and whether to try again. */
export function errorHeaders(error: GatewayError, requestId: string): Record<string, string> {
  const headers: Record<string, string> = { "x-request-id": requestId, "request-id": requestId };
  if (error.retryAfterMs !== undefined) {
    headers["retry-after"] = String(Math.max(error.retryAfterMs > 0 ? 1 : 0, Math.ceil(error.retryAfterMs / 1000)));
    headers["retry-after-ms"] = String(Math.ceil(error.retryAfterMs));
  }
  if (error.shouldRetry !== undefined) headers["x-should-retry"] = String(error.shouldRetry);
  if (error.upstreamStatus !== undefined) headers["x-apirouter-upstream-status"] = String(error.upstreamStatus);
  return headers;
}

/** The upstream's request id, whichever header it uses; undefined for one that no header may hold. */
export function upstreamRequestId(head: ResponseHead): string | undefined {
  const id = head.headers.get("request-id") ?? head.headers.get("x-request-id");
  return id && id.length <= 200 && isHeaderValue(id) ? id : undefined;
}
