import { expect, test } from "bun:test";
import { isTooDeep, MAX_JSON_DEPTH, parseJsonText } from "./json-depth.ts";

const lists = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

test("what nests up to the limit is read, what nests deeper is not", () => {
  for (const nested of [lists, objects]) {
    expect(parseJsonText(nested(MAX_JSON_DEPTH))).toEqual(JSON.parse(nested(MAX_JSON_DEPTH)));
    expect(parseJsonText(nested(MAX_JSON_DEPTH + 2))).toBeUndefined();
    expect(parseJsonText(nested(100_000))).toBeUndefined();
  }
});

test("width is no depth", () => {
  expect(isTooDeep(Array.from({ length: 100_000 }, (_, at) => ({ at, more: [at] })))).toBe(false);
});

test("values that are no containers, and texts that are no JSON", () => {
  for (const text of ["null", "1", '"a"', "true"]) expect(parseJsonText(text)).toEqual(JSON.parse(text));
  for (const text of ["", "{", "undefined"]) expect(parseJsonText(text)).toBeUndefined();
});
