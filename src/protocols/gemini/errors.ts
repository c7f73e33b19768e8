// Google's error envelope in both directions: `{error: {code, message, status, details[]}}`.
// @source gemini.md §D and recorded errors, seen 2026-11.

import type { ErrorKind, GatewayError } from "../../core/errors.ts";
import type { WireError } from "../../core/wire-error.ts";
import type { ErrorReply } from "../protocol.ts";
import { asArray, asNumber, asString, isObject, type WireObject } from "./wire.ts";

const MAX_TEXT = 500;
const DAILY_QUOTA = /PerDay|Daily/;

/** Google's canonical words for kinds of errors. */
const STATUS_OF_KIND: Readonly<Record<ErrorKind, string>> = {
  "bad-request": "INVALID_ARGUMENT",
  "client-auth": "UNAUTHENTICATED",
  forbidden: "PERMISSION_DENIED",
  "not-found": "NOT_FOUND",
  "too-large": "INVALID_ARGUMENT",
  "rate-limit": "RESOURCE_EXHAUSTED",
  overloaded: "UNAVAILABLE",
  upstream: "INTERNAL",
  timeout: "DEADLINE_EXCEEDED",
  unavailable: "UNAVAILABLE",
  internal: "INTERNAL",
};

/** All words that `status` can hold; the type of a failed answer (`MALFORMED_FUNCTION_CALL`) is none. */
const CANONICAL: ReadonlySet<string> = new Set([
  ...Object.values(STATUS_OF_KIND),
  "FAILED_PRECONDITION",
  "OUT_OF_RANGE",
  "ALREADY_EXISTS",
  "ABORTED",
  "CANCELLED",
  "DATA_LOSS",
  "UNKNOWN",
  "UNIMPLEMENTED",
]);

/** Reads an error body: JSON envelope, the same inside an array, or text. Never throws. */
export function decodeError(status: number, body: unknown): WireError {
  if (Array.isArray(body)) return decodeError(status, body.find(isObject) ?? "");
  if (isObject(body)) return wireErrorFromEnvelope(body, status);
  return { status, message: typeof body === "string" ? plainText(body) : "" };
}

/** Reads `{error: …}`. `status` is the HTTP status; without one, or with a success, the error's own code counts. */
export function wireErrorFromEnvelope(body: WireObject, status: number | undefined): WireError {
  const { error } = body;
  const isStatusTrue = status !== undefined && status >= 400;
  if (!isObject(error)) {
    return { status, message: asString(error) ?? asString(body["message"]) ?? "" };
  }
  const code = asNumber(error["code"]);
  const details = asArray(error["details"]).filter(isObject);
  const message = asString(error["message"]) ?? "";
  return {
    status: isStatusTrue ? status : code !== undefined && code >= 400 && code < 600 ? code : status,
    type: asString(error["status"]) ?? asString(error["type"]),
    code: errorInfoReason(details) ?? quotaId(details) ?? (code === undefined ? asString(error["code"]) : undefined),
    message,
    retryAfterMs: retryDelayMs(details) ?? retryInMessageMs(message),
  };
}

/** The error as Gemini clients expect it; `code` is the HTTP status, and waits travel as `RetryInfo`. */
export function encodeError(error: GatewayError, requestId: string): ErrorReply {
  const status = error.status === 529 ? 503 : error.status;
  return { status, body: { error: errorBody(error, status, requestId) } };
}

/** The inner object of the envelope, for bodies and for stream frames. */
export function errorBody(error: GatewayError, status: number, requestId: string): WireObject {
  // The upstream's own words fit only while the status is still the one it spoke them with.
  const isOwnWords =
    error.wireProtocol === "gemini" && error.wire !== undefined && error.upstreamStatus === error.status;
  const word = isOwnWords ? error.wire?.type : undefined;
  const details: WireObject[] = [];
  if (error.retryAfterMs !== undefined) {
    details.push({
      "@type": "type.googleapis.com/google.rpc.RetryInfo",
      // Whole milliseconds: a protobuf duration has nine decimals at most, and strict clients throw at more.
      retryDelay: `${Math.max(0, Math.ceil(error.retryAfterMs)) / 1000}s`,
    });
  }
  // Gemini CLI gives up at a quota of a day and keeps on asking at any other.
  const spent = error.code === "client-quota-exhausted" ? "ClientKeyBudgetPerDay" : isOwnWords ? error.wire?.code : "";
  if (DAILY_QUOTA.test(spent ?? "")) {
    details.push({ "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId: spent }] });
  }
  if (requestId !== "") details.push({ "@type": "type.googleapis.com/google.rpc.RequestInfo", requestId });
  return {
    code: status,
    message: isOwnWords && error.wire?.message ? error.wire.message : error.message,
    status: word !== undefined && CANONICAL.has(word) ? word : STATUS_OF_KIND[error.kind],
    ...(details.length > 0 ? { details } : {}),
  };
}

function errorInfoReason(details: readonly WireObject[]): string | undefined {
  return asString(details.find((detail) => typeof detail["reason"] === "string")?.["reason"]);
}

/** Id of the quota that was exceeded; one per day is the worst news and comes first. */
function quotaId(details: readonly WireObject[]): string | undefined {
  const ids = details
    .flatMap((detail) => asArray(detail["violations"]))
    .flatMap((violation) => (isObject(violation) ? (asString(violation["quotaId"]) ?? []) : []));
  return ids.find((id) => DAILY_QUOTA.test(id)) ?? ids[0];
}

function retryDelayMs(details: readonly WireObject[]): number | undefined {
  for (const detail of details) {
    const delay = durationMs(detail["retryDelay"]);
    if (delay !== undefined) return delay;
  }
  return undefined;
}

/** `"37s"`, `"1.5s"`, `"250ms"`, or a protobuf duration object. */
function durationMs(value: unknown): number | undefined {
  if (isObject(value)) {
    const seconds = asNumber(value["seconds"]) ?? 0;
    return Math.round(seconds * 1000 + (asNumber(value["nanos"]) ?? 0) / 1e6);
  }
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value.trim()) : null;
  if (!match) return undefined;
  const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as "ms" | "s" | "m" | "h"];
  return Math.round(Number(match[1]) * factor);
}

function retryInMessageMs(message: string): number | undefined {
  const match = /retry in (?:(\d+)h)?(?:(\d+)m(?!s))?(\d+(?:\.\d+)?)(ms|s)/i.exec(message);
  if (!match) return undefined;
  const rest = Number(match[3]) * (match[4]?.toLowerCase() === "ms" ? 1 : 1000);
  return Math.round(Number(match[1] ?? 0) * 3_600_000 + Number(match[2] ?? 0) * 60_000 + rest);
}

/** Text of a proxy's page: its title if it is HTML, otherwise its beginning. */
function plainText(text: string): string {
  const start = text.slice(0, 4000);
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(start);
  return (title?.[1] ?? start).trim().slice(0, MAX_TEXT);
}
