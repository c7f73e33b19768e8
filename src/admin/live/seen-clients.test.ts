import { expect, test } from "bun:test";
import { createSeenClients } from "./seen-clients.ts";

const request = { startedAt: 1000, status: 200, model: "m" };

test("tells clients apart by how they name themselves", () => {
  const seen = createSeenClients();
  const names = {
    "claude-cli/2.1.129 (external, cli)": "claude-code",
    "codex_cli_rs/0.94.0 (Linux)": "codex",
    "GeminiCLI/0.20.0/gemini-2.5-pro (linux; x64)": "gemini-cli",
    "opencode/1.0 ai-sdk/provider-utils": "opencode",
    "QwenCode/0.3 (linux)": "qwen-code",
    "Mozilla/5.0 CherryStudio/1.7 Chrome": "cherry-studio",
    "OpenAI/Python 2.8.1": "sdk",
    "curl/8.1": "other",
  };
  for (const [userAgent, id] of Object.entries(names)) {
    seen.saw({ ...request, userAgent, startedAt: 5000 });
    expect(seen.list().find((client) => client.userAgent === userAgent)?.id).toBe(id);
  }
  seen.saw({ ...request, userAgent: "apirouter-playground" });
  expect(seen.list()).toHaveLength(Object.keys(names).length);
});

test("keeps the first and the last time, in whatever order requests come", () => {
  const seen = createSeenClients();
  seen.saw({ ...request, startedAt: 2000, userAgent: "codex/2", status: 200, model: "gpt-5" });
  seen.saw({ ...request, startedAt: 1000, userAgent: "codex/1", status: 401, model: "old" });
  seen.saw({ ...request, startedAt: 3000, userAgent: "codex/2", status: 503, model: "" });
  expect(seen.list()).toEqual([
    { id: "codex", firstSeenAt: 1000, lastSeenAt: 3000, lastStatus: 503, userAgent: "codex/2", lastModel: "gpt-5" },
  ]);
});

test("stays bounded, whatever clients call themselves", () => {
  const seen = createSeenClients();
  for (let index = 0; index < 5000; index += 1) seen.saw({ ...request, userAgent: `odd ${index} ${"x".repeat(500)}` });
  expect(seen.list()).toHaveLength(1);
});
