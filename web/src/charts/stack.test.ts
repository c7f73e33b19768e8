import { expect, test } from "bun:test";
import { stack } from "./stack.ts";

test("each line stands on the ones before it, gaps as 0", () => {
  expect(
    stack([
      [1, 2, null],
      [10, null, 30],
      [100, 100, 100],
    ]),
  ).toEqual([
    [1, 2, 0],
    [11, 2, 30],
    [111, 102, 130],
  ]);
  expect(stack([])).toEqual([]);
});
