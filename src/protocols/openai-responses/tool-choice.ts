// `tool_choice` in both directions.

import type { Loss } from "../../core/loss.ts";
import type { IrTool, IrToolChoice } from "../../core/request.ts";
import { builtinOfTool } from "./builtin-tools.ts";
import { flattenToolName, wireToolName } from "./tool-names.ts";
import { reject, requireString } from "./validate.ts";
import { isObject, type JsonObject, objectsOf, PROTOCOL_ID, textOf } from "./wire.ts";

/** Reads `tool_choice`; absent and null are undefined. Names are flattened ones. */
export function decodeToolChoice(value: unknown, path: string): IrToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === "auto" || value === "required" || value === "none") return { type: value };
  if (!isObject(value)) return reject(path, '"auto", "required", "none" or an object', value);
  const type = requireString(value["type"], `${path}.type`);
  if (type === "allowed_tools") {
    const mode = value["mode"] === "required" ? "required" : "auto";
    return { type: "allowed", mode, names: objectsOf(value["tools"]).map(chosenName) };
  }
  if (type === "auto" || type === "required" || type === "none") return { type };
  return { type: "tool", name: chosenName(value) };
}

function chosenName(choice: JsonObject): string {
  // Chat nests the name.
  const nested = isObject(choice["function"]) ? textOf(choice["function"]["name"]) : undefined;
  const name = textOf(choice["name"]) ?? nested;
  if (name !== undefined) return flattenToolName(name, textOf(choice["namespace"]));
  return textOf(choice["server_label"]) ?? textOf(choice["type"]) ?? "";
}

/** The wire's choice; undefined when there is none to send. A choice of a tool that is not sent becomes `auto`. */
export function encodeToolChoice(
  choice: IrToolChoice | undefined,
  tools: readonly IrTool[],
  losses: Loss[],
): string | JsonObject | undefined {
  if (!choice) return undefined;
  if (choice.type === "auto" || choice.type === "required" || choice.type === "none") return choice.type;
  if (choice.type === "tool") {
    const wire = encodeName(choice.name, tools);
    if (wire) return wire;
    losses.push({ kind: "approximated", path: "tool_choice", feature: "tool-choice-unknown-tool" });
    return "auto";
  }
  const chosen = choice.names.map((name) => encodeName(name, tools)).filter((wire) => wire !== undefined);
  if (chosen.length === 0) {
    losses.push({ kind: "approximated", path: "tool_choice", feature: "tool-choice-unknown-tool" });
    return choice.mode;
  }
  return { type: "allowed_tools", mode: choice.mode, tools: chosen };
}

function encodeName(name: string, tools: readonly IrTool[]): JsonObject | undefined {
  for (const tool of tools) {
    if (tool.type === "server") {
      if (tool.name === name) return encodeServerChoice(tool);
      continue;
    }
    if (flattenToolName(tool.name, tool.namespace) !== name) continue;
    const builtin = builtinOfTool(tool);
    if (builtin) return { type: builtin.declaration["type"] };
    const choice = { type: tool.type, name: wireToolName(tool.name) };
    return tool.namespace === undefined ? choice : { ...choice, namespace: tool.namespace };
  }
  const mcp = tools.find((tool) => tool.type === "server" && isObject(tool.wire) && tool.wire["server_label"] === name);
  return mcp ? { type: "mcp", server_label: name } : undefined;
}

function encodeServerChoice(tool: Extract<IrTool, { type: "server" }>): JsonObject | undefined {
  if (tool.origin === PROTOCOL_ID) return { type: tool.name };
  return tool.tool === "web-search" ? { type: "web_search" } : undefined;
}
