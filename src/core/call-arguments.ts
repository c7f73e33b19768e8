// Arguments of calls that formats with objects exchange: Anthropic and Gemini write them as objects, the neutral form
// has them as text. Between two such formats nobody reads the text, so it is not made before somebody does.

import type { ToolCallBlock } from "./block.ts";
import { isTooDeep, parseToolText } from "./json-depth.ts";

/** What a call with arguments as an object is made of. */
export type CallFields = Omit<ToolCallBlock, "type" | "kind" | "arguments">;

type JsonObject = Readonly<Record<string, unknown>>;

/** The objects that calls were made of; goes with them. Copies of a call are not in it: theirs may have other arguments. */
const OBJECTS = new WeakMap<ToolCallBlock, JsonObject>();

/** A function call whose `arguments` are the text of an object, which is kept and must not change. */
export function callWithObject(fields: CallFields, input: JsonObject): ToolCallBlock {
  // What nests too deep to be written is to fail here and now, not where it is needed.
  if (isTooDeep(input)) return { type: "tool-call", ...fields, kind: "function", arguments: JSON.stringify(input) };
  let text: string | undefined;
  const block: ToolCallBlock = {
    type: "tool-call",
    ...fields,
    kind: "function",
    get arguments() {
      text ??= JSON.stringify(input);
      return text;
    },
  };
  OBJECTS.set(block, input);
  return block;
}

/**
 * The arguments of a call as an object, not to be changed: empty for blank text, undefined when the text is no JSON
 * object. Never throws.
 */
export function argumentsObject(block: ToolCallBlock): JsonObject | undefined {
  const known = OBJECTS.get(block);
  if (known) return known;
  if (block.arguments.trim() === "") return {};
  const value = parseToolText(block.arguments);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
