import { describe, expect, test } from "bun:test";
import { decodeUsage, encodeDeltaUsage, encodeUsage, keepEarlierInput } from "./usage.ts";

describe("decodeUsage", () => {
  test("reads every counter it knows", () => {
    const usage = decodeUsage({
      input_tokens: 10,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_1h_input_tokens: 12, ephemeral_5m_input_tokens: 18 },
      output_tokens: 40,
      output_tokens_details: { thinking_tokens: 15 },
      server_tool_use: { web_search_requests: 2, web_fetch_requests: 1 },
      service_tier: "standard",
    });
    expect(usage).toEqual({
      inputTokens: 10,
      cacheReadTokens: 20,
      cacheWriteTokens: 30,
      cacheWrite1hTokens: 12,
      outputTokens: 40,
      reasoningTokens: 15,
      webSearchRequests: 2,
      serviceTier: "standard",
    });
  });

  test("null and missing counters are not reported", () => {
    expect(decodeUsage({ input_tokens: null, output_tokens: 3, server_tool_use: null })).toEqual({ outputTokens: 3 });
    expect(decodeUsage(undefined)).toBeUndefined();
    expect(decodeUsage("12")).toBeUndefined();
  });

  test("adds compaction iterations, which the top level leaves out", () => {
    const usage = decodeUsage({
      input_tokens: 220,
      output_tokens: 8,
      iterations: [
        { type: "compaction", input_tokens: 55_196, output_tokens: 125 },
        { type: "message", input_tokens: 220, output_tokens: 8 },
        { type: "advisor_message", input_tokens: 9, output_tokens: 9 },
      ],
    });
    expect(usage).toMatchObject({ inputTokens: 55_416, outputTokens: 133 });
  });

  test("uses the top level as it is when a fallback answered", () => {
    const usage = decodeUsage({
      input_tokens: 412,
      output_tokens: 264,
      iterations: [
        { type: "compaction", input_tokens: 1, output_tokens: 1 },
        { type: "fallback_message", input_tokens: 412, output_tokens: 264 },
      ],
    });
    expect(usage).toMatchObject({ inputTokens: 412, outputTokens: 264 });
  });

  test("trap 58: zeros of message_delta do not overwrite the input of message_start", () => {
    const later = { inputTokens: 0, cacheReadTokens: 0, outputTokens: 5 };
    keepEarlierInput({ inputTokens: 100, cacheReadTokens: 7 }, later);
    expect(later as unknown).toEqual({ outputTokens: 5 });
  });
});

describe("encodeUsage", () => {
  test("writes zeros, not absent keys, when nothing is known", () => {
    expect(encodeUsage(undefined, undefined)).toEqual({
      input_tokens: 0,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 0,
      output_tokens_details: null,
      server_tool_use: null,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      service_tier: null,
      inference_geo: null,
      speed: null,
    });
  });

  test("an estimate stands in for unknown input, never for known", () => {
    expect(encodeDeltaUsage(undefined, 77)["input_tokens"]).toBe(77);
    expect(encodeDeltaUsage({ inputTokens: 0 }, 77)["input_tokens"]).toBe(0);
    expect(encodeDeltaUsage({ outputTokens: 1 }, 77)["input_tokens"]).toBe(77);
  });

  test("trap 59: cached tokens are neither lost nor counted twice", () => {
    const usage = {
      inputTokens: 10,
      cacheReadTokens: 20,
      cacheWriteTokens: 30,
      cacheWrite1hTokens: 12,
      outputTokens: 1,
    };
    const wire = encodeUsage(usage, 999);
    expect(wire).toMatchObject({
      input_tokens: 10,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 18, ephemeral_1h_input_tokens: 12 },
    });
    expect(decodeUsage(wire)).toEqual(usage);
  });
});
