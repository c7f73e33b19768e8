// How JSON of clients and providers is read. Bounds how deep it may nest: values are read without recursion but written
// with it, and what nests tens of thousands of levels deep can be parsed and overflows the stack where it is printed
// again.

import { parseWithLongIntegers } from "../lib/long-integers.ts";

/** Levels of arrays and objects that a provider's JSON may have; real answers have a few dozen. */
export const MAX_JSON_DEPTH = 500;

/** Whether a value, which is JSON, nests deeper than is accepted. Linear in the value's size; uses no recursion. */
export function isTooDeep(value: unknown): boolean {
  let level: object[] = [];
  pushContainer(level, value);
  for (let depth = 0; depth <= MAX_JSON_DEPTH; depth++) {
    if (level.length === 0) return false;
    const next: object[] = [];
    for (const container of level) {
      if (Array.isArray(container)) for (const child of container) pushContainer(next, child);
      // JSON has no inherited keys, and listing the values would copy them.
      else for (const key in container) pushContainer(next, (container as Record<string, unknown>)[key]);
    }
    level = next;
  }
  return level.length > 0;
}

function pushContainer(level: object[], value: unknown): void {
  if (typeof value === "object" && value !== null) level.push(value);
}

/** Where the formats have what goes into tools and comes out of them: their ids may be longer than numbers are exact. */
const TOOL_DATA: ReadonlySet<string> = new Set(["input", "args", "arguments", "response"]);
const isToolData = (key: string): boolean => TOOL_DATA.has(key);

/** The value of a whole message in any of the formats. Throws SyntaxError. Long integers of tools: see lib/long-integers.ts. */
export function parseMessage(text: string): unknown {
  return parseWithLongIntegers(text, isToolData);
}

/** The value of a JSON text; undefined for text that is no JSON or nests too deep. Never throws. */
export function parseJsonText(text: string): unknown {
  return parseOrNothing(text, JSON.parse);
}

/** As `parseJsonText`, for messages and events that hold what goes into tools as values, not as text. Costs more. */
export function parseMessageText(text: string): unknown {
  return parseOrNothing(text, parseMessage);
}

/** As `parseJsonText`, for what stands alone in a text and belongs to a tool: its arguments. */
export function parseToolText(text: string): unknown {
  return parseOrNothing(text, parseWithLongIntegers);
}

function parseOrNothing(text: string, parse: (text: string) => unknown): unknown {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return undefined; // the caller decides what a broken text means
  }
  // Every level takes two characters: short texts, which is all deltas, need no look.
  return text.length > 2 * MAX_JSON_DEPTH && isTooDeep(value) ? undefined : value;
}
