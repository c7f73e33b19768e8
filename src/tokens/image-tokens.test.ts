import { describe, expect, test } from "bun:test";
import { tokenProfile } from "./token-profile.ts";

/** `[model, width, height, detail, tokens]`; Claude and GPT-5.5 as measured in JOHNISKING/image-token-cost, within 3 %. */
const CASES: readonly (readonly [string, number, number, string | undefined, number])[] = [
  ["claude-haiku-4-5", 256, 256, undefined, 100],
  ["claude-haiku-4-5", 1024, 1024, undefined, 1369],
  ["claude-haiku-4-5", 1920, 1080, undefined, 1560],
  ["claude-haiku-4-5", 4032, 3024, undefined, 1596],
  ["claude-opus-5-5", 1920, 1080, undefined, 2691],
  ["claude-opus-5-5", 2560, 1440, undefined, 2992],
  ["claude-opus-5-5", 4032, 3024, undefined, 3928],
  ["gpt-5.5", 1920, 1080, undefined, 2448],
  ["gpt-5.5", 4032, 3024, undefined, 11_868],
  ["gemini-3-pro-preview", 4032, 3024, undefined, 1065],
  // The published formulas.
  ["gpt-4o", 1024, 1024, "high", 765],
  ["gpt-4o", 2048, 4096, "high", 1105],
  ["gpt-4o", 4096, 8192, "low", 85],
  ["gpt-5", 1024, 1024, undefined, 630],
  ["gemini-2.5-pro", 50, 50, undefined, 258],
  ["gemini-2.5-pro", 768, 768, undefined, 1032],
];

describe("image tokens", () => {
  for (const [model, width, height, detail, tokens] of CASES) {
    test(`${model}: ${width} x ${height}${detail ? ` at ${detail}` : ""} costs about ${tokens}`, () => {
      const counted = tokenProfile(model).image({ width, height }, detail);
      expect(Math.abs(counted - tokens) / tokens).toBeLessThan(0.04);
    });
  }

  test("an image of unknown size costs what a screenshot does", () => {
    for (const model of ["claude-opus-4-6", "gpt-5", "gpt-5.5", "gemini-2.5-pro", "gemini-3-pro", "qwen3-vl", "x"]) {
      const tokens = tokenProfile(model).image(undefined, undefined);
      expect(tokens).toBeGreaterThan(200);
      expect(tokens).toBeLessThan(2_000);
    }
  });
});
