import { expect, test } from "bun:test";
import { createCallBudget } from "./call-budget.ts";

test("lets so many calls begin in a minute, and says when the next may", () => {
  let now = 0;
  const budget = createCallBudget({ nowMs: () => now, perMinute: 2, atOnce: 5 });
  budget.enter()();
  now = 10_000;
  budget.enter()();
  now = 20_000;
  expect(budget.enter).toThrow(
    expect.objectContaining({ code: "throttled", options: { retryAfterMs: 40_000 } }) as unknown as Error,
  );
  now = 60_000;
  budget.enter()();
  expect(budget.enter).toThrow("in a minute");
});

test("lets so many calls run at once, and counts each end once", async () => {
  const budget = createCallBudget({ nowMs: () => 0, perMinute: 100, atOnce: 1 });
  const leave = budget.enter();
  expect(budget.enter).toThrow("at once");
  leave();
  leave();
  await expect(budget.run(() => Promise.reject(new Error("x")))).rejects.toThrow("x");
  budget.enter();
  expect(budget.enter).toThrow("at once");
});
