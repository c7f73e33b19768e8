import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { checkAnthropicStream } from "../../test/support/grammar/check-anthropic-stream.ts";
import { checkChatStream } from "../../test/support/grammar/check-chat-stream.ts";
import { checkGeminiStream } from "../../test/support/grammar/check-gemini-stream.ts";
import { checkResponsesStream } from "../../test/support/grammar/check-responses-stream.ts";
import type { SimAnswer } from "./answer.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

const FULL: SimAnswer = {
  thinking: "First I look at the question, then I decide. 🤔",
  text: "Grüße aus dem Simulator 👋, mit etwas längerem Text.",
  toolCalls: [
    { name: "Bash", arguments: { command: "printf 'ü%s' \"x\"" } },
    { name: "now", arguments: {} },
  ],
  usage: { inputTokens: 100, outputTokens: 50, cachedTokens: 30, cacheWriteTokens: 10, thinkingTokens: 20 },
};

const ANSWERS: readonly (readonly [name: string, answer: SimAnswer])[] = [
  ["text", { text: "hello" }],
  ["text in given pieces", { text: ["one ", "two ", "three"] }],
  ["thinking, text and two tool calls", FULL],
  ["a tool call without text", { toolCalls: [{ name: "Bash", arguments: { command: "ls" }, id: "call_given" }] }],
  ["text cut by the limit", { text: "and then", stop: "max_tokens" }],
  ["a refusal", { text: "No.", stop: "refusal" }],
  ["nothing at all", {}],
  ["an empty answer cut by the limit", { stop: "max_tokens" }],
  ["a signature without visible thinking", { signature: "c2ln", text: "hello" }],
  ["one character per piece", { text: "日本語 👩‍👩‍👧", chunkSize: 1 }],
];

let simulator: Simulator;
let anthropic: Anthropic;
let openai: OpenAI;
let google: GoogleGenAI;

beforeAll(() => {
  simulator = startSimulator();
  anthropic = new Anthropic({ baseURL: simulator.url, apiKey: "test", maxRetries: 0 });
  openai = new OpenAI({ baseURL: `${simulator.url}/v1`, apiKey: "test", maxRetries: 0 });
  google = new GoogleGenAI({ apiKey: "test", httpOptions: { baseUrl: simulator.url } });
});
afterAll(() => simulator.stop());

const messages = [{ role: "user" as const, content: "hi" }];

describe("Anthropic Messages through the official SDK", () => {
  test("a whole message carries thinking, text, calls and usage", async () => {
    simulator.setPlan({ answer: FULL });
    const message = await anthropic.messages.create({ model: "claude-x", max_tokens: 99, messages });
    expect(message.content.map((block) => block.type)).toEqual(["thinking", "text", "tool_use", "tool_use"]);
    expect(message.stop_reason).toBe("tool_use");
    expect(message.model).toBe("claude-x");
    expect(message.usage).toMatchObject({
      input_tokens: 60,
      cache_read_input_tokens: 30,
      cache_creation_input_tokens: 10,
      output_tokens: 50,
    });
  });

  test("the stream accumulates to the same content", async () => {
    simulator.setPlan({ answer: { ...FULL, id: "pinned" } });
    const whole = await anthropic.messages.create({ model: "claude-x", max_tokens: 99, messages });
    const streamed = await anthropic.messages.stream({ model: "claude-x", max_tokens: 99, messages }).finalMessage();
    expect<unknown>(streamed.content).toEqual(whole.content);
    expect(streamed.usage).toEqual(whole.usage);
    expect(streamed.id).toBe(whole.id);
  });

  test("counts tokens and lists models", async () => {
    const count = await anthropic.messages.countTokens({ model: "claude-x", messages });
    expect(count.input_tokens).toBeGreaterThan(0);
    const list = await anthropic.models.list();
    expect(list.data.map((model) => model.id)).toContain("claude-sonnet-4-5");
    expect((await anthropic.models.retrieve("gpt-5")).type).toBe("model");
  });
});

describe("Chat Completions through the official SDK", () => {
  test("a whole completion carries reasoning, text, calls and usage", async () => {
    simulator.setPlan({ answer: FULL });
    const completion = await openai.chat.completions.create({ model: "gpt-x", messages });
    const choice = completion.choices[0];
    expect(choice?.finish_reason).toBe("tool_calls");
    expect(choice?.message).toMatchObject({ content: FULL.text, reasoning_content: FULL.thinking });
    expect(
      choice?.message.tool_calls?.map((call) => call.type === "function" && JSON.parse(call.function.arguments)),
    ).toEqual(FULL.toolCalls?.map((call) => call.arguments));
    expect(completion.usage).toMatchObject({ prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 });
  });

  test("the stream accumulates to the same message", async () => {
    simulator.setPlan({ answer: { ...FULL, id: "pinned" } });
    const whole = await openai.chat.completions.create({ model: "gpt-x", messages });
    const request = { model: "gpt-x", messages, stream_options: { include_usage: true } };
    const streamed = await openai.chat.completions.stream(request).finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content ?? "");
    expect(streamed.choices[0]?.message.tool_calls).toEqual(whole.choices[0]?.message.tool_calls as never);
    expect(streamed.usage).toEqual(whole.usage);
  });

  test("lists models", async () => {
    const ids = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).toContain("gpt-5");
  });
});

describe("Responses through the official SDK", () => {
  test("a whole response carries reasoning, message, calls and usage, and echoes the request", async () => {
    simulator.setPlan({ answer: FULL });
    const response = await openai.responses.create({ model: "gpt-x", input: "hi", instructions: "be brief" });
    expect(response.output.map((item) => item.type)).toEqual([
      "reasoning",
      "message",
      "function_call",
      "function_call",
    ]);
    expect(response.output_text).toBe(String(FULL.text));
    expect(response.instructions).toBe("be brief");
    expect(response.usage).toMatchObject({
      input_tokens: 100,
      output_tokens: 50,
      input_tokens_details: { cached_tokens: 30 },
    });
  });

  test("the stream accumulates to the same output", async () => {
    simulator.setPlan({ answer: { ...FULL, id: "pinned" } });
    const whole = await openai.responses.create({ model: "gpt-x", input: "hi" });
    const streamed = await openai.responses.stream({ model: "gpt-x", input: "hi" }).finalResponse();
    expect(streamed.output).toMatchObject(whole.output);
    expect(streamed.usage).toEqual(whole.usage);
  });

  test("an answer cut by the limit ends as incomplete", async () => {
    simulator.setPlan({ answer: { text: "and then", stop: "max_tokens" } });
    const streamed = await openai.responses.stream({ model: "gpt-x", input: "hi" }).finalResponse();
    expect(streamed.status).toBe("incomplete");
    expect(streamed.incomplete_details).toEqual({ reason: "max_output_tokens" });
  });

  test("counts input tokens", async () => {
    const count = await openai.responses.inputTokens.count({ model: "gpt-x", input: "hi" });
    expect(count).toMatchObject({ object: "response.input_tokens" });
    expect(count.input_tokens).toBeGreaterThan(0);
  });
});

describe("Gemini through the official SDK", () => {
  test("a whole answer carries thought, text, signed first call and usage", async () => {
    simulator.setPlan({ answer: FULL });
    const answer = await google.models.generateContent({ model: "gemini-x", contents: "hi" });
    const parts = answer.candidates?.[0]?.content?.parts ?? [];
    expect(parts.map((part) => part.thoughtSignature !== undefined)).toEqual([false, false, true, false]);
    expect(answer.text).toBe(String(FULL.text));
    expect(answer.functionCalls?.map((call) => call.args)).toEqual(
      FULL.toolCalls?.map((call) => call.arguments) as never,
    );
    expect(answer.usageMetadata).toMatchObject({
      promptTokenCount: 100,
      candidatesTokenCount: 30,
      thoughtsTokenCount: 20,
      totalTokenCount: 150,
    });
  });

  test("the stream gives the same text, calls and final usage", async () => {
    simulator.setPlan({ answer: { ...FULL, id: "pinned" } });
    const whole = await google.models.generateContent({ model: "gemini-x", contents: "hi" });
    let text = "";
    const calls = [];
    let usage: unknown;
    let finishReason: unknown;
    for await (const chunk of await google.models.generateContentStream({ model: "gemini-x", contents: "hi" })) {
      for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
        if (part.text && !part.thought) text += part.text;
        if (part.functionCall) calls.push(part.functionCall);
      }
      usage = chunk.usageMetadata;
      finishReason = chunk.candidates?.[0]?.finishReason;
    }
    expect(text).toBe(String(FULL.text));
    expect(calls).toEqual(whole.functionCalls ?? []);
    expect(usage).toEqual(whole.usageMetadata);
    expect(finishReason).toBe("STOP");
  });

  test("counts tokens and lists models", async () => {
    const count = await google.models.countTokens({ model: "gemini-x", contents: "hi" });
    expect(count.totalTokens).toBeGreaterThan(0);
    const names = [];
    for await (const model of await google.models.list()) names.push(model.name);
    expect(names).toContain("models/gemini-2.5-pro");
  });
});

const STREAMS = [
  { protocol: "anthropic", path: "/v1/messages", check: checkAnthropicStream },
  {
    protocol: "openai-chat",
    path: "/v1/chat/completions",
    check: (text: string) => checkChatStream(text, { includeUsage: true }),
  },
  { protocol: "openai-responses", path: "/v1/responses", check: checkResponsesStream },
  { protocol: "gemini", path: "/v1beta/models/gemini-x:streamGenerateContent?alt=sse", check: checkGeminiStream },
  { protocol: "gemini array", path: "/v1beta/models/gemini-x:streamGenerateContent", check: checkGeminiStream },
];

describe.each(STREAMS)("the $protocol stream follows its grammar", ({ path, check }) => {
  test.each(ANSWERS)("for %s", async (_, answer) => {
    simulator.setPlan({ answer });
    const body = JSON.stringify({ model: "m", stream: true, stream_options: { include_usage: true } });
    const response = await fetch(simulator.url + path, { method: "POST", body });
    const text = await response.text();
    expect(text.length).toBeGreaterThan(20);
    expect(check(text)).toEqual([]);
  });
});

test("chat usage comes only when asked for", async () => {
  simulator.setPlan({ answer: FULL });
  const response = await fetch(`${simulator.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "m", stream: true }),
  });
  const text = await response.text();
  expect(text).not.toContain("prompt_tokens");
  expect(checkChatStream(text, { includeUsage: false })).toEqual([]);
});

test("unpinned answers differ in their ids from request to request, pinned ones do not", async () => {
  const ask = async (): Promise<string> =>
    (await anthropic.messages.create({ model: "m", max_tokens: 9, messages })).id;
  simulator.setPlan({ answer: { text: "a" } });
  expect(await ask()).not.toBe(await ask());
  simulator.setPlan({ answer: { text: "a", id: "x" } });
  expect(await ask()).toBe(await ask());
});
