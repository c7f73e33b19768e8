// What a client of some format has to be told for a recorded failure: status and type, by kind of failure.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { Recording } from "../../../src/simulator/replay.ts";

/** Kinds of failures as a client sees them. `key` is the gateway's own key, which is none of the client's business. */
export type FailureKind = "bad-request" | "key" | "not-found" | "too-large" | "rate" | "upstream" | "overloaded";

/** Status and the word for it: `error.type`, in Gemini `error.status`. */
export interface ExpectedError {
  readonly status: number;
  readonly type: string;
}

const KIND_OF_STATUS: Readonly<Record<number, FailureKind>> = {
  400: "bad-request",
  401: "key",
  403: "key",
  404: "not-found",
  413: "too-large",
  429: "rate",
  500: "upstream",
  503: "overloaded",
  529: "overloaded",
};

/** Failures whose status does not tell, with what their words say. */
const KIND_OF_RECORDING: Readonly<Record<string, FailureKind>> = {
  // "Incorrect API key provided" with status 400
  "openai_responses/xai-chat-error-handling-with-xai-grok-4-1-fast-non-reasoning-raises-appropriate": "key",
  // "Overloaded" with status 500
  "anthropic/quoted-anthropic-500-api-error-overloaded": "overloaded",
  // inside a stream with status 200
  "anthropic/quoted-anthropic-stream-overloaded-event": "overloaded",
  "openai_chat/groq-test-tool-use-failed-error-streaming-with-text": "bad-request",
  "openai_responses/openai-error.1": "rate",
  "openai_responses/quoted-openai-responses-stream-error-event-overloaded": "overloaded",
  "openai_responses/quoted-openai-responses-stream-failed-overloaded": "overloaded",
  // answers that are none: still queued, or the model's own call is broken
  "openai_responses/openai-test-background-mode-reasoning-vcr": "upstream",
  "gemini/google-genai-instrumentation-google-genai-v1-latest-10": "upstream",
  "gemini/vertexai-test-multimodal-tool-return-matrix-direct-binary-audio-google-vertex": "upstream",
};

const TYPES: Readonly<Record<ProtocolId, Readonly<Record<FailureKind, string>>>> = {
  anthropic: {
    "bad-request": "invalid_request_error",
    key: "api_error",
    "not-found": "not_found_error",
    "too-large": "request_too_large",
    rate: "rate_limit_error",
    upstream: "api_error",
    overloaded: "overloaded_error",
  },
  "openai-chat": {
    "bad-request": "invalid_request_error",
    key: "server_error",
    "not-found": "invalid_request_error",
    "too-large": "invalid_request_error",
    rate: "rate_limit_error",
    upstream: "server_error",
    overloaded: "server_error",
  },
  "openai-responses": {
    "bad-request": "invalid_request_error",
    key: "server_error",
    "not-found": "invalid_request_error",
    "too-large": "invalid_request_error",
    rate: "rate_limit_error",
    upstream: "server_error",
    overloaded: "service_unavailable_error",
  },
  gemini: {
    "bad-request": "INVALID_ARGUMENT",
    key: "INTERNAL",
    "not-found": "NOT_FOUND",
    "too-large": "INVALID_ARGUMENT",
    rate: "RESOURCE_EXHAUSTED",
    upstream: "INTERNAL",
    overloaded: "UNAVAILABLE",
  },
};

const STATUSES: Readonly<Record<FailureKind, number>> = {
  "bad-request": 400,
  key: 502,
  "not-found": 404,
  "too-large": 413,
  rate: 429,
  upstream: 502,
  overloaded: 503,
};

/** The kind of a recorded failure. Throws for one that nobody has looked at. */
export function failureKind(recording: Recording): FailureKind {
  const kind = KIND_OF_RECORDING[recording.id] ?? KIND_OF_STATUS[recording.response.status];
  if (!kind) throw new Error(`${recording.id}: no kind of failure is known for it`);
  return kind;
}

/** What a client is told. A server's own 5xx status stays; 529 is known to Messages clients only. */
export function expectedError(client: ProtocolId, kind: FailureKind, recordedStatus: number): ExpectedError {
  const type = TYPES[client][kind];
  if (kind === "overloaded") return { status: client === "anthropic" ? 529 : 503, type };
  return { status: kind === "upstream" && recordedStatus >= 500 ? recordedStatus : STATUSES[kind], type };
}
