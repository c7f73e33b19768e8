import { describe, expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import type { IrReasoning } from "../../core/request.ts";
import { modelFacts } from "./model-facts.ts";
import { decodeReasoning, encodeReasoning, wantsSignatures } from "./reasoning.ts";
import { irRequest } from "./test-support.ts";

function encode(model: string, reasoning: IrReasoning, isNative = false, maxTokens = 32_000) {
  const losses: Loss[] = [];
  const facts = modelFacts(model);
  const result = encodeReasoning(irRequest({ reasoning }), {
    facts,
    isNative,
    maxTokens,
    loss: (loss) => losses.push(loss),
  });
  return { ...result, losses: losses.map((loss) => loss.feature) };
}

describe("decodeReasoning", () => {
  const cases: readonly [unknown, unknown, IrReasoning | undefined][] = [
    [undefined, undefined, undefined],
    [
      { type: "enabled", budget_tokens: 3000, display: "omitted" },
      undefined,
      { mode: "enabled", budgetTokens: 3000, display: "omitted" },
    ],
    [{ type: "adaptive" }, "max", { mode: "adaptive", effort: "max" }],
    [{ type: "disabled" }, undefined, { mode: "disabled" }],
    [{ type: "between_tools" }, undefined, { mode: "between-tools" }],
    [undefined, "low", { effort: "low" }],
    [{ type: "future" }, "huge", undefined],
  ];
  for (const [thinking, effort, expected] of cases) {
    test(`${JSON.stringify(thinking)} with effort ${effort}`, () => {
      if (expected === undefined) expect(decodeReasoning(thinking, effort)).toBeUndefined();
      else expect(decodeReasoning(thinking, effort)).toEqual(expected);
    });
  }
});

describe("encodeReasoning", () => {
  const cases: readonly [string, IrReasoning, unknown, string | undefined][] = [
    ["claude-sonnet-4-5", { effort: "low" }, { type: "enabled", budget_tokens: 1_024 }, undefined],
    ["claude-sonnet-4-5", { effort: "high" }, { type: "enabled", budget_tokens: 24_576 }, undefined],
    ["claude-sonnet-4-6", { effort: "high" }, { type: "adaptive" }, "high"],
    ["claude-sonnet-4-6", { effort: "xhigh" }, { type: "adaptive" }, "high"],
    ["claude-opus-4-7", { effort: "xhigh" }, { type: "adaptive", display: "summarized" }, "xhigh"],
    ["claude-opus-4-7", { effort: "minimal" }, { type: "adaptive", display: "summarized" }, "low"],
    ["claude-opus-4-7", { mode: "adaptive" }, { type: "adaptive", display: "summarized" }, undefined],
    [
      "claude-sonnet-4-6",
      { mode: "enabled", budgetTokens: 5_000 },
      { type: "enabled", budget_tokens: 5_000 },
      undefined,
    ],
    ["claude-sonnet-4-6", { effort: "none" }, { type: "disabled" }, undefined],
    ["claude-sonnet-5-5", { effort: "none" }, { type: "between_tools" }, undefined],
    ["claude-opus-5-5", { effort: "none" }, undefined, "low"],
    ["claude-sonnet-4-6", { mode: "between-tools" }, { type: "disabled" }, undefined],
    ["claude-3-5-sonnet-20241022", { effort: "high" }, undefined, undefined],
    ["glm-5", { effort: "medium" }, { type: "enabled", budget_tokens: 8_192 }, undefined],
  ];
  for (const [model, reasoning, thinking, effort] of cases) {
    test(`${JSON.stringify(reasoning)} towards ${model}`, () => {
      const result = encode(model, reasoning);
      expect(result.thinking).toEqual(thinking as never);
      expect(result.effort).toBe(effort as never);
    });
  }

  test("trap 4: enabled and disabled are rewritten for models that only adapt", () => {
    expect(encode("claude-opus-5-5", { mode: "enabled", budgetTokens: 8_000 }, true)).toMatchObject({
      thinking: { type: "adaptive" },
      effort: "medium",
      losses: ["thinking-budget"],
    });
    expect(encode("claude-opus-5-5", { mode: "disabled" }, true)).toMatchObject({
      thinking: undefined,
      effort: "low",
      losses: ["thinking-disabled"],
    });
  });

  test("what a Messages client says is sent as it is where the model accepts it", () => {
    expect(encode("claude-opus-4-5", { effort: "medium" }, true)).toMatchObject({
      thinking: undefined,
      effort: "medium",
      losses: [],
    });
    expect(
      encode("claude-sonnet-4-5", { mode: "enabled", budgetTokens: 50_000, display: "omitted" }, true, 4_096),
    ).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 50_000, display: "omitted" },
      maxTokens: 4_096,
      losses: [],
    });
    expect(encode("kimi-k2", { mode: "adaptive" }, true)).toMatchObject({ thinking: { type: "adaptive" }, losses: [] });
  });

  test("max_tokens is raised to hold the budget, and thinking dropped where the model cannot", () => {
    expect(encode("claude-sonnet-4-5", { effort: "high" }, false, 4_096)).toMatchObject({ maxTokens: 28_672 });
    expect(encode("claude-opus-4-1", { effort: "max" }, false, 32_000)).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 30_976 },
      maxTokens: 32_000,
    });
  });
});

test("signatures are wanted by clients that think", () => {
  expect(wantsSignatures(undefined)).toBe(false);
  expect(wantsSignatures({ mode: "disabled", effort: "high" })).toBe(false);
  expect(wantsSignatures({ mode: "enabled" })).toBe(true);
  expect(wantsSignatures({ mode: "adaptive" })).toBe(true);
  expect(wantsSignatures({ effort: "none" })).toBe(false);
});
