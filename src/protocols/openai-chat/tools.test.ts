import { describe, expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import type { IrTool } from "../../core/request.ts";
import { isStrictSchema, toolParameters } from "./schema.ts";
import { createToolNames } from "./tool-names.ts";
import { declaredName, decodeTools, encodeTools } from "./tools.ts";

function encode(tools: readonly IrTool[], isOwn = false): { tools: unknown[]; features: string[] } {
  const losses: Loss[] = [];
  const target = { names: createToolNames(false), loss: (loss: Loss) => losses.push(loss), customTools: true, isOwn };
  return { tools: encodeTools(tools, target), features: losses.map((loss) => loss.feature) };
}

const OPEN = { type: "object", properties: { a: { type: "string" } } };
const CLOSED = { ...OPEN, required: ["a"], additionalProperties: false };

describe("encodeTools", () => {
  test("trap 33: a description of null is left out", () => {
    const [tool] = decodeTools([{ type: "function", function: { name: "f", description: null } }], undefined);
    expect(encode(tool ? [tool] : []).tools).toEqual([
      { type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } },
    ]);
  });

  test("trap 34: schemas get a type and properties", () => {
    expect(encode([{ type: "function", name: "f", parameters: { additionalProperties: false } }]).tools).toEqual([
      {
        type: "function",
        function: { name: "f", parameters: { additionalProperties: false, type: "object", properties: {} } },
      },
    ]);
    for (const properties of [null, [], "x"])
      expect(toolParameters({ type: "object", properties }).schema).toEqual({ type: "object", properties: {} });
  });

  test("trap 36: strict goes along only where the schema bears it", () => {
    expect(encode([{ type: "function", name: "f", parameters: CLOSED, strict: true }]).tools).toMatchObject([
      { function: { strict: true } },
    ]);
    const open = encode([{ type: "function", name: "f", parameters: OPEN, strict: true }]);
    expect(open.features).toEqual(["strict-tool"]);
    expect(JSON.stringify(open.tools)).not.toContain("strict");
  });

  test("of a repeated name the first declaration wins", () => {
    const { tools, features } = encode([
      { type: "function", name: "f", description: "1" },
      { type: "function", name: "f", description: "2" },
    ]);
    expect(tools).toMatchObject([{ function: { description: "1" } }]);
    expect(features).toEqual(["duplicate-tool"]);
  });

  test("a chat client's own declarations go out as they came", () => {
    const wire = { type: "function", function: { name: "f", parameters: { anyOf: [OPEN] }, strict: false } };
    expect(encode(decodeTools([wire], undefined), true).tools).toEqual([wire]);
  });
});

test("names in namespaces are flat outside their protocol", () => {
  expect(declaredName({ type: "function", name: "f", namespace: "ns" })).toBe("ns__f");
  expect(createToolNames(true).wire("a.b", undefined)).toBe("a.b");
});

describe("toolParameters", () => {
  test("merges root unions: properties of all, required by all", () => {
    const { schema, isFlattened } = toolParameters({
      anyOf: [
        { properties: { a: { type: "string" }, b: {} }, required: ["a", "b"] },
        { properties: { a: { type: "number" }, c: {} }, required: ["a", "c"] },
      ],
      allOf: [{ properties: { d: {} }, required: ["d"] }],
    });
    expect(schema).toEqual({
      type: "object",
      properties: { d: {}, a: { type: "string" }, b: {}, c: {} },
      required: ["d", "a"],
    });
    expect(isFlattened).toBe(true);
  });

  test("returns a sound schema itself", () => {
    expect(toolParameters(OPEN).schema).toBe(OPEN);
  });
});

test("isStrictSchema looks into every object", () => {
  expect(isStrictSchema(CLOSED)).toBe(true);
  expect(isStrictSchema(OPEN)).toBe(false);
  expect(isStrictSchema({ ...CLOSED, properties: { a: OPEN } })).toBe(false);
  expect(isStrictSchema({ ...CLOSED, $defs: { x: OPEN } })).toBe(false);
  expect(isStrictSchema({ ...CLOSED, properties: { a: { type: "array", items: CLOSED } } })).toBe(true);
  expect(isStrictSchema({ ...CLOSED, properties: { a: {}, b: {} } })).toBe(false);
});
