import { describe, expect, test } from "bun:test";
import type { ToolCallBlock } from "./block.ts";
import { argumentsObject, callWithObject } from "./call-arguments.ts";
import { MAX_JSON_DEPTH } from "./json-depth.ts";

const input = { path: "a.ts", lines: [1, 2], text: 'a "quoted"\nword' };
const call = (text: string): ToolCallBlock => ({
  type: "tool-call",
  id: "c",
  name: "read",
  kind: "function",
  arguments: text,
});

describe("callWithObject", () => {
  test("looks like any other call", () => {
    const block = callWithObject({ id: "c", name: "read" }, input);
    expect(block).toEqual(call(JSON.stringify(input)));
    expect(JSON.parse(JSON.stringify(block))).toEqual(call(JSON.stringify(input)));
    expect(structuredClone(block)).toEqual(call(JSON.stringify(input)));
  });

  test("makes the text when somebody reads it, once", () => {
    let written = 0;
    const counted = {
      toJSON: () => {
        written += 1;
        return {};
      },
    };
    const block = callWithObject({ id: "c", name: "read" }, counted);
    expect(written).toBe(0);
    expect([block.arguments, block.arguments]).toEqual(["{}", "{}"]);
    expect(written).toBe(1);
  });

  test("fails at once for what cannot be written", () => {
    let deep: Record<string, unknown> = {};
    for (let level = 0; level < 100_000; level++) deep = { deep };
    expect(() => callWithObject({ id: "c", name: "read" }, deep)).toThrow(RangeError);
  });
});

describe("argumentsObject", () => {
  test("gives the object back that a call was made of", () => {
    expect(argumentsObject(callWithObject({ id: "c", name: "read" }, input))).toBe(input);
  });

  test("reads the text of a copy, whose arguments may be others", () => {
    const block = callWithObject({ id: "c", name: "read" }, input);
    expect(argumentsObject({ ...block })).toEqual(input);
    expect(argumentsObject({ ...block, arguments: '{"path":"b.ts"}' })).toEqual({ path: "b.ts" });
  });

  test.each([
    ['{"a":1}', { a: 1 }],
    ["", {}],
    [" \n", {}],
    ["[1]", undefined],
    ["null", undefined],
    ['"text"', undefined],
    ['{"a":', undefined],
    [`${'{"a":'.repeat(MAX_JSON_DEPTH + 2)}1${"}".repeat(MAX_JSON_DEPTH + 2)}`, undefined],
  ])("reads %p", (text, expected) => {
    expect(argumentsObject(call(text))).toEqual(expected as never);
  });
});
