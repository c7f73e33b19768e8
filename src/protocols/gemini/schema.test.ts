import { describe, expect, test } from "bun:test";
import { sanitizeParameters, sanitizeSchema } from "./schema.ts";
import { readSchema, schemaFromOpenApi } from "./schema-from-openapi.ts";

const object = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: "object",
  properties,
  ...more,
});

describe("json dialect", () => {
  const cases: { name: string; input: Record<string, unknown>; expected: unknown }[] = [
    {
      name: "gemini trap 30: nested $schema, exclusiveMinimum and propertyNames are gone",
      input: object(
        { a: { $schema: "x", type: "number", exclusiveMinimum: 0, propertyNames: { pattern: "x" } } },
        { $schema: "y", $id: "z" },
      ),
      expected: object({ a: { type: "number", minimum: 0, description: "(> 0; propertyNames)" } }),
    },
    {
      name: "gemini trap 31: references are inlined and recursion is cut",
      input: object(
        { node: { $ref: "#/$defs/Node" } },
        { $defs: { Node: object({ next: { $ref: "#/$defs/Node" }, v: { type: "string" } }) } },
      ),
      expected: object({
        node: object({ next: { type: "object", description: "(recursive: Node)" }, v: { type: "string" } }),
      }),
    },
    {
      name: "gemini trap 32: siblings of a reference override its target",
      input: object(
        { a: { $ref: "#/definitions/A~1B", description: "mine" } },
        { definitions: { "A/B": { type: "string", description: "theirs" } } },
      ),
      expected: object({ a: { type: "string", description: "mine" } }),
    },
    {
      name: "an unresolvable reference becomes an object",
      input: object({ a: { $ref: "#/$defs/Nope" }, b: { $ref: "https://x.test/y" } }),
      expected: object({ a: { type: "object" }, b: { type: "object" } }),
    },
    {
      name: "gemini trap 33: empty and null enum values go, an empty enum disappears",
      input: object({
        a: { type: "string", enum: ["", "x", null] },
        b: { type: "string", enum: [""] },
        c: { enum: ["x"] },
      }),
      expected: object({
        a: { type: "string", enum: ["x"] },
        b: { type: "string" },
        c: { type: "string", enum: ["x"] },
      }),
    },
    {
      name: "gemini trap 34: properties named like keywords stay",
      input: object({
        format: { type: "string" },
        default: { type: "string" },
        title: { type: "string" },
        $schema: { type: "string" },
        $ref: { type: "string" },
      }),
      expected: object({
        format: { type: "string" },
        default: { type: "string" },
        title: { type: "string" },
        $schema: { type: "string" },
        $ref: { type: "string" },
      }),
    },
    {
      name: "gemini trap 36: required names without a property are dropped",
      input: object({ a: { type: "string" }, never: false }, { required: ["a", "b", "never"] }),
      expected: object({ a: { type: "string" } }, { required: ["a"] }),
    },
    {
      name: "gemini trap 37: an array without items gets some",
      input: object({ a: { type: "array" } }),
      expected: object({ a: { type: "array", items: {} } }),
    },
    {
      name: "gemini trap 39: alternatives at the root become one object",
      input: { anyOf: [object({ a: { type: "string" } }, { required: ["a"] }), object({ b: { type: "number" } })] },
      expected: { type: "object", properties: { a: { type: "string" }, b: { type: "number" } } },
    },
    {
      name: "gemini trap 39: a root without a type becomes an object",
      input: { properties: { a: { type: "string" } } },
      expected: object({ a: { type: "string" } }),
    },
    {
      name: "gemini trap 64: exclusive bounds of integers become inclusive",
      input: object({ a: { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 10 } }),
      expected: object({ a: { type: "integer", minimum: 1, maximum: 9 } }),
    },
    {
      name: "const becomes an enum, allOf is merged, oneOf becomes anyOf, one alternative collapses",
      input: object(
        {
          a: { const: "x" },
          b: {
            allOf: [object({ p: { type: "string" } }, { required: ["p"] }), { $ref: "#/$defs/Q" }],
            required: ["q"],
          },
          c: { oneOf: [{ type: "string" }, { type: "number" }] },
          d: { anyOf: [{ type: "string" }], description: "d" },
        },
        { $defs: { Q: object({ q: { type: "number" } }) } },
      ),
      expected: object({
        a: { type: "string", enum: ["x"] },
        b: object({ q: { type: "number" }, p: { type: "string" } }, { required: ["p", "q"] }),
        c: { anyOf: [{ type: "string" }, { type: "number" }] },
        d: { type: "string", description: "d" },
      }),
    },
    {
      name: "type arrays, nullable and tuples stay in JSON terms",
      input: object({
        a: { type: ["string", "null"] },
        b: { type: "string", nullable: true },
        c: { type: "array", items: [{ type: "string" }, { type: "number" }] },
      }),
      expected: object({
        a: { type: ["string", "null"] },
        b: { type: ["string", "null"] },
        c: { type: "array", prefixItems: [{ type: "string" }, { type: "number" }] },
      }),
    },
    {
      name: "keywords without counterpart become hints",
      input: object({
        a: { type: "string", description: "A.", minLength: "2", pattern: "^x", format: "uri", default: "q" },
      }),
      expected: object({ a: { type: "string", description: "A. (format uri; minLength 2; pattern ^x; default q)" } }),
    },
    {
      name: "formats stay only where the type knows them",
      input: object({
        a: { type: "string", format: "date-time" },
        b: { type: "integer", format: "int32" },
        c: { type: "string", format: "int64" },
      }),
      expected: object({
        a: { type: "string", format: "date-time" },
        b: { type: "integer", format: "int32" },
        c: { type: "string" },
      }),
    },
    {
      name: "additionalProperties stay and are cleaned",
      input: object(
        { a: { type: "object", additionalProperties: { type: "string", $comment: "x" } }, b: true },
        { additionalProperties: false },
      ),
      expected: object(
        { a: { type: "object", additionalProperties: { type: "string" } }, b: {} },
        { additionalProperties: false },
      ),
    },
  ];
  for (const { name, input, expected } of cases) {
    test(name, () => {
      const before = JSON.stringify(input);
      const out = sanitizeParameters(input, "json");
      const { required, ...rest } = out as { required?: string[] };
      const { required: wanted, ...wantedRest } = expected as { required?: string[] };
      expect(rest).toEqual(wantedRest);
      expect(required?.toSorted()).toEqual(wanted?.toSorted() as string[]);
      expect(JSON.stringify(input)).toBe(before);
    });
  }

  test("gemini traps 30 to 39: nothing of any of these is left that a dialect does not know", () => {
    const known = {
      json: /^(type|format|title|description|enum|items|prefixItems|minItems|maxItems|minimum|maximum|anyOf|properties|additionalProperties|required|propertyOrdering)$/,
      openapi:
        /^(type|format|title|description|nullable|enum|items|minItems|maxItems|minLength|maxLength|minProperties|maxProperties|minimum|maximum|pattern|properties|propertyOrdering|required|anyOf|default)$/,
    };
    const strange = (node: unknown, dialect: "json" | "openapi"): string[] => {
      if (Array.isArray(node)) return node.flatMap((item) => strange(item, dialect));
      if (typeof node !== "object" || node === null) return [];
      return Object.entries(node).flatMap(([key, value]) => {
        if (key === "properties") return Object.values(value as object).flatMap((inner) => strange(inner, dialect));
        if (key === "default" || key === "enum") return [];
        return [...(known[dialect].test(key) ? [] : [key]), ...strange(value, dialect)];
      });
    };
    for (const dialect of ["json", "openapi"] as const) {
      for (const { name, input } of cases) {
        const schema = sanitizeParameters(input, dialect);
        expect([name, schema?.["type"]]).toEqual([name, dialect === "json" ? "object" : "OBJECT"]);
        expect([name, strange(schema, dialect)]).toEqual([name, []]);
      }
    }
  });

  test("gemini trap 38: a tool without parameters has no schema", () => {
    expect(sanitizeParameters(undefined, "json")).toBeUndefined();
    expect(sanitizeParameters({ type: "object", properties: {} }, "json")).toBeUndefined();
    expect(sanitizeParameters({}, "json")).toBeUndefined();
  });

  test("references that multiply are cut instead of growing without bound", () => {
    const $defs: Record<string, unknown> = {};
    for (let at = 0; at < 12; at++) {
      const next = at === 11 ? { type: "string" } : { $ref: `#/$defs/D${at + 1}` };
      $defs[`D${at}`] = object(Object.fromEntries(Array.from({ length: 8 }, (_item, key) => [`k${key}`, next])));
    }
    const started = performance.now();
    const text = JSON.stringify(sanitizeParameters(object({ a: { $ref: "#/$defs/D0" } }, { $defs }), "json"));
    expect(text.length).toBeLessThan(5_000_000);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test("a deep schema does not overflow the stack", () => {
    let schema: Record<string, unknown> = { type: "string" };
    for (let at = 0; at < 5000; at++) schema = object({ a: schema });
    expect(sanitizeSchema(schema, "json")["type"]).toBe("object");
  });

  test("the same schema object is cleaned once", () => {
    const schema = object({ a: { type: "string" } });
    expect(sanitizeSchema(schema, "json")).toBe(sanitizeSchema(schema, "json"));
  });
});

describe("openapi dialect", () => {
  const cases: { name: string; input: Record<string, unknown>; expected: unknown }[] = [
    {
      name: "types are upper case",
      input: { type: "string", minLength: 1, pattern: "x" },
      expected: { type: "STRING", minLength: 1, pattern: "x" },
    },
    {
      name: "null alternatives become nullable",
      input: { anyOf: [{ type: "string" }, { type: "null" }], description: "d" },
      expected: { type: "STRING", description: "d", nullable: true },
    },
    { name: "nullable type arrays", input: { type: ["string", "null"] }, expected: { type: "STRING", nullable: true } },
    {
      name: "several types become alternatives",
      input: { type: ["string", "integer"] },
      expected: { anyOf: [{ type: "STRING" }, { type: "INTEGER" }] },
    },
    {
      name: "a node with anyOf carries nothing else",
      input: { anyOf: [{ type: "string" }, { type: "integer", description: "own" }], description: "d", title: "t" },
      expected: {
        anyOf: [
          { type: "STRING", description: "d" },
          { type: "INTEGER", description: "own" },
        ],
      },
    },
    {
      name: "gemini trap 64: a numeric enum becomes a hint",
      input: { type: "integer", enum: [1, 2] },
      expected: { type: "INTEGER", description: "(one of 1, 2)" },
    },
    {
      name: "additionalProperties go",
      input: { type: "object", properties: { a: {} }, additionalProperties: false },
      expected: { type: "OBJECT", properties: { a: { type: "STRING" } } },
    },
    {
      name: "tuples become alternatives",
      input: { type: "array", items: [{ type: "string" }, { type: "number" }] },
      expected: { type: "ARRAY", items: { anyOf: [{ type: "STRING" }, { type: "NUMBER" }] } },
    },
  ];
  for (const { name, input, expected } of cases) {
    test(name, () => {
      expect(sanitizeSchema(input, "openapi")).toEqual(expected as Record<string, unknown>);
    });
  }
});

describe("schemas of Gemini clients", () => {
  test("upper-case types, nullable and int64 strings become JSON Schema", () => {
    const schema = {
      type: "OBJECT",
      properties: {
        type: { type: "STRING", nullable: true },
        list: { type: "ARRAY", minItems: "1", items: { type: "INTEGER" } },
      },
      any_of: [{ type: "STRING" }],
    };
    expect(schemaFromOpenApi(schema)).toEqual({
      type: "object",
      properties: {
        type: { type: ["string", "null"] },
        list: { type: "array", minItems: 1, items: { type: "integer" } },
      },
      anyOf: [{ type: "string" }],
    });
  });

  test("the JSON Schema field wins and is kept as it is", () => {
    expect(
      readSchema({ parametersJsonSchema: { type: "object", x: 1 }, parameters: { type: "STRING" } }, "parameters"),
    ).toEqual({ type: "object", x: 1 });
    expect(readSchema({ parameters_json_schema: { x: 1 } }, "parameters")).toEqual({ x: 1 });
    expect(readSchema({}, "response")).toBeUndefined();
  });

  test("Google's type names in the JSON Schema field become JSON Schema's own", () => {
    const schema = { type: "OBJECT", properties: { score: { type: "INTEGER" } }, required: ["score"] };
    expect(readSchema({ responseJsonSchema: schema }, "response")).toEqual({
      type: "object",
      properties: { score: { type: "integer" } },
      required: ["score"],
    });
    const inside = { type: "object", properties: { a: { type: "STRING" }, b: { oneOf: [{ type: "NULL" }] } } };
    expect(readSchema({ parametersJsonSchema: inside }, "parameters")).toEqual({
      type: "object",
      properties: { a: { type: "string" }, b: { oneOf: [{ type: "null" }] } },
    });
  });
});
