// Arguments of tool calls: JSON text in the IR, an object on the wire.

import type { ToolCallBlock } from "../../core/block.ts";
import { argumentsObject } from "../../core/call-arguments.ts";
import { parseToolText } from "../../core/json-depth.ts";
import type { LossSink } from "../../core/loss.ts";
import { isObject, type WireObject } from "./wire.ts";

/**
 * The arguments of a call as the object that the wire wants. Text that is no JSON object is kept whole under `_raw` and
 * recorded as a loss. Never throws.
 */
export function callInput(block: ToolCallBlock, path: string, loss: LossSink): WireObject {
  if (block.kind === "custom") return { input: block.arguments };
  const input = argumentsObject(block);
  if (input) return input;
  loss({ kind: "approximated", path: `${path}.input`, feature: "tool-arguments", detail: "not a JSON object" });
  return { _raw: block.arguments };
}

/** The object a text holds as JSON; undefined for anything else. */
export function parseObject(text: string): WireObject | undefined {
  const value = parseToolText(text);
  return isObject(value) ? value : undefined;
}
