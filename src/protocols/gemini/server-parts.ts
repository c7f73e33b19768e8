// Parts of tools that the provider runs: code execution, server-side tool calls, MCP. Kept whole for their way back.

import type { ServerToolCallBlock, ServerToolKind, ServerToolResultBlock } from "../../core/block.ts";
import { asString, isObject, readField, type WireObject } from "./wire.ts";

/** Which part fields belong to a provider's own tool. */
const CODE = "code-execution";

/**
 * The block of a server-tool part. `fallbackId` names calls that came without an id; results without one refer to
 * the empty id, because Gemini pairs them by position.
 */
export function serverToolBlock(
  part: WireObject,
  tool: ServerToolKind | undefined,
  fallbackId: string,
): ServerToolCallBlock | ServerToolResultBlock {
  const code = readField(part, "executableCode", "executable_code");
  if (isObject(code)) {
    const input = { code: asString(code["code"]) ?? "", language: code["language"] };
    return call(part, code, { tool: CODE, name: "code_execution", input }, fallbackId);
  }
  const codeResult = readField(part, "codeExecutionResult", "code_execution_result");
  if (isObject(codeResult)) {
    const isError = codeResult["outcome"] !== "OUTCOME_OK" && codeResult["outcome"] !== 1;
    return { ...result(part, codeResult, CODE, isError), text: asString(codeResult["output"]) ?? "" };
  }
  const toolCall = readField(part, "toolCall", "tool_call");
  if (isObject(toolCall)) {
    const type = asString(readField(toolCall, "toolType", "tool_type")) ?? "";
    return call(
      part,
      toolCall,
      { tool: kindOf(type), name: type.toLowerCase(), input: toolCall["args"] ?? {} },
      fallbackId,
    );
  }
  const toolResponse = readField(part, "toolResponse", "tool_response");
  if (isObject(toolResponse)) {
    return result(part, toolResponse, kindOf(asString(readField(toolResponse, "toolType", "tool_type")) ?? ""), false);
  }
  const functionCall = readField(part, "functionCall", "function_call");
  if (isObject(functionCall)) {
    const name = asString(functionCall["name"]) ?? "";
    return call(part, functionCall, { tool: tool ?? "mcp", name, input: functionCall["args"] ?? {} }, fallbackId);
  }
  const response = readField(part, "functionResponse", "function_response");
  const object = isObject(response) ? response : {};
  const value = isObject(object["response"]) ? object["response"] : {};
  const text = asString(value["result"]) ?? asString(value["output"]) ?? JSON.stringify(value);
  return { ...result(part, object, tool ?? "mcp", value["error"] !== undefined), text };
}

/** Whether a part belongs to a tool that the provider runs, judged by its field alone. */
export function isServerPart(part: WireObject): boolean {
  return (
    readField(part, "executableCode", "executable_code") !== undefined ||
    readField(part, "codeExecutionResult", "code_execution_result") !== undefined ||
    readField(part, "toolCall", "tool_call") !== undefined ||
    readField(part, "toolResponse", "tool_response") !== undefined
  );
}

function call(
  part: WireObject,
  holder: WireObject,
  facts: { tool: ServerToolKind; name: string; input: unknown },
  fallbackId: string,
): ServerToolCallBlock {
  return { type: "server-tool-call", id: asString(holder["id"]) || fallbackId, ...facts, origin: "gemini", wire: part };
}

function result(part: WireObject, holder: WireObject, tool: ServerToolKind, isError: boolean): ServerToolResultBlock {
  return {
    type: "server-tool-result",
    callId: asString(holder["id"]) ?? "",
    tool,
    isError,
    origin: "gemini",
    wire: part,
  };
}

function kindOf(toolType: string): ServerToolKind {
  if (toolType.startsWith("GOOGLE_SEARCH")) return "web-search";
  if (toolType === "URL_CONTEXT") return "web-fetch";
  if (toolType === "FILE_SEARCH") return "file-search";
  return "other";
}
