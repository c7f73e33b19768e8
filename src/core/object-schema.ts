// What OpenAI's models take as the schema of an answer: an object at the root.

import type { JsonSchema } from "./request.ts";

const UNIONS = ["anyOf", "oneOf", "allOf"] as const;

/** Whether the root says that it is an object, or says nothing that makes it anything else. */
export function isObjectSchema(schema: JsonSchema): boolean {
  if (schema["type"] !== undefined) return schema["type"] === "object";
  const isUnion = UNIONS.some((keyword) => Array.isArray(schema[keyword]));
  return !isUnion && schema["enum"] === undefined && schema["$ref"] === undefined;
}
