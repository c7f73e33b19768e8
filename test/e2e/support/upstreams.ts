// Entries of config.json for simulated upstreams.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";

const FORMATS: Readonly<Record<ProtocolId, string>> = {
  anthropic: "anthropic",
  "openai-chat": "openai",
  "openai-responses": "openai_response",
  gemini: "gemini",
};

/** A format other than this one, so that answers have to be converted. */
export const OTHER_FORMAT: Readonly<Record<ProtocolId, ProtocolId>> = {
  anthropic: "openai-chat",
  "openai-chat": "anthropic",
  "openai-responses": "anthropic",
  gemini: "openai-chat",
};

/** One entry of `upstreams`. `url` is the server's root, `http://127.0.0.1:4000`. */
export function upstreamEntry(id: string, protocol: ProtocolId, url: string, more: object = {}): object {
  return {
    id,
    base_url: url + (protocol === "gemini" ? "/v1beta" : "/v1"),
    api_format: FORMATS[protocol],
    keys: [`sk-upstream-${id}`],
    ...more,
  };
}

/** Breaker settings under which no failure of a test keeps an upstream from being tried again. */
export const PATIENT = { breaker: { failure_threshold: 1000 } };
