// Tool declarations and tool choice, both directions, and the names that had to change on the way.

import type { ServerToolKind } from "../../core/block.ts";
import type { LossSink } from "../../core/loss.ts";
import type { IrTool, IrToolChoice, JsonSchema } from "../../core/request.ts";
import { invalid, requireString } from "./read-field.ts";
import { isStrictSchema, toolParameters } from "./schema.ts";
import { flatName, type ToolNames } from "./tool-names.ts";
import { asArray, asObject, asText, type WireCustom, type WireFunction, type WireTool } from "./wire.ts";

/** Kinds of hosted tools by the words their `type` contains, first hit wins. */
const HOSTED: readonly (readonly [word: string, kind: ServerToolKind])[] = [
  ["web_search", "web-search"],
  ["browser_search", "web-search"],
  ["web_fetch", "web-fetch"],
  ["code", "code-execution"],
  ["mcp", "mcp"],
  ["file_search", "file-search"],
  ["image", "image-generation"],
];

/** Reads `tools`, and the older `functions`. Unknown types are tools that the provider runs. */
export function decodeTools(tools: unknown, functions: unknown): IrTool[] {
  if (tools !== undefined && tools !== null && !Array.isArray(tools)) throw invalid("tools", "an array", tools);
  const decoded = asArray(tools).map((tool, i) => decodeTool(tool, `tools[${i}]`));
  for (const [i, item] of asArray(functions).entries()) {
    const wire = asObject<WireFunction>(item);
    if (!wire) throw invalid(`functions[${i}]`, "an object", item);
    decoded.push(decodeFunction(wire, `functions[${i}]`));
  }
  return decoded;
}

function decodeTool(tool: unknown, path: string): IrTool {
  const wire = asObject<WireTool>(tool);
  if (!wire) throw invalid(path, "an object", tool);
  if (wire.type === "function" || (wire.type === undefined && wire.function !== undefined)) {
    // Lax clients write name and parameters beside `type`, as Responses does.
    const nested = asObject<WireFunction>(wire.function) ?? wire;
    return decodeFunction(nested, `${path}.function`);
  }
  if (wire.type === "custom") return decodeCustom(asObject<WireCustom>(wire.custom) ?? {}, `${path}.custom`);
  const type = requireString(wire.type, `${path}.type`);
  const kind = HOSTED.find(([word]) => type.includes(word))?.[1] ?? "other";
  return { type: "server", tool: kind, name: type, origin: "openai-chat", wire: tool };
}

function decodeFunction(wire: WireFunction, path: string): IrTool {
  const name = requireString(wire.name, `${path}.name`);
  const parameters = wire.parameters ?? undefined;
  if (parameters !== undefined && !asObject(parameters)) throw invalid(`${path}.parameters`, "an object", parameters);
  return {
    type: "function",
    name,
    description: asText(wire.description) || undefined,
    parameters: asObject<JsonSchema>(parameters),
    strict: typeof wire.strict === "boolean" ? wire.strict : undefined,
  };
}

function decodeCustom(wire: WireCustom, path: string): IrTool {
  return {
    type: "custom",
    name: requireString(wire.name, `${path}.name`),
    description: asText(wire.description) || undefined,
    format: flatFormat(wire.format),
  };
}

/** Chat nests a grammar one level deeper than the neutral form. */
function flatFormat(format: unknown): unknown {
  const wire = asObject<{ type?: unknown; grammar?: unknown }>(format);
  if (wire?.type !== "grammar") return format ?? undefined;
  return { type: "grammar", ...asObject<object>(wire.grammar) };
}

function nestedFormat(format: unknown): unknown {
  const flat = asObject<{ type?: unknown; syntax?: unknown; definition?: unknown }>(format);
  if (flat?.type !== "grammar") return format;
  return { type: "grammar", grammar: { syntax: flat.syntax, definition: flat.definition } };
}

/** Reads `tool_choice`, and the older `function_call`. Forms that nobody knows count as "auto". */
export function decodeToolChoice(choice: unknown, functionCall: unknown): IrToolChoice | undefined {
  const value = choice ?? functionCall;
  if (value === undefined || value === null) return undefined;
  if (value === "auto" || value === "none" || value === "required") return { type: value };
  if (value === "any") return { type: "required" };
  const wire = asObject<WireTool & { allowed_tools?: unknown }>(value);
  if (!wire) throw invalid("tool_choice", "a string or an object", value);
  if (wire.type === "allowed_tools") return decodeAllowed(wire.allowed_tools);
  const named = asObject<WireFunction>(wire.function) ?? asObject<WireFunction>(wire.custom) ?? wire;
  const name = asText(named.name);
  if (name === "") throw invalid("tool_choice.function.name", "a non-empty string", named.name);
  return { type: "tool", name };
}

function decodeAllowed(value: unknown): IrToolChoice {
  const allowed = asObject<{ mode?: unknown; tools?: unknown }>(value);
  const names: string[] = [];
  for (const tool of asArray(allowed?.tools)) {
    const wire = asObject<WireTool>(tool);
    const named = asObject<WireFunction>(wire?.function) ?? asObject<WireFunction>(wire?.custom) ?? wire;
    const name = asText(named?.name);
    if (name !== "") names.push(name);
  }
  return { type: "allowed", mode: allowed?.mode === "required" ? "required" : "auto", names };
}

/** What encoding of tools has to know. */
export interface ToolTarget {
  readonly names: ToolNames;
  readonly loss: LossSink;
  /** Free-text tools exist at the target. */
  readonly customTools: boolean;
  /** The request came from a chat client: declarations go out as they came. */
  readonly isOwn: boolean;
}

/** Function and custom tools; of a repeated name the first wins. Hosted tools are not among them. */
export function encodeTools(tools: readonly IrTool[], target: ToolTarget): unknown[] {
  const seen = new Set<string>();
  const encoded: unknown[] = [];
  for (const [i, tool] of tools.entries()) {
    if (tool.type === "server") continue;
    const name = target.names.wire(tool.name, tool.namespace);
    if (seen.has(name)) {
      target.loss({ kind: "dropped", path: `tools[${i}]`, feature: "duplicate-tool" });
      continue;
    }
    seen.add(name);
    encoded.push(
      tool.type === "function" ? encodeFunction(tool, name, i, target) : encodeCustom(tool, name, i, target),
    );
  }
  return encoded;
}

function encodeFunction(tool: IrTool & { type: "function" }, name: string, i: number, target: ToolTarget): unknown {
  const wire: Record<string, unknown> = { name };
  if (tool.description !== undefined) wire["description"] = tool.description;
  if (target.isOwn) {
    if (tool.parameters !== undefined) wire["parameters"] = tool.parameters;
    if (tool.strict !== undefined) wire["strict"] = tool.strict;
    return { type: "function", function: wire };
  }
  const { schema, isFlattened } = toolParameters(tool.parameters);
  wire["parameters"] = schema;
  const path = `tools[${i}].function`;
  if (isFlattened) target.loss({ kind: "approximated", path: `${path}.parameters`, feature: "root-union-schema" });
  // Chat is not strict unless told so; a strict open schema would be refused.
  if (tool.strict === true) {
    if (isStrictSchema(schema)) wire["strict"] = true;
    else target.loss({ kind: "dropped", path: `${path}.strict`, feature: "strict-tool" });
  }
  return { type: "function", function: wire };
}

function encodeCustom(tool: IrTool & { type: "custom" }, name: string, i: number, target: ToolTarget): unknown {
  if (target.customTools || target.isOwn) {
    const custom: Record<string, unknown> = { name };
    if (tool.description !== undefined) custom["description"] = tool.description;
    if (tool.format !== undefined) custom["format"] = nestedFormat(tool.format);
    return { type: "custom", custom };
  }
  target.names.wrap(name);
  target.loss({
    kind: "approximated",
    path: `tools[${i}]`,
    feature: "custom-tool",
    detail: "sent as a function with one string",
  });
  const parameters = {
    type: "object",
    properties: { input: { type: "string", description: "the whole input of the tool as plain text" } },
    required: ["input"],
    additionalProperties: false,
  };
  return { type: "function", function: { name, description: describeCustom(tool), parameters } };
}

function describeCustom(tool: IrTool & { type: "custom" }): string {
  const format = asObject<{ type?: unknown; syntax?: unknown; definition?: unknown }>(tool.format);
  const lines = [tool.description ?? ""];
  if (format?.type === "grammar") {
    lines.push(`The input must follow this ${asText(format.syntax)} grammar:`, asText(format.definition));
  }
  return lines.filter((line) => line !== "").join("\n\n");
}

/**
 * Tool choice for a request that has tools. `allowed` stays for OpenAI; elsewhere the caller filters the tools by
 * `allowedNames` and the mode remains.
 */
export function encodeToolChoice(
  choice: IrToolChoice,
  tools: readonly IrTool[],
  target: ToolTarget,
  hasAllowedTools: boolean,
): unknown {
  switch (choice.type) {
    case "auto":
    case "none":
    case "required":
      return choice.type;
    case "tool": {
      if (target.isOwn || isDeclared(choice.name, tools)) return nameTool(choice.name, tools, target);
      target.loss({ kind: "approximated", path: "tool_choice", feature: "tool-choice-unknown-tool" });
      return "auto";
    }
    case "allowed": {
      if (!hasAllowedTools) return choice.mode;
      const names = target.isOwn ? choice.names : choice.names.filter((name) => isDeclared(name, tools));
      if (names.length === 0) return choice.mode;
      const named = names.map((name) => nameTool(name, tools, target));
      return { type: "allowed_tools", allowed_tools: { mode: choice.mode, tools: named } };
    }
  }
}

/** Tools that a provider would run are not among those that go out. */
function isDeclared(name: string, tools: readonly IrTool[]): boolean {
  return tools.some((tool) => tool.type !== "server" && declaredName(tool) === name);
}

function nameTool(name: string, tools: readonly IrTool[], target: ToolTarget): unknown {
  const tool = tools.find((candidate) => declaredName(candidate) === name);
  const wireName = target.names.wire(name, undefined);
  if (tool?.type === "custom" && (target.customTools || target.isOwn))
    return { type: "custom", custom: { name: wireName } };
  return { type: "function", function: { name: wireName } };
}

/** The flat name of a tool that clients run; hosted tools have a name of their protocol. */
export function declaredName(tool: IrTool): string {
  return tool.type === "server" ? tool.name : flatName(tool.name, tool.namespace);
}
