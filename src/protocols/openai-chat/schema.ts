// JSON Schemas of tools and answers in the form that chat servers accept.

import type { JsonSchema } from "../../core/request.ts";

const COMBINATORS = ["anyOf", "oneOf", "allOf"] as const;

/** A schema for `function.parameters`, and whether its meaning had to be loosened. */
export interface ToolParameters {
  readonly schema: JsonSchema;
  readonly isFlattened: boolean;
}

/**
 * Makes the root an object schema: adds `type` and `properties` where missing and merges root unions, which
 * OpenAI refuses. Keys other than those stay as they are; the argument is not changed.
 */
export function toolParameters(schema: JsonSchema | undefined): ToolParameters {
  if (!schema) return { schema: { type: "object", properties: {} }, isFlattened: false };
  const isFlattened = COMBINATORS.some((key) => Array.isArray(schema[key]));
  const flat = isFlattened ? flattenRoot(schema) : schema;
  if (flat["type"] === "object" && plainObjectOrNull(flat["properties"])) return { schema: flat, isFlattened };
  return { schema: { ...flat, type: "object", properties: plainObject(flat["properties"]) }, isFlattened };
}

/** Properties of all branches; required is what every alternative requires. */
function flattenRoot(schema: JsonSchema): JsonSchema {
  const { anyOf, oneOf, allOf, ...rest } = schema;
  const properties: Record<string, unknown> = { ...plainObject(rest["properties"]) };
  let required = new Set(names(rest["required"]));
  for (const branch of branches(allOf)) {
    Object.assign(properties, plainObject(branch["properties"]));
    for (const name of names(branch["required"])) required.add(name);
  }
  for (const union of [branches(anyOf), branches(oneOf)]) {
    if (union.length === 0) continue;
    for (const branch of union) {
      for (const [name, value] of Object.entries(plainObject(branch["properties"]))) properties[name] ??= value;
    }
    const common = union.map((branch) => new Set(names(branch["required"]))).reduce((a, b) => a.intersection(b));
    required = required.union(common);
  }
  const flat: Record<string, unknown> = { ...rest, type: "object", properties };
  if (required.size > 0) flat["required"] = [...required];
  else delete flat["required"];
  return flat;
}

/**
 * Whether strict mode would accept the schema: every object closed (`additionalProperties: false`) with all its
 * properties required. Looks into properties, items, unions and definitions.
 */
export function isStrictSchema(schema: unknown): boolean {
  const node = plainObjectOrNull(schema);
  if (!node) return true;
  const properties = plainObjectOrNull(node["properties"]);
  const isObject = properties !== null || node["type"] === "object";
  if (isObject) {
    if (node["additionalProperties"] !== false) return false;
    const required = new Set(names(node["required"]));
    for (const name of Object.keys(properties ?? {})) if (!required.has(name)) return false;
  }
  return children(node).every(isStrictSchema);
}

function children(node: Readonly<Record<string, unknown>>): unknown[] {
  const found: unknown[] = [node["items"]];
  for (const key of ["properties", "$defs", "definitions"]) found.push(...Object.values(plainObject(node[key])));
  for (const key of COMBINATORS) found.push(...branches(node[key]));
  return found;
}

function branches(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(plainObject) : [];
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}

function plainObject(value: unknown): Readonly<Record<string, unknown>> {
  return plainObjectOrNull(value) ?? {};
}

function plainObjectOrNull(value: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return value as Readonly<Record<string, unknown>>;
}
