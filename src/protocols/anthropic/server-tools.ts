// Calls that the provider runs by itself, and their results, between the wire and the IR.
// They never become client tool calls, in either direction.

import type { ServerToolCallBlock, ServerToolKind, ServerToolResultBlock } from "../../core/block.ts";
import { wrapOpaque } from "../../core/opaque-envelope.ts";
import { arrayOf, isObject, stringOf, textOf, type WireObject } from "./wire.ts";

const KIND_OF_NAME: ReadonlyMap<string, ServerToolKind> = new Map<string, ServerToolKind>([
  ["web_search", "web-search"],
  ["web_fetch", "web-fetch"],
  ["code_execution", "code-execution"],
  ["bash_code_execution", "code-execution"],
  ["text_editor_code_execution", "code-execution"],
  ["tool_search_tool_regex", "tool-search"],
  ["tool_search_tool_bm25", "tool-search"],
]);

const KIND_OF_RESULT: ReadonlyMap<string, ServerToolKind> = new Map<string, ServerToolKind>([
  ["web_search_tool_result", "web-search"],
  ["web_fetch_tool_result", "web-fetch"],
  ["code_execution_tool_result", "code-execution"],
  ["bash_code_execution_tool_result", "code-execution"],
  ["text_editor_code_execution_tool_result", "code-execution"],
  ["tool_search_tool_result", "tool-search"],
  ["mcp_tool_result", "mcp"],
  ["advisor_tool_result", "other"],
]);

/** Ids of calls that another protocol's provider ran and that were shown to a client in our words. */
const FOREIGN_ID_PREFIX = "srvtoolu_apr1_";

/** Whether a block type is a server tool call. */
export function isServerToolCall(type: string): boolean {
  return type === "server_tool_use" || type === "mcp_tool_use";
}

/** Whether a block type is a server tool result. */
export function isServerToolResult(type: string): boolean {
  return KIND_OF_RESULT.has(type);
}

/** Reads a `server_tool_use` or `mcp_tool_use` block; `input` stands in for the block's own, for streams. */
export function decodeServerToolCall(wire: WireObject, input: unknown = wire["input"]): ServerToolCallBlock {
  const name = stringOf(wire["name"]) ?? "";
  return {
    type: "server-tool-call",
    id: stringOf(wire["id"]) ?? "",
    tool: wire["type"] === "mcp_tool_use" ? "mcp" : (KIND_OF_NAME.get(name) ?? "other"),
    name,
    input,
    origin: "anthropic",
    wire: input === wire["input"] ? wire : { ...wire, input },
  };
}

/** Reads a `*_tool_result` block of a server tool. */
export function decodeServerToolResult(wire: WireObject): ServerToolResultBlock {
  const content = wire["content"];
  return {
    type: "server-tool-result",
    callId: stringOf(wire["tool_use_id"]) ?? "",
    tool: KIND_OF_RESULT.get(stringOf(wire["type"]) ?? "") ?? "other",
    isError: wire["is_error"] === true || isErrorContent(content),
    sources: resultSources(content),
    text: resultText(content),
    origin: "anthropic",
    wire,
  };
}

/**
 * A web search of another protocol's provider in the words of ours, for clients that declared the tool: they show
 * the pages found. `encrypted_content` is an empty envelope, so that the pair can be told apart when it comes back.
 */
export function encodeForeignCall(call: ServerToolCallBlock): WireObject {
  const query = searchQueries(call)[0] ?? "";
  return { type: "server_tool_use", id: foreignId(call.id), name: "web_search", input: { query } };
}

/** What a request says in place of another provider's search: results need `encrypted_content` that we cannot mint. */
export function foreignSearchNote(call: ServerToolCallBlock): string {
  const queries = searchQueries(call).join("; ");
  return queries === "" ? "[searched the web]" : `[searched the web: ${queries}]`;
}

function searchQueries(call: ServerToolCallBlock): string[] {
  const input = isObject(call.input) ? call.input : {};
  const query = textOf(input["query"]);
  if (query !== undefined) return [query];
  return arrayOf(input["queries"]).flatMap((entry) => textOf(entry) ?? []);
}

/** The result that belongs to `encodeForeignCall`. */
export function encodeForeignResult(result: ServerToolResultBlock): WireObject {
  const encrypted = wrapOpaque({ payload: "", origin: { protocol: result.origin } });
  const pages = (result.sources ?? []).map(({ url, title }) => ({
    type: "web_search_result",
    url,
    title: title ?? url,
    encrypted_content: encrypted,
    page_age: null,
  }));
  const content = result.isError ? { type: "web_search_tool_result_error", error_code: "unavailable" } : pages;
  return { type: "web_search_tool_result", tool_use_id: foreignId(result.callId), content };
}

/** Whether a server tool id was made by `encodeForeignCall`; no upstream knows such a call. */
export function isForeignId(id: string): boolean {
  return id.startsWith(FOREIGN_ID_PREFIX);
}

function foreignId(id: string): string {
  return FOREIGN_ID_PREFIX + id.replaceAll(/[^a-zA-Z0-9_-]/g, "_");
}

function isErrorContent(content: unknown): boolean {
  return isObject(content) && (stringOf(content["type"]) ?? "").endsWith("_error");
}

type Source = { readonly url: string; readonly title?: string | undefined };

function resultSources(content: unknown): readonly Source[] | undefined {
  const items = Array.isArray(content) ? content : [content];
  const sources: Source[] = [];
  for (const item of items) {
    const url = isObject(item) ? textOf(item["url"]) : undefined;
    if (isObject(item) && url !== undefined) sources.push({ url, title: textOf(item["title"]) });
  }
  return sources.length > 0 ? sources : undefined;
}

function resultText(content: unknown): string | undefined {
  if (typeof content === "string") return textOf(content);
  if (isObject(content)) {
    const output = (stringOf(content["stdout"]) ?? "") + (stringOf(content["stderr"]) ?? "");
    return textOf(output);
  }
  const texts = arrayOf(content).map((item) =>
    isObject(item) && item["type"] === "text" ? textOf(item["text"]) : undefined,
  );
  return textOf(texts.filter((text) => text !== undefined).join("\n"));
}
