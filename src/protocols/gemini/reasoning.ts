// thinkingConfig in both directions. Which fields a model accepts comes from its generation; a wrong one is a 400.
// @source gemini.md §A.7, seen 2026-11.

import type { Loss } from "../../core/loss.ts";
import type { IrEffort, IrReasoning, IrRequest } from "../../core/request.ts";
import type { ModelFacts, ThinkingControl } from "./model-facts.ts";
import {
  asString,
  isObject,
  readField,
  requireNumber,
  type ThinkingLevelName,
  type WireObject,
  wrongType,
} from "./wire.ts";

const EFFORT_OF_LEVEL: Readonly<Record<string, IrEffort>> = {
  MINIMAL: "minimal",
  LOW: "low",
  MEDIUM: "medium",
  HIGH: "high",
  XHIGH: "xhigh",
};

const LEVEL_OF_EFFORT: Readonly<Record<IrEffort, ThinkingLevelName>> = {
  none: "MINIMAL",
  minimal: "MINIMAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  xhigh: "HIGH",
  max: "HIGH",
};

/** Budgets as Google's own OpenAI-compatible endpoint maps efforts; clamped to the model afterwards. */
const BUDGET_OF_EFFORT: Readonly<Record<IrEffort, number>> = {
  none: 0,
  minimal: 0,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 32_768,
};

const LEVEL_ORDER: readonly ThinkingLevelName[] = ["MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"];

/** Answers this short are probes: thinking would eat the whole limit. */
const TINY_OUTPUT_TOKENS = 16;

/** Reads `thinkingConfig`; undefined when the client did not say anything. Budget -1 (dynamic) is `adaptive`. */
export function decodeReasoning(value: unknown): IrReasoning | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw wrongType("generationConfig.thinkingConfig", "an object", value);
  const budget = requireNumber(
    readField(value, "thinkingBudget", "thinking_budget"),
    "generationConfig.thinkingConfig.thinkingBudget",
  );
  const level = asString(readField(value, "thinkingLevel", "thinking_level"))?.toUpperCase();
  const effort = level !== undefined && Object.hasOwn(EFFORT_OF_LEVEL, level) ? EFFORT_OF_LEVEL[level] : undefined;
  const isShown = readField(value, "includeThoughts", "include_thoughts") === true;
  if (budget === undefined && effort === undefined && !isShown) return undefined;
  const display = isShown ? "summarized" : "omitted";
  if (budget === 0) return { mode: "disabled" };
  if (budget !== undefined && budget > 0) return { mode: "enabled", budgetTokens: budget, display };
  return { mode: "adaptive", display, ...(effort === undefined ? {} : { effort }) };
}

/** Writes `thinkingConfig`, or undefined for the model's default. */
export function encodeReasoning(request: IrRequest, facts: ModelFacts, losses: Loss[]): WireObject | undefined {
  const { reasoning } = request;
  const isTiny = request.maxOutputTokens !== undefined && request.maxOutputTokens <= TINY_OUTPUT_TOKENS;
  if (facts.thinking.type === "none") {
    if (reasoning && reasoning.mode !== "disabled")
      losses.push({ kind: "dropped", path: "thinking", feature: "reasoning" });
    return undefined;
  }
  if (!reasoning && !isTiny) return undefined;
  const isOff = isTiny || reasoning?.mode === "disabled" || reasoning?.effort === "none";
  const amount = isOff ? lowest(facts.thinking) : amountOf(reasoning ?? {}, facts.thinking);
  // Asking for the thoughts of a model that must not think is refused.
  const isThinking = !isOff && amount["thinkingBudget"] !== 0;
  const isShown = isThinking && facts.hasThoughts && reasoning?.display !== "omitted" && isAskedFor(reasoning);
  const config = { ...amount, ...(isShown ? { includeThoughts: true } : {}) };
  return Object.keys(config).length > 0 ? config : undefined;
}

/** Budget for dynamic thinking, when a Gemini client asked for exactly that. */
export function isDynamicBudget(thinkingConfig: unknown): boolean {
  return isObject(thinkingConfig) && Number(readField(thinkingConfig, "thinkingBudget", "thinking_budget")) === -1;
}

function isAskedFor(reasoning: IrReasoning | undefined): boolean {
  return reasoning?.mode !== undefined || reasoning?.effort !== undefined || reasoning?.display !== undefined;
}

function lowest(control: ThinkingControl): WireObject {
  if (control.type === "budget") return { thinkingBudget: control.lowest };
  return control.type === "level" && control.levels[0] ? { thinkingLevel: control.levels[0] } : {};
}

function amountOf(reasoning: IrReasoning, control: ThinkingControl): WireObject {
  const budget = reasoning.mode === "enabled" ? reasoning.budgetTokens : undefined;
  if (control.type === "budget") {
    const wanted = budget ?? (reasoning.effort === undefined ? undefined : BUDGET_OF_EFFORT[reasoning.effort]);
    return wanted === undefined ? {} : { thinkingBudget: clampBudget(wanted, control) };
  }
  if (control.type === "none") return {};
  if (budget !== undefined) return { thinkingLevel: nearestLevel(levelOfBudget(budget), control.levels) };
  return reasoning.effort === undefined
    ? {}
    : { thinkingLevel: nearestLevel(LEVEL_OF_EFFORT[reasoning.effort], control.levels) };
}

function clampBudget(budget: number, control: Extract<ThinkingControl, { type: "budget" }>): number {
  if (budget <= 0) return control.lowest;
  return Math.min(control.max, Math.max(control.min, Math.trunc(budget)));
}

function levelOfBudget(budget: number): ThinkingLevelName {
  if (budget < 4096) return "LOW";
  return budget < 16_384 ? "MEDIUM" : "HIGH";
}

/** The allowed level nearest to the wanted one; of two equally near the higher. */
function nearestLevel(wanted: ThinkingLevelName, allowed: readonly ThinkingLevelName[]): ThinkingLevelName {
  const target = LEVEL_ORDER.indexOf(wanted);
  let best: ThinkingLevelName = allowed[0] ?? wanted;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const level of allowed) {
    const distance = Math.abs(LEVEL_ORDER.indexOf(level) - target);
    if (distance <= bestDistance) {
      best = level;
      bestDistance = distance;
    }
  }
  return best;
}
