import { expect, test } from "bun:test";
import { withoutByteOrderMark } from "./byte-order-mark.ts";

test("a byte order mark is left out at the beginning only, once, in either reading", () => {
  const bytes = Buffer.from("\ufeff{}");
  expect(withoutByteOrderMark(bytes.toString("utf8"))).toBe("{}");
  expect(withoutByteOrderMark(bytes.toString("latin1"))).toBe("{}");
  for (const text of ["", "{}", " \ufeff{}", "\u00ef{}"]) expect(withoutByteOrderMark(text)).toBe(text);
  expect(withoutByteOrderMark("\ufeff\ufeff")).toBe("\ufeff");
});
