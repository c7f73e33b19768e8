import { expect, test } from "bun:test";
import { createLineWriter } from "./line-writer.ts";

test("lines come out whole, in order, and in few pieces", () => {
  const pieces: string[] = [];
  const writer = createLineWriter((text) => pieces.push(text));
  for (let n = 0; n < 1000; n++) writer.write(`${n} ${"x".repeat(200)}\n`);
  writer.flush();
  writer.flush();
  expect(pieces.length).toBeLessThan(10);
  expect(
    pieces
      .join("")
      .trimEnd()
      .split("\n")
      .map((line) => Number.parseInt(line, 10)),
  ).toEqual([...Array(1000).keys()]);
});
