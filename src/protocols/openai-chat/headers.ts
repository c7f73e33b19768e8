// Headers and paths of calls to Chat Completions upstreams.

import type { Operation, UpstreamQuirks } from "../protocol.ts";
import { hostOf, isAzure, isHost } from "./hosts.ts";

/**
 * Client headers that a chat upstream gets as they are. Account-bound ones (`openai-organization`,
 * `openai-project`) are not among them: the upstream key decides the account.
 */
export const forwardHeaders: readonly string[] = [
  "user-agent",
  "openai-beta",
  "idempotency-key",
  "x-session-id",
  "session_id",
  "x-client-request-id",
];

/** Authentication of an upstream call, plus what some hosts want besides. No key, no authentication header. */
export function upstreamHeaders(key: string, baseUrl: string, _quirks: UpstreamQuirks): Record<string, string> {
  const headers: Record<string, string> = {};
  const host = hostOf(baseUrl);
  if (key !== "") {
    headers["authorization"] = `Bearer ${key}`;
    if (isAzure(host)) headers["api-key"] = key;
  }
  if (isHost(host, "openrouter.ai")) {
    headers["http-referer"] = "https://github.com/winterhuan/api-router";
    headers["x-title"] = "APIRouter";
  }
  return headers;
}

/** Path below the base URL; null for token counting, which this protocol does not have. */
export function upstreamPath(
  operation: Operation,
  model: string,
  _stream: boolean,
): { path: string; query: string } | null {
  switch (operation) {
    case "generate":
      return { path: "/chat/completions", query: "" };
    case "list-models":
      return { path: "/models", query: "" };
    case "get-model":
      // Slashes stay: `openai/gpt-5` is two path segments at every known server.
      return { path: `/models/${model.split("/").map(encodeURIComponent).join("/")}`, query: "" };
    case "count-tokens":
      return null;
  }
}
