import { expect, test } from "bun:test";
import { addUsage, mergeUsage, tokenCount, totalInputTokens } from "./usage.ts";

test("a count is a number that an answer can cost", () => {
  const cases: readonly (readonly [unknown, number | undefined])[] = [
    [0, 0],
    [17, 17],
    [1.6, 2],
    [-1, undefined],
    [1e308, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [Number.NaN, undefined],
    ["17", undefined],
    [null, undefined],
  ];
  for (const [value, expected] of cases) expect(tokenCount(value)).toBe(expected as number);
});

test("a later report replaces what it names and nothing else", () => {
  const merged = mergeUsage({ inputTokens: 1, outputTokens: 2 }, { outputTokens: 3, reasoningTokens: undefined });
  expect(merged).toEqual({ inputTokens: 1, outputTokens: 3 });
  expect(totalInputTokens({ inputTokens: 1, cacheReadTokens: 2, cacheWriteTokens: 4 })).toBe(7);
});

test("adds two answers' counts, and takes what only one of them tells", () => {
  expect(
    addUsage(
      { inputTokens: 1, outputTokens: 2, serviceTier: "a" },
      { outputTokens: 3, cacheReadTokens: 4, serviceTier: "b" },
    ),
  ).toEqual({
    inputTokens: 1,
    outputTokens: 5,
    cacheReadTokens: 4,
    serviceTier: "b",
  });
  expect(addUsage(undefined, { outputTokens: 3 })).toEqual({ outputTokens: 3 });
  expect(addUsage({ outputTokens: 3 }, undefined)).toEqual({ outputTokens: 3 });
});
