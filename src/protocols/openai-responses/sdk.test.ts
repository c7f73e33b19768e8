// The official SDK reads what the encoders write and sends what the decoder reads.

import { afterAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { GatewayError } from "../../core/errors.ts";
import type { IrEvent } from "../../core/event.ts";
import { irRequest, replyContext } from "./__fixtures__/contexts.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { openaiResponsesProtocol as protocol } from "./index.ts";
import { decodeTools } from "./tools.ts";

const TOOLS = [
  { type: "custom" as const, name: "patch" },
  { type: "local_shell" as const },
  { type: "function" as const, name: "f", parameters: null, strict: false },
];
const request = irRequest({ tools: decodeTools(TOOLS, "tools", () => undefined) });

const EVENTS: IrEvent[] = [
  { type: "message-start", usage: { inputTokens: 4 } },
  { type: "block-start", index: 0, block: { type: "reasoning" } },
  { type: "block-delta", index: 0, delta: { type: "text", text: "let me " } },
  { type: "block-delta", index: 0, delta: { type: "text", text: "see" } },
  {
    type: "block-delta",
    index: 0,
    delta: { type: "opaque", opaque: { payload: "sig", origin: { protocol: "anthropic" } } },
  },
  { type: "block-end", index: 0 },
  { type: "block-start", index: 1, block: { type: "text" } },
  { type: "block-delta", index: 1, delta: { type: "text", text: "Grüße 😀" } },
  { type: "block-start", index: 2, block: { type: "tool-call", id: "c1", name: "f", kind: "function" } },
  { type: "block-start", index: 3, block: { type: "tool-call", id: "c2", name: "patch", kind: "function" } },
  { type: "block-delta", index: 2, delta: { type: "arguments", text: '{"city":' } },
  { type: "block-delta", index: 3, delta: { type: "arguments", text: '{"input":"*** Begin"}' } },
  { type: "block-delta", index: 1, delta: { type: "text", text: " an alle" } },
  {
    type: "block-delta",
    index: 1,
    delta: { type: "citation", citation: { type: "url", url: "https://x.example", origin: "anthropic", wire: {} } },
  },
  { type: "block-delta", index: 2, delta: { type: "arguments", text: '"Rome"}' } },
  { type: "block-end", index: 2 },
  { type: "block-end", index: 3 },
  { type: "block-end", index: 1 },
  { type: "block-start", index: 4, block: { type: "tool-call", id: "c3", name: "local_shell", kind: "function" } },
  { type: "block-delta", index: 4, delta: { type: "arguments", text: '{"command":["ls"]}' } },
  { type: "block-end", index: 4 },
  {
    type: "block-start",
    index: 5,
    block: {
      type: "whole",
      block: {
        type: "server-tool-call",
        id: "s",
        tool: "web-search",
        name: "w",
        input: {},
        origin: "gemini",
        wire: {},
      },
    },
  },
  { type: "block-end", index: 5 },
  { type: "block-start", index: 6, block: { type: "refusal" } },
  { type: "block-delta", index: 6, delta: { type: "text", text: "but not that" } },
  { type: "block-end", index: 6 },
  { type: "usage", usage: { outputTokens: 9, reasoningTokens: 3 } },
];

type Scenario = (encoder: ReturnType<typeof createStreamEncoder>) => void;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  whole(encoder) {
    encoder.keepAlive();
    for (const event of EVENTS) {
      encoder.event(event);
      encoder.keepAlive();
    }
    encoder.event({ type: "message-end", stop: { reason: "tool-use" } });
  },
  cut(encoder) {
    for (const event of EVENTS.slice(0, 11)) encoder.event(event);
    encoder.event({ type: "message-end", stop: { reason: "max-tokens" } });
  },
  broken(encoder) {
    for (const event of EVENTS.slice(0, 8)) encoder.event(event);
    encoder.error(new GatewayError("upstream-truncated", "the upstream broke off"));
  },
};

const server = Bun.serve({
  port: 0,
  async fetch(incoming) {
    const body = (await incoming.json()) as { model: string };
    const frames: string[] = [];
    const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext(request));
    SCENARIOS[body.model]?.(encoder);
    encoder.close();
    return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
  },
});
const client = new OpenAI({ apiKey: "k", baseURL: `http://localhost:${server.port}/v1`, maxRetries: 0 });
afterAll(() => server.stop(true));

describe("the official SDK", () => {
  test("assembles interleaved blocks, heartbeats included, to the final response", async () => {
    const stream = client.responses.stream({ model: "whole", input: "x" });
    const deltas: string[] = [];
    stream.on("response.output_text.delta", (event) => deltas.push(event.delta));
    const final = await stream.finalResponse();
    expect(deltas.join("")).toBe("Grüße 😀 an alle");
    expect(final.output_text).toBe("Grüße 😀 an alle");
    expect(final.output.map((item) => item.type)).toEqual([
      "reasoning",
      "message",
      "function_call",
      "custom_tool_call",
      "local_shell_call",
      "web_search_call",
      "message",
    ]);
    expect(final.output).toMatchObject([
      { summary: [{ text: "let me see" }], encrypted_content: expect.stringContaining("apr1.") },
      { content: [{ text: "Grüße 😀 an alle", annotations: [{ start_index: 0, end_index: 15 }] }] },
      { call_id: "c1", name: "f", arguments: '{"city":"Rome"}' },
      { call_id: "c2", name: "patch", input: "*** Begin" },
      { call_id: "c3", action: { command: ["ls"] } },
      { status: "completed" },
      { content: [{ type: "refusal", refusal: "but not that" }] },
    ]);
    expect(final.usage).toMatchObject({ input_tokens: 4, output_tokens: 9, total_tokens: 13 });
  });

  test("assembles an answer that the token limit cut", async () => {
    const final = await client.responses.stream({ model: "cut", input: "x" }).finalResponse();
    expect(final).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
    expect(final.output.at(-2)).toMatchObject({ type: "function_call", status: "incomplete" });
  });

  test("throws the in-band error with its code", async () => {
    const events = await client.responses.create({ model: "broken", input: "x", stream: true });
    const consume = async (): Promise<void> => {
      for await (const event of events) void event;
    };
    expect(consume()).rejects.toMatchObject({ code: "server_error", message: "the upstream broke off" });
  });

  test("sends tool definitions and inputs that the decoder takes", () => {
    const params: OpenAI.Responses.ResponseCreateParamsNonStreaming = {
      model: "m",
      input: [
        { role: "user", content: [{ type: "input_text", text: "x" }] },
        { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "c", output: "ok" },
      ],
      tools: TOOLS,
      reasoning: { effort: "low" },
    };
    const route = { protocol: "openai-responses", operation: "generate", framing: "sse" } as const;
    const decoded = protocol.decodeRequest(params, route, () => undefined);
    expect(decoded.tools).toHaveLength(3);
    expect(decoded.messages).toHaveLength(3);
  });
});
