// Tool declarations and tool choice: decoding what Gemini clients send, encoding what Gemini upstreams take.

import type { ServerToolKind } from "../../core/block.ts";
import type { Loss, LossSink } from "../../core/loss.ts";
import type { IrTool, IrToolChoice } from "../../core/request.ts";
import type { UpstreamQuirks } from "../protocol.ts";
import type { ModelFacts } from "./model-facts.ts";
import { sanitizeParameters } from "./schema.ts";
import { readSchema } from "./schema-from-openapi.ts";
import type { ToolNames } from "./tool-names.ts";
import { asArray, asString, type CallingMode, isObject, readField, type WireObject, wrongType } from "./wire.ts";

const MAX_DECLARATIONS = 512;

/** Built-in tools by wire name; all others become kind `other`. */
const SERVER_TOOLS: Readonly<Record<string, ServerToolKind>> = {
  googleSearch: "web-search",
  googleSearchRetrieval: "web-search",
  enterpriseWebSearch: "web-search",
  urlContext: "web-fetch",
  codeExecution: "code-execution",
  fileSearch: "file-search",
  mcpServers: "mcp",
};

/** What Gemini has for the server tools of other protocols. */
const WIRE_SERVER_TOOLS: Readonly<Partial<Record<ServerToolKind, string>>> = {
  "web-search": "googleSearch",
  "web-fetch": "urlContext",
  "code-execution": "codeExecution",
};

/** Schema of free-text tools, which Gemini lacks: a function with one string. */
export const CUSTOM_TOOL_PARAMETERS: WireObject = {
  type: "object",
  properties: { input: { type: "string", description: "The tool's input as plain text." } },
  required: ["input"],
};

/** Reads `tools`. Throws `client-invalid-request` for declarations without a name. */
export function decodeTools(value: unknown, loss: LossSink): IrTool[] {
  if (value === undefined || value === null) return [];
  const list = Array.isArray(value) ? value : [value];
  const tools: IrTool[] = [];
  for (const [index, tool] of list.entries()) {
    if (!isObject(tool)) throw wrongType(`tools[${index}]`, "an object", tool);
    for (const [key, content] of Object.entries(tool)) {
      if (content === null || content === undefined) continue;
      if (key === "functionDeclarations" || key === "function_declarations") {
        if (!Array.isArray(content)) throw wrongType(`tools[${index}].functionDeclarations`, "an array", content);
        for (const [at, item] of content.entries()) {
          tools.push(decodeDeclaration(item, `tools[${index}].functionDeclarations[${at}]`, loss));
        }
      } else {
        const name = camelCase(key);
        tools.push({
          type: "server",
          tool: (Object.hasOwn(SERVER_TOOLS, name) ? SERVER_TOOLS[name] : undefined) ?? "other",
          name,
          origin: "gemini",
          wire: { [name]: content },
        });
      }
    }
  }
  return tools;
}

/** Reads `functionCallingConfig`; undefined when it says nothing. */
export function decodeToolChoice(config: unknown): IrToolChoice | undefined {
  if (!isObject(config)) return undefined;
  const names = asArray(readField(config, "allowedFunctionNames", "allowed_function_names")).filter(
    (name) => typeof name === "string",
  );
  const only = names[0];
  switch (asString(config["mode"])?.toUpperCase()) {
    case "AUTO":
      return { type: "auto" };
    case "NONE":
      return { type: "none" };
    case "ANY":
      if (only === undefined) return { type: "required" };
      return names.length === 1 ? { type: "tool", name: only } : { type: "allowed", mode: "required", names };
    case "VALIDATED":
      return names.length === 0 ? { type: "auto" } : { type: "allowed", mode: "auto", names };
    default:
      return undefined;
  }
}

/** What `encodeTools` has to know. */
export interface EncodeToolsOptions {
  readonly facts: ModelFacts;
  readonly quirks: UpstreamQuirks;
  readonly isVertex: boolean;
  readonly names: ToolNames;
  readonly losses: Loss[];
}

/** `tools` and `toolConfig` of a request; both absent when there are no tools. */
export interface EncodedTools {
  readonly tools?: readonly WireObject[];
  readonly toolConfig?: WireObject;
  /** Wire names of all functions. */
  readonly declared: ReadonlySet<string>;
  /** Those of them that stand for free-text tools. */
  readonly wrapped: ReadonlySet<string>;
}

/** Writes the tools and the choice between them. Built-in tools go beside functions only where that works. */
export function encodeTools(
  tools: readonly IrTool[],
  choice: IrToolChoice | undefined,
  options: EncodeToolsOptions,
): EncodedTools {
  const declarations = encodeDeclarations(tools, options);
  const declared = new Set(declarations.keys());
  const wrapped = wrappedNames(tools, options.names);
  const servers = encodeServerTools(tools, declarations.size > 0, options);
  const list =
    declarations.size > 0 ? [{ functionDeclarations: [...declarations.values()] }, ...servers.list] : servers.list;
  if (list.length === 0) return { declared, wrapped };
  const config: Record<string, unknown> = {};
  if (declarations.size > 0) {
    const calling = encodeChoice(choice, options.names, declared);
    if (servers.isMixed && (calling === undefined || calling["mode"] === "AUTO"))
      config["functionCallingConfig"] = { mode: "VALIDATED" };
    else if (calling) config["functionCallingConfig"] = calling;
  }
  if (servers.isMixed && !options.isVertex) config["includeServerSideToolInvocations"] = true;
  return { tools: list, declared, wrapped, ...(Object.keys(config).length > 0 ? { toolConfig: config } : {}) };
}

/** Of two tools with one name the last one is declared, and decides. */
function wrappedNames(tools: readonly IrTool[], names: ToolNames): Set<string> {
  const wrapped = new Set<string>();
  for (const tool of tools) {
    if (tool.type === "server") continue;
    const name = names.toWire(flatToolName(tool.name, tool.namespace));
    if (tool.type === "custom") wrapped.add(name);
    else wrapped.delete(name);
  }
  return wrapped;
}

/** The name a tool goes out under: namespaces of other protocols become a prefix. */
export function flatToolName(name: string, namespace: string | undefined): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}__${name}`;
}

function decodeDeclaration(item: unknown, path: string, loss: LossSink): IrTool {
  if (!isObject(item)) throw wrongType(path, "an object", item);
  const name = asString(item["name"]);
  if (name === undefined || name === "") throw wrongType(`${path}.name`, "a non-empty string", item["name"]);
  for (const key of ["behavior", "response", "responseJsonSchema"]) {
    if (item[key] !== undefined && item[key] !== null)
      loss({ kind: "dropped", path: `${path}.${key}`, feature: "function-response-schema" });
  }
  return {
    type: "function",
    name,
    description: asString(item["description"]),
    parameters: readSchema(item, "parameters"),
  };
}

function encodeDeclarations(tools: readonly IrTool[], options: EncodeToolsOptions): Map<string, WireObject> {
  const { names, losses, quirks } = options;
  const declarations = new Map<string, WireObject>();
  for (const [index, tool] of tools.entries()) {
    if (tool.type === "server") continue;
    const name = names.toWire(flatToolName(tool.name, tool.namespace));
    if (declarations.has(name)) losses.push({ kind: "dropped", path: `tools[${index}]`, feature: "duplicate-tool" });
    if (!declarations.has(name) && declarations.size >= MAX_DECLARATIONS) {
      losses.push({
        kind: "dropped",
        path: `tools[${index}]`,
        feature: "tool-limit",
        detail: "at most 512 functions can be declared",
      });
      continue;
    }
    noteToolLosses(tool, index, losses);
    const schema = tool.type === "custom" ? CUSTOM_TOOL_PARAMETERS : tool.parameters;
    const parameters = sanitizeParameters(schema, quirks.openApiSchema ? "openapi" : "json");
    const declaration: Record<string, unknown> = { name };
    if (tool.description !== undefined) declaration["description"] = tool.description;
    if (parameters) declaration[quirks.openApiSchema ? "parameters" : "parametersJsonSchema"] = parameters;
    declarations.set(name, declaration);
  }
  return declarations;
}

function noteToolLosses(tool: Exclude<IrTool, { type: "server" }>, index: number, losses: Loss[]): void {
  const path = `tools[${index}]`;
  if (tool.type === "custom")
    losses.push({ kind: "approximated", path, feature: "custom-tool", detail: "sent as a function with one text" });
  else {
    if (tool.strict) losses.push({ kind: "dropped", path: `${path}.strict`, feature: "strict-tool" });
    if (tool.cache) losses.push({ kind: "dropped", path: `${path}.cache_control`, feature: "cache-control" });
  }
}

function encodeServerTools(
  tools: readonly IrTool[],
  hasFunctions: boolean,
  { facts, quirks, losses }: EncodeToolsOptions,
): { list: WireObject[]; isMixed: boolean } {
  const list: WireObject[] = [];
  let isMixed = false;
  for (const [index, tool] of tools.entries()) {
    if (tool.type !== "server") continue;
    const path = `tools[${index}]`;
    if (tool.origin === "gemini" && isObject(tool.wire)) {
      list.push(tool.wire); // the client chose this combination itself
      continue;
    }
    const name = WIRE_SERVER_TOOLS[tool.tool];
    const isAllowedHere = !hasFunctions || (quirks.mixedTools === true && facts.mixesServerTools);
    if (name === undefined || !isAllowedHere) {
      losses.push({ kind: "dropped", path, feature: `server-tool-${tool.tool}` });
      continue;
    }
    if (tool.allowedDomains || tool.blockedDomains || tool.maxUses !== undefined || tool.userLocation !== undefined) {
      losses.push({ kind: "dropped", path, feature: "server-tool-options" });
    }
    isMixed ||= hasFunctions;
    if (!list.some((other) => name in other)) list.push({ [name]: {} });
  }
  return { list, isMixed };
}

function encodeChoice(
  choice: IrToolChoice | undefined,
  names: ToolNames,
  declared: ReadonlySet<string>,
): WireObject | undefined {
  if (!choice) return undefined;
  const calling = (mode: CallingMode, wanted: readonly string[] = []): WireObject => {
    const allowed = wanted.map((name) => names.toWire(name)).filter((name) => declared.has(name));
    return allowed.length > 0 ? { mode, allowedFunctionNames: allowed } : { mode };
  };
  switch (choice.type) {
    case "auto":
      return calling("AUTO");
    case "required":
      return calling("ANY");
    case "none":
      return calling("NONE");
    case "tool":
      // Without the name, another function would be forced.
      return declared.has(names.toWire(choice.name)) ? calling("ANY", [choice.name]) : calling("AUTO");
    default:
      return choice.mode === "auto" ? calling("VALIDATED", choice.names) : calling("ANY", choice.names);
  }
}

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
