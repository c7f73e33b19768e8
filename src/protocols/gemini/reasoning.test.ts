import { describe, expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import type { IrReasoning } from "../../core/request.ts";
import { modelFacts } from "./model-facts.ts";
import { decodeReasoning, encodeReasoning } from "./reasoning.ts";
import { request } from "./test-context.ts";

const cases: [
  name: string,
  model: string,
  reasoning: IrReasoning | undefined,
  expected: unknown,
  maxOutputTokens?: number,
][] = [
  [
    "gemini trap 41: 2.5 gets a budget, never a level",
    "gemini-2.5-flash",
    { effort: "high" },
    { thinkingBudget: 24_576, includeThoughts: true },
  ],
  [
    "gemini trap 41: budget and level never travel together",
    "gemini-3-pro-preview",
    { mode: "enabled", budgetTokens: 9000, effort: "low" },
    { thinkingLevel: "HIGH", includeThoughts: true },
  ],
  ["gemini trap 42: effort none on 3.7-flash is LOW", "gemini-3.7-flash", { effort: "none" }, { thinkingLevel: "LOW" }],
  [
    "gemini trap 73: gemma-4 gets a level only",
    "gemma-4-31b-it",
    { mode: "enabled", budgetTokens: 2000 },
    { thinkingLevel: "LOW" },
  ],
  ["2.5-pro cannot be off", "gemini-2.5-pro", { mode: "disabled" }, { thinkingBudget: 128 }],
  ["2.5-flash can", "gemini-2.5-flash", { mode: "disabled" }, { thinkingBudget: 0 }],
  [
    "2.5-flash-lite has a lower bound",
    "models/gemini-2.5-flash-lite",
    { mode: "enabled", budgetTokens: 5 },
    { thinkingBudget: 512, includeThoughts: true },
  ],
  [
    "2.5-pro clamps large budgets",
    "gemini-2.5-pro",
    { mode: "enabled", budgetTokens: 99_999 },
    { thinkingBudget: 32_768, includeThoughts: true },
  ],
  [
    "3-flash knows MINIMAL",
    "gemini-3-flash-preview",
    { effort: "minimal" },
    { thinkingLevel: "MINIMAL", includeThoughts: true },
  ],
  ["3-pro has no MEDIUM: up", "gemini-3-pro", { effort: "medium" }, { thinkingLevel: "HIGH", includeThoughts: true }],
  ["4 takes medium", "gemini-4-argon", { effort: "medium" }, { thinkingLevel: "MEDIUM", includeThoughts: true }],
  [
    "adaptive without effort only asks for thoughts",
    "gemini-2.5-flash",
    { mode: "adaptive" },
    { includeThoughts: true },
  ],
  [
    "hidden thinking is not asked for",
    "gemini-3.5-flash",
    { mode: "adaptive", effort: "low", display: "omitted" },
    { thinkingLevel: "LOW" },
  ],
  ["no wish, no field", "gemini-3.5-flash", undefined, undefined],
  [
    "gemini trap 10: a probe with one token thinks as little as possible",
    "gemini-3-flash",
    undefined,
    { thinkingLevel: "MINIMAL" },
    1,
  ],
  [
    "no thoughts are asked of a model that must not think",
    "gemini-2.5-flash",
    { effort: "minimal" },
    { thinkingBudget: 0 },
  ],
  ["2.0 cannot think", "gemini-2.0-flash", { effort: "high" }, undefined],
];

describe("thinkingConfig", () => {
  for (const [name, model, reasoning, expected, maxOutputTokens] of cases) {
    test(name, () => {
      const losses: Loss[] = [];
      expect(encodeReasoning(request({ reasoning, maxOutputTokens }), modelFacts(model), losses)).toEqual(
        expected as Record<string, unknown>,
      );
      expect(losses.length).toBe(model === "gemini-2.0-flash" ? 1 : 0);
    });
  }

  const decoded: [unknown, IrReasoning | undefined][] = [
    [undefined, undefined],
    [{}, undefined],
    [{ thinkingBudget: 0 }, { mode: "disabled" }],
    [{ thinkingBudget: -1 }, { mode: "adaptive", display: "omitted" }],
    [
      { thinking_budget: 512, include_thoughts: true },
      { mode: "enabled", budgetTokens: 512, display: "summarized" },
    ],
    [{ thinking_level: "low" }, { mode: "adaptive", effort: "low", display: "omitted" }],
    [{ thinkingLevel: "XHIGH" }, { mode: "adaptive", effort: "xhigh", display: "omitted" }],
    [{ includeThoughts: true }, { mode: "adaptive", display: "summarized" }],
  ];
  for (const [wire, expected] of decoded) {
    test(`reads ${JSON.stringify(wire) ?? "nothing"}`, () => {
      expect(decodeReasoning(wire)).toEqual(expected as IrReasoning);
    });
  }
});

describe("model facts", () => {
  test("names of every kind find their generation", () => {
    expect(modelFacts("publishers/google/models/gemini-2.5-pro").thinking.type).toBe("budget");
    expect(modelFacts("gemini-live-2.5-flash-preview").thinking.type).toBe("budget");
    expect(modelFacts("gemini-flash-latest").acceptsSampling).toBe(false);
    expect(modelFacts("gemini-1.5-flash").outputTokenLimit).toBe(8192);
    expect(modelFacts("gemini-3.5-flash-lite").acceptsSampling).toBe(false);
    expect(modelFacts("gemini-3.5-flash").acceptsSampling).toBe(true);
    expect(modelFacts("my-alias").acceptsSampling).toBe(true);
    expect(modelFacts("gemma-3-27b-it").thinking.type).toBe("none");
  });
});
