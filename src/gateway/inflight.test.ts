import { expect, test } from "bun:test";
import { InflightCounter, type Stoppable } from "./inflight.ts";

test("counts requests until they have ended, and waits for them", async () => {
  const inflight = new InflightCounter<Stoppable>();
  const requests = [{ stop: () => undefined }, { stop: () => undefined }];
  const leave = requests.map((request) => inflight.enter(request));
  expect(inflight.count).toBe(2);
  expect([...inflight.running()]).toEqual(requests);
  const idle = inflight.whenIdle(10_000);
  for (const end of leave) end();
  await idle;
  expect(inflight.count).toBe(0);
});

test("stops what does not end in time", async () => {
  const inflight = new InflightCounter<Stoppable>();
  let leave: () => void = () => undefined;
  const codes: string[] = [];
  leave = inflight.enter({
    stop(error) {
      codes.push(error.code);
      leave();
    },
  });
  await inflight.whenIdle(0);
  expect(codes).toEqual(["gateway-shutting-down"]);
});
