// Message threads: the provider keeps the conversation, and requests bring its new messages only. Most servers of this
// protocol do not know the field and would answer without what was said before.

import { GatewayError } from "../../core/errors.ts";
import { isObject } from "./wire.ts";

/** Domains of the platforms that keep threads. @source platform.claude.com message threads, seen 2026-11 */
const KEEPERS = ["anthropic.com", "api.aws", "amazonaws.com", "googleapis.com", "azure.com"];

/**
 * Why an upstream cannot take `thread`; undefined when it can, or when the request has none. The error codes are those
 * on which the official SDKs send the whole conversation: a thread that begins is refused at once, so that it is asked
 * for again without one; one that goes on may be known to another upstream.
 * @source SDK 1.12.0 lib/internal/threads/ThreadState.mjs
 */
export function refuseThread(thread: unknown, baseUrl: string | undefined): GatewayError | undefined {
  if (!isObject(thread) || (baseUrl !== undefined && keepsThreads(baseUrl))) return undefined;
  if (thread["type"] !== "continue") {
    const message = "thread: the upstream keeps no conversations, send all messages and no thread";
    const wire = { type: "invalid_request_error", code: "thread_unsupported_request", message };
    return new GatewayError("client-invalid-request", message, { wire, wireProtocol: "anthropic" });
  }
  const message = "thread.previous_message_id: the upstream does not know this thread, send all messages";
  const wire = { type: "not_found_error", code: "thread_not_found", message };
  return new GatewayError("conversion-refused", message, { status: 404, wire, wireProtocol: "anthropic" });
}

function keepsThreads(baseUrl: string): boolean {
  if (!URL.canParse(baseUrl)) return false;
  const host = new URL(baseUrl).hostname;
  return KEEPERS.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
