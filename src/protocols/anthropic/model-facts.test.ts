import { describe, expect, test } from "bun:test";
import { modelFacts } from "./model-facts.ts";

describe("modelFacts", () => {
  const cases: readonly [string, Partial<ReturnType<typeof modelFacts>>][] = [
    ["claude-3-opus-20240229", { sampling: "all", maxOutputTokens: 4_096, prefill: true }],
    ["claude-3-5-haiku-latest", { sampling: "all", maxOutputTokens: 8_192 }],
    ["claude-3-7-sonnet-20250219", { sampling: "all", maxOutputTokens: 64_000, structuredOutput: false }],
    ["claude-opus-4-20250514", { sampling: "all", maxOutputTokens: 32_000 }],
    ["claude-opus-4-1-20250805", { sampling: "one", maxOutputTokens: 32_000, structuredOutput: true }],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", { sampling: "one", maxOutputTokens: 64_000, efforts: [] }],
    ["anthropic/claude-haiku-4.5", { sampling: "one", prefill: true, structuredOutput: true }],
    ["claude-opus-4-5", { efforts: ["low", "medium", "high"] }],
    ["claude-opus-4-6", { sampling: "one", prefill: false, maxOutputTokens: 128_000 }],
    ["claude-opus-4-7", { sampling: "none", maxOutputTokens: 128_000, midSystem: false, hidesThinkingByDefault: true }],
    ["claude-opus-4-8", { midSystem: true, forcedTools: true }],
    ["claude-sonnet-5", { sampling: "none", maxOutputTokens: 128_000, forcedTools: true, prefill: false }],
    ["claude-opus-5-5", { forcedTools: false }],
    ["claude-fable-5-1", { forcedTools: false }],
    ["claude-fable-5", { forcedTools: true }],
    ["claude-sonnet-5-5", { forcedTools: true }],
    ["claude-mythos-preview", { sampling: "none", forcedTools: false }],
    ["claude-next", { isClaude: true, sampling: "none" }],
    ["glm-5", { isClaude: false, sampling: "all", forcedTools: true, maxOutputTokens: undefined }],
    ["kimi-k2-thinking", { isClaude: false }],
  ];
  for (const [model, expected] of cases) {
    test(`knows ${model}`, () => expect(modelFacts(model)).toMatchObject(expected));
  }

  const thinking: readonly [string, string][] = [
    ["claude-3-5-sonnet-20241022", "disabled"],
    ["claude-sonnet-4-5", "enabled disabled"],
    ["claude-sonnet-4-6", "enabled adaptive disabled"],
    ["claude-opus-4-7", "adaptive disabled"],
    ["claude-opus-5", "adaptive disabled"],
    ["claude-opus-5-5", "adaptive"],
    ["claude-fable-5-1", "adaptive"],
    ["claude-sonnet-5-5", "adaptive betweenTools"],
    ["claude-haiku-5-5", "adaptive betweenTools"],
  ];
  for (const [model, expected] of thinking) {
    test(`knows the thinking types of ${model}`, () => {
      const types = Object.entries(modelFacts(model).thinking).filter(([, isAccepted]) => isAccepted);
      expect(types.map(([name]) => name).join(" ")).toBe(expected);
    });
  }
});
