// The one error class of the gateway, and the table from its codes to HTTP status and wire kind.

import type { FineOutcome } from "./outcome.ts";
import type { ProtocolId } from "./protocol-id.ts";
import type { WireError } from "./wire-error.ts";

/** What the client is told, independent of protocol; each protocol's errors.ts maps it to its own type and code. */
export type ErrorKind =
  | "bad-request"
  | "client-auth"
  | "forbidden"
  | "not-found"
  | "too-large"
  | "rate-limit"
  | "overloaded"
  | "upstream"
  | "timeout"
  | "unavailable"
  | "internal";

interface CodeFacts {
  readonly origin: "client" | "upstream" | "gateway";
  readonly kind: ErrorKind;
  /** Status for the client unless the error carries its own. */
  readonly status: number;
}

const FACTS = {
  "client-invalid-request": { origin: "client", kind: "bad-request", status: 400 },
  "client-unauthenticated": { origin: "client", kind: "client-auth", status: 401 },
  "client-forbidden": { origin: "client", kind: "forbidden", status: 403 },
  "client-not-found": { origin: "client", kind: "not-found", status: 404 },
  "client-method-not-allowed": { origin: "client", kind: "bad-request", status: 405 },
  "client-too-large": { origin: "client", kind: "too-large", status: 413 },
  "client-unsupported-media": { origin: "client", kind: "bad-request", status: 415 },
  "client-upgrade-refused": { origin: "client", kind: "bad-request", status: 426 },
  "client-rate-limited": { origin: "client", kind: "rate-limit", status: 429 },
  "client-quota-exhausted": { origin: "client", kind: "rate-limit", status: 429 },
  "client-closed": { origin: "client", kind: "bad-request", status: 499 },
  "conversion-refused": { origin: "client", kind: "bad-request", status: 400 },
  "upstream-transport": { origin: "upstream", kind: "upstream", status: 502 },
  "upstream-timeout": { origin: "upstream", kind: "timeout", status: 504 },
  "upstream-server-error": { origin: "upstream", kind: "upstream", status: 502 },
  "upstream-malformed": { origin: "upstream", kind: "upstream", status: 502 },
  "upstream-empty": { origin: "upstream", kind: "unavailable", status: 503 },
  "upstream-gave-up": { origin: "upstream", kind: "upstream", status: 502 },
  "upstream-truncated": { origin: "upstream", kind: "upstream", status: 502 },
  "upstream-overloaded": { origin: "upstream", kind: "overloaded", status: 529 },
  "upstream-rate-limited": { origin: "upstream", kind: "rate-limit", status: 429 },
  "upstream-quota-exhausted": { origin: "upstream", kind: "rate-limit", status: 429 },
  "upstream-key-invalid": { origin: "upstream", kind: "upstream", status: 502 },
  "upstream-model-missing": { origin: "upstream", kind: "not-found", status: 404 },
  "upstream-conflict": { origin: "upstream", kind: "upstream", status: 409 },
  "upstream-request-rejected": { origin: "upstream", kind: "bad-request", status: 400 },
  "upstream-context-length": { origin: "upstream", kind: "bad-request", status: 400 },
  "upstream-content-filtered": { origin: "upstream", kind: "bad-request", status: 400 },
  "upstream-too-large": { origin: "upstream", kind: "too-large", status: 413 },
  "upstream-ruled-out": { origin: "upstream", kind: "upstream", status: 502 },
  "no-upstream-available": { origin: "gateway", kind: "unavailable", status: 503 },
  "gateway-overloaded": { origin: "gateway", kind: "unavailable", status: 503 },
  "gateway-shutting-down": { origin: "gateway", kind: "unavailable", status: 503 },
  "gateway-deadline": { origin: "gateway", kind: "timeout", status: 504 },
  "gateway-proxy-failed": { origin: "gateway", kind: "upstream", status: 502 },
  "gateway-loop": { origin: "gateway", kind: "internal", status: 508 },
  "gateway-interrupted": { origin: "gateway", kind: "unavailable", status: 503 },
  "gateway-internal": { origin: "gateway", kind: "internal", status: 500 },
} as const satisfies Record<string, CodeFacts>;

/** Closed set of failure codes; the upstream ones are the classes of the fail-over table. */
export type ErrorCode = keyof typeof FACTS;
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(FACTS) as ErrorCode[];

export interface GatewayErrorOptions {
  /** Status for the client; defaults to the code's. */
  readonly status?: number | undefined;
  /** How long the client should wait before it tries again. */
  readonly retryAfterMs?: number | undefined;
  /** Whether the client's SDK should try again at all (`x-should-retry`). */
  readonly shouldRetry?: boolean | undefined;
  /** Status that the upstream answered with. */
  readonly upstreamStatus?: number | undefined;
  /** The upstream's own words and the protocol they are in, so that the same protocol can repeat them. */
  readonly wire?: WireError | undefined;
  readonly wireProtocol?: ProtocolId | undefined;
  /** Finer reason for the log and the breaker evidence: `connect_refused`, `ttfb_timeout`, `wrong_content_type`. */
  readonly outcome?: FineOutcome | ErrorCode | undefined;
  readonly cause?: unknown;
}

/**
 * A failure that a client or an operator hears of. `message` is lower case, without final full stop, and holds
 * neither keys nor prompts. Callers branch on `code` and `kind`, never on `message`.
 */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly origin: "client" | "upstream" | "gateway";
  readonly kind: ErrorKind;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly shouldRetry: boolean | undefined;
  readonly upstreamStatus: number | undefined;
  readonly wire: WireError | undefined;
  readonly wireProtocol: ProtocolId | undefined;
  readonly outcome: FineOutcome | ErrorCode;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "GatewayError";
    const facts: CodeFacts = FACTS[code];
    this.code = code;
    this.origin = facts.origin;
    this.kind = facts.kind;
    this.status = options.status ?? facts.status;
    this.retryAfterMs = options.retryAfterMs;
    this.shouldRetry = options.shouldRetry;
    this.upstreamStatus = options.upstreamStatus;
    this.wire = options.wire;
    this.wireProtocol = options.wireProtocol;
    this.outcome = options.outcome ?? code;
  }
}
