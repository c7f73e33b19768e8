// Reasoning settings and reasoning items in both directions.

import type { Opaque, ReasoningBlock } from "../../core/block.ts";
import type { Loss } from "../../core/loss.ts";
import { isOpaqueEnvelope, opaqueForClient, opaqueFromClient } from "../../core/opaque-envelope.ts";
import type { IrEffort, IrReasoning } from "../../core/request.ts";
import { optionalString } from "./validate.ts";
import { compact, type JsonObject, objectsOf, PROTOCOL_ID, stringOf } from "./wire.ts";

/** Joins the parts of one item's summary. */
export const SUMMARY_SEPARATOR = "\n\n";

/** Marks an envelope that stands for a whole encrypted block rather than for the signature of an empty one. */
const REDACTED_SUFFIX = ".redacted";

const EFFORTS: ReadonlySet<string> = new Set(["none", "minimal", "low", "medium", "high", "xhigh", "max"]);

/** What OpenAI's public model names say about reasoning; `unknown` for everybody else's. */
export type ReasoningSupport = "yes" | "no" | "unknown";

/** Judges by name: o-series and gpt-5 onwards reason, gpt-3/gpt-4 do not; vendor prefixes are ignored. */
export function reasoningSupport(model: string): ReasoningSupport {
  const name = bareName(model);
  if (/^(o[1-9]|codex-)/.test(name)) return "yes";
  if (/^chatgpt-/.test(name)) return "no";
  const version = /^gpt-(\d+)/.exec(name);
  if (!version) return "unknown";
  if (Number(version[1]) < 5) return "no";
  return name.startsWith("gpt-5-chat") ? "no" : "yes";
}

/** Effort levels by model family, newest last; a model that fits none takes them all. */
const EFFORT_LIMITS: readonly { readonly pattern: RegExp; readonly levels: readonly IrEffort[] }[] = [
  { pattern: /^o[1-9]/, levels: ["low", "medium", "high"] },
  { pattern: /^gpt-5(-|$)/, levels: ["minimal", "low", "medium", "high"] },
  { pattern: /^gpt-5\.1(-|$)(?!codex-max)/, levels: ["none", "low", "medium", "high"] },
  { pattern: /^gpt-5\.[1-5](-|$)/, levels: ["none", "low", "medium", "high", "xhigh"] },
];

const ALL_LEVELS: readonly IrEffort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** Reads `reasoning`; undefined when it says nothing that the neutral form can hold. */
export function decodeReasoning(reasoning: JsonObject | undefined): IrReasoning | undefined {
  if (!reasoning) return undefined;
  const effort = optionalString(reasoning["effort"], "reasoning.effort");
  const summary = optionalString(reasoning["summary"], "reasoning.summary") ?? stringOf(reasoning["generate_summary"]);
  if (effort === undefined && summary === undefined) return undefined;
  return compact({
    effort: isEffort(effort) ? effort : undefined,
    summary,
    display: summary === undefined || summary === "none" ? undefined : ("summarized" as const),
  });
}

/** `reasoning` for an upstream; undefined when there is nothing to say or the model cannot reason. */
export function encodeReasoning(
  reasoning: IrReasoning | undefined,
  model: string,
  losses: Loss[],
): JsonObject | undefined {
  if (!reasoning) return undefined;
  const effort = encodeEffort(reasoning, model, losses);
  const summary = effort === "none" ? undefined : encodeSummary(reasoning);
  if (effort === undefined && summary === undefined) return undefined;
  if (reasoningSupport(model) === "no") {
    if (effort !== "none") losses.push({ kind: "dropped", path: "reasoning", feature: "reasoning" });
    return undefined;
  }
  return compact({ effort, summary });
}

function encodeEffort(reasoning: IrReasoning, model: string, losses: Loss[]): IrEffort | undefined {
  const wanted = reasoning.effort ?? effortOfMode(reasoning, losses);
  if (wanted === undefined) return undefined;
  const name = bareName(model);
  const levels = EFFORT_LIMITS.find((limit) => limit.pattern.test(name))?.levels ?? ALL_LEVELS;
  if (levels.includes(wanted)) return wanted;
  losses.push({ kind: "approximated", path: "reasoning.effort", feature: "reasoning-effort" });
  return nearestLevel(wanted, levels);
}

function effortOfMode(reasoning: IrReasoning, losses: Loss[]): IrEffort | undefined {
  if (reasoning.mode === "disabled" || reasoning.mode === "between-tools") return "none";
  const budget = reasoning.budgetTokens;
  if (reasoning.mode !== "enabled" || budget === undefined || budget < 0) return undefined;
  losses.push({ kind: "approximated", path: "reasoning.effort", feature: "thinking-budget" });
  if (budget <= 1024) return "low";
  if (budget <= 8192) return "medium";
  return budget <= 24_576 ? "high" : "xhigh";
}

/** The highest level not above the wanted one, else the lowest there is. */
function nearestLevel(wanted: IrEffort, levels: readonly IrEffort[]): IrEffort | undefined {
  const rank = ALL_LEVELS.indexOf(wanted);
  return levels.findLast((level) => ALL_LEVELS.indexOf(level) <= rank) ?? levels[0];
}

function encodeSummary(reasoning: IrReasoning): string | undefined {
  if (reasoning.summary !== undefined) return reasoning.summary;
  if (reasoning.display === "omitted") return undefined;
  // Without a summary the API sends no thinking text at all; clients that show thinking asked for it by its mode.
  const isShown = reasoning.display !== undefined || reasoning.mode === "enabled" || reasoning.mode === "adaptive";
  return isShown ? "auto" : undefined;
}

/** The visible text of a reasoning item: the summary, or the raw thinking of servers that show it. */
export function reasoningText(item: JsonObject): { readonly text: string; readonly isSummary: boolean } {
  const summary = joinTexts(item["summary"]);
  if (summary !== "") return { text: summary, isSummary: true };
  const content = joinTexts(item["content"]);
  return { text: content, isSummary: content === "" };
}

/** Reads a reasoning item that a client sends back. */
export function decodeReasoningItem(item: JsonObject): ReasoningBlock {
  const encrypted = stringOf(item["encrypted_content"]) ?? "";
  const redacted = isOpaqueEnvelope(encrypted) && encrypted.endsWith(REDACTED_SUFFIX);
  const carrier = redacted ? encrypted.slice(0, -REDACTED_SUFFIX.length) : encrypted;
  return compact({
    type: "reasoning" as const,
    ...reasoningText(item),
    redacted: redacted || undefined,
    opaque: opaqueFromClient(carrier, PROTOCOL_ID),
    id: stringOf(item["id"]),
  });
}

/** `encrypted_content` for a client: our own upstreams' payload as it is, a foreign one in an envelope. */
export function encryptedContent(opaque: Opaque, redacted: boolean): string {
  const text = opaqueForClient(opaque, PROTOCOL_ID);
  return redacted && opaque.origin.protocol !== PROTOCOL_ID ? text + REDACTED_SUFFIX : text;
}

function joinTexts(parts: unknown): string {
  return objectsOf(parts)
    .map((part) => stringOf(part["text"]) ?? "")
    .filter((text) => text !== "")
    .join(SUMMARY_SEPARATOR);
}

function isEffort(word: string | undefined): word is IrEffort {
  return word !== undefined && EFFORTS.has(word);
}

function bareName(model: string): string {
  return model.slice(model.lastIndexOf("/") + 1).toLowerCase();
}
