// Which of several failures the client is told when every attempt has failed.

import { GatewayError } from "../core/errors.ts";
import type { ProtocolId } from "../core/protocol-id.ts";

const REQUEST_CODES = new Set([
  "upstream-request-rejected",
  "upstream-context-length",
  "upstream-content-filtered",
  "upstream-too-large",
  "conversion-refused",
  "client-invalid-request",
]);
const LIMIT_CODES = new Set(["upstream-rate-limited", "upstream-quota-exhausted"]);

export interface FinalErrorOptions {
  readonly clientProtocol: ProtocolId;
  /** When the soonest candidate may be tried again, milliseconds from now; undefined when unknown. */
  readonly soonestMs: number | undefined;
  readonly passUpstreamAuthErrors: boolean;
  /** Longest wait that is told; 0 for the truth. */
  readonly retryAfterCapMs: number;
}

/** Longest wait that a client is asked to sit out by itself; clients give up or hang on longer ones. */
const PATIENCE_MS = 60_000;
/** Told with a 429 that nobody has named a time for: some agents give up on one without (clients.md section 9). */
const LIMIT_WAIT_MS = 2_000;

/**
 * Chooses among the failures of a request (in order, at least one): an answer about the request itself is the truth;
 * else limits if all were limits; else overload; else the last one, as the seed did. That an upstream's format has no
 * place for the request says nothing where another one would have taken it. Upstream keys being refused is never shown
 * as the client's own fault.
 */
export function chooseFinalError(all: readonly GatewayError[], options: FinalErrorOptions): GatewayError {
  const made = all.filter((failure) => failure.code !== "conversion-refused");
  const failures = made.length > 0 ? made : all;
  const aboutRequest = failures.find((failure) => REQUEST_CODES.has(failure.code));
  if (aboutRequest) return finish(aboutRequest, options, false);
  const last = failures[failures.length - 1] as GatewayError;
  if (failures.every((failure) => LIMIT_CODES.has(failure.code))) return finish(last, options, true);
  const overloaded = failures.find((failure) => failure.code === "upstream-overloaded");
  const isWorse = failures.some((failure) => failure.code !== "upstream-overloaded" && !LIMIT_CODES.has(failure.code));
  if (overloaded && !isWorse) return finish(overloaded, options, true);
  const missing = failures.every((failure) => failure.code === "upstream-model-missing");
  return finish(last, options, !missing);
}

function finish(error: GatewayError, options: FinalErrorOptions, mayRetry: boolean): GatewayError {
  const status = statusForClient(error, options);
  const isQuota = error.code === "upstream-quota-exhausted" || error.code === "upstream-key-invalid";
  const knownMs = options.soonestMs ?? error.retryAfterMs ?? (error.status === 429 ? LIMIT_WAIT_MS : undefined);
  const cap = options.retryAfterCapMs;
  const waitMs = knownMs !== undefined && cap > 0 ? Math.min(knownMs, cap) : knownMs;
  const shouldRetry = mayRetry && !isQuota && (waitMs === undefined || waitMs <= PATIENCE_MS);
  return new GatewayError(error.code, messageForClient(error, options), {
    status,
    upstreamStatus: error.upstreamStatus,
    retryAfterMs: mayRetry ? waitMs : undefined,
    shouldRetry: error.origin === "client" ? undefined : shouldRetry,
    // The upstream's own type would name its key's trouble as the client's.
    wire: error.code === "upstream-key-invalid" && !options.passUpstreamAuthErrors ? undefined : error.wire,
    wireProtocol: error.wireProtocol,
    outcome: error.outcome,
    cause: error,
  });
}

/** "Incorrect API key" alone would send people looking at the key in their client. */
function messageForClient({ code, message }: GatewayError, { passUpstreamAuthErrors }: FinalErrorOptions): string {
  const isOfGatewaysKey = code === "upstream-key-invalid" && !passUpstreamAuthErrors;
  return isOfGatewaysKey ? `the upstream refuses the gateway's key for it, not the client's: ${message}` : message;
}

function statusForClient(error: GatewayError, options: FinalErrorOptions): number {
  const { passUpstreamAuthErrors, clientProtocol } = options;
  if (passUpstreamAuthErrors && error.upstreamStatus !== undefined && [401, 402, 403].includes(error.upstreamStatus)) {
    return error.upstreamStatus;
  }
  // 529 is Anthropic's own status; others know 503.
  if (error.code === "upstream-overloaded") return clientProtocol === "anthropic" ? 529 : 503;
  return error.status;
}

/** Upstreams would be there, but each has as many requests under way as `max_inflight` allows. */
export function everyUpstreamFull(): GatewayError {
  return new GatewayError("gateway-overloaded", "every upstream has as many requests under way as it may have", {
    retryAfterMs: 1000,
    shouldRetry: true,
  });
}
