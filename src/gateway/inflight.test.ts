import { expect, test } from "bun:test";
import { InflightCounter } from "./inflight.ts";

test("counts requests until they have ended, and waits for them", async () => {
  const inflight = new InflightCounter();
  const leave = [inflight.enter(() => undefined), inflight.enter(() => undefined)];
  expect(inflight.count).toBe(2);
  const idle = inflight.whenIdle(10_000);
  for (const end of leave) end();
  await idle;
  expect(inflight.count).toBe(0);
});

test("interrupts what does not end in time", async () => {
  const inflight = new InflightCounter();
  let leave: () => void = () => undefined;
  let interrupted = 0;
  leave = inflight.enter(() => {
    interrupted += 1;
    leave();
  });
  await inflight.whenIdle(0);
  expect(interrupted).toBe(1);
});
