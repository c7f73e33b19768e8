import { describe, expect, test } from "bun:test";
import { mapModel } from "./model-map.ts";

const map = new Map([
  ["claude-opus-4-6", "opus-exact"],
  ["claude-*", "gpt-5"],
  ["claude-haiku-*", "gpt-5-mini"],
  ["*-latest", "newest-*"],
  ["a*b*c", "x"],
  ["__proto__", "safe"],
]);

describe("mapModel", () => {
  const cases: [string, string][] = [
    ["claude-opus-4-6", "opus-exact"],
    ["claude-sonnet-4-5", "gpt-5"],
    ["claude-haiku-4-5", "gpt-5-mini"],
    ["gemini-latest", "newest-gemini"],
    ["a1b2c", "x"],
    ["abc", "x"],
    ["acb", "acb"],
    ["gpt-5", "gpt-5"],
    ["__proto__", "safe"],
    ["constructor", "constructor"],
    ["claude-opus-4-6-20250514", "opus-exact"],
    ["unmapped-20250514", "unmapped-20250514"],
    ["claude-", "gpt-5"],
  ];
  for (const [model, expected] of cases) {
    test(`maps ${model} to ${expected}`, () => expect(mapModel(map, model)).toBe(expected));
  }

  test("trap 47: a model id with a date suffix matches its alias", () => {
    expect(mapModel(new Map([["claude-sonnet-4-5", "gpt-5"]]), "claude-sonnet-4-5-20250929")).toBe("gpt-5");
  });

  test("takes dollar signs in names literally", () => {
    expect(mapModel(new Map([["*-x", "$&-*"]]), "a-x")).toBe("$&-a");
  });
});
