import { expect, test } from "bun:test";
import { asBuffer } from "./as-buffer.ts";

test("gives the same bytes without a copy", () => {
  const bytes = Uint8Array.of(1, 2, 3).subarray(1);
  const buffer = asBuffer(bytes);
  bytes[0] = 9;
  expect([...buffer]).toEqual([9, 3]);
  expect(asBuffer(buffer)).toBe(buffer);
});
