import { expect, test } from "bun:test";
import { createGlob } from "./glob.ts";

const CASES: readonly { pattern: string; text: string; expected: boolean }[] = [
  { pattern: "claude", text: "Claude", expected: true },
  { pattern: "claude", text: "claude-2", expected: false },
  { pattern: "claude-*", text: "claude-opus", expected: true },
  { pattern: "*-mini", text: "gpt-5-mini", expected: true },
  { pattern: "*-mini", text: "gpt-5-mini-2", expected: false },
  { pattern: "a*b*c", text: "a-b-c", expected: true },
  { pattern: "a*b*c", text: "a-c-b", expected: false },
  { pattern: "ab*ba", text: "aba", expected: false },
  { pattern: "a*bc*bc", text: "abc", expected: false },
  { pattern: "*", text: "", expected: true },
  { pattern: "", text: "", expected: true },
  { pattern: "%_", text: "ab", expected: false },
];
for (const { pattern, text, expected } of CASES)
  test(`${JSON.stringify(pattern)} ${expected ? "matches" : "does not match"} ${JSON.stringify(text)}`, () =>
    expect(createGlob(pattern)(text)).toBe(expected));

test("takes linear time for patterns made to be slow", () => {
  const matches = createGlob("a*".repeat(128));
  const startedMs = performance.now();
  expect(matches("a".repeat(100_000))).toBe(true);
  expect(matches(`${"ab".repeat(50)}c`)).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(500);
});
