// The settings of config.json as a list, taken from its schema, so that a form can show them all: type, range, unit,
// default. Upstreams, client keys and the password have forms of their own and are left out.

import * as z from "zod";
import { isJsonObject, type JsonObject, type JsonPath, ownValue } from "./json-path.ts";
import { parseConfig } from "./parse-config.ts";
import { CONFIG_FILE } from "./schema.ts";

const ELSEWHERE: ReadonlySet<string> = new Set(["upstreams", "client_keys", "admin_password_hash"]);

/** One setting. */
export interface SettingField {
  readonly path: readonly [string, ...string[]];
  readonly type: "integer" | "number" | "boolean" | "string" | "enum" | "list";
  /** `ms`, `bytes`, `days` or "". */
  readonly unit: string;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly options: readonly string[] | null;
  /** As it would stand in the file; null where there is none. */
  readonly default: unknown;
}

/** All settings in the order of the schema. */
export function settingFields(): SettingField[] {
  const fields: SettingField[] = [];
  const defaults = defaultSettings();
  for (const [name, schema] of Object.entries(CONFIG_FILE.shape))
    if (!ELSEWHERE.has(name)) collect(schema, [name], defaults, fields);
  return fields;
}

/** The settings in force: what the document says, the default elsewhere; unknown fields left out. */
export function settingsInForce(document: JsonObject, fields: readonly SettingField[]): JsonObject {
  const settings: JsonObject = {};
  for (const { path, default: otherwise } of fields) {
    const value = settingAt(document, path) ?? otherwise;
    let section = settings;
    for (const name of path.slice(0, -1)) {
      const inner = ownValue(section, name);
      if (isJsonObject(inner)) section = inner;
      else {
        const created: JsonObject = {};
        section[name] = created;
        section = created;
      }
    }
    section[path[path.length - 1] as string] = value;
  }
  return settings;
}

/** What the document itself says; undefined for nothing. */
export function settingAt(document: JsonObject, path: readonly string[]): unknown {
  let value: unknown = document;
  for (const name of path) value = isJsonObject(value) ? ownValue(value, name) : undefined;
  return value;
}

/**
 * Applies changed settings: objects are merged field by field, `null` puts a field back to its default, sections that
 * end up empty go. `unknown` are the paths of fields that are no settings; the document is then not to be used.
 */
export function patchSettings(
  document: JsonObject,
  patch: JsonObject,
): { readonly document: JsonObject; readonly unknown: readonly JsonPath[] } {
  const unknown: JsonPath[] = [];
  const shape = Object.fromEntries(Object.entries(CONFIG_FILE.shape).filter(([name]) => !ELSEWHERE.has(name)));
  return { document: merge(document, patch, shape, [], unknown), unknown };
}

function merge(
  before: JsonObject,
  patch: JsonObject,
  shape: Readonly<Record<string, unknown>>,
  path: readonly string[],
  unknown: JsonPath[],
): JsonObject {
  const fields = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(patch)) {
    const place = [...path, name];
    if (!Object.hasOwn(shape, name)) {
      unknown.push(place);
      continue;
    }
    const schema = unwrapped(shape[name]);
    if (value === null) fields.delete(name);
    else if (schema instanceof z.ZodObject && isJsonObject(value)) {
      const earlier = fields.get(name);
      const merged = merge(isJsonObject(earlier) ? earlier : {}, value, schema.shape, place, unknown);
      if (Object.keys(merged).length > 0) fields.set(name, merged);
      else fields.delete(name);
    } else fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

function collect(
  schema: unknown,
  path: readonly [string, ...string[]],
  defaults: JsonObject,
  fields: SettingField[],
): void {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject) {
    for (const [name, field] of Object.entries(inner.shape)) collect(field, [...path, name], defaults, fields);
    return;
  }
  const name = path[path.length - 1] as string;
  const number = inner instanceof z.ZodNumber ? inner : null;
  fields.push({
    path,
    type: typeOf(inner),
    unit: /_ms$/.test(name) ? "ms" : /_bytes$/.test(name) ? "bytes" : /(^|_)days$/.test(name) ? "days" : "",
    minimum: number?.minValue ?? null,
    maximum: number?.maxValue ?? null,
    options: inner instanceof z.ZodEnum ? inner.options.map(String) : null,
    default: settingAt(defaults, path.map(camelCase)) ?? null,
  });
}

function typeOf(schema: unknown): SettingField["type"] {
  if (schema instanceof z.ZodBoolean) return "boolean";
  if (schema instanceof z.ZodNumber) return schema.format === "safeint" ? "integer" : "number";
  if (schema instanceof z.ZodEnum) return "enum";
  return schema instanceof z.ZodArray ? "list" : "string";
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? unwrapped(schema.unwrap()) : schema;
}

/** What an empty file amounts to, as plain JSON with the program's names. */
function defaultSettings(): JsonObject {
  const result = parseConfig("{}", { version: 1 });
  if (!result.ok) throw new Error("the empty configuration is valid");
  return JSON.parse(
    JSON.stringify(result.config, (_name, value: unknown) => (value instanceof Set ? [...value] : value)),
  );
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
