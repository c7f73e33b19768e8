// usageMetadata in both directions.
// Gemini: prompt includes cached tokens, candidates exclude thoughts, tool-use prompts are counted apart.

import { type IrUsage, tokenCount } from "../../core/usage.ts";
import { asNumber, asString, isObject, type WireObject } from "./wire.ts";

/** The counters of a stream so far, as the wire names them; cumulative, the last value of each wins. */
export interface UsageCounters {
  prompt: number | undefined;
  cached: number | undefined;
  toolUse: number | undefined;
  candidates: number | undefined;
  thoughts: number | undefined;
  total: number | undefined;
  serviceTier: string | undefined;
}

/** Counters that nothing has been reported for. */
export function createUsageCounters(): UsageCounters {
  return {
    prompt: undefined,
    cached: undefined,
    toolUse: undefined,
    candidates: undefined,
    thoughts: undefined,
    total: undefined,
    serviceTier: undefined,
  };
}

/** Takes over what a chunk reports. Returns whether any counter came with it (`{trafficType}` alone does not count). */
export function noteUsage(counters: UsageCounters, metadata: unknown): boolean {
  if (!isObject(metadata)) return false;
  const prompt = countOf(metadata["promptTokenCount"]);
  const candidates = countOf(metadata["candidatesTokenCount"]);
  const thoughts = countOf(metadata["thoughtsTokenCount"]);
  const total = countOf(metadata["totalTokenCount"]);
  if (prompt === undefined && candidates === undefined && thoughts === undefined && total === undefined) return false;
  counters.prompt = prompt ?? counters.prompt;
  counters.candidates = candidates ?? counters.candidates;
  counters.thoughts = thoughts ?? counters.thoughts;
  counters.total = total ?? counters.total;
  counters.cached = countOf(metadata["cachedContentTokenCount"]) ?? counters.cached;
  counters.toolUse = countOf(metadata["toolUsePromptTokenCount"]) ?? counters.toolUse;
  counters.serviceTier = asString(metadata["serviceTier"]) ?? counters.serviceTier;
  return true;
}

/** The counts of one `usageMetadata`; undefined when it holds none. */
export function decodeUsage(metadata: unknown): IrUsage | undefined {
  const counters = createUsageCounters();
  return noteUsage(counters, metadata) ? usageOf(counters) : undefined;
}

/** The counters in neutral arithmetic: input without cached tokens but with tool-use prompts, output with thoughts. */
export function usageOf(counters: UsageCounters): IrUsage {
  const usage: IrUsage = {};
  if (counters.prompt !== undefined) {
    usage.inputTokens = Math.max(0, counters.prompt - (counters.cached ?? 0)) + (counters.toolUse ?? 0);
  }
  if (counters.cached !== undefined) usage.cacheReadTokens = counters.cached;
  const output = outputOf(counters);
  if (output !== undefined) usage.outputTokens = output;
  if (counters.thoughts !== undefined) usage.reasoningTokens = counters.thoughts;
  if (counters.serviceTier !== undefined) usage.serviceTier = counters.serviceTier;
  return usage;
}

/**
 * `usageMetadata` for a client; without counts when the upstream reported none, because clients read the object
 * unguarded. `candidates` excludes thoughts again; cache writes count as prompt, not as cached.
 */
export function encodeUsage(usage: IrUsage | undefined): WireObject {
  if (!usage) return {};
  const prompt = (usage.inputTokens ?? 0) + (usage.cacheReadTokens ?? 0) + (usage.cacheWriteTokens ?? 0);
  const output = usage.outputTokens ?? 0;
  const thoughts = Math.min(usage.reasoningTokens ?? 0, output);
  return {
    promptTokenCount: prompt,
    ...(usage.cacheReadTokens === undefined ? {} : { cachedContentTokenCount: usage.cacheReadTokens }),
    candidatesTokenCount: output - thoughts,
    ...(usage.reasoningTokens === undefined ? {} : { thoughtsTokenCount: thoughts }),
    totalTokenCount: prompt + output,
    ...(usage.serviceTier === undefined ? {} : { serviceTier: usage.serviceTier }),
  };
}

function outputOf({ prompt, toolUse, candidates, thoughts, total }: UsageCounters): number | undefined {
  const input = (prompt ?? 0) + (toolUse ?? 0);
  if (candidates === undefined) {
    // Absent when the limit hit while thinking, and in the first chunks of a stream.
    if (prompt !== undefined && total !== undefined && total >= input) return Math.max(total - input, thoughts ?? 0);
    return thoughts;
  }
  // Some relays already count thoughts among the candidates.
  const isThoughtsIncluded =
    (thoughts ?? 0) > 0 && total !== undefined && prompt !== undefined && total === input + candidates;
  return isThoughtsIncluded ? candidates : candidates + (thoughts ?? 0);
}

/** Counts may come as strings: protobuf writes 64-bit numbers so. */
function countOf(value: unknown): number | undefined {
  return tokenCount(asNumber(value));
}
