import { describe, expect, test } from "bun:test";
import type { UpstreamQuirks } from "../protocol.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import { hostOf, isAzure, isHost } from "./hosts.ts";
import { bareModel, gptVersion, isReasoningModel, toolsNeedNoEffort } from "./openai-models.ts";
import { targetAt } from "./test-support.ts";

describe("dialectOf", () => {
  const cases: { name: string; url: string; model: string; quirks?: UpstreamQuirks; expected: Partial<Dialect> }[] = [
    {
      name: "OpenAI with a reasoning model",
      url: "https://api.openai.com/v1",
      model: "gpt-5.2",
      expected: {
        isOpenAi: true,
        maxTokensField: "max_completion_tokens",
        systemRole: "developer",
        userField: "safety_identifier",
        customTools: true,
        midSystem: true,
        passback: false,
      },
    },
    {
      name: "OpenAI with another model",
      url: "https://api.openai.com/v1",
      model: "gpt-4.1",
      expected: { isOpenAi: true, systemRole: "system" },
    },
    {
      name: "Azure",
      url: "https://x.openai.azure.com/openai/v1",
      model: "my-deployment",
      expected: { isOpenAi: true },
    },
    {
      name: "Azure serving grok",
      url: "https://x.services.ai.azure.com/openai/v1",
      model: "grok-4",
      expected: { isOpenAi: false },
    },
    {
      name: "an OpenAI model that reasons, behind a relay",
      url: "https://relay.example/v1",
      model: "openai/gpt-5",
      expected: {
        isOpenAi: false,
        isReasoningModel: true,
        maxTokensField: "max_completion_tokens",
        systemRole: "system",
        reasoning: "effort",
      },
    },
    {
      name: "an OpenAI model that does not reason, behind a relay",
      url: "https://relay.example/v1",
      model: "gpt-4.1",
      expected: { isReasoningModel: false, maxTokensField: "max_tokens", reasoning: "none" },
    },
    {
      name: "an OpenAI model at a router with rules of its own",
      url: "https://openrouter.ai/api/v1",
      model: "openai/gpt-5",
      expected: { isReasoningModel: false, maxTokensField: "max_tokens", reasoning: "openrouter" },
    },
    {
      name: "an unknown server",
      url: "http://localhost:8000/v1",
      model: "qwen3",
      expected: {
        isOpenAi: false,
        maxTokensField: "max_tokens",
        systemRole: "system",
        userField: "user",
        customTools: false,
        midSystem: false,
        reasoning: "effort",
        toolIds: "any",
      },
    },
    {
      name: "a host that only looks like OpenAI",
      url: "https://openai.com.evil.example/v1",
      model: "gpt-5",
      expected: { isOpenAi: false },
    },
    {
      name: "quirks before everything",
      url: "https://api.openai.com/v1",
      model: "gpt-5.2",
      quirks: {
        maxTokensField: "max_tokens",
        developerRole: false,
        reasoningPassback: true,
        toolImages: true,
        extraSampling: true,
        streamOptions: false,
      },
      expected: {
        maxTokensField: "max_tokens",
        systemRole: "system",
        passback: true,
        passbackRequired: true,
        toolImages: true,
        extraSampling: true,
        streamOptions: false,
      },
    },
    {
      name: "Kimi that thinks",
      url: "https://api.moonshot.cn/v1",
      model: "kimi-k2.5",
      expected: { passback: true, passbackRequired: true },
    },
    {
      name: "Kimi that does not",
      url: "https://api.moonshot.cn/v1",
      model: "kimi-k2-instruct",
      expected: { passback: true, passbackRequired: false },
    },
    {
      name: "passback switched off",
      url: "https://api.deepseek.com",
      model: "deepseek-reasoner",
      quirks: { reasoningPassback: false },
      expected: { passback: false, passbackRequired: false },
    },
    {
      name: "cache marks of an old model",
      url: "https://api.openai.com/v1",
      model: "gpt-5.4",
      quirks: { explicitCache: true },
      expected: { cache: "none" },
    },
    {
      name: "cache marks",
      url: "https://api.openai.com/v1",
      model: "gpt-5.6",
      quirks: { explicitCache: true },
      expected: { cache: "breakpoint" },
    },
    {
      name: "cache marks for Claude at OpenRouter",
      url: "https://openrouter.ai/api/v1",
      model: "anthropic/claude-opus-5",
      expected: { cache: "cache-control" },
    },
    { name: "trap 11: no cache marks by default", url: "http://localhost", model: "m", expected: { cache: "none" } },
  ];
  for (const { name, url, model, quirks, expected } of cases) {
    test(name, () => expect(dialectOf(targetAt(url, model, quirks))).toMatchObject(expected));
  }
});

test("hosts match themselves and what is below", () => {
  expect(isHost("openai.com", "openai.com")).toBe(true);
  expect(isHost("api.openai.com", "openai.com")).toBe(true);
  expect(isHost("notopenai.com", "openai.com")).toBe(false);
  expect(isAzure("a.openai.azure.com")).toBe(true);
  expect(hostOf("HTTPS://API.OpenAI.com/v1")).toBe("api.openai.com");
  expect(hostOf("no url")).toBe("");
});

test("model names tell version and kind", () => {
  expect(bareModel("openai/GPT-5")).toBe("gpt-5");
  expect(gptVersion("gpt-5.10")).toBe(510);
  expect(gptVersion("openai/gpt-4o")).toBe(400);
  expect(gptVersion("claude")).toBeUndefined();
  expect(["o3", "o4-mini", "gpt-5", "gpt-6-sol", "codex-mini-latest"].every(isReasoningModel)).toBe(true);
  expect(["gpt-4.1", "gpt-5-chat-latest", "gpt-oss", "llama"].some(isReasoningModel)).toBe(false);
  expect(["gpt-5.4", "gpt-5.6-luna", "gpt-6"].every(toolsNeedNoEffort)).toBe(true);
  expect(["gpt-5", "gpt-5.2", "o3"].some(toolsNeedNoEffort)).toBe(false);
});
