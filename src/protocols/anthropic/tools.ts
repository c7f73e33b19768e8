// Tool declarations and tool choice, between the wire and the IR.

import type { ServerToolKind } from "../../core/block.ts";
import type { LossSink } from "../../core/loss.ts";
import type { IrRequest, IrTool, IrToolChoice } from "../../core/request.ts";
import { decodeCache, encodeCache } from "./cache.ts";
import { clientTool } from "./client-tools.ts";
import { expectObject, expectText, optionalArray } from "./expect.ts";
import { isClosed, toolSchema } from "./schema.ts";
import { wireToolName } from "./tool-names.ts";
import { isObject, numberOf, stringOf, stringsOf, textOf, type WireObject, without } from "./wire.ts";

/** Tool declarations as read: the neutral tools, and per name what only this protocol knows of them. */
export interface DecodedTools {
  readonly tools: readonly IrTool[];
  /** Extra fields of function tools, and whole declarations of tools that Anthropic defines; undefined when none. */
  readonly fields: Readonly<Record<string, WireObject>> | undefined;
}

const SERVER_TYPES: readonly (readonly [string, ServerToolKind])[] = [
  ["web_search_", "web-search"],
  ["web_fetch_", "web-fetch"],
  ["code_execution_", "code-execution"],
  ["tool_search_", "tool-search"],
  ["mcp_toolset", "mcp"],
];

const FUNCTION_KEYS: ReadonlySet<string> = new Set(["name", "description", "input_schema", "cache_control"]);

/** Reads `tools`. The type of a declaration decides, never its name: a function called `web_search` stays one. */
export function decodeTools(value: unknown): DecodedTools {
  const tools: IrTool[] = [];
  const fields: Record<string, WireObject> = {};
  for (const [index, item] of (optionalArray(value, "tools") ?? []).entries()) {
    const wire = expectObject(item, `tools[${index}]`);
    const type = textOf(wire["type"]);
    if (type === undefined || type === "custom") {
      const name = expectText(wire["name"], `tools[${index}].name`);
      tools.push(decodeFunction(wire, name));
      const extra = without(wire, FUNCTION_KEYS);
      if (wire["strict"] === true) delete extra["strict"];
      if (Object.keys(extra).length > 0) fields[name] = extra;
    } else {
      const tool = decodeTyped(wire, type);
      if (tool.type === "function") fields[tool.name] = wire;
      tools.push(tool);
    }
  }
  return { tools, fields: Object.keys(fields).length > 0 ? fields : undefined };
}

function decodeFunction(wire: WireObject, name: string): IrTool {
  const schema = wire["input_schema"];
  return {
    type: "function",
    name,
    description: stringOf(wire["description"]),
    parameters: isObject(schema) ? schema : undefined,
    strict: wire["strict"] === true ? true : undefined,
    cache: decodeCache(wire["cache_control"]),
  };
}

function decodeTyped(wire: WireObject, type: string): IrTool {
  const name = textOf(wire["name"]) ?? textOf(wire["mcp_server_name"]) ?? type;
  const standIn = clientTool(wire);
  if (standIn) return { type: "function", name, ...standIn, cache: decodeCache(wire["cache_control"]) };
  return {
    type: "server",
    tool: SERVER_TYPES.find(([prefix]) => type.startsWith(prefix))?.[1] ?? "other",
    name,
    allowedDomains: stringsOf(wire["allowed_domains"]),
    blockedDomains: stringsOf(wire["blocked_domains"]),
    userLocation: isObject(wire["user_location"]) ? wire["user_location"] : undefined,
    maxUses: numberOf(wire["max_uses"]),
    origin: "anthropic",
    wire,
  };
}

const CHOICES: Readonly<Record<string, IrToolChoice>> = {
  auto: { type: "auto" },
  any: { type: "required" },
  none: { type: "none" },
};

/** Reads `tool_choice`; unknown types count as absent. */
export function decodeToolChoice(value: unknown): Pick<IrRequest, "toolChoice" | "parallelToolCalls"> {
  if (!isObject(value)) return { toolChoice: undefined, parallelToolCalls: undefined };
  const type = stringOf(value["type"]) ?? "";
  const single = value["disable_parallel_tool_use"];
  return {
    toolChoice:
      type === "tool"
        ? { type: "tool", name: expectText(value["name"], "tool_choice.name") }
        : Object.hasOwn(CHOICES, type)
          ? CHOICES[type]
          : undefined,
    parallelToolCalls: typeof single === "boolean" ? !single : undefined,
  };
}

/** Tool declarations as sent, and what else they need. */
export interface EncodedTools {
  readonly tools: WireObject[];
  readonly mcpServers: readonly WireObject[];
  readonly betas: readonly string[];
}

/** Beta header of remote MCP servers. @source anthropic-openai.md §A.4 */
const MCP_BETA = "mcp-client-2025-11-20";

/**
 * Writes `tools`. The first declaration of a name wins; `fields` are what `decodeTools` kept for this protocol.
 * Tools that another protocol's provider runs become ours where we have the same, otherwise they are lost.
 */
export function encodeTools(
  request: IrRequest,
  fields: Readonly<Record<string, unknown>> | undefined,
  loss: LossSink,
): EncodedTools {
  const tools: WireObject[] = [];
  const mcpServers: WireObject[] = [];
  const seen = new Set<string>();
  for (const [index, tool] of request.tools.entries()) {
    const path = `tools[${index}]`;
    if (tool.type === "server") {
      const encoded = encodeServerTool(tool, path, loss, mcpServers);
      if (encoded) tools.push(encoded);
      continue;
    }
    const name = wireToolName(tool.name, tool.namespace);
    if (seen.has(name)) {
      loss({ kind: "dropped", path, feature: "duplicate-tool", detail: "the first declaration of the name counts" });
      continue;
    }
    seen.add(name);
    tools.push(
      tool.type === "function" ? encodeFunction(tool, name, fields?.[tool.name], path, loss) : encodeCustom(tool, name),
    );
  }
  return { tools, mcpServers, betas: mcpServers.length > 0 ? [MCP_BETA] : [] };
}

type FunctionTool = Extract<IrTool, { type: "function" }>;
type CustomTool = Extract<IrTool, { type: "custom" }>;
type ServerTool = Extract<IrTool, { type: "server" }>;

function encodeFunction(tool: FunctionTool, name: string, kept: unknown, path: string, loss: LossSink): WireObject {
  const extra = isObject(kept) ? kept : {};
  const type = textOf(extra["type"]);
  if (type !== undefined && type !== "custom") return extra;
  const parameters = toolSchema(tool.parameters);
  const wire: Record<string, unknown> = { ...extra, name };
  if (tool.description !== undefined) wire["description"] = tool.description;
  wire["input_schema"] = parameters;
  if (tool.strict === true) {
    if (isClosed(parameters)) wire["strict"] = true;
    else loss({ kind: "dropped", path, feature: "strict-tool", detail: "the schema does not close its objects" });
  }
  const cache = encodeCache(tool.cache);
  if (cache) wire["cache_control"] = cache;
  return wire;
}

/** A free-text tool becomes a function with one string; the decoder of the answer unwraps it. */
function encodeCustom(tool: CustomTool, name: string): WireObject {
  const format = isObject(tool.format) && tool.format["type"] === "grammar" ? tool.format : undefined;
  const grammar = format
    ? `The input must follow this ${stringOf(format["syntax"]) ?? ""} grammar:\n${stringOf(format["definition"]) ?? ""}`
    : undefined;
  const description = [tool.description, grammar].filter((part) => part !== undefined && part !== "").join("\n\n");
  return {
    name,
    ...(description === "" ? {} : { description }),
    input_schema: {
      type: "object",
      properties: { input: { type: "string", description: "The whole input of the tool, as plain text" } },
      required: ["input"],
    },
  };
}

/** Declarations of ours for tools that other protocols' providers run as well. */
const OWN_SERVER_TOOLS: Readonly<Partial<Record<ServerToolKind, WireObject>>> = {
  // Newer versions may be called from code, which foreign clients do not expect.
  "web-search": { type: "web_search_20250305", name: "web_search" },
  "web-fetch": { type: "web_fetch_20250910", name: "web_fetch" },
  "code-execution": { type: "code_execution_20250825", name: "code_execution" },
};

function encodeServerTool(
  tool: ServerTool,
  path: string,
  loss: LossSink,
  mcpServers: WireObject[],
): WireObject | undefined {
  if (tool.origin === "anthropic" && isObject(tool.wire)) return tool.wire;
  if (tool.tool === "mcp") {
    const toolset = encodeMcp(tool, mcpServers);
    if (toolset) return toolset;
  }
  const own = OWN_SERVER_TOOLS[tool.tool];
  if (!own) {
    loss({ kind: "dropped", path, feature: `server-tool-${tool.tool}` });
    return undefined;
  }
  const wire: Record<string, unknown> = { ...own };
  if (tool.tool === "code-execution") return wire;
  if (tool.allowedDomains) wire["allowed_domains"] = tool.allowedDomains;
  else if (tool.blockedDomains) wire["blocked_domains"] = tool.blockedDomains;
  if (tool.maxUses !== undefined) wire["max_uses"] = tool.maxUses;
  if (tool.tool === "web-search" && isObject(tool.userLocation))
    wire["user_location"] = encodeLocation(tool.userLocation);
  return wire;
}

function encodeLocation(location: WireObject): WireObject {
  // OpenAI's chat format nests the same fields under `approximate`.
  const fields = isObject(location["approximate"]) ? location["approximate"] : location;
  const wire: Record<string, unknown> = { type: "approximate" };
  for (const key of ["city", "region", "country", "timezone"]) {
    const value = textOf(fields[key]);
    if (value !== undefined) wire[key] = value;
  }
  return wire;
}

/** A remote MCP server of the Responses API; connectors and tunnels have no counterpart. */
function encodeMcp(tool: ServerTool, mcpServers: WireObject[]): WireObject | undefined {
  const wire = isObject(tool.wire) ? tool.wire : {};
  const url = textOf(wire["server_url"]);
  const name = textOf(wire["server_label"]);
  if (url === undefined || name === undefined) return undefined;
  const token = textOf(wire["authorization"]);
  mcpServers.push({ type: "url", name, url, ...(token === undefined ? {} : { authorization_token: token }) });
  const allowed = stringsOf(wire["allowed_tools"]);
  if (!allowed) return { type: "mcp_toolset", mcp_server_name: name };
  return {
    type: "mcp_toolset",
    mcp_server_name: name,
    default_config: { enabled: false },
    configs: Object.fromEntries(allowed.map((toolName) => [toolName, { enabled: true }])),
  };
}
