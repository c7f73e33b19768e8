// Decides what a failed attempt means: from status, headers and body to one code of the fail-over table.

import type { FailoverRule } from "../config/config.ts";
import { DEFAULT_FAILOVER } from "../config/defaults.ts";
import type { ErrorCode } from "../core/errors.ts";
import { GatewayError } from "../core/errors.ts";
import type { FineOutcome } from "../core/outcome.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import type { WireError } from "../core/wire-error.ts";
import { delayInTextMs, type HeaderReader, readRetryAfterMs } from "../resilience/retry-after.ts";
import {
  CONTEXT_PHRASES,
  CONTEXT_WORDS,
  FILTER_PHRASES,
  FILTER_WORDS,
  KEPT_PHRASES,
  KEPT_WORDS,
  KEY_PHRASES,
  KEY_WORDS,
  MODEL_404_PHRASES,
  MODEL_PHRASES,
  MODEL_WORDS,
  NO_CHANNEL_PHRASES,
  OVERLOADED_PHRASES,
  OVERLOADED_WORDS,
  QUOTA_PHRASES,
  QUOTA_WORDS,
  RATE_WORDS,
  type RefusalWords,
} from "./refusal-words.ts";
import type { TransportFailure } from "./transport.ts";

/** An upstream's refusal with all that helps to judge it. */
export interface UpstreamRefusal {
  /** HTTP status; for errors inside a 200 the implied one, or 200 when none is implied. */
  readonly status: number;
  /** The error came under a status of success. */
  readonly isInside200?: boolean;
  readonly headers: HeaderReader;
  readonly error: WireError;
  readonly protocol: ProtocolId;
  /** Body was not JSON (HTML page, plain text). */
  readonly isJson: boolean;
  /** Statuses that the operator wants failed over. */
  readonly failoverStatuses: ReadonlySet<number>;
  /** The operator's rules, which go before all that is known here. */
  readonly rules?: readonly FailoverRule[] | undefined;
  /** The request was encoded from another protocol: a refusal of its form may be our doing. */
  readonly isConverted?: boolean | undefined;
  readonly wallMs: number;
}

/** Longest piece of an upstream's text that is repeated to clients, in code points. */
const MAX_MESSAGE = 500;

/** Classifies a refusal (HTTP status outside 2xx, or an error found in a 200). Never throws. */
export function classifyRefusal(refusal: UpstreamRefusal): GatewayError {
  const { error, status } = refusal;
  const rule = refusal.rules?.find((each) => fits(each, refusal));
  const retryAfterMs =
    rule?.action === "continue"
      ? rule.cooldownMs || undefined
      : (readRetryAfterMs(refusal.headers, refusal.wallMs) ?? error.retryAfterMs ?? delayInTextMs(error.message));
  const code = rule ? CODE_OF_ACTION[rule.action] : classify(refusal, retryAfterMs);
  return new GatewayError(code, clipMessage(error.message) || `upstream answered with status ${status}`, {
    upstreamStatus: status,
    retryAfterMs,
    wire: error,
    wireProtocol: refusal.protocol,
    outcome: rule ? OUTCOME_OF_ACTION[rule.action] : outcomeOf(code, refusal),
    status: clientStatus(code, status),
  });
}

const CODE_OF_ACTION = { stop: "upstream-request-rejected", continue: "upstream-ruled-out" } as const;
const OUTCOME_OF_ACTION = { stop: "stopped_by_rule", continue: "continued_by_rule" } as const;

function fits(rule: FailoverRule, { status, error }: UpstreamRefusal): boolean {
  if (rule.status !== undefined && rule.status !== status) return false;
  const { contains } = rule;
  if (contains === undefined) return true;
  return [error.message, error.type, error.code].some((text) => text?.toLowerCase().includes(contains));
}

/** Classifies a connection that failed. */
export function classifyTransportFailure(failure: TransportFailure): GatewayError {
  if (failure.code === "local_fault") {
    return new GatewayError("gateway-overloaded", "the gateway is out of connections", {
      outcome: "local_fault",
      retryAfterMs: 1000,
    });
  }
  const code = TRANSPORT_CODE[failure.code] ?? "upstream-transport";
  return new GatewayError(code, TRANSPORT_TEXT[failure.code], { outcome: failure.code });
}

/** Failures that are not the upstream's own in the way that all others are. */
const TRANSPORT_CODE: Partial<Record<TransportFailure["code"], ErrorCode>> = {
  truncated: "upstream-truncated",
  proxy_error: "gateway-proxy-failed",
};

const TRANSPORT_TEXT: Readonly<Record<TransportFailure["code"], string>> = {
  connect_refused: "upstream refused the connection",
  dns_error: "upstream host name could not be resolved",
  connect_timeout: "upstream did not accept the connection in time",
  tls_error: "upstream's TLS certificate or handshake was not valid",
  proxy_error: "outbound proxy refused the connection",
  empty_response: "upstream closed the connection without an answer",
  truncated: "upstream broke off its answer",
  protocol_error: "upstream did not answer in valid HTTP",
  header_overflow: "upstream sent more header data than is accepted",
  decode_error: "upstream's content encoding could not be decoded",
  local_fault: "the gateway is out of connections",
};

/**
 * Whether an upstream refused a request because of thinking that was signed elsewhere, or signed for other words.
 * The same request without its signatures is worth one more try. The wordings are those of Anthropic and Gemini
 * (anthropic-openai.md A.3, gemini.md A.9, seen 2026-11).
 */
export function isSignatureRefusal(error: GatewayError): boolean {
  // Gemini's verdict in place of an answer.
  if (error.wire?.type === "MISSING_THOUGHT_SIGNATURE") return true;
  if (error.code !== "upstream-request-rejected") return false;
  const text = error.message.toLowerCase();
  // Responses: sealed reasoning of another account.
  if (error.wire?.code === "invalid_encrypted_content" || text.includes("encrypted content could not be")) return true;
  if (text.includes("signature") && (text.includes("thought") || text.includes("thinking") || text.includes("invalid")))
    return true;
  return (
    text.includes("thinking") &&
    (text.includes("must start with a thinking block") || text.includes("cannot be modified"))
  );
}

/** Longest piece of a sentence that is read: further on, some servers repeat the request. */
const MAX_READ = 1024;
/** What a provider says of an account is shorter. */
const MAX_OWN_WORDS = 200;

function classify(refusal: UpstreamRefusal, retryAfterMs: number | undefined): ErrorCode {
  const { error, status } = refusal;
  const words = [error.type, error.code];
  const has = (set: RefusalWords) => words.some((word) => word !== undefined && set.has(word));
  const text = error.message.slice(0, MAX_READ).toLowerCase();
  // An error inside a 200 that tells no status is read like a 400.
  const isBad = status === 400 || status === 200;

  if (isTakenOffTheList(refusal)) return "upstream-request-rejected";
  if (error.truncated) return "upstream-truncated";
  if (error.malformed) return "upstream-malformed";
  if (error.gaveUp) return "upstream-gave-up";
  if (isAboutKept(status, text, has(KEPT_WORDS))) return "upstream-request-rejected";
  if (has(QUOTA_WORDS) && status < 500) return "upstream-quota-exhausted";
  if (has(KEY_WORDS) && (status === 200 || status === 400 || status === 401 || status === 403))
    return "upstream-key-invalid";
  // 498 is Groq's own: its flexible tier is full.
  if (status === 529 || status === 498 || has(OVERLOADED_WORDS)) return "upstream-overloaded";
  const isBusy = status >= 500 || status === 429 || status === 200;
  if (isBusy && OVERLOADED_PHRASES.test(text)) return "upstream-overloaded";
  // Of a relay: its other models are as well as before, and this one may be back in a moment.
  if (status === 503 && (has(MODEL_WORDS) || NO_CHANNEL_PHRASES.test(text))) return "upstream-overloaded";
  if (status === 402) return "upstream-quota-exhausted";
  if (saysSpent(status, text)) return "upstream-quota-exhausted";
  if (isBad && KEY_PHRASES.test(text)) return "upstream-key-invalid";
  if (has(CONTEXT_WORDS) || ((isBad || status === 413 || status === 422) && CONTEXT_PHRASES.test(text)))
    return "upstream-context-length";
  if (status < 500 && (has(FILTER_WORDS) || ((isBad || status === 403) && FILTER_PHRASES.test(text))))
    return "upstream-content-filtered";
  if (status === 401) return "upstream-key-invalid";
  if (status === 403) return classifyForbidden(refusal, text);
  if (status === 429 || has(RATE_WORDS)) {
    // A daily quota may come with the delay of another one, which is then the truth (Gemini, seen 2026-11).
    const isSpent = QUOTA_PHRASES.test(text) || DAILY_QUOTA.test(error.code ?? "");
    return retryAfterMs === undefined && isSpent ? "upstream-quota-exhausted" : "upstream-rate-limited";
  }
  if (status === 404 || status === 410) return classifyNotFound(refusal, text);
  if (isBad && (has(MODEL_WORDS) || MODEL_PHRASES.test(text))) return "upstream-model-missing";
  if (status === 400) {
    if (error.type === "FAILED_PRECONDITION") return "upstream-key-invalid";
    return "upstream-request-rejected";
  }
  if (status === 413) return "upstream-too-large";
  if (status === 408 || status === 425) return "upstream-timeout";
  if (status === 409) return "upstream-conflict";
  if (status >= 300 && status < 400) return "upstream-server-error";
  if (status >= 400 && status < 500) {
    // An operator may list further statuses for fail-over, as the seed's file could not.
    return refusal.failoverStatuses.has(status) ? "upstream-server-error" : "upstream-request-rejected";
  }
  if (status === 200 && (error.type === "invalid_request_error" || error.type === "INVALID_ARGUMENT"))
    return "upstream-request-rejected";
  return "upstream-server-error";
}

/** A 422, and much of a 400, repeats what the request says; of a 429 that is judged further down. */
function saysSpent(status: number, text: string): boolean {
  if (status >= 500 || status === 429 || status === 422) return false;
  return QUOTA_PHRASES.test(status === 400 ? text.slice(0, MAX_OWN_WORDS) : text);
}

/** Neither key nor model are to blame when a file or an earlier answer is not there. */
function isAboutKept(status: number, text: string, hasWord: boolean): boolean {
  if (status >= 500) return false;
  return hasWord || ((status === 400 || status === 403 || status === 404) && KEPT_PHRASES.test(text));
}

/** The operator has taken a status off the list that is on it by default: its answers go to the client. */
function isTakenOffTheList({ status, failoverStatuses }: UpstreamRefusal): boolean {
  return status >= 400 && DEFAULT_FAILOVER.statuses.has(status) && !failoverStatuses.has(status);
}

const DAILY_QUOTA = /PerDay|Daily/;

/** 403 is a bad key, a missing right to a model, or a page of something in between. */
function classifyForbidden(refusal: UpstreamRefusal, text: string): ErrorCode {
  if (!refusal.isJson) return "upstream-server-error";
  const isAboutModel = /model|模型/.test(text) && !text.includes("api key");
  return isAboutModel ? "upstream-model-missing" : "upstream-key-invalid";
}

/** 404 is an unknown model when it says so in JSON, otherwise a wrong base URL. */
function classifyNotFound(refusal: UpstreamRefusal, text: string): ErrorCode {
  const { error } = refusal;
  if (!refusal.isJson) return "upstream-server-error";
  const saysModel = MODEL_404_PHRASES.test(text);
  const isTyped = error.type === "not_found_error" || error.type === "NOT_FOUND" || error.code === "model_not_found";
  return saysModel || isTyped ? "upstream-model-missing" : "upstream-server-error";
}

function outcomeOf(code: ErrorCode, refusal: UpstreamRefusal): FineOutcome | ErrorCode {
  const { status, isJson, isInside200 } = refusal;
  if (status >= 300 && status < 400) return "redirect_blocked";
  if (code === "upstream-server-error" && status === 404) return "bad_base_url";
  if (code === "upstream-server-error" && (isInside200 || status < 300))
    return isJson ? "error_in_200" : "wrong_content_type";
  if (code === "upstream-request-rejected" && refusal.isConverted) return "conversion_suspect";
  return OUTCOMES[code] ?? code;
}

const OUTCOMES: Partial<Record<ErrorCode, FineOutcome>> = {
  "upstream-server-error": "upstream_5xx",
  "upstream-malformed": "bad_json",
  "upstream-gave-up": "empty_answer",
  "upstream-truncated": "truncated",
  "upstream-overloaded": "overloaded",
  "upstream-rate-limited": "rate_limited",
  "upstream-quota-exhausted": "quota_exhausted",
  "upstream-key-invalid": "key_invalid",
  "upstream-model-missing": "model_not_found",
  "upstream-conflict": "conflict",
  "upstream-timeout": "upstream_timeout",
  "upstream-request-rejected": "client_error",
  "upstream-context-length": "context_length",
  "upstream-content-filtered": "content_filter",
  "upstream-too-large": "too_large",
};

/** The status a client would see for this class; server errors keep the upstream's own where it is one. */
function clientStatus(code: ErrorCode, status: number): number | undefined {
  if (code === "upstream-server-error") return status >= 500 && status <= 599 ? status : undefined;
  if (code === "upstream-request-rejected") return status >= 400 && status <= 599 ? status : undefined;
  return undefined;
}

function clipMessage(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would break log lines and headers
  const clean = message.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
  const points = [...clean.slice(0, MAX_MESSAGE * 2)];
  return points.length > MAX_MESSAGE ? `${points.slice(0, MAX_MESSAGE).join("")}…` : clean;
}
