// Token counts: chat counts cache reads and writes inside the prompt, the neutral form beside it.

import { type IrUsage, tokenCount, totalInputTokens } from "../../core/usage.ts";
import { asObject, asText, type WireTimings, type WireUsage, type WireUsageDetails } from "./wire.ts";

/** Service tiers that OpenAI defines. */
const TIERS: ReadonlySet<string> = new Set(["auto", "default", "flex", "scale", "priority", "fast"]);

/** Reads a `usage` object; undefined when it holds no counts. */
export function decodeUsage(value: unknown, serviceTier: unknown): IrUsage | undefined {
  const wire = asObject<WireUsage>(value);
  if (!wire) return undefined;
  const told = tokenCount(wire.prompt_tokens) ?? tokenCount(wire.input_tokens);
  const output = tokenCount(wire.completion_tokens) ?? tokenCount(wire.output_tokens);
  if (told === undefined && output === undefined) return undefined;
  const inputDetails = asObject<WireUsageDetails>(wire.prompt_tokens_details ?? wire.input_tokens_details);
  const prompt = withAudio(wire, told, output, inputDetails);
  const read = cacheReads(wire, inputDetails);
  const write = cacheWrites(wire, inputDetails);
  const usage: IrUsage = {};
  if (prompt !== undefined) usage.inputTokens = Math.max(0, prompt - (read ?? 0) - (write ?? 0));
  if (read !== undefined) usage.cacheReadTokens = read;
  if (write !== undefined) usage.cacheWriteTokens = write;
  readOutput(wire, prompt, output, read, usage);
  const searches = webSearches(wire);
  if (searches !== undefined) usage.webSearchRequests = searches;
  const tier = asText(serviceTier);
  if (tier !== "") usage.serviceTier = tier;
  return usage;
}

/**
 * The counts of other routes than chat's: embeddings have no output, and some servers tell nothing but their total.
 * @source Voyage embeddings and rerank documentation, seen 2026-11.
 */
export function decodePassedUsage(value: unknown): IrUsage | undefined {
  const usage = decodeUsage(value, undefined);
  if (usage) return usage;
  const total = tokenCount(asObject<WireUsage>(value)?.total_tokens);
  return total === undefined ? undefined : { inputTokens: total };
}

/**
 * The prompt with its audio, which Mistral counts apart: the total holds exactly that much beyond prompt and output.
 * @source recording mistral-streaming-agent-sends-audio, seen 2026-11.
 */
function withAudio(
  wire: WireUsage,
  prompt: number | undefined,
  output: number | undefined,
  details: WireUsageDetails | undefined,
): number | undefined {
  const audio = tokenCount(details?.audio_tokens) ?? 0;
  if (prompt === undefined || audio === 0) return prompt;
  return tokenCount(wire.total_tokens) === prompt + audio + (output ?? 0) ? prompt + audio : prompt;
}

/** The spellings of cached input, first hit wins (anthropic-openai.md §B.3). */
function cacheReads(wire: WireUsage, details: WireUsageDetails | undefined): number | undefined {
  return (
    tokenCount(details?.cached_tokens) ??
    tokenCount(wire.cache_read_input_tokens) ??
    tokenCount(wire.prompt_cache_hit_tokens) ??
    tokenCount(wire.cached_tokens)
  );
}

function cacheWrites(wire: WireUsage, details: WireUsageDetails | undefined): number | undefined {
  return (
    tokenCount(details?.cache_write_tokens) ??
    tokenCount(details?.cache_creation_tokens) ??
    tokenCount(wire.cache_creation_input_tokens)
  );
}

/**
 * Output including reasoning. Some servers (xAI, gateways in front of Gemini) leave reasoning out of
 * `completion_tokens`: seen by a total that includes it, or by more reasoning than output. Google's chat endpoint
 * does not even name it: it is what the total holds beyond prompt and output.
 * @source recordings xai-grok-4-fast-multi-tool-streaming, vercel-gateway-gemini-3-pro-preview-thinking-streaming-1,
 * google-test-compatible-api-with-tool-calls-without-id, seen 2026-11.
 */
function readOutput(
  wire: WireUsage,
  prompt: number | undefined,
  output: number | undefined,
  read: number | undefined,
  usage: IrUsage,
): void {
  if (output === undefined) return;
  const details = asObject<WireUsageDetails>(wire.completion_tokens_details ?? wire.output_tokens_details);
  const reasoning = tokenCount(details?.reasoning_tokens) ?? tokenCount(wire.reasoning_tokens);
  const beyond = (tokenCount(wire.total_tokens) ?? 0) - (prompt ?? 0) - output;
  usage.outputTokens = output;
  if (reasoning !== undefined) {
    usage.reasoningTokens = reasoning;
    if (reasoning > 0 && (beyond === reasoning || reasoning > output)) usage.outputTokens = output + reasoning;
  } else if (beyond > 0 && prompt !== undefined && (read ?? 0) === 0) {
    usage.outputTokens = output + beyond;
  }
}

function webSearches(wire: WireUsage): number | undefined {
  const details = asObject<WireUsageDetails>(wire.server_tool_use_details ?? wire.server_tool_use);
  return tokenCount(details?.web_search_requests) ?? tokenCount(wire.num_search_queries);
}

/** Counts of a llama.cpp server that was not asked for usage. */
export function decodeTimings(value: unknown): IrUsage | undefined {
  const wire = asObject<WireTimings>(value);
  const input = tokenCount(wire?.prompt_n);
  const output = tokenCount(wire?.predicted_n);
  if (input === undefined || output === undefined) return undefined;
  return { inputTokens: input, cacheReadTokens: tokenCount(wire?.cache_n), outputTokens: output };
}

/** Writes a `usage` object. Details that the upstream did not report are left out: absent is not zero. */
export function encodeUsage(usage: IrUsage): Record<string, unknown> {
  const prompt = totalInputTokens(usage) ?? 0;
  const output = usage.outputTokens ?? 0;
  const wire: Record<string, unknown> = {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
  };
  const details: Record<string, number> = {};
  if (usage.cacheReadTokens !== undefined) details["cached_tokens"] = usage.cacheReadTokens;
  if (usage.cacheWriteTokens !== undefined) details["cache_write_tokens"] = usage.cacheWriteTokens;
  if (Object.keys(details).length > 0) wire["prompt_tokens_details"] = details;
  if (usage.reasoningTokens !== undefined) {
    wire["completion_tokens_details"] = { reasoning_tokens: usage.reasoningTokens };
  }
  if (usage.webSearchRequests !== undefined) {
    wire["server_tool_use_details"] = { web_search_requests: usage.webSearchRequests };
  }
  return wire;
}

/** The tier for a client if it is one that chat knows. */
export function encodeServiceTier(usage: IrUsage | undefined): string | undefined {
  const tier = usage?.serviceTier;
  return tier !== undefined && TIERS.has(tier) ? tier : undefined;
}
