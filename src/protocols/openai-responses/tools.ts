// Tool declarations in both directions, and what the reply encoder needs to give a call its native form back.

import type { ServerToolKind } from "../../core/block.ts";
import type { Loss, LossSink } from "../../core/loss.ts";
import type { IrRequest, IrTool } from "../../core/request.ts";
import { type BuiltinTool, builtinOfDeclaration, builtinOfTool } from "./builtin-tools.ts";
import { isStrictSchema, objectRootSchema } from "./schema.ts";
import { flattenToolName, wireToolName } from "./tool-names.ts";
import { requireArray, requireObject, requireString, requireText } from "./validate.ts";
import { arrayOf, compact, isObject, type JsonObject, objectOf, PROTOCOL_ID, stringOf, textOf } from "./wire.ts";

const SERVER_TOOLS: Readonly<Record<string, ServerToolKind>> = {
  web_search: "web-search",
  web_search_2025_08_26: "web-search",
  web_search_preview: "web-search",
  web_search_preview_2025_03_11: "web-search",
  code_interpreter: "code-execution",
  mcp: "mcp",
  file_search: "file-search",
  image_generation: "image-generation",
  tool_search: "tool-search",
};

/** Options of function and custom tools that no other protocol has. */
const TOOL_OPTIONS = ["defer_loading", "async", "allowed_callers", "output_schema"];

/** Reads `tools`; absent and null are no tools. A namespace becomes its tools, each with `namespace` set. */
export function decodeTools(value: unknown, path: string, loss: LossSink): IrTool[] {
  if (value === undefined || value === null) return [];
  const tools: IrTool[] = [];
  for (const [i, entry] of requireArray(value, path).entries()) {
    decodeTool(requireObject(entry, `${path}[${i}]`), `${path}[${i}]`, undefined, tools, loss);
  }
  return tools;
}

function decodeTool(
  wire: JsonObject,
  path: string,
  namespace: string | undefined,
  tools: IrTool[],
  loss: LossSink,
): void {
  const type = requireString(wire["type"], `${path}.type`);
  if (type === "function" || type === "custom") {
    for (const option of TOOL_OPTIONS) {
      if (wire[option]) loss({ kind: "dropped", path: `${path}.${option}`, feature: "tool-option" });
    }
    tools.push(type === "function" ? decodeFunction(wire, path, namespace) : decodeCustom(wire, path, namespace));
    return;
  }
  if (type === "namespace") {
    const name = requireText(wire["name"], `${path}.name`);
    if (wire["description"]) {
      loss({ kind: "dropped", path: `${path}.description`, feature: "namespace-description" });
    }
    for (const [i, entry] of requireArray(wire["tools"], `${path}.tools`).entries()) {
      decodeTool(requireObject(entry, `${path}.tools[${i}]`), `${path}.tools[${i}]`, name, tools, loss);
    }
    return;
  }
  const builtin = builtinOfDeclaration(wire);
  tools.push(builtin ? builtin.tool : decodeServerTool(wire, type));
}

function decodeFunction(wire: JsonObject, path: string, namespace: string | undefined): IrTool {
  // Chat's nested form is common in clients that were ported from chat completions.
  const source = isObject(wire["function"]) ? wire["function"] : wire;
  const parameters = source["parameters"];
  const strict = source["strict"];
  return compact({
    type: "function" as const,
    name: requireText(source["name"], `${path}.name`),
    namespace,
    description: textOf(source["description"]),
    parameters: isObject(parameters) ? parameters : undefined,
    strict: typeof strict === "boolean" ? strict : undefined,
  });
}

function decodeCustom(wire: JsonObject, path: string, namespace: string | undefined): IrTool {
  return compact({
    type: "custom" as const,
    name: requireText(wire["name"], `${path}.name`),
    namespace,
    description: textOf(wire["description"]),
    format: wire["format"] ?? undefined,
  });
}

function decodeServerTool(wire: JsonObject, type: string): IrTool {
  const allowed = arrayOf(objectOf(wire["filters"])["allowed_domains"]).filter((domain) => typeof domain === "string");
  return compact({
    type: "server" as const,
    tool: (Object.hasOwn(SERVER_TOOLS, type) ? SERVER_TOOLS[type] : undefined) ?? ("other" as const),
    name: type,
    allowedDomains: allowed.length > 0 ? allowed : undefined,
    userLocation: wire["user_location"] ?? undefined,
    origin: PROTOCOL_ID,
    wire,
  });
}

/** Declarations for the wire, with the names that had to change (wire name to the client's name). */
export interface EncodedTools {
  readonly tools: readonly JsonObject[];
  readonly toolNames: ReadonlyMap<string, string>;
  /** `max_tool_calls`, where a foreign search limit can be expressed so. */
  readonly maxToolCalls: number | undefined;
}

/** Encodes declarations; the first of a name wins. `isNative`: they came from a client of this protocol. */
export function encodeTools(source: readonly IrTool[], isNative: boolean, losses: Loss[]): EncodedTools {
  const tools: JsonObject[] = [];
  const toolNames = new Map<string, string>();
  const namespaces = new Map<string, JsonObject[]>();
  const seen = new Set<string>();
  let maxToolCalls: number | undefined;
  for (const [i, tool] of source.entries()) {
    const path = `tools[${i}]`;
    if (tool.type === "server") {
      const declaration = encodeServerTool(tool, path, losses);
      if (declaration) tools.push(declaration);
      if (declaration && tool.maxUses !== undefined && tool.origin !== PROTOCOL_ID) {
        if (source.length === 1) maxToolCalls = tool.maxUses;
        else losses.push({ kind: "dropped", path: `${path}.max_uses`, feature: "server-tool-max-uses" });
      }
      continue;
    }
    const key = flattenToolName(tool.name, tool.namespace);
    if (seen.has(key)) {
      losses.push({ kind: "dropped", path, feature: "duplicate-tool" });
      continue;
    }
    seen.add(key);
    const name = wireToolName(tool.name);
    if (name !== tool.name) toolNames.set(name, tool.name);
    const declaration = encodeClientTool(tool, name, path, isNative, losses);
    if (tool.namespace === undefined) {
      tools.push(declaration);
      continue;
    }
    const group = namespaces.get(tool.namespace);
    if (group) group.push(declaration);
    else {
      const members = [declaration];
      namespaces.set(tool.namespace, members);
      tools.push({
        type: "namespace",
        name: tool.namespace,
        description: `Tools of ${tool.namespace}.`,
        tools: members,
      });
    }
  }
  return { tools, toolNames, maxToolCalls };
}

function encodeClientTool(
  tool: Exclude<IrTool, { type: "server" }>,
  name: string,
  path: string,
  isNative: boolean,
  losses: Loss[],
): JsonObject {
  if (tool.type === "custom") {
    const format = isObject(tool.format) ? tool.format : undefined;
    return compact({ type: "custom", name, description: tool.description, format });
  }
  const builtin = builtinOfTool(tool);
  if (builtin) return builtin.declaration;
  const root = objectRootSchema(tool.parameters);
  if (root.isLoosened) {
    losses.push({ kind: "approximated", path: `${path}.parameters`, feature: "root-schema-union" });
  }
  // An absent `strict` is normalised to strict by the API, so it is always sent.
  let strict = tool.strict ?? false;
  if (strict && !isNative && !isStrictSchema(root.schema)) {
    strict = false;
    losses.push({ kind: "approximated", path: `${path}.strict`, feature: "strict-tool-schema" });
  }
  return compact({ type: "function", name, description: tool.description, parameters: root.schema, strict });
}

function encodeServerTool(
  tool: Extract<IrTool, { type: "server" }>,
  path: string,
  losses: Loss[],
): JsonObject | undefined {
  if (tool.origin === PROTOCOL_ID && isObject(tool.wire)) return tool.wire;
  if (tool.tool === "web-search") {
    if (tool.blockedDomains && tool.blockedDomains.length > 0) {
      losses.push({ kind: "dropped", path: `${path}.blocked_domains`, feature: "blocked-domains" });
    }
    return compact({
      type: "web_search",
      filters: tool.allowedDomains?.length ? { allowed_domains: tool.allowedDomains } : undefined,
      user_location: isObject(tool.userLocation) ? tool.userLocation : undefined,
      search_context_size: textOf(objectOf(tool.wire)["search_context_size"]),
    });
  }
  if (tool.tool === "code-execution") {
    losses.push({ kind: "approximated", path, feature: "code-execution-tool" });
    return { type: "code_interpreter", container: { type: "auto" } };
  }
  losses.push({ kind: "dropped", path, feature: `${tool.tool}-tool` });
  return undefined;
}

/** A tool as the client declared it, found by the flattened name that other protocols use. */
export interface ReplyTool {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly isCustom: boolean;
  readonly builtin: BuiltinTool | undefined;
}

/**
 * The client's tools by flattened name; the first declaration wins. A namespace that ends in `__` already (Codex:
 * `mcp__server__`) is found with and without the separator.
 */
export function replyTools(request: IrRequest): ReadonlyMap<string, ReplyTool> {
  const tools = new Map<string, ReplyTool>();
  const aliases = new Map<string, ReplyTool>();
  for (const tool of request.tools) {
    if (tool.type === "server") continue;
    const { name, namespace } = tool;
    const key = flattenToolName(name, namespace);
    if (tools.has(key)) continue;
    const reply = { name, namespace, isCustom: tool.type === "custom", builtin: builtinOfTool(tool) };
    tools.set(key, reply);
    if (namespace?.endsWith("__")) aliases.set(namespace + name, reply);
  }
  for (const [key, reply] of aliases) if (!tools.has(key)) tools.set(key, reply);
  return tools;
}

/** Free text out of the `{"input": "..."}` that stands for a custom tool elsewhere; `isExact` when it had that form. */
export function unwrapCustomInput(argumentsText: string): { readonly input: string; readonly isExact: boolean } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(argumentsText);
  } catch {
    return { input: argumentsText, isExact: false }; // the model wrote the free text itself
  }
  if (typeof parsed === "string") return { input: parsed, isExact: false };
  if (!isObject(parsed)) return { input: argumentsText, isExact: false };
  const input = stringOf(parsed["input"]);
  if (input !== undefined) return { input, isExact: true };
  const values = Object.values(parsed);
  const only = values.length === 1 ? stringOf(values[0]) : undefined;
  return { input: only ?? argumentsText, isExact: false };
}
