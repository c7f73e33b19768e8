import { expect, test } from "bun:test";
import { WholeBody } from "./whole-body.ts";

test("a body beyond the limit is its beginning, without a gap", () => {
  const body = new WholeBody(6);
  const pushed = ["abcd", "efgh", "i", ""].map((text) => body.push(Buffer.from(text)));
  expect([body.bytes().toString(), pushed]).toEqual(["abcdef", [true, false, false, true]]);
});

test("a chunk may change once it was pushed", () => {
  const body = new WholeBody(10);
  const chunk = Buffer.from("abc");
  body.push(chunk);
  chunk.fill(0);
  expect(body.bytes().toString()).toBe("abc");
});
