import { expect, test } from "bun:test";
import { isCodingAgent } from "./known-agent.ts";

const headers = (values: Record<string, string>) => ({ get: (name: string) => values[name] ?? null });

test("coding agents are recognised, SDKs and chat apps are not", () => {
  for (const agent of [
    "claude-cli/2.1.330 (external, cli)",
    "codex_exec/0.169.0",
    "GeminiCLI/0.61.0/gemini-2.5-pro (linux; x64)",
    "opencode/1.18.33",
    "QwenCode/0.24.4 (linux; x64)",
  ]) {
    expect(isCodingAgent(headers({ "user-agent": agent }))).toBe(true);
  }
  for (const agent of ["OpenAI/JS 7.57.0", "Anthropic/JS 1.12.0", "curl/8", "Mozilla/5.0"]) {
    expect(isCodingAgent(headers({ "user-agent": agent }))).toBe(false);
  }
  expect(isCodingAgent(headers({}))).toBe(false);
  expect(isCodingAgent(headers({ originator: "codex_cli_rs" }))).toBe(true);
});
