// Puts streamed function arguments together (Vertex `partialArgs`): values arrive per JSON path, strings in pieces.
// @source recorded Vertex streams; gemini.md §C.5.

import { parseToolText } from "../../core/json-depth.ts";
import { asArray, asString, isObject, type WireObject } from "./wire.ts";

/** Larger array indexes are ignored: they would cost memory and no real call has them. */
const MAX_INDEX = 10_000;
const MAX_DEPTH = 64;

/** Collects the pieces of one call. */
export interface PartialArgs {
  /** Takes `args` (whole, rare here) and `partialArgs` of one `functionCall` object. */
  add(call: WireObject): void;
  /** The arguments so far as JSON text. */
  json(): string;
}

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly pieces: string[];
  value: unknown;
}

/** Starts collecting. Cost is linear in the text received. */
export function createPartialArgs(): PartialArgs {
  const leaves = new Map<string, Leaf>();
  let whole: WireObject = {};
  return {
    add(call) {
      if (isObject(call["args"])) whole = { ...whole, ...call["args"] };
      for (const piece of asArray(call["partialArgs"])) if (isObject(piece)) addPiece(leaves, piece);
    },
    json() {
      // A copy; what keeps long integers as they are written cannot be cloned.
      const root = (parseToolText(JSON.stringify(whole)) ?? {}) as Record<string, unknown>;
      for (const leaf of leaves.values())
        place(root, leaf.path, leaf.pieces.length > 0 ? leaf.pieces.join("") : leaf.value);
      return JSON.stringify(root);
    },
  };
}

function addPiece(leaves: Map<string, Leaf>, piece: WireObject): void {
  const jsonPath = asString(piece["jsonPath"]);
  if (jsonPath === undefined) return;
  let leaf = leaves.get(jsonPath);
  if (!leaf) {
    const path = parsePath(jsonPath);
    if (!path) return;
    leaf = { path, pieces: [], value: undefined };
    leaves.set(jsonPath, leaf);
  }
  const { stringValue, numberValue, boolValue } = piece;
  if (typeof stringValue === "string") leaf.pieces.push(stringValue);
  else if (typeof numberValue === "number") leaf.value = numberValue;
  else if (typeof boolValue === "boolean") leaf.value = boolValue;
  else if ("nullValue" in piece) leaf.value = null;
}

/** `$.a.b[0]['c d']` as keys and indexes; undefined for anything else. */
function parsePath(jsonPath: string): (string | number)[] | undefined {
  if (!jsonPath.startsWith("$")) return undefined;
  const path: (string | number)[] = [];
  const token = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;
  token.lastIndex = 1;
  while (token.lastIndex < jsonPath.length) {
    const match = token.exec(jsonPath);
    if (!match || path.length >= MAX_DEPTH) return undefined;
    if (match[2] === undefined) path.push(match[1] ?? (match[3] ?? match[4] ?? "").replace(/\\(.)/g, "$1"));
    else if (Number(match[2]) > MAX_INDEX) return undefined;
    else path.push(Number(match[2]));
  }
  return path.length > 0 && typeof path[0] === "string" ? path : undefined;
}

/** Writes a value at a path and makes the containers on the way. Own properties only, so `__proto__` is just a name. */
function place(root: Record<string, unknown>, path: readonly (string | number)[], value: unknown): void {
  let node: unknown[] | Record<string, unknown> = root;
  for (const [at, key] of path.entries()) {
    const isLast = at === path.length - 1;
    const container: unknown = Object.hasOwn(node, key) ? (node as Record<string | number, unknown>)[key] : undefined;
    if (isLast) define(node, key, value);
    // A kept long integer is a frozen object.
    else if (typeof container === "object" && container !== null && !Object.isFrozen(container))
      node = container as Record<string, unknown>;
    else {
      const made: unknown[] | Record<string, unknown> = typeof path[at + 1] === "number" ? [] : {};
      define(node, key, made);
      node = made;
    }
  }
}

function define(node: object, key: string | number, value: unknown): void {
  Object.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true });
}
