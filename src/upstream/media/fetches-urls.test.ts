import { describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../core/protocol-id.ts";
import { fetchesUrls } from "./fetches-urls.ts";

describe("whether an upstream loads URLs by itself", () => {
  const table: readonly (readonly [ProtocolId, string, boolean | undefined, boolean])[] = [
    ["anthropic", "https://api.anthropic.com/v1", undefined, true],
    ["anthropic", "https://proxy.example", undefined, true],
    ["openai-responses", "https://api.openai.com/v1", undefined, true],
    ["openai-responses", "http://127.0.0.1:8000/v1", undefined, true],
    ["openai-chat", "https://api.openai.com/v1", undefined, true],
    ["openai-chat", "https://API.OpenAI.com:443/v1", undefined, true],
    ["openai-chat", "https://eu.api.openai.com/v1", undefined, true],
    ["openai-chat", "https://api.openai.com.evil.example/v1", undefined, false],
    ["openai-chat", "https://fakeapi.openai.com/v1", undefined, false],
    ["openai-chat", "http://localhost:11434/v1", undefined, false],
    ["openai-chat", "no url", undefined, false],
    ["gemini", "https://generativelanguage.googleapis.com/v1beta", undefined, false],
    ["gemini", "https://generativelanguage.googleapis.com/v1beta", true, true],
    ["openai-chat", "http://localhost:11434/v1", true, true],
    ["openai-chat", "https://api.openai.com/v1", false, false],
    ["anthropic", "https://api.anthropic.com/v1", false, false],
  ];
  for (const [protocol, baseUrl, quirk, expected] of table) {
    test(`${protocol} at ${baseUrl}, quirk ${quirk}: ${expected}`, () => {
      expect(fetchesUrls({ protocol, baseUrl, quirks: { fetchesUrls: quirk } })).toBe(expected);
    });
  }
});
