// Token counts: the wire's sums include cache reads and writes, ours do not.

import { type IrUsage, tokenCount, totalInputTokens } from "../../core/usage.ts";
import { compact, isObject, type JsonObject, objectOf, type ResponseUsage, textOf } from "./wire.ts";

/**
 * Reads the counts of a response object (`usage`, `tool_usage`, `service_tier`); undefined when it reports none.
 * Knows the cache spellings of DeepSeek, Kimi and Anthropic, and chat's `prompt_tokens`, which compatible servers use.
 */
export function decodeUsage(response: JsonObject): IrUsage | undefined {
  const usage = response["usage"];
  if (!isObject(usage)) return undefined;
  const total = tokenCount(usage["input_tokens"]) ?? tokenCount(usage["prompt_tokens"]);
  const inputDetails = objectOf(usage["input_tokens_details"] ?? usage["prompt_tokens_details"]);
  const outputDetails = objectOf(usage["output_tokens_details"] ?? usage["completion_tokens_details"]);
  const read =
    tokenCount(inputDetails["cached_tokens"]) ??
    tokenCount(usage["cache_read_input_tokens"]) ??
    tokenCount(usage["prompt_cache_hit_tokens"]) ??
    tokenCount(usage["cached_tokens"]);
  const write = tokenCount(inputDetails["cache_write_tokens"]);
  const search = objectOf(objectOf(response["tool_usage"])["web_search"]);
  return compact({
    inputTokens: total === undefined ? undefined : Math.max(0, total - (read ?? 0) - (write ?? 0)),
    cacheReadTokens: read,
    cacheWriteTokens: write,
    outputTokens: tokenCount(usage["output_tokens"]) ?? tokenCount(usage["completion_tokens"]),
    reasoningTokens: tokenCount(outputDetails["reasoning_tokens"]),
    webSearchRequests: tokenCount(search["num_requests"]),
    serviceTier: textOf(response["service_tier"]),
  });
}

/** The wire's counts; fields nobody reported are 0, because clients fail on missing ones. */
export function encodeUsage(usage: IrUsage | undefined): ResponseUsage {
  const input = usage ? (totalInputTokens(usage) ?? 0) : 0;
  const output = usage?.outputTokens ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage?.cacheReadTokens ?? 0,
      cache_write_tokens: usage?.cacheWriteTokens ?? 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage?.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
