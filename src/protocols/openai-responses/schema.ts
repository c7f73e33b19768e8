// JSON Schemas of tools and outputs in the form that OpenAI accepts.

import type { JsonSchema } from "../../core/request.ts";
import { arrayOf, isObject, type JsonObject, objectOf, objectsOf } from "./wire.ts";

const UNION_KEYWORDS = ["anyOf", "oneOf", "allOf"] as const;

/** A tool schema whose root OpenAI accepts, and whether something had to be loosened for it. */
export interface RootSchema {
  readonly schema: JsonObject;
  readonly isLoosened: boolean;
}

/**
 * Makes the root an object schema: adds `type` and `properties`, merges a union at the root into one object with the
 * properties of all branches (which no longer says which belong together). Returns the argument itself if it is fine.
 */
export function objectRootSchema(schema: JsonSchema | undefined): RootSchema {
  if (!schema) return { schema: { type: "object", properties: {} }, isLoosened: false };
  const unions = UNION_KEYWORDS.filter((keyword) => Array.isArray(schema[keyword]));
  if (unions.length === 0) {
    if (schema["type"] === "object" && isObject(schema["properties"])) return { schema, isLoosened: false };
    return { schema: { ...schema, type: "object", properties: objectOf(schema["properties"]) }, isLoosened: false };
  }
  const merged: Record<string, unknown> = { ...schema, type: "object" };
  const properties: Record<string, unknown> = { ...objectOf(schema["properties"]) };
  const required = new Set(arrayOf(schema["required"]));
  for (const keyword of unions) {
    delete merged[keyword];
    for (const branch of objectsOf(schema[keyword])) {
      for (const [name, property] of Object.entries(objectOf(branch["properties"]))) properties[name] ??= property;
      if (keyword === "allOf") for (const name of arrayOf(branch["required"])) required.add(name);
    }
  }
  merged["properties"] = properties;
  if (required.size > 0) merged["required"] = [...required];
  return { schema: merged, isLoosened: true };
}

/**
 * Whether a schema meets strict mode's conditions: every object is closed (`additionalProperties: false`) and lists
 * all its properties in `required`. Walks the whole schema.
 */
export function isStrictSchema(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrictSchema);
  if (!isObject(schema)) return true;
  if (isObject(schema["properties"]) || schema["type"] === "object") {
    if (schema["additionalProperties"] !== false) return false;
    const required = new Set(arrayOf(schema["required"]));
    const properties = objectOf(schema["properties"]);
    if (!Object.keys(properties).every((name) => required.has(name))) return false;
    if (!Object.values(properties).every(isStrictSchema)) return false;
  }
  for (const keyword of ["items", "anyOf", "oneOf", "allOf", "prefixItems"]) {
    if (keyword in schema && !isStrictSchema(schema[keyword])) return false;
  }
  for (const keyword of ["$defs", "definitions"]) {
    if (!Object.values(objectOf(schema[keyword])).every(isStrictSchema)) return false;
  }
  return true;
}
