import { describe, expect, test } from "bun:test";
import { isClosed, outputSchema, toolSchema } from "./schema.ts";

describe("toolSchema", () => {
  test("a proper schema is returned as it is", () => {
    const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    expect(toolSchema(schema)).toBe(schema);
  });

  test("trap 34: type and properties are added", () => {
    expect(toolSchema(undefined)).toEqual({ type: "object", properties: {} });
    expect(toolSchema({})).toEqual({ type: "object", properties: {} });
    expect(toolSchema({ type: "object" })).toEqual({ type: "object", properties: {} });
    expect(toolSchema({ type: "object", properties: null })).toEqual({ type: "object", properties: {} });
    expect(toolSchema({ type: ["object", "null"], properties: { a: {} } })).toEqual({
      type: "object",
      properties: { a: {} },
    });
  });

  test("unions at the root are flattened", () => {
    expect(
      toolSchema({
        description: "d",
        anyOf: [
          { properties: { a: { type: "string" }, b: {} }, required: ["a", "b"] },
          { properties: { a: { type: "number" }, c: {} }, required: ["a"] },
        ],
      }),
    ).toEqual({
      type: "object",
      description: "d",
      properties: { a: { type: "string" }, b: {}, c: {} },
      required: ["a"],
    });
    expect(
      toolSchema({
        allOf: [
          { properties: { a: {} }, required: ["a"] },
          { properties: { b: {} }, required: ["b"] },
        ],
      }),
    ).toEqual({
      type: "object",
      properties: { a: {}, b: {} },
      required: ["a", "b"],
    });
  });
});

describe("isClosed", () => {
  test("every object must refuse additional properties", () => {
    const inner = { type: "object", properties: {}, additionalProperties: false };
    const outer = { type: "object", additionalProperties: false };
    expect(isClosed({ ...outer, properties: { a: inner } })).toBe(true);
    expect(isClosed({ ...outer, properties: { a: { ...inner, additionalProperties: true } } })).toBe(false);
    expect(isClosed({ ...outer, properties: { a: { type: "array", items: { properties: {} } } } })).toBe(false);
    expect(isClosed({ ...outer, properties: {}, $defs: { x: { properties: {} } } })).toBe(false);
  });
});

describe("outputSchema", () => {
  test("closes objects and moves unsupported keywords into the description", () => {
    expect(
      outputSchema({
        $schema: "x",
        type: "object",
        properties: {
          pattern: { type: "string", pattern: "^a", description: "Name" },
          when: { type: "string", format: "date" },
          odd: { type: "string", format: "color" },
          list: { type: "array", minItems: 1, maxItems: 3, items: { oneOf: [{ type: "integer", minimum: 1 }] } },
        },
        required: ["pattern"],
      }),
    ).toEqual({
      type: "object",
      properties: {
        pattern: { type: "string", description: 'Name (pattern: "^a")' },
        when: { type: "string", format: "date" },
        odd: { type: "string", description: '(format: "color")' },
        list: {
          type: "array",
          minItems: 1,
          items: { anyOf: [{ type: "integer", description: "(minimum: 1)" }] },
          description: "(maxItems: 3)",
        },
      },
      required: ["pattern"],
      additionalProperties: false,
    });
  });
});
