// Errors: whatever chat servers send, read defensively; and ours in OpenAI's envelope.

import type { ErrorCode, ErrorKind, GatewayError } from "../../core/errors.ts";
import { isTooDeep } from "../../core/json-depth.ts";
import type { WireError } from "../../core/wire-error.ts";
import type { ErrorReply } from "../protocol.ts";
import { asArray, asNumber, asObject, asText, type WireErrorBody } from "./wire.ts";

/** Longest text taken over from an error that is no JSON. */
const TEXT_LIMIT = 2000;

/** Reads an error body of any shape; never throws. `status` 0 stands for unknown. */
export function decodeError(status: number, body: unknown): WireError {
  const outer = Array.isArray(body) ? body[0] : body;
  if (typeof outer === "string") return describe(status, { message: outer.slice(0, TEXT_LIMIT) });
  const wire = asObject<WireErrorBody>(outer);
  if (!wire) return describe(status, {});
  if (typeof wire.error === "string") return describe(status, { ...wire, message: wire.error });
  const base = failedBase(wire);
  if (base) return describe(status, base);
  const inner = asObject<WireErrorBody>(wire.error) ?? asObject<WireErrorBody>(asArray(wire.errors)[0]) ?? wire;
  return describe(status, inner);
}

/**
 * Whether a body is an error and no answer: an `error`, FastAPI's `detail`, a bare message with a code, or MiniMax's
 * `base_resp` with anything but 0.
 */
export function isErrorBody(value: unknown): boolean {
  const wire = asObject<WireErrorBody & { object?: unknown; choices?: unknown }>(value);
  if (!wire) return false;
  if (wire.error || (wire.base_resp && failedBase(wire))) return true;
  if (wire.choices !== undefined) return false;
  if (wire.object === "error" || wire.detail !== undefined) return true;
  return (
    asText(wire.message) !== "" && (wire.code !== undefined || wire.type !== undefined || wire.status !== undefined)
  );
}

/**
 * What HTTP would say for MiniMax's codes, which come with status 200; all others are faults of its own.
 * @source platform.minimax.io error codes, as known in 2026-11
 */
const STATUS_OF_MINIMAX: Readonly<Record<number, number>> = {
  1002: 429,
  1004: 401,
  1008: 402,
  1026: 400,
  1027: 400,
  1039: 429,
  1041: 429,
  1042: 400,
  2013: 400,
  2045: 429,
  2049: 401,
  2056: 429,
};

/** MiniMax's failure as an error of the usual shape; undefined for answers. */
function failedBase(wire: WireErrorBody): WireErrorBody | undefined {
  const base = asObject<WireErrorBody>(wire.base_resp);
  const code = asNumber(base?.status_code);
  if (code === undefined || code === 0) return undefined;
  return { code, status_code: STATUS_OF_MINIMAX[code] ?? 500, message: base?.status_msg };
}

function describe(status: number, wire: WireErrorBody): WireError {
  const message = errorMessage(wire);
  const numeric =
    asNumber(wire.status_code) ?? asNumber(wire.code) ?? asNumber(wire.status) ?? asNumber(wire.raw_status_code);
  const implied = numeric !== undefined && numeric >= 400 && numeric < 600 ? numeric : undefined;
  return {
    status: status >= 400 ? status : (implied ?? (status === 0 ? undefined : status)),
    type: asText(wire.type) || asText(wire.status) || undefined,
    code: typeof wire.code === "number" ? String(wire.code) : asText(wire.code) || undefined,
    param: asText(wire.param) || undefined,
    message,
    retryAfterMs: retryDelay(wire) ?? delayInText(message),
  };
}

function errorMessage(wire: WireErrorBody): string {
  const message = asText(wire.message) || asText(wire.msg) || asText(wire.detail) || validationText(wire.detail);
  // OpenRouter says "Provider returned error" and keeps the reason here.
  const raw = asText(asObject<WireErrorBody>(wire.metadata)?.raw);
  const whole = raw !== "" && !message.includes(raw) ? `${message}: ${raw}` : message;
  if (whole !== "") return whole.slice(0, TEXT_LIMIT);
  const nested = asObject<WireErrorBody>(wire.message);
  if (!nested || isTooDeep(nested)) return "";
  return asText(nested.message) || JSON.stringify(nested).slice(0, TEXT_LIMIT);
}

/** FastAPI's list of validation problems: what is wrong, behind where it is. */
function validationText(detail: unknown): string {
  const texts = asArray(detail).map((item) => {
    const problem = asObject<WireErrorBody & { loc?: unknown }>(item);
    const steps = asArray(problem?.loc).filter((step) => typeof step === "string" || typeof step === "number");
    const place = steps.join(".");
    const text = asText(problem?.msg);
    return place === "" || text === "" ? text : `${place}: ${text}`;
  });
  return texts.filter((text) => text !== "").join("; ");
}

/** Google's `RetryInfo` in `details`. */
function retryDelay(wire: WireErrorBody): number | undefined {
  for (const detail of asArray(wire.details)) {
    const delay = asText(asObject<WireErrorBody>(detail)?.retryDelay);
    const milliseconds = delay === "" ? undefined : parseDuration(delay);
    if (milliseconds !== undefined) return milliseconds;
  }
  return undefined;
}

function delayInText(message: string): number | undefined {
  const match = /(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)/i.exec(message);
  return match?.[1] === undefined ? undefined : parseDuration(match[1]);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `20s`, `1.5s`, `6m0s`, `250ms` in milliseconds. */
function parseDuration(text: string): number | undefined {
  let total: number | undefined;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/gi)) {
    total = (total ?? 0) + Number(amount) * (UNITS[(unit ?? "").toLowerCase()] ?? 0);
  }
  return total === undefined ? undefined : Math.round(total);
}

interface OpenAiWords {
  readonly type: string;
  readonly code: string | null;
}

/** reliability.md §2.0. */
const WORDS: Readonly<Record<ErrorKind, OpenAiWords>> = {
  "bad-request": { type: "invalid_request_error", code: null },
  "client-auth": { type: "invalid_request_error", code: "invalid_api_key" },
  forbidden: { type: "invalid_request_error", code: "forbidden" },
  "not-found": { type: "invalid_request_error", code: null },
  "too-large": { type: "invalid_request_error", code: "request_too_large" },
  "rate-limit": { type: "rate_limit_error", code: "rate_limit_exceeded" },
  overloaded: { type: "server_error", code: "overloaded" },
  upstream: { type: "server_error", code: "upstream_error" },
  timeout: { type: "server_error", code: "upstream_timeout" },
  unavailable: { type: "server_error", code: "no_upstream_available" },
  internal: { type: "server_error", code: "internal_error" },
};

/** Codes that say more than their kind. */
const SPECIAL: Readonly<Partial<Record<ErrorCode, string>>> = {
  "upstream-model-missing": "model_not_found",
  "upstream-context-length": "context_length_exceeded",
  "upstream-content-filtered": "content_policy_violation",
  "client-quota-exhausted": "insufficient_quota",
  "gateway-shutting-down": "shutting_down",
  "gateway-overloaded": "gateway_overloaded",
};

/** Kinds of upstream failures that concern the client's own request, so that the upstream's words help it. */
const REPEATED: ReadonlySet<ErrorKind> = new Set(["bad-request", "not-found", "too-large", "rate-limit"]);

/** The error as OpenAI's SDKs read it; 529 is unknown to them and becomes 503. */
export function encodeError(error: GatewayError, _requestId: string): ErrorReply {
  return { status: error.status === 529 ? 503 : error.status, body: { error: errorObject(error) } };
}

/** An upstream's code where it is a word: some servers put the status or a number of their own there. */
function wireCode(code: string | undefined): string | undefined {
  return code !== undefined && /[a-z]/i.test(code) ? code : undefined;
}

/** Agents compact on this code, whatever the provider's own is. */
function certainCode(error: GatewayError): string | undefined {
  return error.code === "upstream-context-length" ? SPECIAL[error.code] : undefined;
}

/** The object inside the envelope, which streams send as well. */
export function errorObject(error: GatewayError): Record<string, unknown> {
  const words = WORDS[error.kind];
  const wire = error.wireProtocol === "openai-chat" && REPEATED.has(error.kind) ? error.wire : undefined;
  return {
    message: wire?.message || error.message,
    type: wire?.type ?? (error.code === "client-quota-exhausted" ? "insufficient_quota" : words.type),
    param: wire?.param ?? null,
    code: certainCode(error) ?? wireCode(wire?.code) ?? SPECIAL[error.code] ?? words.code,
  };
}
