// Recognises coding agents by what they send: for them a turn that breaks off is worth restarting.

import type { ClientHeaders } from "../upstream/build-call.ts";

/** Pieces of user agents, lower case. Seen 2026-11 (clients.md sections 2 to 5 and 9). */
const AGENTS = [
  "claude-cli",
  "claude-code",
  "codex",
  "geminicli",
  "gemini-cli",
  "opencode",
  "qwencode",
  "qwen-code",
  "kilo",
  "cline",
  "roo",
  "aider",
];

/** Whether a known coding agent sends this request. */
export function isCodingAgent(headers: ClientHeaders): boolean {
  if (headers.get("x-claude-code-session-id") !== null) return true;
  const originator = headers.get("originator");
  if (originator?.toLowerCase().startsWith("codex")) return true;
  const agent = headers.get("user-agent")?.toLowerCase();
  return agent !== undefined && AGENTS.some((name) => agent.includes(name));
}
