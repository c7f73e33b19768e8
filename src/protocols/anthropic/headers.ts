// Paths and headers of Messages upstreams.

import type { Operation, UpstreamQuirks } from "../protocol.ts";

/**
 * Version sent unless an upstream pins another: third-party servers of this protocol know no other, and it accepts
 * what 2026-10-21 rejects (sampling fields, citations on user text).
 * @source anthropic-openai.md §0.1, seen 2026-11
 */
export const DEFAULT_VERSION = "2023-06-01";

/** Client headers a same-protocol upstream gets as they are; `x-stainless-*` (SDK telemetry) are not among them. */
export const FORWARD_HEADERS: readonly string[] = [
  "anthropic-version",
  "anthropic-beta",
  "user-agent",
  "x-app",
  "x-claude-code-session-id",
  "x-claude-code-agent-id",
  "x-claude-code-parent-agent-id",
  "idempotency-key",
];

/** Path and query below the base URL (which ends with the version segment, `…/v1`). */
export function upstreamPath(operation: Operation, model: string): { path: string; query: string } {
  switch (operation) {
    case "generate":
      return { path: "/messages", query: "" };
    case "count-tokens":
      return { path: "/messages/count_tokens", query: "" };
    case "list-models":
      return { path: "/models", query: "limit=1000" };
    case "get-model":
      return { path: `/models/${model.split("/").map(encodeURIComponent).join("/")}`, query: "" };
  }
}

/** `x-api-key` for Anthropic's own hosts, `Authorization: Bearer` for all others, none for an empty key. */
export function upstreamHeaders(key: string, baseUrl: string, quirks: UpstreamQuirks): Record<string, string> {
  const headers: Record<string, string> = { "anthropic-version": quirks.anthropicVersion ?? DEFAULT_VERSION };
  if (key === "") return headers;
  if (isAnthropicHost(baseUrl)) headers["x-api-key"] = key;
  else headers["authorization"] = `Bearer ${key}`;
  return headers;
}

/** Whether a URL points to anthropic.com or a subdomain; false for anything unparsable. */
export function isAnthropicHost(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname;
  return host === "anthropic.com" || host.endsWith(".anthropic.com");
}
