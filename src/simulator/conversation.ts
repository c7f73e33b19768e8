// Reads from a client's request what a scripted agent run needs: the tools on offer, the results so far, a wanted schema.

import type { ProtocolId } from "../core/protocol-id.ts";
import type { SimRequest } from "./sim-request.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A function tool that the client offers. */
export interface OfferedTool {
  readonly name: string;
  /** JSON Schema of the arguments; `{}` when none is given. */
  readonly schema: Fields;
  /** Responses: where it was declared, and whether it takes text instead of arguments. */
  readonly namespace?: string | undefined;
  readonly isCustom?: boolean | undefined;
}

/** The state of a conversation. */
export interface Conversation {
  readonly tools: readonly OfferedTool[];
  /** Text of every tool result, in order. */
  readonly toolResults: readonly string[];
  /** Schema that the answer's text has to follow; undefined for free text. */
  readonly answerSchema: Fields | undefined;
}

/** Reads a generate request of any format. Odd shapes give empty lists; never throws. */
export function readConversation(request: SimRequest): Conversation {
  return READERS[request.route.protocol](request.fields);
}

const READERS: Readonly<Record<ProtocolId, (body: Fields) => Conversation>> = {
  anthropic: (body) => ({
    tools: list(body["tools"]).map((tool) => offered(tool["name"], tool["input_schema"])),
    toolResults: list(body["messages"])
      .flatMap((message) => list(message["content"]))
      .filter((block) => block["type"] === "tool_result")
      .map((block) => textOf(block["content"])),
    answerSchema: maybe(fields(fields(body["output_config"])["format"])["schema"]),
  }),
  "openai-chat": (body) => ({
    tools: list(body["tools"]).map((tool) =>
      offered(fields(tool["function"])["name"], fields(tool["function"])["parameters"]),
    ),
    toolResults: list(body["messages"])
      .filter((message) => message["role"] === "tool")
      .map((message) => textOf(message["content"])),
    answerSchema: maybe(fields(fields(body["response_format"])["json_schema"])["schema"]),
  }),
  "openai-responses": (body) => ({
    tools: [body, ...list(body["input"]).filter((item) => item["type"] === "additional_tools")]
      .flatMap((holder) => list(holder["tools"]))
      .flatMap((tool) => responsesTools(tool, undefined)),
    toolResults: list(body["input"])
      .filter((item) => item["type"] === "function_call_output" || item["type"] === "custom_tool_call_output")
      .map((item) => textOf(item["output"])),
    answerSchema: maybe(fields(fields(body["text"])["format"])["schema"]),
  }),
  gemini: (body) => ({
    tools: list(body["tools"])
      .flatMap((tool) => list(tool["functionDeclarations"] ?? tool["function_declarations"]))
      .map((tool) => offered(tool["name"], tool["parametersJsonSchema"] ?? tool["parameters"])),
    toolResults: list(body["contents"])
      .flatMap((content) => list(content["parts"]))
      .filter((part) => part["functionResponse"] !== undefined || part["function_response"] !== undefined)
      .map((part) => responseText(fields(part["functionResponse"] ?? part["function_response"])["response"])),
    answerSchema: geminiSchema(fields(body["generationConfig"] ?? body["generation_config"])),
  }),
};

function offered(name: unknown, schema: unknown): OfferedTool {
  return { name: typeof name === "string" ? name : "", schema: fields(schema) };
}

/** A Responses tool, or those of a namespace; hosted tools are left out. */
function responsesTools(tool: Fields, namespace: string | undefined): OfferedTool[] {
  if (tool["type"] === "namespace")
    return list(tool["tools"]).flatMap((member) => responsesTools(member, String(tool["name"])));
  if (tool["type"] !== "function" && tool["type"] !== "custom") return [];
  return [{ ...offered(tool["name"], tool["parameters"]), namespace, isCustom: tool["type"] === "custom" }];
}

function geminiSchema(config: Fields): Fields | undefined {
  return maybe(config["responseJsonSchema"]) ?? maybe(config["responseSchema"]);
}

/** A Gemini tool's response is an object; its output is usually one known key. */
function responseText(response: unknown): string {
  const { output, result, error } = fields(response) as { output?: unknown; result?: unknown; error?: unknown };
  const value = output ?? result ?? error ?? response;
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

/** Text of a content value: a string, or the text parts of a list. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map((part) => part["text"])
    .filter((text) => typeof text === "string")
    .join("\n");
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function maybe(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null ? fields(value) : undefined;
}
