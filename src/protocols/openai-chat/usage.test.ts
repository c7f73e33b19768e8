import { describe, expect, test } from "bun:test";
import type { IrUsage } from "../../core/usage.ts";
import { decodePassedUsage, decodeTimings, decodeUsage, encodeServiceTier, encodeUsage } from "./usage.ts";

const BASE = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };

describe("decodeUsage", () => {
  const cases: { name: string; wire: unknown; expected: IrUsage | undefined }[] = [
    { name: "nothing", wire: null, expected: undefined },
    { name: "no counts", wire: { cost: 1 }, expected: undefined },
    { name: "plain counts", wire: BASE, expected: { inputTokens: 100, outputTokens: 10 } },
    {
      name: "trap 59: OpenAI's cache counts are inside the prompt",
      wire: { ...BASE, prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 } },
      expected: { inputTokens: 10, cacheReadTokens: 60, cacheWriteTokens: 30, outputTokens: 10 },
    },
    {
      name: "DeepSeek's cache",
      wire: { ...BASE, prompt_cache_hit_tokens: 60, prompt_cache_miss_tokens: 40 },
      expected: { inputTokens: 40, cacheReadTokens: 60, outputTokens: 10 },
    },
    {
      name: "Kimi's cache",
      wire: { ...BASE, cached_tokens: 60 },
      expected: { inputTokens: 40, cacheReadTokens: 60, outputTokens: 10 },
    },
    {
      name: "Anthropic's spelling",
      wire: { ...BASE, cache_read_input_tokens: 60 },
      expected: { inputTokens: 40, cacheReadTokens: 60, outputTokens: 10 },
    },
    {
      name: "the first spelling wins",
      wire: { ...BASE, prompt_tokens_details: { cached_tokens: 0 }, cached_tokens: 60 },
      expected: { inputTokens: 100, cacheReadTokens: 0, outputTokens: 10 },
    },
    {
      name: "more cached than asked",
      wire: { ...BASE, cached_tokens: 200 },
      expected: { inputTokens: 0, cacheReadTokens: 200, outputTokens: 10 },
    },
    {
      name: "Responses' names",
      wire: { input_tokens: 5, output_tokens: 6, input_tokens_details: { cached_tokens: 1 } },
      expected: { inputTokens: 4, cacheReadTokens: 1, outputTokens: 6 },
    },
    {
      name: "reasoning inside the output",
      wire: { ...BASE, completion_tokens_details: { reasoning_tokens: 4 } },
      expected: { inputTokens: 100, outputTokens: 10, reasoningTokens: 4 },
    },
    {
      name: "xAI: reasoning beside the output",
      wire: { ...BASE, total_tokens: 114, completion_tokens_details: { reasoning_tokens: 4 } },
      expected: { inputTokens: 100, outputTokens: 14, reasoningTokens: 4 },
    },
    {
      name: "Mistral: audio beside the prompt",
      wire: {
        prompt_tokens: 11,
        completion_tokens: 15,
        total_tokens: 401,
        prompt_tokens_details: { audio_tokens: 375, cached_tokens: 9 },
      },
      expected: { inputTokens: 377, cacheReadTokens: 9, outputTokens: 15 },
    },
    {
      name: "audio inside the prompt",
      wire: { ...BASE, prompt_tokens_details: { audio_tokens: 40 } },
      expected: { inputTokens: 100, outputTokens: 10 },
    },
    {
      name: "more reasoning than output",
      wire: { ...BASE, completion_tokens_details: { reasoning_tokens: 40 } },
      expected: { inputTokens: 100, outputTokens: 50, reasoningTokens: 40 },
    },
    {
      name: "Google: thoughts in the total only",
      wire: { ...BASE, total_tokens: 170 },
      expected: { inputTokens: 100, outputTokens: 70 },
    },
    {
      name: "Copilot's reasoning",
      wire: { ...BASE, reasoning_tokens: 2 },
      expected: { inputTokens: 100, outputTokens: 10, reasoningTokens: 2 },
    },
    {
      name: "OpenRouter's searches",
      wire: { ...BASE, server_tool_use_details: { web_search_requests: 3 } },
      expected: { inputTokens: 100, outputTokens: 10, webSearchRequests: 3 },
    },
    {
      name: "counts that are no numbers",
      wire: { prompt_tokens: "9", completion_tokens: Number.NaN },
      expected: undefined,
    },
  ];
  for (const { name, wire, expected } of cases) {
    test(name, () => expect(decodeUsage(wire, undefined)).toEqual(expected));
  }

  test("the service tier comes along", () => {
    expect(decodeUsage(BASE, "flex")?.serviceTier).toBe("flex");
    expect(decodeUsage(BASE, "")).not.toHaveProperty("serviceTier");
  });
});

test("encoding gives the same counts back", () => {
  const usage = {
    inputTokens: 1,
    cacheReadTokens: 2,
    cacheWriteTokens: 3,
    outputTokens: 4,
    reasoningTokens: 2,
    webSearchRequests: 1,
  };
  expect(decodeUsage(encodeUsage(usage), undefined)).toEqual(usage);
  expect(encodeUsage({})).toEqual({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 });
});

test("timings need both counts, tiers must be OpenAI's", () => {
  expect(decodeTimings({ prompt_n: 1 })).toBeUndefined();
  expect(decodeTimings({ prompt_n: 1, predicted_n: 2 })).toEqual({
    inputTokens: 1,
    cacheReadTokens: undefined,
    outputTokens: 2,
  });
  expect(encodeServiceTier({ serviceTier: "on_demand" })).toBeUndefined();
  expect(encodeServiceTier({ serviceTier: "priority" })).toBe("priority");
});

test("routes that are passed on may tell nothing but a total, which is input then", () => {
  expect(decodePassedUsage({ total_tokens: 8 })).toEqual({ inputTokens: 8 });
  expect(decodePassedUsage({ prompt_tokens: 7, total_tokens: 8 })).toEqual({ inputTokens: 7 });
  expect(decodePassedUsage({ type: "duration", seconds: 5 })).toBeUndefined();
});
