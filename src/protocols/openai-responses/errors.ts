// Errors of this API: read from upstreams whatever they look like, written for clients in the SDK's shape.

import type { ErrorKind, GatewayError } from "../../core/errors.ts";
import type { WireError } from "../../core/wire-error.ts";
import type { ErrorReply } from "../protocol.ts";
import { compact, isObject, type JsonObject, numberOf, objectsOf, PROTOCOL_ID, stringOf, textOf } from "./wire.ts";

const MAX_MESSAGE_LENGTH = 500;

/** Statuses that codes and types imply where an error comes inside a 200. */
const IMPLIED_STATUS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    rate_limit_exceeded: 429,
    rate_limit_error: 429,
    insufficient_quota: 429,
    credit_balance_exhausted: 429,
    usage_limit_reached: 429,
    server_is_overloaded: 503,
    service_unavailable_error: 503,
    slow_down: 503,
    overloaded_error: 503,
    server_error: 500,
    internal_error: 500,
    vector_store_timeout: 504,
    invalid_prompt: 400,
    invalid_request_error: 400,
    context_length_exceeded: 400,
    content_filter: 400,
    invalid_image: 400,
    invalid_api_key: 401,
    authentication_error: 401,
    permission_error: 403,
    model_not_found: 404,
    not_found_error: 404,
  }),
);

/** Reads an error body of any shape; never throws. Absent parts stay absent, `message` is `""` at worst. */
export function decodeError(status: number, body: unknown): WireError {
  const error = readError(body);
  return { ...error, status };
}

/** The error inside a 200 answer or a stream event, with the status that its code or type implies. */
export function decodeInBandError(body: unknown): WireError {
  const error = readError(body);
  const implied = error.status ?? IMPLIED_STATUS.get(error.code ?? "") ?? IMPLIED_STATUS.get(error.type ?? "");
  return compact({ ...error, status: implied });
}

/** Whether a body that came with a success status is an error envelope. */
export function isErrorEnvelope(body: JsonObject): boolean {
  if (body["type"] === "error") return true;
  if (body["status"] === "failed" || body["status"] === "cancelled") return true;
  const error = body["error"];
  return error !== undefined && error !== null && error !== false && error !== "";
}

function readError(body: unknown): WireError {
  if (typeof body === "string") return { message: plainText(body) };
  if (Array.isArray(body)) return readError(body[0]);
  if (!isObject(body)) return { message: "" };
  const error = body["error"];
  if (typeof error === "string") return withRetry({ message: error, code: textOf(body["code"]) });
  if (isObject(error)) return readErrorObject(error, body);
  if (isObject(body["response"])) return readError(body["response"]);
  const detail = body["detail"];
  if (typeof detail === "string") return withRetry({ message: detail });
  if (isObject(detail)) return readErrorObject(detail, body);
  const details = objectsOf(detail);
  if (details.length > 0) {
    return withRetry({ message: details.map((entry) => stringOf(entry["msg"]) ?? "").join("; ") });
  }
  if (body["status"] === "cancelled") return { message: "the answer was cancelled", code: "cancelled" };
  return readErrorObject(body, {});
}

function readErrorObject(error: JsonObject, envelope: JsonObject): WireError {
  const type = textOf(error["type"]);
  return withRetry({
    status: numberOf(error["status"]) ?? numberOf(error["status_code"]) ?? numberOf(envelope["status"]),
    // The flat form's own `type` says only that it is an error.
    type: type === "error" ? undefined : type,
    code: codeOf(error["code"]) ?? codeOf(envelope["code"]),
    param: textOf(error["param"]),
    message: stringOf(error["message"]) ?? stringOf(envelope["message"]) ?? "",
  });
}

function codeOf(code: unknown): string | undefined {
  return textOf(code) ?? numberOf(code)?.toString();
}

function withRetry(error: { [K in keyof WireError]: WireError[K] }): WireError {
  const retryAfterMs = /rate|limit|try again|retry/i.test(error.message) ? waitOf(error.message) : undefined;
  return compact({ ...error, retryAfterMs });
}

/** "Please try again in 20s", "in 350ms", "in 6m0s". */
function waitOf(message: string): number | undefined {
  const match =
    /(?:try again|retry)\s+(?:in|after)\s+(?:(\d+)m(?=\d))?(\d+(?:\.\d+)?)\s*(ms|s|seconds?|m|minutes?)/i.exec(message);
  if (!match) return undefined;
  const [, minutes, amount, unit = "s"] = match;
  const scale = unit === "ms" ? 1 : unit.startsWith("m") ? 60_000 : 1000;
  return Math.round(Number(minutes ?? 0) * 60_000 + Number(amount) * scale);
}

/** HTML pages are told by their title; other text is cut. */
function plainText(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith("<")) return trimmed.slice(0, MAX_MESSAGE_LENGTH);
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(trimmed);
  return (title?.[1] ?? "the upstream answered with HTML").trim().slice(0, MAX_MESSAGE_LENGTH);
}

interface WireKind {
  readonly type: string;
  readonly code: string | null;
}

const WIRE_KINDS: Readonly<Record<ErrorKind, WireKind>> = {
  "bad-request": { type: "invalid_request_error", code: null },
  "client-auth": { type: "invalid_request_error", code: "invalid_api_key" },
  forbidden: { type: "invalid_request_error", code: "insufficient_permissions" },
  "not-found": { type: "invalid_request_error", code: "not_found" },
  "too-large": { type: "invalid_request_error", code: "request_too_large" },
  "rate-limit": { type: "rate_limit_error", code: "rate_limit_exceeded" },
  overloaded: { type: "service_unavailable_error", code: "server_is_overloaded" },
  upstream: { type: "server_error", code: "server_error" },
  timeout: { type: "server_error", code: "timeout" },
  unavailable: { type: "server_error", code: "service_unavailable" },
  internal: { type: "server_error", code: "server_error" },
};

/** Codes of ours that this API has its own word for. */
const WIRE_CODES: Readonly<Partial<Record<GatewayError["code"], WireKind>>> = {
  "upstream-context-length": { type: "invalid_request_error", code: "context_length_exceeded" },
  "upstream-content-filtered": { type: "invalid_request_error", code: "content_filter" },
  "upstream-model-missing": { type: "invalid_request_error", code: "model_not_found" },
  "client-quota-exhausted": { type: "insufficient_quota", code: "insufficient_quota" },
  "upstream-quota-exhausted": { type: "insufficient_quota", code: "insufficient_quota" },
};

/** Kinds after which the same request may succeed, so that an agent ought to repeat it. */
const RETRYABLE: ReadonlySet<ErrorKind> = new Set([
  "rate-limit",
  "overloaded",
  "upstream",
  "timeout",
  "unavailable",
  "internal",
]);

/** Whether an agent ought to repeat the request after this failure. */
export function isRetryable(error: GatewayError): boolean {
  return RETRYABLE.has(error.kind) && !error.code.endsWith("-quota-exhausted");
}

/** The parts of the SDK's error object. */
export interface ErrorObject {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** The error object; an upstream of an OpenAI protocol is quoted in its own words. */
export function errorObject(error: GatewayError): ErrorObject {
  const own = WIRE_CODES[error.code] ?? WIRE_KINDS[error.kind];
  const { wire } = error;
  const isQuotable = error.wireProtocol === PROTOCOL_ID || error.wireProtocol === "openai-chat";
  if (!wire || !isQuotable || wire.malformed || wire.truncated) {
    return { message: error.message, type: own.type, param: null, code: own.code };
  }
  return {
    message: wire.message || error.message,
    type: wire.type ?? own.type,
    param: wire.param ?? null,
    // Agents compact on ours for a prompt that is too long; some servers put the status or a number of their own there.
    code:
      error.code !== "upstream-context-length" && wire.code !== undefined && /[a-z]/i.test(wire.code)
        ? wire.code
        : own.code,
  };
}

/** Status and JSON body. 529 is Anthropic's: OpenAI clients get 503. */
export function encodeError(error: GatewayError): ErrorReply {
  return { status: error.status === 529 ? 503 : error.status, body: { error: errorObject(error) } };
}

/** The `error` field of a failed response object. */
export function failedResponseError(error: GatewayError): JsonObject {
  const { code, message } = errorObject(error);
  return { code: code ?? "server_error", message };
}

/** For answers whose status says that there is none yet. */
export function unfinishedError(response: JsonObject): WireError {
  const status = stringOf(response["status"]) ?? "unknown";
  return { message: `expected a finished answer, got status ${JSON.stringify(status)}`, malformed: true };
}
