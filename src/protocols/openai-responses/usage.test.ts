import { describe, expect, test } from "bun:test";
import { decodeUsage, encodeUsage } from "./usage.ts";
import type { JsonObject } from "./wire.ts";

describe("trap 59: cached tokens are neither lost nor counted twice", () => {
  const rows: [string, JsonObject, object | undefined][] = [
    ["no usage", {}, undefined],
    [
      "all details",
      {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
        output_tokens: 9,
        output_tokens_details: { reasoning_tokens: 4 },
      },
      { inputTokens: 10, cacheReadTokens: 60, cacheWriteTokens: 30, outputTokens: 9, reasoningTokens: 4 },
    ],
    ["no details", { input_tokens: 5, output_tokens: 6 }, { inputTokens: 5, outputTokens: 6 }],
    ["more cached than counted", { input_tokens: 5, cached_tokens: 8 }, { inputTokens: 0, cacheReadTokens: 8 }],
    ["DeepSeek", { input_tokens: 10, prompt_cache_hit_tokens: 4 }, { inputTokens: 6, cacheReadTokens: 4 }],
    ["Anthropic", { input_tokens: 10, cache_read_input_tokens: 4 }, { inputTokens: 6, cacheReadTokens: 4 }],
    [
      "chat",
      { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 3 }, completion_tokens: 2 },
      { inputTokens: 7, cacheReadTokens: 3, outputTokens: 2 },
    ],
  ];
  test.each(rows)("%s", (name, usage, expected) => {
    expect(decodeUsage(name === "no usage" ? {} : { usage }) as unknown).toEqual(expected);
  });
});

test("searches and the service tier are read from the response object", () => {
  const response = { usage: {}, service_tier: "flex", tool_usage: { web_search: { num_requests: 2 } } };
  expect(decodeUsage(response)).toEqual({ webSearchRequests: 2, serviceTier: "flex" });
});

test("sums include cache reads and writes", () => {
  const usage = { inputTokens: 1, cacheReadTokens: 2, cacheWriteTokens: 3, outputTokens: 4, reasoningTokens: 1 };
  const wire = encodeUsage(usage);
  expect(wire).toEqual({
    input_tokens: 6,
    input_tokens_details: { cached_tokens: 2, cache_write_tokens: 3 },
    output_tokens: 4,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 10,
  });
  expect(decodeUsage({ usage: wire })).toEqual(usage);
});
