// Requests of the four client protocols, and what their answers hold. Reads answers without the gateway's own codecs.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { checkAnthropicStream } from "../../support/grammar/check-anthropic-stream.ts";
import { checkChatStream } from "../../support/grammar/check-chat-stream.ts";
import { checkGeminiStream } from "../../support/grammar/check-gemini-stream.ts";
import { checkResponsesStream } from "../../support/grammar/check-responses-stream.ts";
import { readFrames } from "../../support/grammar/read-frames.ts";
import { asFields, asList, type Fields, parseJson, type Violation } from "../../support/grammar/violation.ts";

/** All client protocols. */
export const PROTOCOLS: readonly ProtocolId[] = ["anthropic", "openai-chat", "openai-responses", "gemini"];

/** What a request asks for. */
export interface CallOptions {
  readonly stream: boolean;
  /** Default `claude-test`. */
  readonly model?: string;
  readonly prompt?: string;
}

/** A request ready to be sent. */
export interface ClientCall {
  readonly protocol: ProtocolId;
  readonly stream: boolean;
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** An answer read to its end. */
export interface ClientAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Name of the tool that every request offers. */
export const TOOL_NAME = "get_weather";

const TOOL_SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

/** A request with one user message and one tool, as a client of the protocol writes it. */
export function clientCall(protocol: ProtocolId, options: CallOptions): ClientCall {
  const { stream, model = "claude-test", prompt = "What is the weather?" } = options;
  return { protocol, stream, ...CALLS[protocol](model, prompt, stream) };
}

const CALLS: Readonly<
  Record<
    ProtocolId,
    (model: string, prompt: string, stream: boolean) => { path: string; body: Record<string, unknown> }
  >
> = {
  anthropic: (model, prompt, stream) => ({
    path: "/v1/messages",
    body: {
      model,
      max_tokens: 4096,
      stream,
      messages: [{ role: "user", content: prompt }],
      tools: [{ name: TOOL_NAME, description: "Weather", input_schema: TOOL_SCHEMA }],
    },
  }),
  "openai-chat": (model, prompt, stream) => ({
    path: "/v1/chat/completions",
    body: {
      model,
      stream,
      messages: [{ role: "user", content: prompt }],
      tools: [{ type: "function", function: { name: TOOL_NAME, description: "Weather", parameters: TOOL_SCHEMA } }],
    },
  }),
  "openai-responses": (model, prompt, stream) => ({
    path: "/v1/responses",
    body: {
      model,
      stream,
      store: false,
      input: prompt,
      tools: [{ type: "function", name: TOOL_NAME, description: "Weather", parameters: TOOL_SCHEMA, strict: false }],
    },
  }),
  gemini: (model, prompt, stream) => ({
    path: `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: {
      contents: [{ role: "user", parts: [{ text: prompt }] }],
      tools: [{ functionDeclarations: [{ name: TOOL_NAME, description: "Weather", parameters: TOOL_SCHEMA }] }],
    },
  }),
};

/** Sends a request and reads the answer to its end. */
export async function send(url: string, call: ClientCall, headers: Record<string, string> = {}): Promise<ClientAnswer> {
  const response = await fetch(url + call.path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(call.body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Broken rules of a streamed answer. */
export function streamViolations(protocol: ProtocolId, text: string): Violation[] {
  return CHECKERS[protocol](text);
}

const CHECKERS: Readonly<Record<ProtocolId, (text: string) => Violation[]>> = {
  anthropic: checkAnthropicStream,
  "openai-chat": checkChatStream,
  "openai-responses": checkResponsesStream,
  gemini: checkGeminiStream,
};

/** JSON objects of a streamed answer's frames, in order; a Gemini JSON array is taken apart too. */
export function streamEvents(text: string): Fields[] {
  const values = text.trimStart().startsWith("[")
    ? asList(parseJson(text))
    : readFrames(text).frames.map((frame) => parseJson(frame.data.join("\n")));
  return values.map(asFields).filter((event): event is Fields => event !== undefined);
}

/**
 * How often a streamed answer begins: events that only a beginning has, or distinct message ids where the protocol has
 * no such event.
 */
export function startCount(protocol: ProtocolId, text: string): number {
  const events = streamEvents(text);
  switch (protocol) {
    case "anthropic":
      return events.filter((event) => event["type"] === "message_start").length;
    case "openai-responses":
      return events.filter((event) => event["type"] === "response.created").length;
    case "openai-chat":
      return new Set(events.map((event) => event["id"]).filter((id) => id !== undefined)).size;
    case "gemini":
      return new Set(events.map((event) => event["responseId"]).filter((id) => id !== undefined)).size;
  }
}

/** The visible text of an answer; thinking is left out. */
export function answerText(call: ClientCall, text: string): string {
  const bodies = call.stream ? streamEvents(text) : [asFields(parseJson(text)) ?? {}];
  const read = call.stream ? STREAM_TEXT[call.protocol] : WHOLE_TEXT[call.protocol];
  return bodies.map(read).join("");
}

const chatChoice = (body: Fields): Fields => asFields(asList(body["choices"])[0]) ?? {};

function geminiText(body: Fields): string {
  const content = asFields(asFields(asList(body["candidates"])[0])?.["content"]);
  return asList(content?.["parts"])
    .map(asFields)
    .map((part) => (part?.["thought"] === true ? "" : String(part?.["text"] ?? "")))
    .join("");
}

const STREAM_TEXT: Readonly<Record<ProtocolId, (event: Fields) => string>> = {
  anthropic: (event) => String(asFields(event["delta"])?.["text"] ?? ""),
  "openai-chat": (event) => String(asFields(chatChoice(event)["delta"])?.["content"] ?? ""),
  "openai-responses": (event) => (event["type"] === "response.output_text.delta" ? String(event["delta"] ?? "") : ""),
  gemini: geminiText,
};

const WHOLE_TEXT: Readonly<Record<ProtocolId, (body: Fields) => string>> = {
  anthropic: (body) =>
    asList(body["content"])
      .map((block) => String(asFields(block)?.["text"] ?? ""))
      .join(""),
  "openai-chat": (body) => String(asFields(chatChoice(body)["message"])?.["content"] ?? ""),
  "openai-responses": (body) =>
    asList(body["output"])
      .map(asFields)
      .filter((item) => item?.["type"] === "message")
      .flatMap((item) => asList(item?.["content"]))
      .map((part) => String(asFields(part)?.["text"] ?? ""))
      .join(""),
  gemini: geminiText,
};

/** The tool calls of an answer, as `name(arguments)` with compact JSON. */
export function answerCalls(call: ClientCall, text: string): string[] {
  const bodies = call.stream ? streamEvents(text) : [asFields(parseJson(text)) ?? {}];
  const calls = new Map<unknown, { name: string; json: string }>();
  const add = (id: unknown, name: unknown, json: unknown): void => {
    const entry = calls.get(id) ?? { name: "", json: "" };
    entry.name += typeof name === "string" ? name : "";
    entry.json += typeof json === "string" ? json : json === undefined ? "" : JSON.stringify(json);
    calls.set(id, entry);
  };
  for (const body of bodies) CALL_READERS[call.protocol](body, add);
  return [...calls.values()].map(({ name, json }) => `${name}(${JSON.stringify(parseJson(json))})`);
}

type AddCall = (id: unknown, name: unknown, json: unknown) => void;

const CALL_READERS: Readonly<Record<ProtocolId, (body: Fields, add: AddCall) => void>> = {
  anthropic(body, add) {
    for (const block of asList(body["content"]).map(asFields))
      if (block?.["type"] === "tool_use") add(block["id"], block["name"], block["input"]);
    const started = asFields(body["content_block"]);
    if (started?.["type"] === "tool_use") add(body["index"], started["name"], undefined);
    const delta = asFields(body["delta"]);
    if (delta?.["type"] === "input_json_delta") add(body["index"], undefined, delta["partial_json"]);
  },
  "openai-chat"(body, add) {
    const choice = chatChoice(body);
    const holder = asFields(choice["delta"]) ?? asFields(choice["message"]);
    for (const [at, call] of asList(holder?.["tool_calls"]).map(asFields).entries()) {
      const called = asFields(call?.["function"]);
      add(call?.["index"] ?? at, called?.["name"], called?.["arguments"]);
    }
  },
  "openai-responses"(body, add) {
    const done = body["type"] === "response.output_item.done" ? [body["item"]] : [];
    for (const item of [...asList(body["output"]), ...done].map(asFields))
      if (item?.["type"] === "function_call") add(item["call_id"], item["name"], item["arguments"]);
  },
  gemini(body, add) {
    const content = asFields(asFields(asList(body["candidates"])[0])?.["content"]);
    for (const part of asList(content?.["parts"]).map(asFields)) {
      const called = asFields(part?.["functionCall"]);
      if (called) add(called["id"] ?? called, called["name"], called["args"]);
    }
  },
};

/** The error of an answer in the protocol's envelope; undefined when the body is no such envelope. */
export function errorOf(
  protocol: ProtocolId,
  text: string,
): { readonly type: string; readonly message: string } | undefined {
  const body = asFields(parseJson(text));
  const error = asFields(body?.["error"]);
  if (!body || typeof error?.["message"] !== "string") return undefined;
  const { message } = error;
  switch (protocol) {
    case "anthropic":
      return body["type"] === "error" && typeof error["type"] === "string"
        ? { type: error["type"], message }
        : undefined;
    case "gemini":
      return typeof error["code"] === "number" && typeof error["status"] === "string"
        ? { type: error["status"], message }
        : undefined;
    default:
      return typeof error["type"] === "string" && "code" in error && "param" in error
        ? { type: error["type"], message }
        : undefined;
  }
}
