// Our frames and bodies through the official SDK: what it puts together must be what the IR said.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { GatewayError } from "../../core/errors.ts";
import type { IrEvent } from "../../core/event.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeError } from "./errors.ts";
import { anthropicProtocol } from "./index.ts";
import { encodeEvents, replyContext } from "./test-support.ts";

const EVENTS: readonly IrEvent[] = [
  { type: "message-start", usage: { inputTokens: 10 } },
  { type: "block-start", index: 0, block: { type: "reasoning" } },
  { type: "block-delta", index: 0, delta: { type: "text", text: "hm" } },
  {
    type: "block-delta",
    index: 0,
    delta: { type: "opaque", opaque: { payload: "sig", origin: { protocol: "anthropic" } } },
  },
  { type: "block-end", index: 0 },
  { type: "block-start", index: 1, block: { type: "text" } },
  { type: "block-delta", index: 1, delta: { type: "text", text: "Hel" } },
  { type: "block-delta", index: 1, delta: { type: "text", text: "lo 😀" } },
  { type: "block-start", index: 2, block: { type: "tool-call", id: "a.b", name: "f", kind: "function" } },
  { type: "block-start", index: 3, block: { type: "tool-call", id: "c", name: "g", kind: "function" } },
  { type: "block-delta", index: 3, delta: { type: "arguments", text: "{}" } },
  { type: "block-delta", index: 2, delta: { type: "arguments", text: '{"x":' } },
  { type: "block-delta", index: 2, delta: { type: "arguments", text: "[1,2]}" } },
  { type: "block-end", index: 2 },
  { type: "block-end", index: 3 },
  { type: "block-end", index: 1 },
  { type: "usage", usage: { cacheReadTokens: 4, outputTokens: 20, reasoningTokens: 3 } },
  { type: "message-end", stop: { reason: "tool-use" } },
];

let server: ReturnType<typeof Bun.serve>;
let client: Anthropic;

beforeAll(() => {
  server = Bun.serve({
    port: 0,
    async fetch(request) {
      const url = new URL(request.url);
      if (url.pathname === "/v1/models") {
        const models = [{ id: "claude-x", displayName: "X", createdAt: 1_790_000_000, ownedBy: "me" }];
        return Response.json(anthropicProtocol.encodeModelList(models));
      }
      if (url.pathname === "/v1/messages/count_tokens") return Response.json(anthropicProtocol.encodeCount(42));
      const body = (await request.json()) as { model: string; stream?: boolean };
      if (body.model === "bad") {
        const reply = encodeError(new GatewayError("client-invalid-request", "model: unknown"), "req_1");
        return Response.json(reply.body, { status: reply.status });
      }
      const broken: readonly IrEvent[] = [
        ...EVENTS.slice(0, 7),
        { type: "error", error: { message: "the upstream broke off" } },
      ];
      if (body.stream) {
        const frames = encodeEvents(body.model === "broken" ? broken : EVENTS, replyContext({ model: body.model }));
        return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
      }
      const call = { type: "tool-call", id: "a", name: "f", arguments: '{"x":1}', kind: "function" } as const;
      return Response.json(
        encodeResponse(
          {
            content: [{ type: "text", text: "hi" }, call],
            stop: { reason: "tool-use" },
            usage: { inputTokens: 1, outputTokens: 2 },
          },
          replyContext({ model: body.model }),
        ),
      );
    },
  });
  client = new Anthropic({ apiKey: "k", baseURL: `http://127.0.0.1:${server.port}`, maxRetries: 0 });
});

afterAll(() => server.stop(true));

const ask = (model: string) => ({ model, max_tokens: 100, messages: [{ role: "user" as const, content: "q" }] });

describe("the official SDK", () => {
  test("puts a stream of ours together", async () => {
    const message = await client.messages.stream(ask("m")).finalMessage();
    expect(message).toMatchObject({
      id: "msg_ABCDEFGHIJKLMNOPQRSTUVWX",
      model: "m",
      stop_reason: "tool_use",
      content: [
        { type: "thinking", thinking: "hm", signature: "sig" },
        { type: "text", text: "Hello 😀" },
        { type: "tool_use", name: "f", input: { x: [1, 2] } },
        { type: "tool_use", name: "g", input: {} },
      ],
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 4,
        output_tokens: 20,
        output_tokens_details: { thinking_tokens: 3 },
      },
    });
    expect(message.content).toHaveLength(4);
  });

  test("throws on our error event", async () => {
    const failure = await client.messages
      .stream(ask("broken"))
      .finalMessage()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Anthropic.APIError);
    expect(String(failure)).toContain("the upstream broke off");
  });

  test("reads a whole answer", async () => {
    const message = await client.messages.create(ask("m"));
    expect(message).toMatchObject({
      content: [
        { type: "text", text: "hi" },
        { type: "tool_use", id: "a", input: { x: 1 } },
      ],
      stop_reason: "tool_use",
      usage: { input_tokens: 1, output_tokens: 2 },
    });
  });

  test("reads our errors, counts and model list", async () => {
    const failure = await client.messages.create(ask("bad")).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Anthropic.BadRequestError);
    expect(String(failure)).toContain("model: unknown");
    expect(await client.messages.countTokens({ model: "m", messages: ask("m").messages })).toMatchObject({
      input_tokens: 42,
    });
    const page = await client.models.list();
    expect(page.data.map((model) => [model.id, model.display_name])).toEqual([["claude-x", "X"]]);
    expect(page.hasNextPage()).toBe(false);
  });
});
