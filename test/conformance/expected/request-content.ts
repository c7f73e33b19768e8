// What a request holds, read without any of the gateway's code: the same reader serves the client's request and the
// one that the upstream got, so that the two can be compared.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { type Fields, fields, list, parseInput, type ReadCall, text } from "./reading.ts";

/** The content of a request. Thinking and tools that the provider runs are left out: they are bound to it. */
export interface RequestContent {
  /** Instructions and what user and model said, without blanks around it. */
  readonly texts: string[];
  /** Base64 data, or URLs. */
  readonly images: string[];
  /** Data, URLs or ids of documents, sound and films. */
  readonly media: string[];
  readonly tools: string[];
  readonly calls: ReadCall[];
  /** Texts of every tool result; several where it is an object. */
  readonly results: string[][];
}

/** Reads a request body. */
export function requestContent(protocol: ProtocolId, body: unknown): RequestContent {
  const content: RequestContent = { texts: [], images: [], media: [], tools: [], calls: [], results: [] };
  READERS[protocol](fields(body), content);
  const texts = content.texts.map((each) => each.trim()).filter((each) => each !== "" && !isAttribution(each));
  return { ...content, texts };
}

/** Claude Code's billing line differs with each request; gateways take it out. */
function isAttribution(line: string): boolean {
  return line.startsWith("x-anthropic-billing-header");
}

const READERS: Readonly<Record<ProtocolId, (body: Fields, into: RequestContent) => void>> = {
  anthropic(body, into) {
    into.texts.push(...textsOf(body["system"]));
    into.tools.push(
      ...list(body["tools"])
        .filter(isAnthropicFunction)
        .map((tool) => text(tool["name"])),
    );
    for (const message of list(body["messages"])) {
      if (typeof message["content"] === "string") into.texts.push(message["content"]);
      for (const block of list(message["content"])) anthropicBlock(block, into);
    }
  },
  "openai-chat"(body, into) {
    const declared = [...list(body["tools"]).map((tool) => fields(tool["function"])), ...list(body["functions"])];
    into.tools.push(...declared.map((tool) => text(tool["name"])).filter(Boolean));
    for (const message of list(body["messages"])) {
      const { content } = message;
      if (message["role"] === "tool") into.results.push(textsOf(content));
      else into.texts.push(...textsOf(content));
      for (const part of list(content)) chatMedia(part, into);
      // Some servers' requests repeat calls on user messages; only the model calls.
      if (message["role"] !== "assistant") continue;
      for (const call of list(message["tool_calls"])) {
        const inner = fields(call["function"]);
        into.calls.push({ name: text(inner["name"]), input: parseInput(text(inner["arguments"])) });
      }
    }
  },
  "openai-responses"(body, into) {
    into.texts.push(text(body["instructions"]));
    if (typeof body["input"] === "string") into.texts.push(body["input"]);
    for (const tool of list(body["tools"])) {
      const inner = tool["type"] === "namespace" ? list(tool["tools"]) : [tool];
      const own = inner.filter((each) => each["type"] === "function" || each["type"] === "custom");
      into.tools.push(...own.map((each) => text(each["name"])));
    }
    for (const item of list(body["input"])) responsesItem(item, into);
  },
  gemini(body, into) {
    const system = body["systemInstruction"] ?? body["system_instruction"];
    into.texts.push(...(typeof system === "string" ? [system] : textsOf(fields(system)["parts"])));
    for (const tool of list(body["tools"])) {
      const declared = list(tool["functionDeclarations"] ?? tool["function_declarations"]);
      into.tools.push(...declared.map((each) => text(each["name"])));
    }
    for (const content of list(body["contents"])) for (const part of list(content["parts"])) geminiPart(part, into);
  },
};

function isAnthropicFunction(tool: Fields): boolean {
  return tool["type"] === undefined || tool["type"] === "custom";
}

/** Texts of a string or of the parts of a list. */
function textsOf(content: unknown): string[] {
  if (typeof content === "string") return [content];
  return list(content)
    .map((part) => text(part["text"]))
    .filter(Boolean);
}

function anthropicBlock(block: Fields, into: RequestContent): void {
  const source = fields(block["source"]);
  const bytes = text(source["data"]) || text(source["url"]) || text(source["file_id"]);
  if (block["type"] === "text") into.texts.push(text(block["text"]));
  if (block["type"] === "image") into.images.push(bytes);
  if (block["type"] === "document") into.media.push(bytes);
  if (block["type"] === "tool_use") into.calls.push({ name: text(block["name"]), input: block["input"] });
  if (block["type"] === "tool_result") {
    into.results.push(textsOf(block["content"]));
    for (const inner of list(block["content"])) if (inner["type"] !== "text") anthropicBlock(inner, into);
  }
}

function chatMedia(part: Fields, into: RequestContent): void {
  const file = fields(part["file"]);
  if (part["type"] === "image_url") into.images.push(dataOf(text(fields(part["image_url"])["url"])));
  // Mistral writes the data without an object around it.
  if (part["type"] === "input_audio")
    into.media.push(text(part["input_audio"]) || text(fields(part["input_audio"])["data"]));
  if (part["type"] === "video_url") into.media.push(dataOf(text(fields(part["video_url"])["url"])));
  if (part["type"] === "file") into.media.push(dataOf(text(file["file_data"]) || text(file["file_id"])));
}

function responsesItem(item: Fields, into: RequestContent): void {
  const name = text(item["name"]);
  if (item["type"] === "function_call") into.calls.push({ name, input: parseInput(text(item["arguments"])) });
  if (item["type"] === "custom_tool_call") into.calls.push({ name, input: item["input"], isCustom: true });
  if (text(item["type"]).endsWith("_output")) {
    into.results.push(textsOf(item["output"]));
    for (const part of list(item["output"])) responsesMedia(part, into);
  }
  if ((item["type"] ?? "message") !== "message") return;
  into.texts.push(...textsOf(item["content"]));
  for (const part of list(item["content"])) responsesMedia(part, into);
}

function responsesMedia(part: Fields, into: RequestContent): void {
  const file = text(part["file_data"]) || text(part["file_url"]) || text(part["file_id"]);
  if (part["type"] === "input_image") into.images.push(dataOf(text(part["image_url"]) || text(part["file_id"])));
  if (part["type"] === "input_file") into.media.push(dataOf(file));
}

function geminiPart(part: Fields, into: RequestContent): void {
  const inline = fields(part["inlineData"] ?? part["inline_data"]);
  const file = fields(part["fileData"] ?? part["file_data"]);
  const call = fields(part["functionCall"] ?? part["function_call"]);
  const response = fields(part["functionResponse"] ?? part["function_response"]);
  const mimeType = text(inline["mimeType"] ?? inline["mime_type"] ?? file["mimeType"] ?? file["mime_type"]);
  const bytes = text(inline["data"]) || text(file["fileUri"] ?? file["file_uri"]);
  if (bytes !== "") (mimeType.startsWith("image/") ? into.images : into.media).push(bytes);
  if (part["thought"] !== true) into.texts.push(text(part["text"]));
  if (call["name"] !== undefined) into.calls.push({ name: text(call["name"]), input: call["args"] ?? {} });
  if (response["name"] === undefined) return;
  into.results.push(leaves(response["response"]));
  for (const inner of list(response["parts"])) geminiPart(inner, into);
}

/** All texts and numbers within a value. */
function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "boolean") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
}

/** Base64 data of a data URL; other URLs as they are. */
function dataOf(url: string): string {
  return url.startsWith("data:") ? url.slice(url.indexOf(",") + 1) : url;
}
