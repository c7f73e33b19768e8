// The small files of this folder: paths and headers, names, stop reasons, usage, partial arguments, model shapes.

import { describe, expect, test } from "bun:test";
import { parseMessage } from "../../core/json-depth.ts";
import { geminiProtocol } from "./index.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { createPartialArgs } from "./partial-args.ts";
import { decodeStop, encodeStop, finishKind, readFinishReason } from "./stop-reason.ts";
import { clientToolName, wireToolName } from "./tool-names.ts";
import { createUsageCounters, encodeUsage, noteUsage, usageOf } from "./usage.ts";

describe("paths and headers", () => {
  const paths: [string, string][] = [
    ["gemini-2.5-pro", "/models/gemini-2.5-pro"],
    ["models/gemini-2.5-pro", "/models/gemini-2.5-pro"],
    ["tunedModels/mine", "/tunedModels/mine"],
    ["publishers/google/models/x", "/publishers/google/models/x"],
  ];
  for (const [model, path] of paths) {
    test(`${model} is at ${path}`, () => {
      expect(geminiProtocol.upstreamPath("get-model", model, false)).toEqual({ path, query: "" });
    });
  }

  test("model lists are served below both versions that the SDKs use", () => {
    const lists = geminiProtocol.routes.filter(({ operation }) => operation === "list-models").map(({ path }) => path);
    expect(lists).toEqual(["/v1beta/models", "/v1/models"]);
  });

  test("characters with a meaning in paths are encoded", () => {
    expect(geminiProtocol.upstreamPath("get-model", "a&b%2f/d:e", false)?.path).toBe("/models/a%26b%252f/d%3Ae");
  });

  for (const model of [
    "",
    "models/",
    "../x",
    "a/../b",
    "a..b",
    "a?b",
    "a#b",
    "a\nb",
    "a\u0000b",
    "a\\b",
    "a//b",
    "./a",
    "a b",
    "\ud800",
  ]) {
    test(`${JSON.stringify(model)} is refused`, () => {
      expect(() => geminiProtocol.upstreamPath("generate", model, true)).toThrow(/^model: /);
    });
  }

  test("operations", () => {
    expect(geminiProtocol.upstreamPath("generate", "m", false)).toEqual({
      path: "/models/m:generateContent",
      query: "",
    });
    expect(geminiProtocol.upstreamPath("generate", "m", true)).toEqual({
      path: "/models/m:streamGenerateContent",
      query: "alt=sse",
    });
    expect(geminiProtocol.upstreamPath("count-tokens", "m", false)).toEqual({
      path: "/models/m:countTokens",
      query: "",
    });
    expect(geminiProtocol.upstreamPath("list-models", "", false)?.path).toBe("/models");
  });

  test("keys", () => {
    expect(geminiProtocol.upstreamHeaders("AIza", "", {})).toEqual({ "x-goog-api-key": "AIza" });
    expect(geminiProtocol.upstreamHeaders("ya29.x", "", {})).toEqual({ authorization: "Bearer ya29.x" });
    expect(geminiProtocol.upstreamHeaders("", "", {})).toEqual({});
  });
});

describe("names", () => {
  test("accepted names stay, others become unique and stable", () => {
    expect(wireToolName("get_weather-2")).toBe("get_weather-2");
    const names = ["a/b", "a.b", "1st", "x".repeat(65), "ü"].map(wireToolName);
    expect(new Set(names).size).toBe(5);
    for (const name of names) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/);
    expect(wireToolName("a/b")).toBe(wireToolName("a/b"));
  });

  test("default_api is taken off, alone it is a name", () => {
    expect(clientToolName("default_api:f", undefined)).toBe("f");
    expect(clientToolName("default_api.f", undefined)).toBe("f");
    expect(clientToolName("default_api", undefined)).toBe("default_api");
  });
});

describe("stop reasons", () => {
  test("kinds and numbers", () => {
    expect([1, 2, 3, 99].map(readFinishReason)).toEqual(["STOP", "MAX_TOKENS", "SAFETY", "FINISH_REASON_99"]);
    expect(finishKind("constructor")).toBe("failed");
    expect(finishKind("CONTINUATION")).toBe("length");
    expect(decodeStop("MAX_TOKENS", true, undefined).reason).toBe("max-tokens");
  });

  test("every neutral reason has a word, refusals keep their own", () => {
    const reasons = [
      "end-turn",
      "stop-sequence",
      "tool-use",
      "max-tokens",
      "context-window",
      "refusal",
      "pause-turn",
      "compaction",
    ] as const;
    expect(reasons.map((reason) => encodeStop({ reason }))).toEqual([
      "STOP",
      "STOP",
      "STOP",
      "MAX_TOKENS",
      "MAX_TOKENS",
      "SAFETY",
      "STOP",
      "STOP",
    ]);
    expect(encodeStop({ reason: "refusal", raw: "RECITATION" })).toBe("RECITATION");
    expect(encodeStop({ reason: "refusal", raw: "content_filter" })).toBe("SAFETY");
  });
});

describe("usage", () => {
  const cases: { name: string; wire: object; expected: object }[] = [
    {
      name: "thoughts already counted among the candidates",
      wire: { promptTokenCount: 5, candidatesTokenCount: 9, thoughtsTokenCount: 4, totalTokenCount: 14 },
      expected: { inputTokens: 5, outputTokens: 9, reasoningTokens: 4 },
    },
    {
      name: "no candidates when the limit hit while thinking",
      wire: { promptTokenCount: 5, thoughtsTokenCount: 8, totalTokenCount: 13 },
      expected: { inputTokens: 5, outputTokens: 8, reasoningTokens: 8 },
    },
    {
      name: "only an output",
      wire: { candidatesTokenCount: 23, thoughtsTokenCount: 67 },
      expected: { outputTokens: 90, reasoningTokens: 67 },
    },
    {
      name: "tool use counts as input",
      wire: {
        promptTokenCount: 17,
        candidatesTokenCount: 41,
        toolUsePromptTokenCount: 102,
        thoughtsTokenCount: 412,
        totalTokenCount: 572,
      },
      expected: { inputTokens: 119, outputTokens: 453, reasoningTokens: 412 },
    },
  ];
  for (const { name, wire, expected } of cases) {
    test(name, () => {
      const counters = createUsageCounters();
      expect(noteUsage(counters, wire)).toBe(true);
      expect(usageOf(counters)).toEqual(expected);
    });
  }

  test("what we write we read back", () => {
    const usage = { inputTokens: 8, cacheReadTokens: 4, outputTokens: 10, reasoningTokens: 3 };
    const counters = createUsageCounters();
    noteUsage(counters, encodeUsage(usage));
    expect(usageOf(counters)).toEqual(usage);
  });
});

describe("partial arguments", () => {
  test("paths of every kind, and none that could do harm", () => {
    const partial = createPartialArgs();
    const pieces = [
      ["$.a['b c'].d", "1"],
      ['$["x.y"][1]', "2"],
      ["$.__proto__.polluted", "3"],
      ["$.big[999999999]", "4"],
      ["no path", "5"],
      ["$[0]", "6"],
    ];
    partial.add({ partialArgs: pieces.map(([jsonPath, stringValue]) => ({ jsonPath, stringValue })) });
    const value = JSON.parse(partial.json()) as Record<string, unknown>;
    expect(value["a"]).toEqual({ "b c": { d: "1" } });
    expect(value["x.y"]).toEqual([null, "2"]);
    expect(Object.keys(value)).toEqual(["a", "x.y", "__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("long integers beside them, and in the place of a container", () => {
    const partial = createPartialArgs();
    partial.add(
      parseMessage('{"args":{"id":1234567890123456789,"row":1234567890123456789}}') as Record<string, unknown>,
    );
    partial.add({ partialArgs: [{ jsonPath: "$.row.name", stringValue: "x" }] });
    expect(partial.json()).toBe('{"id":1234567890123456789,"row":{"name":"x"}}');
  });
});

test("model entries name their methods", () => {
  const model = { id: "claude-x", displayName: "", createdAt: 0, ownedBy: "a" };
  expect(geminiProtocol.encodeModelList([model])).toMatchObject({
    models: [
      {
        name: "models/claude-x",
        displayName: "claude-x",
        supportedGenerationMethods: ["generateContent", "countTokens"],
      },
    ],
  });
  expect(geminiProtocol.encodeCount(5)).toEqual({ totalTokens: 5 });
});

test("the keep-alive of a pass-through stream fits its framing", () => {
  expect(geminiProtocol.keepAlive.frame("sse")).toBe(": ping\n\n");
  expect(geminiProtocol.keepAlive.frame("json-array").trim()).toBe("");
  expect(encodeLogprobs([])).toBeUndefined();
});
