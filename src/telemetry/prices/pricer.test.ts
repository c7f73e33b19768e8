import { describe, expect, test } from "bun:test";
import type { PriceOverride } from "../../config/config.ts";
import type { AttemptRecord, RequestRecord } from "../../core/request-record.ts";
import type { IrUsage } from "../../core/usage.ts";
import { bundledPrices, createPriceTable, priceAt } from "./price-table.ts";
import { priceUsage, rateFor } from "./price-usage.ts";
import { createPricer } from "./pricer.ts";

const NOW = Date.UTC(2026, 10, 28, 12);
const MILLION = 1_000_000;

const TABLE = createPriceTable({
  source: "made for tests",
  licence: "MIT",
  date: "2026-11-28",
  providers: [
    {
      id: "maker",
      api: "https://api\\.maker\\.com",
      vendorOf: "^m-",
      models: [
        {
          id: "m-old",
          match: ["|", "=m-old", "/^m-old-\\d{8}$"],
          prices: [{ i: 1, o: 4, r: 0.1, w: 1.25, w1: 2, s: 10 }],
        },
        { id: "m-tiered", match: "^m-tiered", prices: [{ i: [1, [200_000, 2]], o: [4, [200_000, 6]] }] },
        {
          id: "m-peak",
          match: "=m-peak",
          prices: [
            { i: 1, o: 2 },
            { i: 2, o: 4, from: "2026-08-01" },
            { i: 3, o: 6, daily: [60, 240] },
          ],
          tiers: { priority: { i: 20, o: 40 } },
        },
      ],
    },
    { id: "aws", api: "https://bedrock", models: [{ id: "other", match: "=other", prices: [{ i: 1, o: 1 }] }] },
    {
      id: "shop",
      api: "https://shop\\.example\\.com/",
      models: [{ id: "m-old", match: "=maker/m-old", prices: [{ i: 9, o: 9 }] }],
    },
  ],
});

describe("what token counts cost", () => {
  const price = { i: 1, o: 4, r: 0.1, w: 1.25, w1: 2, s: 10 };
  const cases: { name: string; usage: IrUsage; expected: number | null; price?: object }[] = [
    { name: "nothing", usage: {}, expected: 0 },
    { name: "input and output", usage: { inputTokens: MILLION, outputTokens: MILLION }, expected: 5 },
    { name: "cache reads", usage: { inputTokens: 0, cacheReadTokens: MILLION }, expected: 0.1 },
    {
      name: "cache writes of both lifetimes",
      usage: { inputTokens: 0, cacheWriteTokens: 3 * MILLION, cacheWrite1hTokens: MILLION },
      expected: 4.5,
    },
    { name: "more hour-long writes than writes", usage: { cacheWriteTokens: 0, cacheWrite1hTokens: 5 }, expected: 0 },
    { name: "reasoning as output", usage: { outputTokens: MILLION, reasoningTokens: MILLION }, expected: 4 },
    {
      name: "reasoning with a rate of its own",
      usage: { outputTokens: 2 * MILLION, reasoningTokens: MILLION },
      price: { o: 1, t: 3 },
      expected: 4,
    },
    { name: "web searches", usage: { outputTokens: 0, webSearchRequests: 100 }, expected: 1 },
    { name: "caches without a rate as input", usage: { cacheReadTokens: MILLION }, price: { i: 2, o: 1 }, expected: 2 },
    { name: "a part of unknown rate", usage: { inputTokens: 1, outputTokens: 1 }, price: { i: 1 }, expected: null },
    {
      name: "an unknown rate that is not needed",
      usage: { inputTokens: MILLION, outputTokens: 0 },
      price: { i: 1 },
      expected: 1,
    },
  ];
  for (const { name, usage, expected, price: own } of cases)
    test(`counts ${name}`, () => {
      const cost = priceUsage(own ?? price, usage);
      if (expected === null) expect(cost).toBeNull();
      else expect(cost).toBeCloseTo(expected, 9);
    });

  test("takes the rate of the whole prompt, caches included, above a bound", () => {
    const model = TABLE.find("https://api.maker.com/v1", "m-tiered-2")?.model;
    const at = (usage: IrUsage) => priceUsage(model?.prices[0] ?? {}, usage);
    expect(at({ inputTokens: 200_000 })).toBeCloseTo(0.2, 9);
    expect(at({ inputTokens: 100_000, cacheReadTokens: 100_001 })).toBeCloseTo(0.400002, 9);
    expect(rateFor([1, [10, 2], [20, 3]], 21)).toBe(3);
  });
});

describe("the price of a model", () => {
  const find = (url: string, model: string) => TABLE.find(url, model)?.model.id;

  test("is that of the provider of the URL, dated names and cases included", () => {
    expect(find("https://api.maker.com/v1/messages", "m-old")).toBe("m-old");
    expect(find("https://api.maker.com/v1/messages", "M-OLD")).toBe("m-old");
    expect(find("https://api.maker.com/v1/messages", "m-old-20260101")).toBe("m-old");
    expect(find("https://api.maker.com/v1/messages", "m-old-beta")).toBeUndefined();
    expect(TABLE.find("https://shop.example.com/v1", "maker/m-old")?.provider).toBe("shop");
  });

  test("is the maker's on clouds and on hosts that nobody knows, in their spellings", () => {
    expect(find("https://bedrock-runtime.eu.amazonaws.com", "eu.anthropic.m-old-20260101-v1:0")).toBe("m-old");
    expect(find("https://relay.company.com/v1", "maker/m-old")).toBe("m-old");
    expect(find("https://relay.company.com/v1", "m-old@20260101")).toBe("m-old");
    expect(find("https://relay.company.com/v1", "models/m-old")).toBe("m-old");
  });

  test("is unknown on this machine and in private networks", () => {
    for (const url of [
      "http://127.0.0.1:1234/v1",
      "http://localhost/v1",
      "http://10.0.0.2/v1",
      "http://[::1]/v1",
      "http://nas.local/v1",
      "",
    ])
      expect([url, find(url, "m-old")]).toEqual([url, undefined]);
  });

  test("follows date, time of day and service tier", () => {
    const model = TABLE.find("https://api.maker.com", "m-peak")?.model;
    if (!model) throw new Error("expected the model");
    expect(priceAt(model, Date.UTC(2026, 6, 1, 12), undefined).i).toBe(1);
    expect(priceAt(model, NOW, undefined).i).toBe(2);
    expect(priceAt(model, Date.UTC(2026, 10, 28, 3, 59), undefined).i).toBe(3);
    expect(priceAt(model, Date.UTC(2026, 10, 28, 4), undefined).i).toBe(2);
    expect(priceAt(model, NOW, "priority")).toMatchObject({ i: 20, o: 40 });
    expect(priceAt(model, NOW, "constructor").i).toBe(2);
  });

  test("has no trouble with names that are no names", () => {
    for (const model of ["", "__proto__", "constructor", "x".repeat(100_000), "a/b/c/../..", "*", "^m-"])
      expect(find("https://api.maker.com", model)).toBeUndefined();
  });
});

describe("the bundled table", () => {
  const table = bundledPrices();

  test("tells its source, licence and date", () => {
    expect(table.source).toContain("genai-prices");
    expect(table.licence).toBe("MIT");
    expect(table.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });

  test("knows the providers' current models, all with rates that make sense", () => {
    const known: [string, string, string][] = [
      ["https://api.anthropic.com/v1/messages", "claude-opus-4-6", "anthropic"],
      ["https://api.openai.com/v1/responses", "gpt-5.5", "openai"],
      ["https://generativelanguage.googleapis.com/v1beta", "gemini-2.5-pro", "google"],
      ["https://aiplatform.googleapis.com/v1", "claude-sonnet-4-5@20250929", "google"],
      ["https://api.deepseek.com/anthropic/v1/messages", "deepseek-v4-pro", "deepseek"],
      ["https://api.moonshot.cn/v1", "kimi-k2.5", "moonshotai"],
      ["https://open.bigmodel.cn/api/anthropic/v1", "glm-5", "zhipuai"],
      ["https://api.z.ai/api/anthropic/v1", "glm-5", "zai"],
      ["https://api.minimax.io/anthropic/v1", "MiniMax-M2.5", "minimax"],
      ["https://api.x.ai/v1", "grok-4", "x-ai"],
      ["https://api.mistral.ai/v1", "mistral-large-latest", "mistral"],
      ["https://api.groq.com/openai/v1", "llama-3.3-70b-versatile", "groq"],
      ["https://openrouter.ai/api/v1", "anthropic/claude-opus-4.6", "openrouter"],
      ["https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "qwen3-coder-plus", "alibaba"],
      ["https://bedrock-runtime.us-east-1.amazonaws.com", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws"],
    ];
    for (const [url, model, provider] of known) {
      const found = table.find(url, model);
      expect([model, found?.provider]).toEqual([model, provider]);
      const price = found && priceAt(found.model, NOW, undefined);
      expect(price?.i).toBeDefined();
      expect(price?.o).toBeDefined();
    }
    for (const { models } of table.providers)
      for (const { prices } of models)
        for (const price of prices)
          for (const rate of [price.i, price.o, price.r, price.w])
            expect(rateFor(rate ?? 0, 0)).toBeGreaterThanOrEqual(0);
  });
});

const ATTEMPT: AttemptRecord = {
  upstreamId: "a",
  keyMasked: "",
  protocol: "anthropic",
  model: "m-old",
  url: "https://api.maker.com/v1/messages",
  lane: "pass-through",
  status: 200,
  outcome: "ok",
  startedMs: 0,
  totalMs: 1,
  lossCount: 0,
  usage: { inputTokens: MILLION, outputTokens: MILLION },
};

function record(...attempts: AttemptRecord[]): RequestRecord {
  return {
    id: "r",
    startedAt: NOW,
    method: "POST",
    path: "/v1/messages",
    clientProtocol: "anthropic",
    model: "asked",
    stream: false,
    status: 200,
    outcome: "ok",
    durationMs: 1,
    losses: [],
    attempts,
  };
}

function override(changes: Partial<PriceOverride>): PriceOverride {
  const nothing = { input: null, output: null, cacheRead: null, cacheWrite: null, reasoning: null };
  return { model: "m-old", upstreamId: undefined, ...nothing, ...changes };
}

describe("pricing a request", () => {
  const price = (prices: readonly PriceOverride[], ...attempts: AttemptRecord[]) => {
    const priced = createPricer({ prices }, () => TABLE).price(record(...attempts));
    return [priced.costUsd, ...priced.attempts.map((attempt) => attempt.costUsd)];
  };

  test("adds up its attempts, failed and aborted ones too", () => {
    const broken: AttemptRecord = { ...ATTEMPT, outcome: "cut", usage: { inputTokens: MILLION }, usageEstimated: true };
    expect(price([], broken, ATTEMPT)).toEqual([6, 1, 5]);
  });

  test("says nothing rather than 0 where a price or the counts are not known", () => {
    expect(price([], { ...ATTEMPT, model: "mystery" })).toEqual([null, null]);
    expect(price([], { ...ATTEMPT, usage: undefined })).toEqual([null, null]);
    expect(price([], { ...ATTEMPT, usage: undefined, outcome: "cut", mayHaveBilled: true }, ATTEMPT)).toEqual([
      null,
      null,
      5,
    ]);
  });

  test("costs nothing where nothing was used", () => {
    expect(price([])).toEqual([0]);
    expect(price([], { ...ATTEMPT, usage: undefined, outcome: "connect_refused", status: 0 }, ATTEMPT)).toEqual([
      5, 0, 5,
    ]);
  });

  test("leaves alone what is known to be on no bill", () => {
    expect(price([], { ...ATTEMPT, model: "mystery", usage: undefined, costUsd: 0 }, ATTEMPT)).toEqual([5, 0, 5]);
  });

  test("lets the operator's prices win: whole names before patterns, one upstream before all", () => {
    const prices = [
      override({ model: "m-*", input: 100, output: 100 }),
      override({ input: 10, output: 10 }),
      override({ upstreamId: "a", input: 2, output: 3 }),
      override({ model: "mystery", upstreamId: "b", input: 0, output: 0 }),
    ];
    expect(price(prices, ATTEMPT)).toEqual([5, 5]);
    expect(price(prices, { ...ATTEMPT, upstreamId: "b" })).toEqual([20, 20]);
    expect(price(prices, { ...ATTEMPT, model: "m-x" })).toEqual([200, 200]);
    expect(price(prices, { ...ATTEMPT, model: "mystery", upstreamId: "b" })).toEqual([0, 0]);
    expect(price(prices, { ...ATTEMPT, model: "mystery" })).toEqual([null, null]);
  });

  test("follows a changed configuration", () => {
    const pricer = createPricer({ prices: [] }, () => TABLE);
    expect(pricer.price(record(ATTEMPT)).costUsd).toBe(5);
    pricer.setConfig({ prices: [override({ input: 0, output: 1 })] });
    expect(pricer.price(record(ATTEMPT)).costUsd).toBe(1);
  });
});
