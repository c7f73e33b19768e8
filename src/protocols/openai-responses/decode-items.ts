// Items that the provider made by itself (searches, code runs, MCP calls), in requests and answers alike.

import type { IrBlock, ServerToolCallBlock, ServerToolKind, ServerToolResultBlock } from "../../core/block.ts";
import {
  arrayOf,
  compact,
  type JsonObject,
  objectOf,
  objectsOf,
  PROTOCOL_ID,
  parseJson,
  stringOf,
  textOf,
} from "./wire.ts";

interface HostedTool {
  readonly tool: ServerToolKind;
  readonly name: string;
  input(item: JsonObject): unknown;
  result?(item: JsonObject): Pick<ServerToolResultBlock, "isError" | "sources" | "text"> | undefined;
}

const HOSTED_TOOLS: Readonly<Record<string, HostedTool>> = {
  web_search_call: {
    tool: "web-search",
    name: "web_search",
    input(item) {
      const { type: _type, sources: _sources, ...input } = objectOf(item["action"]);
      return input;
    },
    result(item) {
      const sources = objectsOf(objectOf(item["action"])["sources"]).flatMap((source) => {
        const url = textOf(source["url"]);
        return url === undefined ? [] : [compact({ url, title: textOf(source["title"]) })];
      });
      return sources.length > 0 ? { isError: item["status"] === "failed", sources } : undefined;
    },
  },
  code_interpreter_call: {
    tool: "code-execution",
    name: "code_interpreter",
    input: (item) => ({ code: stringOf(item["code"]) ?? "" }),
    result(item) {
      const logs = objectsOf(item["outputs"]).map((output) => stringOf(output["logs"]) ?? "");
      const text = logs.filter((log) => log !== "").join("\n");
      return arrayOf(item["outputs"]).length > 0 ? { isError: item["status"] === "failed", text } : undefined;
    },
  },
  mcp_call: {
    tool: "mcp",
    name: "mcp",
    input: (item) => parseJson(stringOf(item["arguments"]) ?? "{}") ?? {},
    result(item) {
      const error = item["error"] ?? undefined;
      const text = stringOf(item["output"]) ?? (error === undefined ? undefined : stringOf(objectOf(error)["message"]));
      if (text === undefined && error === undefined) return undefined;
      return compact({ isError: error !== undefined, text });
    },
  },
  file_search_call: {
    tool: "file-search",
    name: "file_search",
    input: (item) => ({ queries: arrayOf(item["queries"]) }),
  },
  image_generation_call: {
    tool: "image-generation",
    name: "image_generation",
    input: (item) => compact({ prompt: textOf(item["revised_prompt"]) }),
  },
};

/**
 * Blocks of an item that no client has to run: a call with its result where the item holds one, or an `unknown` block
 * for kinds without a neutral form. The call's `wire` is the whole item, so that this protocol gets it back once.
 */
export function decodeHostedItem(item: JsonObject): IrBlock[] {
  const type = stringOf(item["type"]) ?? "";
  const hosted = Object.hasOwn(HOSTED_TOOLS, type) ? HOSTED_TOOLS[type] : undefined;
  if (!hosted) return [{ type: "unknown", origin: PROTOCOL_ID, wire: item }];
  const call: ServerToolCallBlock = {
    type: "server-tool-call",
    id: textOf(item["id"]) ?? type,
    tool: hosted.tool,
    name: textOf(item["name"]) ?? hosted.name,
    input: hosted.input(item),
    origin: PROTOCOL_ID,
    wire: item,
  };
  const result = hosted.result?.(item);
  if (!result) return [call];
  return [
    call,
    { type: "server-tool-result", callId: call.id, tool: hosted.tool, ...result, origin: PROTOCOL_ID, wire: item },
  ];
}
