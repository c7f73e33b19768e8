// How hard to think: the fields of the various servers, both directions.

import type { LossSink } from "../../core/loss.ts";
import type { IrEffort, IrReasoning } from "../../core/request.ts";
import type { Dialect } from "./dialect.ts";
import { clampOpenAiEffort } from "./openai-models.ts";
import { asNumber, asObject, asText, type WireRequest } from "./wire.ts";

const EFFORTS: ReadonlySet<string> = new Set(["none", "minimal", "low", "medium", "high", "xhigh", "max"]);

/** Fields of third-party servers; they stay in the extensions as well and go back as they came. */
export const FOREIGN_REASONING_FIELDS = ["reasoning", "thinking", "enable_thinking", "thinking_budget"] as const;

/** Reads `reasoning_effort`, OpenRouter's `reasoning`, `thinking` (DeepSeek, Kimi, GLM) and Qwen's switches. */
export function decodeReasoning(body: WireRequest): IrReasoning | undefined {
  const effort = readEffort(body.reasoning_effort);
  if (effort !== undefined) return { effort };
  const router = asObject<{ effort?: unknown; max_tokens?: unknown; enabled?: unknown; exclude?: unknown }>(
    body.reasoning,
  );
  if (router) {
    const budgetTokens = asNumber(router.max_tokens);
    return {
      effort: readEffort(router.effort),
      budgetTokens,
      mode: budgetTokens !== undefined ? "enabled" : switchMode(router.enabled),
      display: router.exclude === true ? "omitted" : undefined,
    };
  }
  const thinking = asObject<{ type?: unknown; budget_tokens?: unknown }>(body.thinking);
  if (thinking) {
    const budgetTokens = asNumber(thinking.budget_tokens);
    if (thinking.type === "disabled") return { mode: "disabled" };
    return { mode: budgetTokens === undefined ? "adaptive" : "enabled", budgetTokens };
  }
  const template = asObject<WireRequest>(body.chat_template_kwargs);
  const mode = switchMode(body.enable_thinking ?? template?.enable_thinking);
  if (mode === undefined) return undefined;
  const budgetTokens = asNumber(body.thinking_budget);
  return budgetTokens !== undefined && mode === "adaptive" ? { mode: "enabled", budgetTokens } : { mode };
}

function readEffort(value: unknown): IrEffort | undefined {
  return EFFORTS.has(asText(value)) ? (value as IrEffort) : undefined;
}

function switchMode(value: unknown): "adaptive" | "disabled" | undefined {
  if (value === true) return "adaptive";
  return value === false ? "disabled" : undefined;
}

/** The effort that a request amounts to; undefined when it leaves it to the model. */
export function effortOf(reasoning: IrReasoning | undefined): IrEffort | undefined {
  if (!reasoning) return undefined;
  if (reasoning.effort !== undefined) return reasoning.effort;
  if (reasoning.mode === "disabled" || reasoning.mode === "between-tools") return "none";
  const budget = reasoning.mode === "enabled" ? reasoning.budgetTokens : undefined;
  if (budget === undefined) return undefined;
  if (budget <= 1024) return "low";
  if (budget <= 8192) return "medium";
  return budget <= 24576 ? "high" : "xhigh";
}

/** What the fields depend on. */
export interface ReasoningTarget {
  readonly dialect: Dialect;
  readonly model: string;
  readonly hasFunctionTools: boolean;
  readonly loss: LossSink;
}

/** Fields that ask the target to think as the request wants; empty when it has none or nothing was asked. */
export function encodeReasoning(reasoning: IrReasoning | undefined, target: ReasoningTarget): Record<string, unknown> {
  const effort = effortOf(reasoning);
  if (target.hasFunctionTools && target.dialect.toolsNeedNoEffort) return toolsWithoutEffort(effort, target);
  switch (target.dialect.reasoning) {
    case "effort":
      return target.dialect.isReasoningModel ? openAiEffort(effort, target) : thirdPartyEffort(effort, target);
    case "openrouter":
      return openRouter(reasoning, effort);
    case "thinking":
      return thinkingSwitch(reasoning, effort);
    case "enable-thinking":
      return qwenSwitch(reasoning, effort);
    case "none":
      if (effort !== undefined && effort !== "none") {
        target.loss({ kind: "dropped", path: "reasoning_effort", feature: "reasoning-effort" });
      }
      return {};
  }
}

/** From 5.4 on, chat refuses function tools with any effort but `none`, also with the default one. */
function toolsWithoutEffort(effort: IrEffort | undefined, target: ReasoningTarget): Record<string, unknown> {
  if (effort !== "none") {
    const detail = "this model takes tools in chat without reasoning only";
    target.loss({ kind: "approximated", path: "reasoning_effort", feature: "reasoning-effort", detail });
  }
  return { reasoning_effort: "none" };
}

function openAiEffort(effort: IrEffort | undefined, target: ReasoningTarget): Record<string, unknown> {
  if (effort === undefined) return {};
  const clamped = clampOpenAiEffort(effort, target.model);
  if (clamped !== effort) target.loss({ kind: "approximated", path: "reasoning_effort", feature: "reasoning-effort" });
  return { reasoning_effort: clamped };
}

const COMMON: Readonly<Record<IrEffort, string>> = {
  none: "none",
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
};

/** Servers that nobody knows get the words that all of them know. */
function thirdPartyEffort(effort: IrEffort | undefined, target: ReasoningTarget): Record<string, unknown> {
  if (effort === undefined) return {};
  const clamped = COMMON[effort];
  if (clamped !== effort) target.loss({ kind: "approximated", path: "reasoning_effort", feature: "reasoning-effort" });
  return { reasoning_effort: clamped };
}

function openRouter(reasoning: IrReasoning | undefined, effort: IrEffort | undefined): Record<string, unknown> {
  if (!reasoning) return {};
  if (reasoning.effort === undefined && reasoning.mode === "enabled" && reasoning.budgetTokens !== undefined) {
    return { reasoning: { max_tokens: reasoning.budgetTokens } };
  }
  if (effort !== undefined) return { reasoning: { effort } };
  return reasoning.mode === undefined ? {} : { reasoning: { enabled: true } };
}

function thinkingSwitch(reasoning: IrReasoning | undefined, effort: IrEffort | undefined): Record<string, unknown> {
  if (effort === "none") return { thinking: { type: "disabled" } };
  return effort !== undefined || reasoning?.mode !== undefined ? { thinking: { type: "enabled" } } : {};
}

function qwenSwitch(reasoning: IrReasoning | undefined, effort: IrEffort | undefined): Record<string, unknown> {
  if (effort === "none") return { enable_thinking: false };
  if (effort === undefined && reasoning?.mode === undefined) return {};
  const fields: Record<string, unknown> = { enable_thinking: true };
  if (reasoning?.mode === "enabled" && reasoning.budgetTokens !== undefined) {
    fields["thinking_budget"] = reasoning.budgetTokens;
  }
  return fields;
}
