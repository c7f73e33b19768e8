// Arguments of tool calls: JSON text in the IR, an object on the wire.

import { parseJsonText } from "../../core/json-depth.ts";
import type { LossSink } from "../../core/loss.ts";
import { isObject, type WireObject } from "./wire.ts";

/**
 * Parses arguments into the object the wire wants. Empty text is `{}`; text that is no JSON object is kept whole
 * under `_raw` and recorded as a loss. Never throws.
 */
export function parseArguments(text: string, path: string, loss: LossSink): WireObject {
  if (text.trim() === "") return {};
  const parsed = parseObject(text);
  if (parsed) return parsed;
  loss({ kind: "approximated", path: `${path}.input`, feature: "tool-arguments", detail: "not a JSON object" });
  return { _raw: text };
}

/** The object a text holds as JSON; undefined for anything else. */
export function parseObject(text: string): WireObject | undefined {
  const value = parseJsonText(text);
  return isObject(value) ? value : undefined;
}

/** The free text inside the arguments of a custom tool that was declared as `{input: string}`. */
export function unwrapInput(argumentsText: string): string {
  const input = parseObject(argumentsText)?.["input"];
  return typeof input === "string" ? input : argumentsText;
}
