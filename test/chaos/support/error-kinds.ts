// What a client of each protocol must be told for each kind of failure: the table of the fault contract, written down
// independently of the product's own.
// @source reliability.md 2.0

import type { ProtocolId } from "../../../src/core/protocol-id.ts";

/** A kind of failure as clients know it. */
export type ToldKind =
  | "bad_request"
  | "client_auth"
  | "not_found"
  | "too_large"
  | "rate"
  | "overload"
  | "upstream"
  | "timeout"
  | "unavailable";

type Types = Readonly<Record<"anthropic" | "openai" | "gemini", readonly string[]>>;

/** `error.type` (Anthropic, OpenAI) or `error.status` (Gemini); where several are listed each of them is truthful. */
const TYPES: Readonly<Record<ToldKind, Types>> = {
  bad_request: {
    anthropic: ["invalid_request_error"],
    openai: ["invalid_request_error"],
    gemini: ["INVALID_ARGUMENT"],
  },
  client_auth: { anthropic: ["authentication_error"], openai: ["invalid_request_error"], gemini: ["UNAUTHENTICATED"] },
  not_found: { anthropic: ["not_found_error"], openai: ["invalid_request_error"], gemini: ["NOT_FOUND"] },
  too_large: { anthropic: ["request_too_large"], openai: ["invalid_request_error"], gemini: ["INVALID_ARGUMENT"] },
  rate: { anthropic: ["rate_limit_error"], openai: ["rate_limit_error", "requests"], gemini: ["RESOURCE_EXHAUSTED"] },
  overload: {
    anthropic: ["overloaded_error"],
    openai: ["server_error", "service_unavailable_error"],
    gemini: ["UNAVAILABLE"],
  },
  upstream: { anthropic: ["api_error"], openai: ["server_error", "api_error"], gemini: ["INTERNAL"] },
  timeout: { anthropic: ["timeout_error"], openai: ["server_error"], gemini: ["DEADLINE_EXCEEDED"] },
  unavailable: { anthropic: ["overloaded_error"], openai: ["server_error"], gemini: ["UNAVAILABLE"] },
};

/** The error types that are right for a kind in a protocol. */
export function toldTypes(kind: ToldKind, protocol: ProtocolId): readonly string[] {
  if (protocol === "anthropic" || protocol === "gemini") return TYPES[kind][protocol];
  return TYPES[kind].openai;
}
