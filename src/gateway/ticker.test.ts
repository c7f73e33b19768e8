import { expect, test } from "bun:test";
import { createTicker } from "./ticker.ts";

test("a check that throws costs the others nothing", async () => {
  const errors: unknown[] = [];
  const ticker = createTicker(
    () => performance.now(),
    (error) => errors.push(error),
  );
  const fault = new Error("broken");
  ticker.add({
    check() {
      throw fault;
    },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  ticker.add({ check: () => resolve() });
  await promise;
  ticker.stop();
  expect(errors).toEqual([fault]);
});
