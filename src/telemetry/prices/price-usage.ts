// What token counts cost by a price. Pure arithmetic; the counts are IrUsage's: input without caches, output with
// reasoning.

import { type IrUsage, totalInputTokens } from "../../core/usage.ts";
import type { PackedPrice, PackedRate } from "./price-data.ts";

const PER_TOKENS = 1_000_000;
const PER_SEARCHES = 1000;

/** US dollars; null when something was used whose rate is not known. Cache rates fall back to the one of plain input. */
export function priceUsage(price: PackedPrice, usage: IrUsage): number | null {
  const all = totalInputTokens(usage) ?? 0;
  const read = usage.cacheReadTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  const writtenForAnHour = Math.min(usage.cacheWrite1hTokens ?? 0, written);
  const output = usage.outputTokens ?? 0;
  const reasoning = Math.min(usage.reasoningTokens ?? 0, output);
  const parts: readonly (readonly [tokens: number, rate: PackedRate | undefined])[] = [
    [usage.inputTokens ?? 0, price.i],
    [read, price.r ?? price.i],
    [written - writtenForAnHour, price.w ?? price.i],
    [writtenForAnHour, price.w1 ?? price.w ?? price.i],
    [output - reasoning, price.o],
    [reasoning, price.t ?? price.o],
  ];
  let cost = 0;
  for (const [tokens, rate] of parts) {
    if (tokens <= 0) continue;
    if (rate === undefined) return null;
    cost += (tokens * rateFor(rate, all)) / PER_TOKENS;
  }
  const searches = usage.webSearchRequests ?? 0;
  if (searches > 0 && price.s !== undefined) cost += (searches * rateFor(price.s, all)) / PER_SEARCHES;
  return cost;
}

/** The rate of a prompt of this size: a tier holds for the whole request, not for the part above its bound. */
export function rateFor(rate: PackedRate, inputTokens: number): number {
  if (typeof rate === "number") return rate;
  const [base, ...tiers] = rate;
  let current = base;
  for (const [aboveTokens, tierRate] of tiers) if (inputTokens > aboveTokens) current = tierRate;
  return current;
}
