import { expect, test } from "bun:test";
import { findObject } from "./json-find.ts";

const cases = [
  { name: "finds the object behind the field", input: '{"a":1,"usage":{"n":1}}', expected: { n: 1 } },
  { name: "allows white space around the colon", input: '"usage" :\n {"n":1}', expected: { n: 1 } },
  { name: "takes the last of several", input: '{"usage":{"n":1}}\n{"usage":{"n":2}}', expected: { n: 2 } },
  { name: "passes over a null behind it", input: '{"usage":{"n":1}}\n{"usage":null}', expected: { n: 1 } },
  { name: "passes over one that is cut off", input: '{"usage":{"n":1}} {"usage":{"n":', expected: { n: 1 } },
  { name: "passes over one that is no JSON", input: '{"usage":{"n":1}} {"usage":{n}}', expected: { n: 1 } },
  { name: "does without the beginning", input: '0.25],"usage":{"n":1}}', expected: { n: 1 } },
  { name: "counts no brackets inside strings", input: '{"usage":{"s":"}\\"{","n":1}}', expected: { s: '}"{', n: 1 } },
  { name: "keeps nested objects", input: '"usage":{"a":{"b":{}}}', expected: { a: { b: {} } } },
  { name: "is not misled by the name in a string", input: '{"text":"\\"usage\\":{\\"n\\":1}"}', expected: undefined },
  { name: "wants the whole name", input: '{"my_usage":{"n":1},"usages":{"n":2}}', expected: undefined },
  { name: "finds nothing in nothing", input: "", expected: undefined },
];

for (const { name, input, expected } of cases)
  test(name, () => {
    expect(findObject(input, "usage")).toEqual(expected as never);
  });
