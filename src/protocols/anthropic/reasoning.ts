// Thinking configuration and effort, between the wire, the IR and what a model accepts.

import type { LossSink } from "../../core/loss.ts";
import type { IrEffort, IrReasoning, IrRequest } from "../../core/request.ts";
import type { ModelFacts } from "./model-facts.ts";
import { isObject, numberOf, stringOf, type WireObject } from "./wire.ts";

/** Smallest thinking budget in tokens. @source SDK 1.12.0 ThinkingConfigEnabled */
const MIN_BUDGET = 1_024;

/** Tokens left for the answer itself when a budget would fill `max_tokens`. */
const MIN_ANSWER = 1_024;

const MODE_OF_TYPE: ReadonlyMap<string, NonNullable<IrReasoning["mode"]>> = new Map([
  ["enabled", "enabled"],
  ["adaptive", "adaptive"],
  ["disabled", "disabled"],
  ["between_tools", "between-tools"],
]);

const EFFORT_WORDS: ReadonlySet<string> = new Set(["none", "minimal", "low", "medium", "high", "xhigh", "max"]);

/** Budget that stands for an effort on models that only know budgets. @source anthropic-openai.md §A.3 */
const BUDGET_OF_EFFORT: Readonly<Record<IrEffort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 32_768,
  max: 49_152,
};

/** Reads `thinking` and `output_config.effort`; undefined when neither says anything. */
export function decodeReasoning(thinking: unknown, effort: unknown): IrReasoning | undefined {
  const config = isObject(thinking) ? thinking : undefined;
  const mode = MODE_OF_TYPE.get(stringOf(config?.["type"]) ?? "");
  const word = stringOf(effort);
  const known = word !== undefined && EFFORT_WORDS.has(word) ? (word as IrEffort) : undefined;
  if (mode === undefined && known === undefined) return undefined;
  const display = config?.["display"];
  return {
    mode,
    budgetTokens: mode === "enabled" ? numberOf(config?.["budget_tokens"]) : undefined,
    effort: known,
    display: display === "summarized" || display === "omitted" ? display : undefined,
  };
}

/** Whether a client that sent this expects thinking blocks that hold nothing but a signature. */
export function wantsSignatures(reasoning: IrReasoning | undefined): boolean {
  if (!reasoning) return false;
  if (reasoning.mode === undefined) return reasoning.effort !== undefined && reasoning.effort !== "none";
  return reasoning.mode === "enabled" || reasoning.mode === "adaptive";
}

/** Thinking as sent: absent fields are left out of the body. */
export interface EncodedReasoning {
  readonly thinking: WireObject | undefined;
  readonly effort: IrEffort | undefined;
  /** `max_tokens`, raised where the budget needs it. */
  readonly maxTokens: number;
}

/** What decides how thinking is written. */
export interface ReasoningOptions {
  readonly facts: ModelFacts;
  /** The request came from a Messages client, whose words are kept where the model accepts them. */
  readonly isNative: boolean;
  readonly maxTokens: number;
  readonly loss: LossSink;
}

/**
 * Writes `thinking` and `output_config.effort` as the model accepts them: modes that it refuses become the nearest
 * accepted one (recorded as a loss), budgets become efforts on adaptive models and the reverse on older ones.
 */
export function encodeReasoning(request: IrRequest, options: ReasoningOptions): EncodedReasoning {
  const { reasoning } = request;
  const { maxTokens } = options;
  if (!reasoning) return { thinking: undefined, effort: undefined, maxTokens };
  const { mode, effort } = reasoning;
  if (mode === "disabled" || (mode === undefined && effort === "none")) return switchOff(reasoning, options);
  if (mode === "between-tools") {
    if (!options.facts.thinking.betweenTools) return switchOff(reasoning, options);
    return { thinking: { type: "between_tools" }, effort: fitEffort(effort, options), maxTokens };
  }
  if (mode === undefined && options.isNative)
    return { thinking: undefined, effort: fitEffort(effort, options), maxTokens };
  if (mode === "enabled" && options.facts.thinking.enabled) return withBudget(reasoning, options);
  if (options.facts.thinking.adaptive) return adaptive(reasoning, options);
  if (mode === "adaptive" && options.isNative && !options.facts.isClaude) {
    // A server of another maker: its own clients know what it takes.
    return { thinking: { type: "adaptive", ...display(reasoning, options) }, effort, maxTokens };
  }
  if (options.facts.thinking.enabled) return withBudget(reasoning, options);
  options.loss({ kind: "dropped", path: "thinking", feature: "thinking", detail: "the model has no thinking" });
  return { thinking: undefined, effort: undefined, maxTokens };
}

function switchOff(reasoning: IrReasoning, options: ReasoningOptions): EncodedReasoning {
  const { thinking } = options.facts;
  const { maxTokens } = options;
  const effort = reasoning.effort === "none" ? undefined : fitEffort(reasoning.effort, options);
  if (thinking.disabled) return { thinking: { type: "disabled" }, effort, maxTokens };
  options.loss({
    kind: "approximated",
    path: "thinking",
    feature: "thinking-disabled",
    detail: "the model cannot switch thinking off; the least it accepts is sent",
  });
  if (thinking.betweenTools) return { thinking: { type: "between_tools" }, effort, maxTokens };
  return { thinking: undefined, effort: "low", maxTokens };
}

function adaptive(reasoning: IrReasoning, options: ReasoningOptions): EncodedReasoning {
  const { mode, budgetTokens, effort } = reasoning;
  if (mode === "enabled") {
    options.loss({ kind: "approximated", path: "thinking", feature: "thinking-budget", detail: "sent as adaptive" });
  }
  const wanted =
    effort ?? (mode === "enabled" && budgetTokens !== undefined ? effortOfBudget(budgetTokens) : undefined);
  return {
    thinking: { type: "adaptive", ...display(reasoning, options) },
    effort: fitEffort(wanted, options),
    maxTokens: options.maxTokens,
  };
}

function withBudget(reasoning: IrReasoning, options: ReasoningOptions): EncodedReasoning {
  const { facts, isNative, loss } = options;
  if (isNative && reasoning.mode === "enabled" && reasoning.budgetTokens !== undefined) {
    // Interleaved thinking may have a budget above max_tokens: a client of this protocol knows what it asks for.
    const thinking = { type: "enabled", budget_tokens: reasoning.budgetTokens, ...display(reasoning, options) };
    return { thinking, effort: fitEffort(reasoning.effort, options), maxTokens: options.maxTokens };
  }
  const asked = reasoning.budgetTokens ?? BUDGET_OF_EFFORT[reasoning.effort ?? "medium"];
  if (reasoning.mode !== "enabled") {
    loss({ kind: "approximated", path: "thinking", feature: "thinking-effort", detail: "sent as a budget" });
  }
  const limit = facts.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const budget = Math.max(MIN_BUDGET, Math.min(Math.floor(asked), limit - MIN_ANSWER));
  let { maxTokens } = options;
  if (maxTokens <= budget) maxTokens = Math.min(budget + Math.max(maxTokens, MIN_ANSWER), limit);
  if (maxTokens <= budget) {
    loss({ kind: "dropped", path: "thinking", feature: "thinking-budget", detail: "max_tokens leaves no room for it" });
    return { thinking: undefined, effort: undefined, maxTokens: options.maxTokens };
  }
  // Older models know effort only where their facts say so; an effort of another protocol is in the budget already.
  const effort = isNative ? fitEffort(reasoning.effort, options) : undefined;
  return { thinking: { type: "enabled", budget_tokens: budget, ...display(reasoning, options) }, effort, maxTokens };
}

function effortOfBudget(budget: number): IrEffort {
  if (budget <= 1_024) return "low";
  if (budget <= 8_192) return "medium";
  return budget <= 24_576 ? "high" : "xhigh";
}

/** An effort the model accepts: the same, or the nearest lower one, or the lowest; undefined where it knows none. */
function fitEffort(effort: IrEffort | undefined, options: ReasoningOptions): IrEffort | undefined {
  const { efforts, isClaude } = options.facts;
  if (effort === undefined) return undefined;
  if (efforts.length === 0) {
    if (options.isNative && !isClaude) return effort;
    options.loss({ kind: "dropped", path: "output_config.effort", feature: "effort" });
    return undefined;
  }
  if (efforts.includes(effort)) return effort;
  const order = [...EFFORT_WORDS] as IrEffort[];
  const lower = efforts.filter((candidate) => order.indexOf(candidate) < order.indexOf(effort)).at(-1);
  options.loss({ kind: "approximated", path: "output_config.effort", feature: "effort" });
  return lower ?? efforts[0];
}

/** `display`: what the client asked for; for other protocols' clients thinking text, where it would not come by itself. */
function display(reasoning: IrReasoning, options: ReasoningOptions): { display?: "summarized" | "omitted" } {
  if (!options.isNative && !options.facts.isClaude) return {};
  if (reasoning.display === "omitted") {
    return options.isNative || !options.facts.hidesThinkingByDefault ? { display: "omitted" } : {};
  }
  if (reasoning.display !== undefined) return { display: "summarized" };
  return !options.isNative && options.facts.hidesThinkingByDefault ? { display: "summarized" } : {};
}
