// Reads the OpenAPI dialect that Gemini clients write (`parameters`, `responseSchema`) as JSON Schema.

import type { JsonSchema } from "../../core/request.ts";
import { asNumber, isObject, readField, type WireObject } from "./wire.ts";

const MAX_DEPTH = 64;

/** snake_case spellings of keywords with more than one word. */
const SNAKE_KEYS: Readonly<Record<string, string>> = {
  any_of: "anyOf",
  prefix_items: "prefixItems",
  min_items: "minItems",
  max_items: "maxItems",
  min_length: "minLength",
  max_length: "maxLength",
  min_properties: "minProperties",
  max_properties: "maxProperties",
  property_ordering: "propertyOrdering",
  additional_properties: "additionalProperties",
};

const INT64_KEYS: ReadonlySet<string> = new Set([
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
]);

/** Keywords with a list of schemas. */
const LISTS: ReadonlySet<string> = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);

/** JSON Schema with lower-case types, `nullable` as a type, int64 strings as numbers. Never throws. */
export function schemaFromOpenApi(schema: WireObject): JsonSchema {
  return readNode(schema, 0);
}

function readNode(node: WireObject, depth: number): WireObject {
  if (depth > MAX_DEPTH) return {};
  const out: Record<string, unknown> = {};
  for (const [rawKey, value] of Object.entries(node)) {
    const key = (Object.hasOwn(SNAKE_KEYS, rawKey) ? SNAKE_KEYS[rawKey] : undefined) ?? rawKey;
    if (value === null || key === "nullable") continue;
    out[key] = readKeyword(key, value, depth);
  }
  if (node["nullable"] === true) makeNullable(out);
  return out;
}

function readKeyword(key: string, value: unknown, depth: number): unknown {
  if (key === "type") return lowerCase(value);
  if ((key === "properties" || key === "$defs" || key === "definitions") && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, child]) => [name, isObject(child) ? readNode(child, depth + 1) : child]),
    );
  }
  if ((key === "items" || key === "additionalProperties") && isObject(value)) return readNode(value, depth + 1);
  if (LISTS.has(key) && Array.isArray(value)) {
    return value.map((child) => (isObject(child) ? readNode(child, depth + 1) : child));
  }
  return INT64_KEYS.has(key) ? (asNumber(value) ?? value) : value;
}

function lowerCase(type: unknown): unknown {
  if (Array.isArray(type)) return type.map(lowerCase);
  return typeof type === "string" ? type.toLowerCase() : type;
}

function makeNullable(out: Record<string, unknown>): void {
  if (typeof out["type"] === "string") out["type"] = [out["type"], "null"];
  else if (Array.isArray(out["anyOf"])) out["anyOf"] = [...out["anyOf"], { type: "null" }];
}

/** Schema of a function or an answer, from whichever of the two fields holds it; undefined when neither does. */
export function readSchema(holder: WireObject, prefix: "parameters" | "response"): JsonSchema | undefined {
  const [openApi, openApiSnake, json, jsonSnake] =
    prefix === "parameters"
      ? ["parameters", "parameters", "parametersJsonSchema", "parameters_json_schema"]
      : ["responseSchema", "response_schema", "responseJsonSchema", "response_json_schema"];
  const jsonSchema = readField(holder, json, jsonSnake);
  if (isObject(jsonSchema)) return isSpelledAsOpenApi(jsonSchema) ? schemaFromOpenApi(jsonSchema) : jsonSchema;
  const schema = readField(holder, openApi, openApiSnake);
  return isObject(schema) ? schemaFromOpenApi(schema) : undefined;
}

/** Google takes its own type names in JSON Schema too, which is how Gemini CLI asks for a model; nobody else does. */
function isSpelledAsOpenApi({ type, properties }: WireObject): boolean {
  const children = isObject(properties) ? Object.values(properties) : [];
  return isUpperCase(type) || children.some((child) => isObject(child) && isUpperCase(child["type"]));
}

function isUpperCase(type: unknown): boolean {
  return typeof type === "string" && type !== type.toLowerCase();
}
