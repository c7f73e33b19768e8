import { expect, test } from "bun:test";
import { createConsecutiveRule, createWindowRule } from "./trip-rule.ts";

test("the consecutive rule counts to its threshold and resets", () => {
  const rule = createConsecutiveRule(2);
  expect(rule.failure(0)).toBe(false);
  expect(rule.failure(0)).toBe(true);
  rule.reset();
  expect(rule.failures()).toBe(0);
});

test("the window rule needs a minimum of requests", () => {
  const rule = createWindowRule({ windowMs: 6000, minRequests: 4, rate: 0.5 });
  expect([rule.failure(0), rule.failure(1000), rule.failure(2000), rule.failure(3000)]).toEqual([
    false,
    false,
    false,
    true,
  ]);
});
