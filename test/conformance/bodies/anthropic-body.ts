// What the Messages API accepts, as far as it can be told without it.

import { type Fields, fields, list } from "../expected/reading.ts";
import { Faults } from "./rules.ts";

const TOP =
  "model max_tokens messages system tools tool_choice stream temperature top_p top_k stop_sequences thinking metadata " +
  "output_config service_tier mcp_servers";
const BLOCK_KEYS: Readonly<Record<string, string>> = {
  text: "type text cache_control",
  image: "type source cache_control",
  document: "type source title context citations cache_control",
  tool_use: "type id name input cache_control",
  tool_result: "type tool_use_id content is_error cache_control",
  thinking: "type thinking signature",
  redacted_thinking: "type data",
};
const IMAGE_TYPES = "image/jpeg image/png image/gif image/webp";

/** What is wrong with a body for this model. */
export function anthropicFaults(value: unknown, model: string): string[] {
  const faults = new Faults();
  const body = faults.keys(value, TOP, "body");
  faults.filled(body["model"], "model");
  faults.expect(Number.isInteger(body["max_tokens"]) && Number(body["max_tokens"]) > 0, "max_tokens", "missing");
  if (body["system"] !== undefined) checkSystem(body["system"], faults);
  checkMessages(list(body["messages"]), faults);
  checkTools(body, faults);
  checkSettings(body, model, faults);
  return faults.all;
}

function checkSystem(system: unknown, faults: Faults): void {
  if (typeof system === "string") faults.filled(system, "system");
  else for (const block of list(system)) checkBlock(block, "system", "system", faults);
}

function checkMessages(messages: readonly Fields[], faults: Faults): void {
  faults.expect(messages.length > 0, "messages", "empty");
  faults.expect(messages[0]?.["role"] === "user", "messages[0]", "the user speaks first");
  let open: unknown[] = [];
  const seen = new Set<unknown>();
  messages.forEach((message, at) => {
    const path = `messages[${at}]`;
    faults.keys(message, "role content", path);
    faults.oneOf(message["role"], "user assistant", path);
    faults.expect(message["role"] !== messages[at - 1]?.["role"], path, "the same role twice in a row");
    const { content } = message;
    if (typeof content === "string") faults.filled(content, `${path}.content`);
    else faults.expect(list(content).length > 0, `${path}.content`, "empty");
    const blocks = list(content);
    blocks.forEach((block, number) => {
      checkBlock(block, String(message["role"]), `${path}.content[${number}]`, faults);
    });
    // Blanks alone are refused; beside other blocks they are not.
    faults.expect(blocks.length !== 1 || String(blocks[0]?.["text"] ?? "x").trim() !== "", path, "only blanks");
    const results = blocks.filter((block) => block["type"] === "tool_result").map((block) => block["tool_use_id"]);
    if (message["role"] === "user") {
      faults.expect(sameIds(results, open), path, `results ${results} for calls ${open}`);
      const firsts = blocks.slice(0, results.length).every((block) => block["type"] === "tool_result");
      faults.expect(firsts, path, "results come first");
    }
    open = blocks.filter((block) => block["type"] === "tool_use").map((block) => block["id"]);
    for (const id of open) {
      faults.expect(!seen.has(id), path, `call id ${id} twice`);
      seen.add(id);
    }
  });
  faults.expect(open.length === 0, "messages", "calls without results at the end");
}

function sameIds(results: readonly unknown[], calls: readonly unknown[]): boolean {
  return results.length === calls.length && calls.every((id) => results.includes(id));
}

function checkBlock(block: Fields, role: string, path: string, faults: Faults): void {
  const type = String(block["type"]);
  faults.expect(BLOCK_KEYS[type] !== undefined, path, `unknown block ${type}`);
  faults.keys(block, BLOCK_KEYS[type] ?? "type", path);
  const isAssistant = type.includes("thinking") || type === "tool_use";
  if (type !== "text") faults.expect(isAssistant === (role === "assistant"), path, `${type} of ${role}`);
  if (type === "text") faults.filled(block["text"], path);
  if (type === "image" || type === "document") checkSource(type, fields(block["source"]), path, faults);
  if (type === "tool_use") {
    faults.expect(/^[a-zA-Z0-9_-]+$/.test(String(block["id"])), path, `id ${block["id"]}`);
    faults.filled(block["name"], path);
    faults.expect(typeof block["input"] === "object" && !Array.isArray(block["input"]), path, "input is no object");
  }
  if (type === "tool_result") {
    for (const inner of list(block["content"])) {
      faults.oneOf(inner["type"], "text image document", path);
      if (inner["type"] === "text") faults.filled(inner["text"], path);
    }
  }
  if (type === "thinking") faults.filled(block["signature"], path);
}

/** While thinking is enabled, the turn whose tools were just run has to begin with its thinking. */
function checkThinkingTurn(messages: readonly Fields[], faults: Faults): void {
  const hasResults = list(messages.at(-1)?.["content"]).some((block) => block["type"] === "tool_result");
  const [first] = list(messages.at(-2)?.["content"]);
  if (hasResults) faults.oneOf(first?.["type"], "thinking redacted_thinking", "the last turn's first block");
}

function checkSource(type: string, source: Fields, path: string, faults: Faults): void {
  faults.oneOf(source["type"], type === "image" ? "base64 url" : "base64 url text content", path);
  if (source["type"] === "base64") {
    faults.oneOf(source["media_type"], type === "image" ? IMAGE_TYPES : "application/pdf", path);
    faults.filled(source["data"], path);
  }
  if (source["type"] === "url") faults.expect(/^https?:/.test(String(source["url"])), path, "no http url");
}

function checkTools(body: Fields, faults: Faults): void {
  const tools = list(body["tools"]);
  faults.expect(body["tools"] === undefined || tools.length > 0, "tools", "an empty list");
  const names: unknown[] = tools.map((tool) => tool["name"]).filter((name) => name !== undefined);
  faults.expect(new Set(names).size === names.length, "tools", "a name twice");
  tools.forEach((tool, at) => {
    const path = `tools[${at}]`;
    if (tool["type"] !== undefined && tool["type"] !== "custom") {
      faults.expect(/^[a-z_]+_\d{8}$|^mcp_toolset$/.test(String(tool["type"])), path, `type ${tool["type"]}`);
      return;
    }
    faults.keys(tool, "type name description input_schema strict cache_control", path);
    faults.expect(/^[a-zA-Z0-9_-]{1,128}$/.test(String(tool["name"])), path, `name ${tool["name"]}`);
    faults.expect(fields(tool["input_schema"])["type"] === "object", path, "input_schema is no object schema");
    faults.expect(tool["description"] !== null, path, "description is null");
  });
  if (body["tool_choice"] === undefined) return;
  faults.expect(tools.length > 0, "tool_choice", "without tools");
  const choice = faults.keys(body["tool_choice"], "type name disable_parallel_tool_use", "tool_choice");
  faults.oneOf(choice["type"], "auto any tool none", "tool_choice");
  if (choice["type"] === "tool") faults.expect(names.includes(choice["name"]), "tool_choice", "an unknown tool");
}

function checkSettings(body: Fields, model: string, faults: Faults): void {
  const isAdaptiveOnly = model === "claude-opus-5-5";
  faults.range(body["temperature"], 0, 1, "temperature");
  faults.expect(body["temperature"] === undefined || body["top_p"] === undefined, "top_p", "beside temperature");
  const thinking = fields(body["thinking"]);
  if (body["thinking"] !== undefined) {
    faults.oneOf(thinking["type"], isAdaptiveOnly ? "adaptive" : "enabled disabled", "thinking.type");
    if (thinking["type"] === "enabled") {
      faults.range(thinking["budget_tokens"], 1024, Number(body["max_tokens"]) - 1, "thinking.budget_tokens");
      faults.expect(body["temperature"] === undefined && body["top_k"] === undefined, "thinking", "with sampling");
      faults.oneOf(fields(body["tool_choice"])["type"] ?? "auto", "auto none", "tool_choice with thinking");
      checkThinkingTurn(list(body["messages"]), faults);
    }
  }
  if (isAdaptiveOnly) {
    for (const name of ["temperature", "top_p", "top_k"]) faults.expect(!(name in body), name, "refused by the model");
    faults.oneOf(fields(body["tool_choice"])["type"] ?? "auto", "auto none", "tool_choice of the model");
  }
  const stops = Array.isArray(body["stop_sequences"]) ? (body["stop_sequences"] as unknown[]) : [];
  for (const stop of stops) faults.filled(String(stop).trim(), "stop_sequences");
  faults.keys(body["metadata"], "user_id", "metadata");
  const config = faults.keys(body["output_config"], "effort format", "output_config");
  const format = faults.keys(config["format"], "type schema", "output_config.format");
  if (config["format"] !== undefined) faults.oneOf(format["type"], "json_schema", "output_config.format");
}
