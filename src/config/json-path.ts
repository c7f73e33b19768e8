// Paths into a JSON document: how they are written for people and how a value is looked up by one.

/** Keys and indices from the top of the document; empty for the document itself. */
export type JsonPath = readonly (string | number)[];

/** A JSON object as parsed. Keys may be anything, `__proto__` included: read own properties only. */
export type JsonObject = Record<string, unknown>;

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `upstreams[2].model_map["gpt-4.1"]`; "" for the document itself. Long or odd keys are quoted and cut at 60 characters. */
export function formatPath(path: JsonPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (PLAIN_KEY.test(part) && part.length <= 60) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part.slice(0, 60))}]`;
  }
  return text;
}

/** Whether a value is a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own property of an object; undefined when it is inherited or absent. */
export function ownValue(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The value at a path; undefined where the path leads nowhere. Never looks at inherited properties. */
export function valueAt(document: unknown, path: JsonPath): unknown {
  let value = document;
  for (const part of path) {
    if (Array.isArray(value) && typeof part === "number") value = value[part];
    else if (isJsonObject(value)) value = ownValue(value, String(part));
    else return undefined;
  }
  return value;
}
