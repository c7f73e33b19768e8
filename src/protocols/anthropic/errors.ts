// Error bodies, between the wire and WireError / GatewayError.

import type { ErrorKind, GatewayError } from "../../core/errors.ts";
import type { WireError } from "../../core/wire-error.ts";
import type { ErrorReply } from "../protocol.ts";
import { isObject, textOf, type WireObject } from "./wire.ts";

/** Longest text taken over from a body that is no JSON error. */
const MAX_TEXT_LENGTH = 500;

/** Status that each error type comes with. @source platform.claude.com/docs/en/api/errors, SDK 1.12.0 shared.d.ts */
const STATUS_OF_TYPE: ReadonlyMap<string, number> = new Map([
  ["invalid_request_error", 400],
  ["authentication_error", 401],
  ["billing_error", 402],
  ["permission_error", 403],
  ["not_found_error", 404],
  ["conflict_error", 409],
  ["request_too_large", 413],
  ["rate_limit_error", 429],
  ["api_error", 500],
  ["timeout_error", 504],
  ["overloaded_error", 529],
]);

const TYPE_OF_KIND: Readonly<Record<ErrorKind, string>> = {
  "bad-request": "invalid_request_error",
  "client-auth": "authentication_error",
  forbidden: "permission_error",
  "not-found": "not_found_error",
  "too-large": "request_too_large",
  "rate-limit": "rate_limit_error",
  overloaded: "overloaded_error",
  upstream: "api_error",
  timeout: "timeout_error",
  unavailable: "overloaded_error",
  internal: "api_error",
};

/**
 * Reads an error body of any shape seen: the Messages envelope, `{error: "text"}`, `{detail}`, `{message}`, an array
 * holding one of these, HTML or plain text. Never throws; `message` is `""` when the body says nothing.
 */
export function decodeError(status: number, body: unknown): WireError {
  if (Array.isArray(body)) return decodeError(status, body[0]);
  if (typeof body === "string") return { status, message: plainText(body) };
  if (!isObject(body)) return { status, message: "" };
  return { ...errorFields(body), status };
}

/** Reads the error of an in-stream `error` event or of an error envelope inside a 200; the type implies the status. */
export function decodeInBandError(body: WireObject): WireError {
  const fields = errorFields(body);
  return { ...fields, status: fields.type === undefined ? undefined : STATUS_OF_TYPE.get(fields.type) };
}

/** Whether a JSON body is an error envelope. */
export function isErrorBody(body: WireObject): boolean {
  return body["type"] === "error" || isObject(body["error"]) || textOf(body["error"]) !== undefined;
}

/** An error as Messages clients expect it, before the first byte of an answer. */
export function encodeError(error: GatewayError, requestId: string): ErrorReply {
  return { status: clientStatus(error), body: { ...errorEvent(error), request_id: requestId } };
}

/** The body of an in-stream `error` event. */
export function errorEvent(error: GatewayError): { type: "error"; error: Record<string, unknown> } {
  const wire = error.wireProtocol === "anthropic" ? error.wire : undefined;
  const body: Record<string, unknown> = {
    type: wire?.type ?? TYPE_OF_KIND[error.kind],
    message: clientMessage(error, wire),
  };
  if (wire?.code !== undefined) body["details"] = { error_code: wire.code };
  return { type: "error", error: body };
}

function clientStatus(error: GatewayError): number {
  return error.kind === "overloaded" && error.status === 503 ? 529 : error.status;
}

function clientMessage(error: GatewayError, wire: WireError | undefined): string {
  if (error.code === "upstream-context-length") return overflowMessage(error);
  return wire?.message || error.message;
}

/**
 * Claude Code compacts the conversation on `prompt is too long: N tokens > M maximum` and on nothing else, so other
 * protocols' words for it are rewritten; the numbers are taken from the upstream's sentence where it has them. What it
 * reads as "ask for less" stays: `input length and max_tokens exceed context limit: A + B > C`.
 * @source clients.md §2
 */
function overflowMessage(error: GatewayError): string {
  const said = error.wire?.message || error.message;
  if (said.includes("prompt is too long") || said.includes("exceed context limit")) return said;
  const numbers = new Set(numbersIn(said));
  const named = numbersIn(LIMIT.exec(said)?.[1] ?? "")[0];
  const lesser = numbers.size === 2 ? Math.min(...numbers) : 0;
  const limit = named ?? (lesser >= SMALLEST_CONTEXT ? lesser : undefined);
  const largest = Math.max(...numbers);
  if (limit !== undefined && largest > limit) return `prompt is too long: ${largest} tokens > ${limit} maximum`;
  return `prompt is too long: ${said}`;
}

/** "maximum context length is 8,192", "token limit: 131072", "number of tokens allowed (1048576)", "less than 4096". */
const LIMIT = /(?:maximum|limit|allowed|context (?:size|length|window)|n_ctx|exceed|less than)\D{0,40}(\d[\d,]{2,})/i;

/** No model in use takes fewer tokens: what is less is a status or a part of a number. */
const SMALLEST_CONTEXT = 1_000;

function numbersIn(text: string): number[] {
  return (text.match(/\d[\d,]{2,}/g) ?? []).map((digits) => Number(digits.replaceAll(",", "")));
}

function errorFields(body: WireObject): WireError {
  const error = body["error"];
  if (isObject(error)) {
    const details = error["details"];
    const detailCode = isObject(details) ? textOf(details["error_code"]) : undefined;
    return {
      type: textOf(error["type"]),
      code: detailCode ?? codeText(error["code"]),
      param: textOf(error["param"]),
      message: textOf(error["message"]) ?? "",
    };
  }
  const message =
    textOf(error) ?? textOf(body["message"]) ?? textOf(body["detail"]) ?? nestedDetail(body["detail"]) ?? "";
  const type = textOf(body["type"]);
  return { type: type === "error" ? undefined : type, code: codeText(body["code"]), message };
}

function codeText(code: unknown): string | undefined {
  return typeof code === "number" ? String(code) : textOf(code);
}

/** FastAPI: `{detail: [{msg}]}` and `{detail: {message}}`. */
function nestedDetail(detail: unknown): string | undefined {
  const first: unknown = Array.isArray(detail) ? detail[0] : detail;
  return isObject(first) ? (textOf(first["msg"]) ?? textOf(first["message"])) : undefined;
}

/** Text of a body that is no JSON: the title of an HTML page, or the beginning of the text. */
function plainText(text: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1]?.trim();
  return title || text.trim().slice(0, MAX_TEXT_LENGTH);
}
