// What the official SDK makes of our answers, over a real connection.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { GatewayError } from "../../core/errors.ts";
import type { IrEvent } from "../../core/event.ts";
import { replayResponse } from "../../core/replay-response.ts";
import type { IrResponse } from "../../core/response.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { encodeError } from "./errors.ts";
import { encodeModel, encodeModelList } from "./models.ts";
import { replyContext } from "./test-support.ts";

const ANSWER: IrResponse = {
  content: [
    { type: "reasoning", text: "hm", opaque: { payload: "S", origin: { protocol: "anthropic" } } },
    {
      type: "text",
      text: "Grüße 😀",
      citations: [{ type: "url", url: "https://x", title: "X", origin: "anthropic", wire: {} }],
    },
    { type: "tool-call", id: "call_a", name: "f", arguments: '{"x":1}', kind: "function" },
    { type: "tool-call", id: "call_b", name: "g", arguments: "{}", kind: "function" },
  ],
  stop: { reason: "tool-use" },
  usage: { inputTokens: 3, cacheReadTokens: 4, outputTokens: 5 },
};

const MODEL = { id: "vendor/m", displayName: "M", createdAt: 1_700_000_000, ownedBy: "me" };

/** Frames of an answer; keep-alives between all of them. */
function framesOf(play: (emit: (event: IrEvent) => void) => void): string[] {
  const frames: string[] = [];
  const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext());
  encoder.keepAlive();
  play((event) => {
    encoder.event(event);
    encoder.keepAlive();
  });
  return frames;
}

function brokenFrames(): string[] {
  const frames: string[] = [];
  const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext());
  encoder.event({ type: "message-start" });
  encoder.event({ type: "block-start", index: 0, block: { type: "text" } });
  encoder.event({ type: "block-delta", index: 0, delta: { type: "text", text: "half" } });
  encoder.error(new GatewayError("upstream-truncated", "the upstream broke off"));
  return frames;
}

let server: ReturnType<typeof Bun.serve>;
let client: OpenAI;

beforeAll(() => {
  server = Bun.serve({
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/v1/models") return Response.json(encodeModelList([MODEL]));
      if (pathname.startsWith("/v1/models/")) return Response.json(encodeModel(MODEL));
      const body = (await request.json()) as { model: string; stream?: boolean };
      if (body.model === "refused") {
        const { status, body: error } = encodeError(new GatewayError("upstream-context-length", "too long"), "r");
        return Response.json(error, { status });
      }
      if (!body.stream) return Response.json(encodeResponse(ANSWER, replyContext()));
      const frames = body.model === "broken" ? brokenFrames() : framesOf((emit) => replayResponse(ANSWER, emit));
      return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
    },
  });
  client = new OpenAI({ apiKey: "k", baseURL: `http://localhost:${server.port}/v1`, maxRetries: 0 });
});

afterAll(() => server.stop(true));

const TOOLS = ["f", "g"].map((name) => ({
  type: "function" as const,
  function: { name, parameters: { type: "object", properties: {} } },
}));
const ASK = { model: "m", messages: [{ role: "user" as const, content: "hi" }], tools: TOOLS };

const EXPECTED = {
  id: `chatcmpl-${"R".repeat(24)}`,
  model: "asked-model",
  choices: [
    {
      index: 0,
      finish_reason: "tool_calls",
      message: {
        role: "assistant",
        content: "Grüße 😀",
        refusal: null,
        annotations: [
          { type: "url_citation", url_citation: { url: "https://x", title: "X", start_index: 0, end_index: 7 } },
        ],
        tool_calls: [
          { id: "call_a", type: "function", function: { name: "f", arguments: '{"x":1}' } },
          { id: "call_b", type: "function", function: { name: "g", arguments: "{}" } },
        ],
      },
    },
  ],
  usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12, prompt_tokens_details: { cached_tokens: 4 } },
};

describe("the official SDK", () => {
  test("reads a whole answer", async () => {
    const answer = await client.chat.completions.create(ASK);
    expect(answer).toMatchObject(EXPECTED as never);
  });

  test("gathers the same from a stream", async () => {
    const stream = client.chat.completions.stream({ ...ASK, stream_options: { include_usage: true } });
    const answer = await stream.finalChatCompletion();
    expect(answer).toMatchObject(EXPECTED as never);
  });

  test("throws what broke a stream off", async () => {
    const stream = await client.chat.completions.create({ ...ASK, model: "broken", stream: true });
    let text = "";
    const reading = (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    })();
    await expect(reading).rejects.toThrow("the upstream broke off");
    expect(text).toBe("half");
  });

  test("reads errors and models", async () => {
    // The SDK's promise starts when awaited.
    const refused = async (): Promise<unknown> => await client.chat.completions.create({ ...ASK, model: "refused" });
    await expect(refused()).rejects.toMatchObject({
      status: 400,
      code: "context_length_exceeded",
      type: "invalid_request_error",
    });
    const { data } = await client.models.list();
    expect(data).toMatchObject([{ id: "vendor/m", object: "model", created: 1_700_000_000, owned_by: "me" }]);
    expect(await client.models.retrieve("vendor/m")).toMatchObject({ id: "vendor/m" });
  });
});
