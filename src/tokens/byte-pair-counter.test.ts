import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { TextCounter } from "./byte-pair-counter.ts";
import { loadTextCounter } from "./load-text-counter.ts";

let count: TextCounter;
let reference: (text: string) => number;

beforeAll(async () => {
  count = await loadTextCounter(() => Promise.resolve());
  // The package's own encoder, which the product does not load.
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  reference = (text) => countTokens(text, { disallowedSpecial: new Set<string>() });
});

describe("the text counter", () => {
  const texts = [
    "",
    "hello world",
    "The quick brown fox jumps over the lazy dog.\n\nIt's 12345678 o'clock; we'll see.",
    'function f(a: number): string {\n\treturn String(a);\n}\n\n{"key": [1, 2, {"x": null}]}',
    "日本語のテキストと漢字、そして中文字符以及标点。",
    "Привет, мир! مرحبا بالعالم नमस्ते दुनिया",
    "👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 \ud800 lone surrogate",
    "   \r\n\r\n  \t\t  x  \n",
    "<|endoftext|> and <|im_start|> are plain text here",
    "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=".repeat(8),
  ];
  for (const text of texts) {
    test(`agrees with the package on ${JSON.stringify(text.slice(0, 40))}`, () =>
      expect(count(text)).toBe(reference(text)));
  }

  test("agrees with the package on any text", () => {
    const words = fc.array(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.lorem(), fc.json()), {
      maxLength: 8,
    });
    const text = words.map((parts) => parts.join(" ")).filter((joined) => longestRun(joined) < 400);
    fc.assert(
      fc.property(text, (value) => count(value) === reference(value)),
      { numRuns: 100, seed: 11 },
    );
  });

  test("cuts endless runs instead of taking quadratic time over them", () => {
    const run = "ab".repeat(100_000);
    const started = performance.now();
    const tokens = count(run);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(tokens).toBeGreaterThan(20_000);
    expect(count("=".repeat(4_096))).toBe(64);
  });
});

/** UTF-8 bytes of the longest stretch without a blank: above the cut, counts may differ by one per cut. */
function longestRun(text: string): number {
  return Math.max(0, ...text.split(/\s/).map((part) => Buffer.byteLength(part)));
}
