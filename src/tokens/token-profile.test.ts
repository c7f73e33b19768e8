import { describe, expect, test } from "bun:test";
import { tokenProfile } from "./token-profile.ts";

const FAMILIES: Readonly<Record<string, string>> = {
  "claude-3-5-sonnet-20241022": "claude",
  "claude-sonnet-4-5-20250929": "claude",
  "claude-opus-4-6": "claude",
  "anthropic/claude-haiku-4.5": "claude",
  "us.anthropic.claude-opus-4-1-20250805-v1:0": "claude",
  "claude-opus-4-20250514": "claude",
  "claude-opus-4-7": "claude-next",
  "anthropic/claude-opus-4.8": "claude-next",
  "claude-sonnet-5": "claude-next",
  "claude-opus-5-5": "claude-next",
  "claude-fable-5-1": "claude-next",
  "gpt-4o": "gpt-4",
  "gpt-4.1-mini": "gpt-4",
  o3: "gpt-4",
  "gpt-3.5-turbo": "gpt-4",
  "gpt-5": "gpt-5",
  "gpt-5.3-codex": "gpt-5",
  "openai/gpt-5.4-nano": "gpt-5.4",
  "openai.gpt-5.6-luna": "gpt-5.4",
  "gpt-oss:120b": "gpt-oss",
  "gemini-2.5-flash": "gemini-2",
  "models/gemini-3-pro-preview": "gemini-3",
  "gemini-flash-latest": "gemini-3",
  "deepseek-v4-flash": "deepseek",
  "z-ai/glm-5-turbo": "glm",
  "moonshotai/kimi-k2-instruct-0905": "kimi",
  "moonshotai/kimi-k2.5": "kimi-2.5",
  "Qwen/Qwen3-4B": "qwen",
  "mistral-small-latest": "mistral",
  "mistralai/Mixtral-8x7B-Instruct-v0.1": "mixtral",
  "grok-4-fast": "grok",
  "my-own-model": "other",
  "": "other",
};

describe("tokenProfile", () => {
  for (const [model, family] of Object.entries(FAMILIES)) {
    test(`takes ${JSON.stringify(model)} for ${family}`, () => expect(tokenProfile(model).family).toBe(family));
  }
});
