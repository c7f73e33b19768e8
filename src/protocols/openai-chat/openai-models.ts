// What the names of OpenAI's own models say about them.

import type { IrEffort } from "../../core/request.ts";

const GPT = /^gpt-(\d+)(?:\.(\d+))?/;

/** Model name without a provider prefix, in lower case: `openai/gpt-5` gives `gpt-5`. */
export function bareModel(model: string): string {
  return model.slice(model.lastIndexOf("/") + 1).toLowerCase();
}

/** Version of a GPT model as major * 100 + minor: 504 for `gpt-5.4-mini`; undefined for other names. */
export function gptVersion(model: string): number | undefined {
  const match = GPT.exec(bareModel(model));
  if (!match) return undefined;
  return Number(match[1]) * 100 + Number(match[2] ?? 0);
}

/** Whether an OpenAI model reasons, and so takes `developer`, effort, and no sampling fields. */
export function isReasoningModel(model: string): boolean {
  const name = bareModel(model);
  if (name.includes("-chat")) return false;
  if (/^o\d/.test(name) || name.startsWith("codex")) return true;
  return (gptVersion(name) ?? 0) >= 500;
}

/** Whether an OpenAI model is known not to reason: it refuses any effort. */
export function isPlainModel(model: string): boolean {
  const name = bareModel(model);
  return (gptVersion(name) !== undefined || name.startsWith("chatgpt-")) && !isReasoningModel(name);
}

/** Whether chat refuses function tools unless the effort is `none` (anthropic-openai.md §0.6). */
export function toolsNeedNoEffort(model: string): boolean {
  return isReasoningModel(model) && (gptVersion(model) ?? 0) >= 504;
}

/** The nearest effort that an OpenAI reasoning model accepts. */
export function clampOpenAiEffort(effort: IrEffort, model: string): IrEffort {
  const version = gptVersion(model) ?? 0;
  const isCodex = bareModel(model).includes("codex");
  switch (effort) {
    case "none":
      if (version >= 501) return "none";
      return version >= 500 && !isCodex ? "minimal" : "low";
    case "minimal":
      return version >= 500 && version < 501 && !isCodex ? "minimal" : "low";
    case "xhigh":
      return version >= 502 || bareModel(model).includes("codex-max") ? "xhigh" : "high";
    case "max":
      if (version >= 506) return "max";
      return version >= 502 ? "xhigh" : "high";
    default:
      return effort;
  }
}
