// From an upstream's refusal as it came to the error that it means, without the key that some upstreams repeat in it.

import type { GatewayError } from "../core/errors.ts";
import type { WireError } from "../core/wire-error.ts";
import { withoutByteOrderMark } from "../lib/byte-order-mark.ts";
import type { Protocol } from "../protocols/protocol.ts";
import type { Candidate } from "../routing/plan-attempts.ts";
import { classifyRefusal } from "../upstream/classify-outcome.ts";
import type { ResponseHead } from "../upstream/transport.ts";
import type { GatewayDeps } from "./context.ts";
import type { InboundRequest } from "./inbound.ts";

/** Bytes of an error body that are read. Some servers repeat the whole request in it, which coding agents make long. */
export const MAX_ERROR_BYTES = 1024 * 1024;
/** How long an error body may take; its status has said the most of it by then. */
export const MAX_ERROR_MS = 5_000;

export interface RefusedCall {
  readonly deps: Pick<GatewayDeps, "protocols" | "clock">;
  readonly inbound: InboundRequest;
  readonly candidate: Candidate;
  /** The request was encoded from another protocol. */
  readonly isConverted: boolean;
}

/** The error that an answer's text tells, in the words of the upstream's protocol, and whether it was JSON at all. */
export function readRefusal(protocol: Protocol, status: number, text: string): { error: WireError; isJson: boolean } {
  const whole = withoutByteOrderMark(text);
  let body: unknown = whole;
  let isJson = true;
  try {
    // Some servers wrap even an error answer into their stream's framing.
    body = JSON.parse(whole.startsWith("data:") ? whole.slice("data:".length, endOfFirstLine(whole)) : whole);
  } catch {
    isJson = false; // HTML, plain text or nothing: judged by its status
  }
  return { error: protocol.decodeError(status, body), isJson };
}

/** What a refusal means; it may have come with a status of success. */
export function judgeRefusal(call: RefusedCall, head: ResponseHead, error: WireError, isJson: boolean): GatewayError {
  const { deps, inbound, candidate } = call;
  const isOk = head.status >= 200 && head.status < 300;
  const { message, code, type } = error;
  const told: WireError = {
    ...error,
    message: withoutKey(candidate, message),
    code: code && withoutKey(candidate, code),
    type: type && withoutKey(candidate, type),
  };
  return classifyRefusal({
    status: isOk ? (error.status ?? statusInCode(error.code) ?? 200) : head.status,
    isInside200: isOk,
    headers: head.headers,
    error: told,
    protocol: candidate.upstream.protocol,
    isJson,
    failoverStatuses: inbound.config.failover.statuses,
    rules: inbound.config.failover.rules,
    isConverted: call.isConverted,
    wallMs: deps.clock.wallMs(),
  });
}

/** Upstreams like to repeat the key that they refuse. */
export function withoutKey({ key }: Pick<Candidate, "key">, text: string): string {
  const secret = key?.secret.reveal();
  return secret ? text.replaceAll(secret, "***") : text;
}

/** Relays put the status of an error inside a 200 into its code, whatever format they speak. */
function statusInCode(code: string | undefined): number | undefined {
  return code !== undefined && /^[45]\d\d$/.test(code) ? Number(code) : undefined;
}

function endOfFirstLine(text: string): number {
  const end = text.search(/[\r\n]/);
  return end < 0 ? text.length : end;
}
