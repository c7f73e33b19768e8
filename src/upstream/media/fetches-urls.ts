// Which upstreams load the URLs in messages by themselves. Pure.

import type { UpstreamConfig } from "../../config/config.ts";
import type { ProtocolId } from "../../core/protocol-id.ts";

/** Always, never, or at these hosts and those below them. */
const DEFAULTS: Readonly<Record<ProtocolId, boolean | readonly string[]>> = {
  anthropic: true,
  "openai-responses": true,
  "openai-chat": ["api.openai.com"],
  gemini: false,
};

/** Whether the upstream loads image and document URLs by itself; its quirk `fetches_urls` decides where it is set. */
export function fetchesUrls(upstream: Pick<UpstreamConfig, "protocol" | "baseUrl" | "quirks">): boolean {
  const answer = upstream.quirks.fetchesUrls ?? DEFAULTS[upstream.protocol];
  if (typeof answer === "boolean") return answer;
  const host = URL.canParse(upstream.baseUrl) ? new URL(upstream.baseUrl).hostname : "";
  return answer.some((known) => host === known || host.endsWith(`.${known}`));
}
