import { expect, test } from "bun:test";
import { createPooledRandom, randomId, systemRandom } from "./random.ts";

test("ids have the length asked for, only letters and digits, and do not repeat", () => {
  const ids = new Set<string>();
  for (let n = 0; n < 10_000; n++) ids.add(randomId(systemRandom));
  expect(ids.size).toBe(10_000);
  for (const id of [...ids].slice(0, 100)) expect(id).toMatch(/^[0-9A-Za-z]{24}$/);
  expect(randomId(systemRandom, 43)).toHaveLength(43);
});

test("every byte of the pool is handed out once", () => {
  let fills = 0;
  const random = createPooledRandom((bytes) => {
    fills += 1;
    for (let at = 0; at < bytes.length; at++) bytes[at] = (at + fills) % 251;
  });
  const first = random.bytes(4096);
  expect(fills).toBe(1);
  expect(random.bytes(10)).not.toEqual(first.slice(0, 10));
  expect(fills).toBe(2);
  expect(random.bytes(10_000)).toHaveLength(10_000);
});

test("bytes handed out do not change afterwards", () => {
  const bytes = systemRandom.bytes(8);
  const copy = Uint8Array.from(bytes);
  for (let n = 0; n < 2000; n++) systemRandom.bytes(8);
  expect(bytes).toEqual(copy);
});
