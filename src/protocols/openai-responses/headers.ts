// Paths, authentication and the client headers that a same-protocol upstream gets as they are.

import type { Operation } from "../protocol.ts";

/**
 * Session, tracing and feature headers of the OpenAI SDKs and of Codex. Account and organisation headers are left
 * out: they belong to the client's own key.
 * @source openai/codex codex-rs and captures in public issues, seen 2026-11
 */
export const FORWARD_HEADERS: readonly string[] = [
  "user-agent",
  "openai-beta",
  "session_id",
  "session-id",
  "conversation_id",
  "thread-id",
  "x-session-id",
  "originator",
  "idempotency-key",
  "x-client-request-id",
  "x-openai-subagent",
  "x-codex-beta-features",
  "x-codex-installation-id",
  "x-codex-parent-thread-id",
  "x-codex-turn-metadata",
  "x-codex-turn-state",
  "x-codex-window-id",
];

/** Path below the base URL; every operation has one. A model name keeps its slashes and loses no other character. */
export function upstreamPath(operation: Operation, model: string): { path: string; query: string } {
  return { path: pathOf(operation, model), query: "" };
}

/** `authorization` alone, and nothing at all for an upstream without key. */
export function upstreamHeaders(key: string): Record<string, string> {
  return key === "" ? {} : { authorization: `Bearer ${key}` };
}

function pathOf(operation: Operation, model: string): string {
  switch (operation) {
    case "generate":
      return "/responses";
    case "count-tokens":
      return "/responses/input_tokens";
    case "list-models":
      return "/models";
    case "get-model":
      return `/models/${model.split("/").map(encodeURIComponent).join("/")}`;
  }
}
