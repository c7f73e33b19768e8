// Turns any JSON Schema into one that Gemini accepts: one keyword it does not know fails the whole request.
// Two dialects: "json" for parametersJsonSchema / responseJsonSchema, "openapi" for parameters / responseSchema.
// Works on schemas only: keys of `properties` are names, and argument values never come here.
// @source gemini.md §A.5 (type comments of @google/genai 3.1.0 and live 400 texts), seen 2026-11.

import type { JsonSchema } from "../../core/request.ts";
import {
  cleanEnum,
  cleanFormat,
  cleanNumbers,
  cleanType,
  type Draft,
  isNullType,
  type SchemaDialect,
} from "./schema-keywords.ts";
import { isObject, type WireObject } from "./wire.ts";

interface Walk {
  readonly root: WireObject;
  readonly dialect: SchemaDialect;
  /** References being expanded, to cut cycles. */
  readonly refs: readonly string[];
  readonly depth: number;
  /** Nodes that may still be made: expanding references can grow a small schema without bound. */
  readonly budget: { left: number };
}

const MAX_DEPTH = 40;
const MAX_REF_DEPTH = 12;
const MAX_NODES = 20_000;

/** Cleaned schemas by the client's own object: attempts at several upstreams encode the same request again. */
const cache: Record<SchemaDialect, WeakMap<JsonSchema, WireObject>> = { json: new WeakMap(), openapi: new WeakMap() };

/** Schema of a tool's parameters: always an object; undefined when it declares no properties. Never throws. */
export function sanitizeParameters(schema: JsonSchema | undefined, dialect: SchemaDialect): WireObject | undefined {
  if (!schema) return undefined;
  const cleaned = forceObject(sanitizeSchema(schema, dialect), dialect);
  const { properties } = cleaned;
  return isObject(properties) && Object.keys(properties).length > 0 ? cleaned : undefined;
}

/** A schema in the given dialect; the root may be of any type. Never throws, never changes its argument. */
export function sanitizeSchema(schema: JsonSchema, dialect: SchemaDialect): WireObject {
  const known = cache[dialect].get(schema);
  if (known) return known;
  const walk: Walk = { root: schema, dialect, refs: [], depth: 0, budget: { left: MAX_NODES } };
  const cleaned = clean(schema, walk) || {};
  cache[dialect].set(schema, cleaned);
  return cleaned;
}

/** A cleaned node; `false` when the schema matches nothing and its place has to go. */
function clean(node: unknown, walk: Walk): WireObject | false {
  if (node === false) return false;
  if (!isObject(node)) return finishEmpty(walk);
  walk.budget.left -= 1;
  if (walk.budget.left < 0 || walk.depth > MAX_DEPTH) return { type: spell("object", walk.dialect) };
  if (typeof node["$ref"] === "string") return cleanReference(node, node["$ref"], walk);
  if (Array.isArray(node["allOf"])) return clean(mergeAll(node, walk), walk);
  return cleanPlain(node, walk);
}

function cleanReference(node: WireObject, ref: string, walk: Walk): WireObject | false {
  const type = spell("object", walk.dialect);
  const name = ref.slice(ref.lastIndexOf("/") + 1);
  if (walk.refs.includes(ref) || walk.refs.length >= MAX_REF_DEPTH)
    return { type, description: `(recursive: ${name})` };
  const target = resolve(walk.root, ref);
  if (target === false) return false;
  if (!isObject(target)) return { type };
  const { $ref: _ref, ...siblings } = node;
  return clean({ ...target, ...siblings }, { ...walk, refs: [...walk.refs, ref] });
}

function cleanPlain(source: WireObject, walk: Walk): WireObject | false {
  const node = "const" in source && !("enum" in source) ? { ...source, enum: [source["const"]] } : source;
  const draft: Draft = { dialect: walk.dialect, out: {}, hints: [] };
  cleanType(node, draft);
  if (typeof node["title"] === "string") draft.out["title"] = node["title"];
  cleanEnum(node, draft);
  cleanFormat(node, draft);
  cleanNumbers(node, draft);
  cleanProperties(node, draft, walk);
  cleanItems(node, draft, walk);
  const branches = cleanBranches(node, walk);
  if (branches && branches.length === 0) return false;
  writeDescription(node, draft);
  if (branches) return withBranches(draft, branches);
  if (walk.dialect === "openapi" && draft.out["type"] === undefined && draft.out["anyOf"] === undefined) {
    draft.out["type"] = spell("string", "openapi");
  }
  return draft.out;
}

function cleanProperties(node: WireObject, draft: Draft, walk: Walk): void {
  const { out } = draft;
  const { properties, additionalProperties } = node;
  // Most nodes are leaves.
  if (properties === undefined && additionalProperties === undefined) return;
  const deeper = { ...walk, depth: walk.depth + 1 };
  const names = new Set<string>();
  if (isObject(properties)) {
    const kept: [string, WireObject][] = [];
    for (const [name, schema] of Object.entries(properties)) {
      const cleaned = clean(schema, deeper);
      if (cleaned === false) continue;
      names.add(name);
      kept.push([name, cleaned]);
    }
    out["properties"] = Object.fromEntries(kept);
  }
  keepNames("required", node, out, names);
  keepNames("propertyOrdering", node, out, names);
  if (walk.dialect === "json" && additionalProperties !== undefined) {
    out["additionalProperties"] =
      typeof additionalProperties === "boolean" ? additionalProperties : clean(additionalProperties, deeper);
  }
}

function keepNames(key: string, node: WireObject, out: Record<string, unknown>, names: ReadonlySet<string>): void {
  const list = node[key];
  if (!Array.isArray(list)) return;
  const kept = list.filter((name) => typeof name === "string" && names.has(name));
  if (kept.length > 0) out[key] = kept;
}

function cleanItems(node: WireObject, draft: Draft, walk: Walk): void {
  const { out } = draft;
  const { items } = node;
  const tuple = Array.isArray(items) ? items : node["prefixItems"];
  if (Array.isArray(tuple) && tuple.length > 0) {
    const members = tuple.map((item) => cleanItem(item, walk));
    if (walk.dialect === "json") out["prefixItems"] = members;
    else out["items"] = members.length === 1 ? members[0] : { anyOf: members };
  }
  if (isObject(items) || typeof items === "boolean") {
    if (walk.dialect === "json" || out["items"] === undefined) out["items"] = cleanItem(items, walk);
  }
  const { type } = out;
  const isArray =
    typeof type === "string" ? type.toLowerCase() === "array" : Array.isArray(type) && type.includes("array");
  if (isArray && out["items"] === undefined && out["prefixItems"] === undefined) {
    out["items"] = walk.dialect === "json" ? {} : { type: spell("string", "openapi") };
  }
}

function cleanItem(item: unknown, walk: Walk): WireObject {
  return clean(item, { ...walk, depth: walk.depth + 1 }) || finishEmpty(walk);
}

/** Alternatives of `anyOf` / `oneOf`; undefined when there are none, empty when none of them can match. */
function cleanBranches(node: WireObject, walk: Walk): WireObject[] | undefined {
  const list = Array.isArray(node["anyOf"]) ? node["anyOf"] : node["oneOf"];
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const deeper = { ...walk, depth: walk.depth + 1 };
  return list.map((branch) => clean(branch, deeper)).filter((branch) => branch !== false);
}

/** Puts alternatives into a draft. One alternative collapses into it; OpenAPI nodes with `anyOf` carry nothing else. */
function withBranches(draft: Draft, branches: readonly WireObject[]): WireObject {
  const { out, dialect } = draft;
  const only = branches[0];
  if (branches.length === 1 && only) return { ...only, ...out };
  if (dialect === "json") return { ...out, anyOf: branches };
  const real = branches.filter((branch) => !isNullType(branch));
  const isNullable = real.length < branches.length || out["nullable"] === true;
  const description = out["description"];
  const first = real[0];
  if (real.length === 1 && first) return { ...first, ...out, ...(isNullable ? { nullable: true } : {}) };
  const described = real.map((branch) => ({
    ...branch,
    ...(description !== undefined && branch["description"] === undefined ? { description } : {}),
    ...(isNullable ? { nullable: true } : {}),
  }));
  return { anyOf: described };
}

function writeDescription(node: WireObject, draft: Draft): void {
  const own = typeof node["description"] === "string" ? node["description"] : "";
  if (draft.hints.length === 0) {
    if (own !== "" || node["description"] === "") draft.out["description"] = own;
    return;
  }
  draft.out["description"] = `${own}${own === "" ? "" : " "}(${draft.hints.join("; ")})`;
}

/** One schema that holds what every member of `allOf` holds; the node's own keywords win. */
function mergeAll(node: WireObject, walk: Walk): WireObject {
  const { allOf, ...own } = node;
  let merged: WireObject = own;
  for (const member of allOf as unknown[]) merged = mergeTwo(merged, dereference(member, walk, 0));
  return merged;
}

function dereference(member: unknown, walk: Walk, depth: number): WireObject {
  if (!isObject(member)) return {};
  const ref = member["$ref"];
  if (typeof ref !== "string")
    return Array.isArray(member["allOf"]) && depth < MAX_REF_DEPTH ? mergeNested(member, walk, depth) : member;
  if (depth >= MAX_REF_DEPTH || walk.refs.includes(ref)) return {};
  const { $ref: _ref, ...siblings } = member;
  return mergeTwo(siblings, dereference(resolve(walk.root, ref), walk, depth + 1));
}

function mergeNested(member: WireObject, walk: Walk, depth: number): WireObject {
  const { allOf, ...own } = member;
  let merged: WireObject = own;
  for (const inner of allOf as unknown[]) merged = mergeTwo(merged, dereference(inner, walk, depth + 1));
  return merged;
}

function mergeTwo(first: WireObject, second: WireObject): WireObject {
  const merged: Record<string, unknown> = { ...second, ...first };
  if (isObject(first["properties"]) && isObject(second["properties"])) {
    merged["properties"] = { ...second["properties"], ...first["properties"] };
  }
  if (Array.isArray(first["required"]) && Array.isArray(second["required"])) {
    merged["required"] = [...new Set([...second["required"], ...first["required"]])];
  }
  return merged;
}

/** Follows a local JSON pointer (`#/$defs/Name`, `#`); undefined when it leads nowhere. */
function resolve(root: WireObject, ref: string): unknown {
  if (ref === "#") return root;
  if (!ref.startsWith("#/")) return undefined;
  let node: unknown = root;
  for (const raw of ref.slice(2).split("/")) {
    const key = unescapePointer(raw);
    if (Array.isArray(node)) node = node[Number(key)];
    else if (isObject(node) && Object.hasOwn(node, key)) node = node[key];
    else return undefined;
  }
  return node;
}

function unescapePointer(raw: string): string {
  let text = raw;
  try {
    text = decodeURIComponent(raw);
  } catch {
    text = raw; // a stray percent sign is part of the name
  }
  return text.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Root of a tool's parameters: alternatives at the root are joined, anything but an object becomes one. */
function forceObject(schema: WireObject, dialect: SchemaDialect): WireObject {
  const type = spell("object", dialect);
  if (schema["type"] === type && schema["anyOf"] === undefined) return schema;
  const { anyOf, items: _items, enum: _enum, prefixItems: _prefixItems, nullable: _nullable, ...rest } = schema;
  let merged: WireObject = rest;
  for (const branch of Array.isArray(anyOf) ? anyOf : []) {
    if (!isObject(branch)) continue;
    const { required: _required, ...optional } = branch;
    merged = mergeTwo(merged, optional);
  }
  const { additionalProperties: _additional, ...joined } = merged;
  return Array.isArray(anyOf) ? { ...joined, type } : { ...merged, type };
}

function finishEmpty(walk: Walk): WireObject {
  return walk.dialect === "json" ? {} : { type: spell("string", "openapi") };
}

/** OpenAPI types are written the way Google's own clients write them. */
function spell(type: string, dialect: SchemaDialect): string {
  return dialect === "openapi" ? type.toUpperCase() : type.toLowerCase();
}
