import { beforeAll, describe, expect, test } from "bun:test";
import type { TextCounter } from "./byte-pair-counter.ts";
import { estimateRequestTokens, estimateTextTokens } from "./estimate-request-tokens.ts";
import { loadTextCounter } from "./load-text-counter.ts";

let count: TextCounter;
beforeAll(async () => {
  count = await loadTextCounter(() => Promise.resolve());
});

const source = (name: string) => Bun.file(`${import.meta.dir}/${name}`).text();

describe("estimateTextTokens", () => {
  test("is within a third for code, prose and Chinese", async () => {
    const texts = [
      await source("vocabulary.ts"),
      await source("README.md"),
      await source("tool-text.test.ts"),
      "这是一段用来检查估算的中文文字，里面有标点、数字 123 和一些 English 词。".repeat(20),
    ];
    for (const text of texts) {
      const ratio = estimateTextTokens(text) / count(text);
      expect(ratio).toBeGreaterThan(0.67);
      expect(ratio).toBeLessThan(1.34);
    }
  });

  test("is 0 for nothing and grows with the text", () => {
    expect(estimateTextTokens("")).toBe(0);
    expect(estimateTextTokens("word ".repeat(2_000_000))).toBeGreaterThan(1_000_000);
  });
});

describe("estimateRequestTokens", () => {
  test("is at least 1", () => {
    const empty = { model: "x", stream: false, system: [], messages: [], tools: [], includeUsage: true } as const;
    expect(estimateRequestTokens(empty, "sonar")).toBe(1);
  });
});
