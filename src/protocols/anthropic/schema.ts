// JSON Schemas as the Messages API wants them: tool inputs with an object at the root, output formats closed.

import type { JsonSchema } from "../../core/request.ts";
import { isObject, stringsOf, textOf, type WireObject } from "./wire.ts";

const EMPTY: JsonSchema = { type: "object", properties: {} };
const UNIONS = ["anyOf", "oneOf", "allOf"] as const;

/**
 * A tool's input schema with `type: "object"` and `properties` at the root; unions at the root are flattened into one
 * object. The same object is returned when nothing has to change; absent and non-object schemas mean no parameters.
 */
export function toolSchema(schema: JsonSchema | undefined): JsonSchema {
  if (!isObject(schema)) return EMPTY;
  const hasUnion = UNIONS.some((key) => Array.isArray(schema[key]));
  if (!hasUnion && schema["type"] === "object" && isObject(schema["properties"])) return schema;
  const root = hasUnion ? flattenUnions(schema) : { ...schema };
  return { ...root, type: "object", properties: isObject(root["properties"]) ? root["properties"] : {} };
}

/** Merges the branches of root unions: all properties, and the required ones that hold whichever branch applies. */
function flattenUnions(schema: JsonSchema): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) if (!isUnion(key)) merged[key] = value;
  const properties: Record<string, unknown> = isObject(schema["properties"]) ? { ...schema["properties"] } : {};
  const required = new Set(stringsOf(schema["required"]) ?? []);
  for (const union of UNIONS) {
    const branches = Array.isArray(schema[union]) ? schema[union].filter(isObject) : [];
    for (const branch of branches) {
      if (isObject(branch["properties"])) addMissing(properties, branch["properties"]);
    }
    for (const name of commonRequired(union, branches)) required.add(name);
  }
  merged["properties"] = properties;
  if (required.size > 0) merged["required"] = [...required];
  return merged;
}

function isUnion(key: string): boolean {
  return key === "anyOf" || key === "oneOf" || key === "allOf";
}

function addMissing(properties: Record<string, unknown>, more: WireObject): void {
  for (const [name, schema] of Object.entries(more)) if (!Object.hasOwn(properties, name)) properties[name] = schema;
}

function commonRequired(union: (typeof UNIONS)[number], branches: readonly WireObject[]): readonly string[] {
  const lists = branches.map((branch) => stringsOf(branch["required"]) ?? []);
  if (union === "allOf") return lists.flat();
  const [first, ...others] = lists;
  return (first ?? []).filter((name) => others.every((list) => list.includes(name)));
}

/** Whether every object in a schema has `additionalProperties: false`, as `strict` demands. */
export function isClosed(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isClosed);
  if (!isObject(schema)) return true;
  if (isObject(schema["properties"])) {
    if (schema["additionalProperties"] !== false) return false;
    if (!Object.values(schema["properties"]).every(isClosed)) return false;
  }
  const inner = [schema["items"], schema["anyOf"], schema["oneOf"], schema["allOf"]];
  const definitions = [schema["$defs"], schema["definitions"]].filter(isObject).flatMap(Object.values);
  return inner.every(isClosed) && definitions.every(isClosed);
}

/** Keywords that structured outputs accept. @source platform.claude.com structured outputs; vai sanitize-json-schema.ts */
const OUTPUT_KEYWORDS: ReadonlySet<string> = new Set([
  "type",
  "properties",
  "required",
  "items",
  "enum",
  "const",
  "anyOf",
  "allOf",
  "$ref",
  "$defs",
  "definitions",
  "additionalProperties",
  "description",
  "title",
  "default",
]);

const OUTPUT_FORMATS: ReadonlySet<string> = new Set([
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
]);

/**
 * An output schema that structured outputs accept: objects closed, `oneOf` as `anyOf`, unsupported keywords
 * (`minimum`, `pattern`, `maxItems`, unknown formats) moved into the description.
 */
export function outputSchema(schema: WireObject): WireObject {
  return sanitize(schema);
}

function sanitize(schema: WireObject): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  const notes: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties" || key === "$defs" || key === "definitions") clean[key] = sanitizeMap(value);
    else if (key === "items" && isObject(value)) clean["items"] = sanitize(value);
    else if ((key === "anyOf" || key === "oneOf" || key === "allOf") && Array.isArray(value)) {
      clean[key === "oneOf" ? "anyOf" : key] = value.map(sanitizeValue);
    } else if (OUTPUT_KEYWORDS.has(key)) clean[key] = value;
    else if (key === "format" && OUTPUT_FORMATS.has(String(value))) clean[key] = value;
    else if (key === "minItems" && (value === 0 || value === 1)) clean[key] = value;
    else if (!key.startsWith("$")) notes.push(`${key}: ${JSON.stringify(value)}`);
  }
  if (isObject(clean["properties"]) || clean["type"] === "object") clean["additionalProperties"] = false;
  if (notes.length > 0) {
    const description = textOf(clean["description"]);
    clean["description"] = `${description === undefined ? "" : `${description} `}(${notes.join(", ")})`;
  }
  return clean;
}

function sanitizeValue(value: unknown): unknown {
  return isObject(value) ? sanitize(value) : value;
}

function sanitizeMap(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, sanitizeValue(schema)]));
}
