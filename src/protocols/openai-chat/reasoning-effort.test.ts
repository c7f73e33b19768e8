import { describe, expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import type { IrEffort, IrReasoning } from "../../core/request.ts";
import type { UpstreamQuirks } from "../protocol.ts";
import { dialectOf } from "./dialect.ts";
import { decodeReasoning, effortOf, encodeReasoning } from "./reasoning-effort.ts";
import { targetAt } from "./test-support.ts";

describe("decodeReasoning", () => {
  const cases: { body: object; expected: IrReasoning | undefined }[] = [
    { body: {}, expected: undefined },
    { body: { reasoning_effort: "xhigh" }, expected: { effort: "xhigh" } },
    { body: { reasoning_effort: "frantic" }, expected: undefined },
    { body: { reasoning: { effort: "low", exclude: true } }, expected: { effort: "low", display: "omitted" } },
    { body: { reasoning: { max_tokens: 2000 } }, expected: { budgetTokens: 2000, mode: "enabled" } },
    { body: { reasoning: { enabled: true } }, expected: { mode: "adaptive" } },
    { body: { thinking: { type: "disabled" } }, expected: { mode: "disabled" } },
    { body: { thinking: { type: "enabled", budget_tokens: 9 } }, expected: { mode: "enabled", budgetTokens: 9 } },
    { body: { enable_thinking: false }, expected: { mode: "disabled" } },
    { body: { enable_thinking: true, thinking_budget: 7 }, expected: { mode: "enabled", budgetTokens: 7 } },
    { body: { chat_template_kwargs: { enable_thinking: false } }, expected: { mode: "disabled" } },
  ];
  for (const { body, expected } of cases) {
    test(JSON.stringify(body), () => expect(decodeReasoning(body)).toEqual(expected));
  }
});

describe("effortOf", () => {
  const cases: [reasoning: IrReasoning | undefined, expected: IrEffort | undefined][] = [
    [undefined, undefined],
    [{ mode: "adaptive" }, undefined],
    [{ mode: "enabled", budgetTokens: 1024 }, "low"],
    [{ mode: "enabled", budgetTokens: 8192 }, "medium"],
    [{ mode: "enabled", budgetTokens: 24576 }, "high"],
    [{ mode: "enabled", budgetTokens: 30000 }, "xhigh"],
    [{ mode: "enabled", budgetTokens: 30000, effort: "low" }, "low"],
    [{ mode: "disabled" }, "none"],
    [{ mode: "between-tools" }, "none"],
  ];
  for (const [reasoning, expected] of cases) {
    test(JSON.stringify(reasoning) ?? "nothing", () => expect(effortOf(reasoning)).toBe(expected));
  }
});

describe("encodeReasoning", () => {
  const OPENAI = "https://api.openai.com/v1";
  const cases: {
    name: string;
    url: string;
    model: string;
    quirks?: UpstreamQuirks;
    reasoning?: IrReasoning;
    tools?: boolean;
    expected: Record<string, unknown>;
    losses: number;
  }[] = [
    {
      name: "trap 7: tools and effort on 5.6",
      url: OPENAI,
      model: "gpt-5.6-sol",
      reasoning: { effort: "high" },
      tools: true,
      expected: { reasoning_effort: "none" },
      losses: 1,
    },
    {
      name: "trap 7: tools without any effort",
      url: OPENAI,
      model: "gpt-6-mini",
      tools: true,
      expected: { reasoning_effort: "none" },
      losses: 1,
    },
    {
      name: "trap 7: tools and effort at a relay that refused them",
      url: "https://relay.example/v1",
      model: "openai/gpt-5.6",
      quirks: { toolsNeedNoEffort: true },
      reasoning: { effort: "high" },
      tools: true,
      expected: { reasoning_effort: "none" },
      losses: 1,
    },
    {
      name: "trap 7: another model of that relay",
      url: "https://relay.example/v1",
      model: "glm-5",
      quirks: { toolsNeedNoEffort: true },
      reasoning: { effort: "high" },
      tools: true,
      expected: { reasoning_effort: "high" },
      losses: 0,
    },
    {
      name: "trap 7: a deployment of Azure under a name of its own",
      url: "https://x.openai.azure.com/openai/v1",
      model: "my-deployment",
      quirks: { toolsNeedNoEffort: true },
      tools: true,
      expected: { reasoning_effort: "none" },
      losses: 1,
    },
    {
      name: "a model without reasoning, behind a relay",
      url: "https://relay.example/v1",
      model: "gpt-4.1",
      reasoning: { mode: "enabled", budgetTokens: 4000 },
      expected: {},
      losses: 1,
    },
    {
      name: "thinking switched off, behind a relay, for a model that cannot",
      url: "https://relay.example/v1",
      model: "gpt-5",
      reasoning: { mode: "disabled" },
      expected: { reasoning_effort: "minimal" },
      losses: 1,
    },
    {
      name: "a relay that may take both",
      url: "https://relay.example/v1",
      model: "gpt-5.6",
      reasoning: { effort: "high" },
      tools: true,
      expected: { reasoning_effort: "high" },
      losses: 0,
    },
    {
      name: "tools and `none` lose nothing",
      url: OPENAI,
      model: "gpt-5.4",
      reasoning: { mode: "disabled" },
      tools: true,
      expected: { reasoning_effort: "none" },
      losses: 0,
    },
    {
      name: "tools on an older model",
      url: OPENAI,
      model: "gpt-5.2",
      reasoning: { effort: "high" },
      tools: true,
      expected: { reasoning_effort: "high" },
      losses: 0,
    },
    {
      name: "no tools",
      url: OPENAI,
      model: "gpt-5.6",
      reasoning: { effort: "max" },
      expected: { reasoning_effort: "max" },
      losses: 0,
    },
    {
      name: "o3 knows no xhigh",
      url: OPENAI,
      model: "o3",
      reasoning: { effort: "xhigh" },
      expected: { reasoning_effort: "high" },
      losses: 1,
    },
    {
      name: "gpt-5 knows no none",
      url: OPENAI,
      model: "gpt-5",
      reasoning: { mode: "disabled" },
      expected: { reasoning_effort: "minimal" },
      losses: 1,
    },
    {
      name: "gpt-4.1 does not reason",
      url: OPENAI,
      model: "gpt-4.1",
      reasoning: { effort: "high" },
      expected: {},
      losses: 1,
    },
    {
      name: "OpenRouter by budget",
      url: "https://openrouter.ai/api/v1",
      model: "x/y",
      reasoning: { mode: "enabled", budgetTokens: 99 },
      expected: { reasoning: { max_tokens: 99 } },
      losses: 0,
    },
    {
      name: "OpenRouter by effort",
      url: "https://openrouter.ai/api/v1",
      model: "x/y",
      reasoning: { effort: "low" },
      expected: { reasoning: { effort: "low" } },
      losses: 0,
    },
    {
      name: "OpenRouter adaptive",
      url: "https://openrouter.ai/api/v1",
      model: "x/y",
      reasoning: { mode: "adaptive" },
      expected: { reasoning: { enabled: true } },
      losses: 0,
    },
    {
      name: "DeepSeek on",
      url: "https://api.deepseek.com",
      model: "deepseek-chat",
      reasoning: { mode: "adaptive" },
      expected: { thinking: { type: "enabled" } },
      losses: 0,
    },
    {
      name: "Kimi off",
      url: "https://api.moonshot.ai/v1",
      model: "kimi-k2.5",
      reasoning: { mode: "disabled" },
      expected: { thinking: { type: "disabled" } },
      losses: 0,
    },
    {
      name: "Qwen budget",
      url: "https://dashscope.aliyuncs.com/compatible-mode/v1",
      model: "qwen3-max",
      reasoning: { mode: "enabled", budgetTokens: 5 },
      expected: { enable_thinking: true, thinking_budget: 5 },
      losses: 0,
    },
    {
      name: "Qwen off",
      url: "https://dashscope.aliyuncs.com/compatible-mode/v1",
      model: "qwen3-max",
      reasoning: { mode: "disabled" },
      expected: { enable_thinking: false },
      losses: 0,
    },
    {
      name: "an unknown server gets a common word",
      url: "http://localhost:8000",
      model: "m",
      reasoning: { effort: "max" },
      expected: { reasoning_effort: "high" },
      losses: 1,
    },
    {
      name: "Mistral has no field",
      url: "https://api.mistral.ai/v1",
      model: "m",
      reasoning: { effort: "low" },
      expected: {},
      losses: 1,
    },
    { name: "nothing asked, nothing said", url: "http://localhost:8000", model: "m", expected: {}, losses: 0 },
  ];
  for (const { name, url, model, quirks, reasoning, tools, expected, losses } of cases) {
    test(name, () => {
      const found: Loss[] = [];
      const dialect = dialectOf(targetAt(url, model, quirks));
      const target = { dialect, model, hasFunctionTools: tools === true, loss: (loss: Loss) => found.push(loss) };
      expect(encodeReasoning(reasoning, target)).toEqual(expected);
      expect(found).toHaveLength(losses);
    });
  }
});
