// What a limited client key has left, in the headers of the client's protocol.

import type { ProtocolId } from "../core/protocol-id.ts";
import type { RateLine, RateState } from "./key-limiter.ts";

/**
 * Headers by name. Gemini has none for this.
 * @source OpenAI and Anthropic rate limit documentation, seen 2026-11: OpenAI counts down as `6m0s`, Anthropic names the
 * moment in RFC 3339.
 */
export function limitHeaders(protocol: ProtocolId, state: RateState, wallMs: number): Record<string, string> {
  if (protocol === "gemini") return {};
  const isAnthropic = protocol === "anthropic";
  const headers: Record<string, string> = {};
  for (const what of ["requests", "tokens"] as const) {
    const line = state[what];
    if (line) Object.assign(headers, isAnthropic ? anthropicLine(what, line, wallMs) : openAiLine(what, line));
  }
  return headers;
}

function anthropicLine(what: string, { limit, remaining, resetMs }: RateLine, wallMs: number): Record<string, string> {
  const reset = new Date(Math.ceil((wallMs + resetMs) / 1000) * 1000).toISOString().replace(".000Z", "Z");
  const prefix = `anthropic-ratelimit-${what}`;
  return { [`${prefix}-limit`]: String(limit), [`${prefix}-remaining`]: String(remaining), [`${prefix}-reset`]: reset };
}

function openAiLine(what: string, { limit, remaining, resetMs }: RateLine): Record<string, string> {
  const reset = resetMs === 0 ? "0s" : resetMs < 1000 ? `${Math.ceil(resetMs)}ms` : `${Math.ceil(resetMs / 1000)}s`;
  return {
    [`x-ratelimit-limit-${what}`]: String(limit),
    [`x-ratelimit-remaining-${what}`]: String(remaining),
    [`x-ratelimit-reset-${what}`]: reset,
  };
}
