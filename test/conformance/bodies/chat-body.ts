// What Chat Completions accepts, as far as it can be told without it: of OpenAI itself, and of servers that copy it.

import { type Fields, fields, list } from "../expected/reading.ts";
import { Faults, isJsonObject } from "./rules.ts";

const TOP =
  "model messages stream stream_options tools tool_choice parallel_tool_calls max_tokens max_completion_tokens " +
  "temperature top_p stop n seed presence_penalty frequency_penalty logprobs top_logprobs response_format " +
  "reasoning_effort verbosity user safety_identifier prompt_cache_key service_tier metadata store";
const MESSAGE_KEYS: Readonly<Record<string, string>> = {
  system: "role content",
  developer: "role content",
  user: "role content name",
  assistant: "role content tool_calls refusal",
  tool: "role content tool_call_id",
};

/** What is wrong with a body for a server that copies OpenAI. */
export function chatFaults(value: unknown): string[] {
  return commonFaults(value, "text image_url input_audio file video_url audio_url").all;
}

/** What is wrong with a body for a model of OpenAI itself, which is stricter. */
export function openAiChatFaults(value: unknown, model: string): string[] {
  const faults = commonFaults(value, "text image_url input_audio file");
  checkModel(fields(value), model, faults);
  for (const message of list(fields(value)["messages"])) {
    for (const call of list(message["tool_calls"]))
      faults.expect(/^[a-zA-Z0-9_-]{1,40}$/.test(String(call["id"])), "messages", `call id ${call["id"]}`);
  }
  return faults.all;
}

function commonFaults(value: unknown, userParts: string): Faults {
  const faults = new Faults();
  const body = faults.keys(value, TOP, "body");
  faults.filled(body["model"], "model");
  checkMessages(list(body["messages"]), userParts, faults);
  checkTools(body, faults);
  checkSettings(body, faults);
  return faults;
}

function checkMessages(messages: readonly Fields[], userParts: string, faults: Faults): void {
  faults.expect(messages.length > 0, "messages", "empty");
  let open: unknown[] = [];
  messages.forEach((message, at) => {
    const path = `messages[${at}]`;
    const role = String(message["role"]);
    faults.keys(message, MESSAGE_KEYS[role] ?? "", path);
    if (role === "tool") {
      faults.expect(open.includes(message["tool_call_id"]), path, `${message["tool_call_id"]} answers no call`);
      open = open.filter((id) => id !== message["tool_call_id"]);
    } else {
      faults.expect(open.length === 0, path, `calls ${open} are not answered`);
      open = list(message["tool_calls"]).map((call) => call["id"]);
    }
    checkContent(message, role === "user" ? userParts : "text refusal", path, faults);
    for (const call of list(message["tool_calls"])) checkCall(call, path, faults);
    faults.expect(message["tool_calls"] === undefined || open.length > 0, path, "an empty list of calls");
  });
  faults.expect(open.length === 0, "messages", `calls ${open} are not answered at the end`);
}

function checkContent(message: Fields, known: string, path: string, faults: Faults): void {
  const { content, role } = message;
  if (role === "assistant" && (content === null || content === undefined || content === "")) {
    faults.expect(message["tool_calls"] !== undefined || message["refusal"] !== undefined, path, "says nothing");
    return;
  }
  if (typeof content === "string") {
    if (role !== "tool") faults.filled(content, path);
    return;
  }
  const parts = list(content);
  faults.expect(parts.length > 0, path, "no content");
  parts.forEach((part, at) => {
    const where = `${path}.content[${at}]`;
    faults.oneOf(part["type"], known, where);
    if (part["type"] === "text") faults.filled(part["text"], where);
    if (part["type"] === "image_url") {
      const url = String(fields(part["image_url"])["url"]);
      faults.expect(/^(https?:|data:image\/[a-z+.-]+;base64,[A-Za-z0-9+/_-])/.test(url), where, "no image url");
    }
    if (part["type"] === "input_audio") faults.oneOf(fields(part["input_audio"])["format"], "wav mp3", where);
    if (part["type"] === "file") checkFile(fields(part["file"]), where, faults);
  });
}

function checkFile(file: Fields, path: string, faults: Faults): void {
  faults.keys(file, "filename file_data file_id", path);
  faults.expect(typeof file["file_id"] === "string" || /^data:/.test(String(file["file_data"])), path, "no file");
}

function checkCall(call: Fields, path: string, faults: Faults): void {
  faults.keys(call, "id type function custom", path);
  faults.filled(call["id"], path);
  faults.oneOf(call["type"], "function custom", path);
  if (call["type"] === "custom") return;
  const inner = fields(call["function"]);
  faults.expect(/^[a-zA-Z0-9_-]{1,64}$/.test(String(inner["name"])), path, `call name ${inner["name"]}`);
  faults.expect(isJsonObject(inner["arguments"]), path, "arguments are no JSON object");
}

function checkTools(body: Fields, faults: Faults): void {
  const tools = list(body["tools"]);
  faults.expect(body["tools"] === undefined || tools.length > 0, "tools", "an empty list");
  const names = tools.map((tool) => fields(tool["function"] ?? tool["custom"])["name"]);
  faults.expect(new Set(names).size === names.length, "tools", "a name twice");
  tools.forEach((tool, at) => {
    const path = `tools[${at}]`;
    faults.keys(tool, "type function custom", path);
    faults.oneOf(tool["type"], "function custom", path);
    if (tool["type"] === "custom") return;
    const inner = faults.keys(tool["function"], "name description parameters strict", path);
    faults.expect(/^[a-zA-Z0-9_-]{1,64}$/.test(String(inner["name"])), path, `name ${inner["name"]}`);
    const { parameters } = inner;
    faults.expect(parameters === undefined || fields(parameters)["type"] === "object", path, "no object schema");
    faults.expect(inner["description"] !== null, path, "description is null");
  });
  if (tools.length === 0) {
    faults.expect(body["tool_choice"] === undefined, "tool_choice", "without tools");
    faults.expect(body["parallel_tool_calls"] === undefined, "parallel_tool_calls", "without tools");
    return;
  }
  const choice = body["tool_choice"];
  if (typeof choice === "string") faults.oneOf(choice, "auto none required", "tool_choice");
  else if (choice !== undefined && fields(choice)["type"] === "function")
    faults.expect(names.includes(fields(fields(choice)["function"])["name"]), "tool_choice", "an unknown tool");
}

function checkSettings(body: Fields, faults: Faults): void {
  faults.expect(body["max_tokens"] === undefined || !("max_completion_tokens" in body), "max_tokens", "twice");
  faults.range(body["temperature"], 0, 2, "temperature");
  faults.expect(body["stream_options"] === undefined || body["stream"] === true, "stream_options", "without stream");
  const { stop } = body;
  faults.expect(stop === undefined || (Array.isArray(stop) && stop.length <= 4), "stop", "too many, or no list");
  const format = fields(body["response_format"]);
  if (body["response_format"] !== undefined)
    faults.oneOf(format["type"], "text json_object json_schema", "response_format");
  if (format["type"] === "json_schema") {
    const schema = faults.keys(format["json_schema"], "name description schema strict", "response_format");
    faults.expect(/^[a-zA-Z0-9_-]{1,64}$/.test(String(schema["name"])), "response_format", `name ${schema["name"]}`);
  }
}

function checkModel(body: Fields, model: string, faults: Faults): void {
  faults.expect(body["max_tokens"] === undefined, "max_tokens", "max_completion_tokens is its name");
  if (!/^(gpt-5|o\d)/.test(model)) {
    faults.expect(body["reasoning_effort"] === undefined, "reasoning_effort", "the model has none");
    return;
  }
  for (const name of ["temperature", "top_p", "presence_penalty", "frequency_penalty", "stop"])
    faults.expect(body[name] === undefined, name, "refused by the model");
  if (model.startsWith("o")) faults.expect(!("parallel_tool_calls" in body), "parallel_tool_calls", "refused");
  else if (list(body["tools"]).length > 0)
    faults.oneOf(body["reasoning_effort"], "none", "reasoning_effort beside tools");
}
