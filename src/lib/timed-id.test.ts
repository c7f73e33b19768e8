import { expect, test } from "bun:test";
import { createPooledRandom } from "./random.ts";
import { timedId, timeOfId } from "./timed-id.ts";

const random = createPooledRandom((bytes) => bytes.fill(7));
const NOW = 1_795_392_000_123;

test("an id tells its time, and so does its beginning", () => {
  const id = timedId(random, NOW);
  expect(id).toMatch(/^[0-9A-Za-z]{24}$/);
  expect(timeOfId(id)).toBe(NOW);
  expect(timeOfId(id.slice(0, 7))).toBe(NOW);
});

test("ids sort by time", () => {
  const times = [0, 1, 61, 62, NOW - 1, NOW, NOW + 1, 3_000_000_000_000];
  const ids = times.map((time) => timedId(random, time));
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.map(timeOfId)).toEqual(times);
});

test("other text has no time", () => {
  expect(timeOfId("")).toBeUndefined();
  expect(timeOfId("abcdef")).toBeUndefined();
  expect(timeOfId("abc-efgh")).toBeUndefined();
});
