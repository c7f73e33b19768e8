// The keywords of one schema node for the sanitiser: type, enum, format, bounds. No recursion here.

import { asNumber, isObject, type WireObject } from "./wire.ts";

/** Which vocabulary the target takes. */
export type SchemaDialect = "json" | "openapi";

/** A schema under construction, and the hints that go into its description. */
export interface Draft {
  readonly dialect: SchemaDialect;
  readonly out: Record<string, unknown>;
  readonly hints: string[];
}

const STRING_FORMATS: ReadonlySet<string> = new Set(["enum", "date-time"]);
const NUMBER_FORMATS: ReadonlySet<string> = new Set(["float", "double", "int32", "int64"]);

/** Bounds that both dialects know; protobuf int64, so strings of digits are legal. */
const SHARED_BOUNDS = ["minItems", "maxItems", "minimum", "maximum"] as const;
const OPENAPI_BOUNDS = ["minLength", "maxLength", "minProperties", "maxProperties"] as const;

/** Keywords without counterpart whose meaning is worth a hint in the description. */
const HINTED = ["multipleOf", "uniqueItems", "patternProperties", "propertyNames"] as const;

/** Writes `type` (and `nullable`), guessing it from other keywords where it is missing. */
export function cleanType(node: WireObject, draft: Draft): void {
  const { dialect, out } = draft;
  const named = typesOf(node["type"]);
  const types = named.length > 0 ? named : guessTypes(node);
  const real = types.filter((type) => type !== "null");
  const isNullable = node["nullable"] === true || real.length < types.length;
  if (dialect === "json") {
    const all = isNullable && types.length > 0 ? [...real, "null"] : real;
    if (all.length > 0) out["type"] = all.length === 1 ? all[0] : all;
    return;
  }
  if (isNullable) out["nullable"] = true;
  if (real.length === 1) out["type"] = real[0]?.toUpperCase();
  else if (real.length > 1) {
    const branches = real.map((type) =>
      type === "array" ? { type: "ARRAY", items: { type: "STRING" } } : { type: type.toUpperCase() },
    );
    if (node["anyOf"] === undefined && node["oneOf"] === undefined) out["anyOf"] = branches;
  } else if (isNullable && types.length > 0) out["type"] = "NULL";
}

/** Writes `enum` without `null` and `""`; OpenAPI takes strings only, and booleans are better off as a type. */
export function cleanEnum(node: WireObject, draft: Draft): void {
  const { enum: values } = node;
  if (!Array.isArray(values)) return;
  const kept = values.filter((value) => value !== null && value !== "" && typeof value !== "object");
  if (kept.length === 0) return;
  if (kept.every((value) => typeof value === "boolean")) {
    draft.out["type"] = draft.dialect === "openapi" ? "BOOLEAN" : "boolean";
    if (new Set(kept).size === 1) draft.hints.push(`always ${kept[0]}`);
    return;
  }
  const hasNumbers = kept.some((value) => typeof value !== "string");
  if (!hasNumbers || draft.dialect === "json") {
    draft.out["enum"] = kept.map((value) => (typeof value === "boolean" ? String(value) : value));
    return;
  }
  if (draft.out["type"] === "STRING") draft.out["enum"] = kept.map(String);
  else draft.hints.push(`one of ${kept.join(", ")}`);
}

/** Writes `format` where Gemini knows it for the type; others become a hint. */
export function cleanFormat(node: WireObject, draft: Draft): void {
  const { format } = node;
  if (typeof format !== "string" || format === "") return;
  const type = typesOf(draft.out["type"]).find((name) => name !== "null");
  const allowed = type === "number" || type === "integer" ? NUMBER_FORMATS : STRING_FORMATS;
  const isEnumWithoutValues = format === "enum" && draft.out["enum"] === undefined;
  if (allowed.has(format) && !isEnumWithoutValues) draft.out["format"] = format;
  else if (!NUMBER_FORMATS.has(format) && format !== "enum") draft.hints.push(`format ${format}`);
}

/** Writes bounds, turns exclusive ones into inclusive ones, and keeps the rest as hints. */
export function cleanNumbers(node: WireObject, draft: Draft): void {
  const { dialect, out, hints } = draft;
  for (const key of SHARED_BOUNDS) copyNumber(key, node, out);
  cleanExclusive(node, draft);
  if (dialect === "openapi") {
    for (const key of OPENAPI_BOUNDS) copyNumber(key, node, out);
    if (typeof node["pattern"] === "string") out["pattern"] = node["pattern"];
    if (node["default"] !== undefined) out["default"] = node["default"];
  } else {
    for (const key of OPENAPI_BOUNDS)
      if (asNumber(node[key]) !== undefined) hints.push(`${key} ${asNumber(node[key])}`);
    if (typeof node["pattern"] === "string") hints.push(`pattern ${node["pattern"]}`);
    if (isScalar(node["default"])) hints.push(`default ${node["default"]}`);
  }
  for (const key of HINTED) {
    const value = node[key];
    if (value === undefined || value === false) continue;
    hints.push(isScalar(value) && value !== true ? `${key} ${value}` : key);
  }
}

/** Whether a cleaned schema allows only null. */
export function isNullType(schema: WireObject): boolean {
  return typeof schema["type"] === "string" && schema["type"].toLowerCase() === "null";
}

function cleanExclusive(node: WireObject, { out, hints }: Draft): void {
  if (node["exclusiveMinimum"] === undefined && node["exclusiveMaximum"] === undefined) return;
  const isInteger = typesOf(out["type"]).includes("integer");
  const minimum = node["exclusiveMinimum"] === true ? out["minimum"] : node["exclusiveMinimum"];
  const maximum = node["exclusiveMaximum"] === true ? out["maximum"] : node["exclusiveMaximum"];
  if (typeof minimum === "number") {
    out["minimum"] = isInteger ? minimum + 1 : minimum;
    if (!isInteger) hints.push(`> ${minimum}`);
  }
  if (typeof maximum === "number") {
    out["maximum"] = isInteger ? maximum - 1 : maximum;
    if (!isInteger) hints.push(`< ${maximum}`);
  }
}

function guessTypes(node: WireObject): string[] {
  if (isObject(node["properties"])) return ["object"];
  if (node["items"] !== undefined || node["prefixItems"] !== undefined) return ["array"];
  const { enum: values } = node;
  if (!Array.isArray(values)) return [];
  const kept = values.filter((value) => value !== null);
  return kept.length > 0 && kept.every((value) => typeof value === "number") ? ["number"] : ["string"];
}

function typesOf(type: unknown): string[] {
  const list = Array.isArray(type) ? type : [type];
  return list
    .filter((name) => typeof name === "string" && name !== "" && name !== "TYPE_UNSPECIFIED")
    .map((name) => String(name).toLowerCase());
}

function copyNumber(key: string, node: WireObject, out: Record<string, unknown>): void {
  const number = asNumber(node[key]);
  if (number !== undefined) out[key] = number;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
