// What the Responses API accepts, as far as it can be told without it.

import { type Fields, fields, list } from "../expected/reading.ts";
import { Faults, isJsonObject } from "./rules.ts";

const TOP =
  "model input instructions stream store tools tool_choice parallel_tool_calls max_tool_calls max_output_tokens " +
  "temperature top_p reasoning text include top_logprobs metadata prompt_cache_key service_tier safety_identifier user";
const ITEM_KEYS: Readonly<Record<string, string>> = {
  message: "type role content status id phase",
  function_call: "type call_id name arguments namespace id status",
  function_call_output: "type call_id output id status",
  custom_tool_call: "type call_id name input namespace id status",
  custom_tool_call_output: "type call_id output id status",
  reasoning: "type summary content encrypted_content",
  web_search_call: "type id status action",
};

/** What is wrong with a body for this model. */
export function responsesFaults(value: unknown, model: string): string[] {
  const faults = new Faults();
  const body = faults.keys(value, TOP, "body");
  faults.filled(body["model"], "model");
  faults.expect(body["store"] === false, "store", "the API keeps answers unless told not to");
  if (typeof body["input"] === "string") faults.filled(body["input"], "input");
  else checkItems(list(body["input"]), faults);
  checkTools(body, faults);
  checkSettings(body, model, faults);
  return faults.all;
}

function checkItems(items: readonly Fields[], faults: Faults): void {
  faults.expect(items.length > 0, "input", "empty");
  const calls = new Set<unknown>();
  const answered = new Set<unknown>();
  items.forEach((item, at) => {
    const path = `input[${at}]`;
    const type = String(item["type"] ?? "message");
    faults.expect(ITEM_KEYS[type] !== undefined, path, `unknown item ${type}`);
    faults.keys(item, ITEM_KEYS[type] ?? "", path);
    if (type === "message") checkMessage(item, path, faults);
    if (type === "function_call" || type === "custom_tool_call") {
      faults.expect(/^.{1,64}$/.test(String(item["call_id"])), path, `call_id ${item["call_id"]}`);
      faults.expect(/^[a-zA-Z0-9_-]{1,64}$/.test(String(item["name"])), path, `name ${item["name"]}`);
      if (type === "function_call")
        faults.expect(isJsonObject(item["arguments"]), path, "arguments are no JSON object");
      calls.add(item["call_id"]);
    }
    if (type.endsWith("_output")) {
      faults.expect(calls.has(item["call_id"]), path, `${item["call_id"]} answers no call`);
      faults.expect(!answered.has(item["call_id"]), path, `${item["call_id"]} answered twice`);
      answered.add(item["call_id"]);
      checkOutput(item["output"], path, faults);
    }
    if (type === "reasoning") {
      faults.filled(item["encrypted_content"], path);
      faults.expect(Array.isArray(item["summary"]), path, "summary is missing");
      const next = items[at + 1];
      const isOwn = next !== undefined && (next["role"] ?? "assistant") === "assistant";
      faults.expect(isOwn && !String(next["type"]).endsWith("_output"), path, "nothing follows the reasoning");
    }
  });
  for (const id of calls) faults.expect(answered.has(id), "input", `call ${id} is not answered`);
}

function checkMessage(item: Fields, path: string, faults: Faults): void {
  const role = String(item["role"]);
  faults.oneOf(role, "user assistant system developer", path);
  if (typeof item["content"] === "string") {
    faults.filled(item["content"], path);
    return;
  }
  const parts = list(item["content"]);
  faults.expect(parts.length > 0, path, "no content");
  const known = role === "assistant" ? "output_text refusal" : "input_text input_image input_file input_audio";
  for (const part of parts) checkPart(part, known, path, faults);
}

function checkPart(part: Fields, known: string, path: string, faults: Faults): void {
  faults.oneOf(part["type"], known, path);
  if (part["type"] === "input_text") faults.filled(part["text"], path);
  if (part["type"] === "output_text") faults.expect(Array.isArray(part["annotations"]), path, "annotations missing");
  if (part["type"] === "input_image") {
    faults.oneOf(part["detail"], "auto low high original", path);
    const url = String(part["image_url"]);
    faults.expect(/^(https?:|data:image\/)/.test(url) || typeof part["file_id"] === "string", path, "no image");
  }
  if (part["type"] === "input_file") faults.keys(part, "type filename file_data file_url file_id detail", path);
}

function checkOutput(output: unknown, path: string, faults: Faults): void {
  if (typeof output === "string") return;
  faults.expect(Array.isArray(output), path, "output is neither text nor a list");
  for (const part of list(output)) checkPart(part, "input_text input_image input_file", path, faults);
}

function checkTools(body: Fields, faults: Faults): void {
  const tools = list(body["tools"]);
  faults.expect(body["tools"] === undefined || tools.length > 0, "tools", "an empty list");
  tools.forEach((tool, at) => {
    const path = `tools[${at}]`;
    faults.oneOf(tool["type"], "function custom web_search code_interpreter mcp", path);
    if (tool["type"] !== "function") return;
    faults.keys(tool, "type name description parameters strict", path);
    faults.expect(/^[a-zA-Z0-9_-]{1,64}$/.test(String(tool["name"])), path, `name ${tool["name"]}`);
    faults.expect(typeof tool["strict"] === "boolean", path, "strict is missing");
    faults.expect(fields(tool["parameters"])["type"] === "object", path, "parameters are no object schema");
    faults.expect(tool["description"] !== null, path, "description is null");
  });
  if (tools.length === 0) {
    faults.expect(body["tool_choice"] === undefined, "tool_choice", "without tools");
    faults.expect(body["parallel_tool_calls"] === undefined, "parallel_tool_calls", "without tools");
    return;
  }
  const choice = body["tool_choice"];
  if (typeof choice === "string") faults.oneOf(choice, "auto none required", "tool_choice");
  else if (fields(choice)["type"] === "function")
    faults.expect(
      tools.some((tool) => tool["name"] === fields(choice)["name"]),
      "tool_choice",
      "an unknown tool",
    );
}

function checkSettings(body: Fields, model: string, faults: Faults): void {
  const isReasoner = model.startsWith("gpt-5");
  faults.range(body["max_output_tokens"], 16, Number.MAX_SAFE_INTEGER, "max_output_tokens");
  faults.range(body["temperature"], 0, 2, "temperature");
  faults.expect(body["reasoning"] === undefined || isReasoner, "reasoning", "the model has none");
  if (isReasoner)
    for (const name of ["temperature", "top_p"]) faults.expect(body[name] === undefined, name, "refused by the model");
  const format = fields(fields(body["text"])["format"]);
  faults.keys(body["text"], "format verbosity", "text");
  if (format["type"] === undefined) return;
  faults.oneOf(format["type"], "text json_object json_schema", "text.format");
  if (format["type"] === "json_schema") {
    faults.keys(format, "type name description schema strict", "text.format");
    faults.expect(/^[a-zA-Z0-9_-]{1,64}$/.test(String(format["name"])), "text.format", `name ${format["name"]}`);
  }
}
