import { expect, test } from "bun:test";
import { unwrapInput } from "./wrapped-input.ts";

test("the text comes out of its wrapper, and everything else stays as it is", () => {
  expect(unwrapInput('{"input":"*** x\\ny"}')).toBe("*** x\ny");
  for (const text of ["", "*** x", '{"input":1}', '{"in":"x"}', '["input"]', "null", '{"input":"x"', '"input"'])
    expect(unwrapInput(text)).toBe(text);
});
