// The errors that real providers answer with, per format: as a status with a JSON body and as an event inside a stream.

import type { ProtocolId } from "../core/protocol-id.ts";

/** A failure that a scripted upstream can report. */
export type SimErrorKind =
  | "overloaded"
  | "api_error"
  | "rate"
  | "quota"
  | "auth"
  | "forbidden"
  | "not_found"
  | "invalid"
  | "context_length";

/** A failure as one format writes it. */
export interface SimErrorReply {
  readonly status: number;
  readonly body: unknown;
  /** The whole stream event that says the same after the head was sent. */
  readonly frame: string;
}

interface ErrorNames {
  readonly message: string;
  readonly anthropic: readonly [status: number, type: string];
  readonly openai: readonly [status: number, type: string, code: string | null];
  readonly gemini: readonly [status: number, name: string];
}

/** @source protocols' error pages and recordings, seen 2026-11 */
const ERRORS: Readonly<Record<SimErrorKind, ErrorNames>> = {
  overloaded: {
    message: "Overloaded",
    anthropic: [529, "overloaded_error"],
    openai: [503, "service_unavailable_error", "server_is_overloaded"],
    gemini: [503, "UNAVAILABLE"],
  },
  api_error: {
    message: "Internal server error",
    anthropic: [500, "api_error"],
    openai: [500, "server_error", "server_error"],
    gemini: [500, "INTERNAL"],
  },
  rate: {
    message: "Rate limit reached, please slow down.",
    anthropic: [429, "rate_limit_error"],
    openai: [429, "requests", "rate_limit_exceeded"],
    gemini: [429, "RESOURCE_EXHAUSTED"],
  },
  quota: {
    message: "You exceeded your current quota, please check your plan and billing details.",
    anthropic: [402, "billing_error"],
    openai: [429, "insufficient_quota", "insufficient_quota"],
    gemini: [429, "RESOURCE_EXHAUSTED"],
  },
  auth: {
    message: "Incorrect API key provided.",
    anthropic: [401, "authentication_error"],
    openai: [401, "invalid_request_error", "invalid_api_key"],
    gemini: [400, "INVALID_ARGUMENT"],
  },
  forbidden: {
    message: "Your key may not use this resource.",
    anthropic: [403, "permission_error"],
    openai: [403, "invalid_request_error", null],
    gemini: [403, "PERMISSION_DENIED"],
  },
  not_found: {
    message: "The model does not exist or you do not have access to it.",
    anthropic: [404, "not_found_error"],
    openai: [404, "invalid_request_error", "model_not_found"],
    gemini: [404, "NOT_FOUND"],
  },
  invalid: {
    message: "messages: unexpected value",
    anthropic: [400, "invalid_request_error"],
    openai: [400, "invalid_request_error", null],
    gemini: [400, "INVALID_ARGUMENT"],
  },
  context_length: {
    message: "prompt is too long: 250000 tokens > 200000 maximum",
    anthropic: [400, "invalid_request_error"],
    openai: [400, "invalid_request_error", "context_length_exceeded"],
    gemini: [400, "INVALID_ARGUMENT"],
  },
};

type ErrorRenderer = (kind: SimErrorKind, message: string, sequence: number) => SimErrorReply;

const RENDERERS: Readonly<Record<ProtocolId, ErrorRenderer>> = {
  anthropic(kind, message) {
    const [status, type] = ERRORS[kind].anthropic;
    const error = { type, message };
    const body = { type: "error", error, request_id: "req_011Csimulated0000000001" };
    return {
      status,
      body,
      frame: `event: error\ndata: ${JSON.stringify({ type: "error", error: { details: null, ...error } })}\n\n`,
    };
  },
  "openai-chat"(kind, message) {
    const [status, type, code] = ERRORS[kind].openai;
    const body = { error: { message, type, param: null, code } };
    return { status, body, frame: `data: ${JSON.stringify(body)}\n\n` };
  },
  "openai-responses"(kind, message, sequence) {
    const [status, type, code] = ERRORS[kind].openai;
    const error = { type, code, message, param: null };
    const event = { type: "error", sequence_number: sequence, error };
    return { status, body: { error }, frame: `event: error\ndata: ${JSON.stringify(event)}\n\n` };
  },
  gemini(kind, message) {
    const [status, name] = ERRORS[kind].gemini;
    const details = GEMINI_DETAILS[kind];
    const body = { error: { code: status, message, status: name, ...(details ? { details } : {}) } };
    return { status, body, frame: `data: ${JSON.stringify(body)}\r\n\r\n` };
  },
};

const GEMINI_DETAILS: Readonly<Partial<Record<SimErrorKind, readonly unknown[]>>> = {
  auth: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com" }],
  rate: [
    {
      "@type": "type.googleapis.com/google.rpc.QuotaFailure",
      violations: [{ quotaId: "GenerateRequestsPerMinutePerProjectPerModel", quotaValue: "10" }],
    },
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7s" },
  ],
  quota: [
    {
      "@type": "type.googleapis.com/google.rpc.QuotaFailure",
      violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel", quotaValue: "250" }],
    },
  ],
};

/** The error in a format. `sequence` numbers the in-stream event where the format counts. */
export function renderError(protocol: ProtocolId, kind: SimErrorKind, message?: string, sequence = 0): SimErrorReply {
  return RENDERERS[protocol](kind, message ?? ERRORS[kind].message, sequence);
}

/** Responses: the `response.failed` event of a stream whose first event's JSON is `opening`. */
export function renderFailedResponse(opening: string, errorBody: unknown, sequence: number): string {
  const { response } = JSON.parse(opening) as { response: Record<string, unknown> };
  const { code, message } = (errorBody as { error: { code: string | null; message: string } }).error;
  const failed = { ...response, status: "failed", error: { code: code ?? "server_error", message } };
  const event = { type: "response.failed", response: failed, sequence_number: sequence };
  return `event: response.failed\ndata: ${JSON.stringify(event)}\n\n`;
}
