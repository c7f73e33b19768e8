import { expect, test } from "bun:test";
import type { IrBlock } from "../../core/block.ts";
import { replayResponse } from "../../core/replay-response.ts";
import type { IrResponse } from "../../core/response.ts";
import { irRequest, replyContext } from "./__fixtures__/contexts.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { decodeReasoningItem } from "./reasoning.ts";
import type { JsonObject } from "./wire.ts";

const CONTENT: IrBlock[] = [
  { type: "reasoning", text: "hm", opaque: { payload: "p", origin: { protocol: "anthropic" } } },
  {
    type: "text",
    text: "Hi",
    citations: [{ type: "url", url: "https://x.example", origin: "gemini", wire: {}, startIndex: 0, endIndex: 2 }],
  },
  { type: "tool-call", id: "c1", name: "f", arguments: '{"a":1}', kind: "function" },
  { type: "tool-call", id: "c2", name: "f", arguments: "", kind: "function" },
];
const RESPONSE: IrResponse = {
  id: "msg_up",
  model: "claude",
  content: CONTENT,
  stop: { reason: "tool-use", raw: "tool_use" },
  usage: { inputTokens: 10, cacheReadTokens: 5, cacheWriteTokens: 2, outputTokens: 7, webSearchRequests: 1 },
  logprobs: undefined,
};

test("an answer becomes a response object with every field the SDK calls required", () => {
  const body = encodeResponse(RESPONSE, replyContext()) as JsonObject;
  for (const field of [
    "id",
    "created_at",
    "error",
    "incomplete_details",
    "instructions",
    "metadata",
    "model",
    "object",
    "output",
    "parallel_tool_calls",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
  ]) {
    expect(body).toHaveProperty(field);
  }
  expect(body).toMatchObject({
    object: "response",
    model: "asked-for",
    status: "completed",
    output: [
      { type: "reasoning", summary: [{ text: "hm" }], encrypted_content: expect.stringContaining("apr1.") },
      { type: "message", content: [{ text: "Hi", annotations: [{ start_index: 0, end_index: 2 }] }] },
      { type: "function_call", call_id: "c1", arguments: '{"a":1}' },
      { type: "function_call", call_id: "c2", arguments: "{}" },
    ],
    usage: { input_tokens: 17, output_tokens: 7, total_tokens: 24 },
    tool_usage: { web_search: { num_requests: 1 } },
  });
});

test("the stream's final response object is the same as the JSON answer", () => {
  const context = replyContext(irRequest({ temperature: 1 }));
  const frames: string[] = [];
  const encoder = createStreamEncoder((frame) => frames.push(frame), context);
  replayResponse(RESPONSE, (event) => encoder.event(event));
  const last = JSON.parse((frames.at(-1) ?? "").split("data: ")[1] ?? "");
  expect(last.response).toEqual(JSON.parse(JSON.stringify(encodeResponse(RESPONSE, context))));
});

test("trap 66: a cut answer is incomplete, and so is the call that was cut", () => {
  const call = { type: "tool-call", id: "c1", name: "f", arguments: '{"a":', kind: "function" } as const;
  const body = encodeResponse({ ...RESPONSE, content: [call], stop: { reason: "max-tokens" } }, replyContext());
  expect(body).toMatchObject({
    status: "incomplete",
    incomplete_details: { reason: "max_output_tokens" },
    output: [{ type: "function_call", status: "incomplete", arguments: '{"a":' }],
  });
});

test("trap 67: usage has all its detail objects even when nobody reported any", () => {
  for (const usage of [undefined, {}, { inputTokens: 3, outputTokens: 4 }])
    expect(encodeResponse({ ...RESPONSE, usage }, replyContext())).toMatchObject({
      usage: {
        input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        output_tokens_details: { reasoning_tokens: 0 },
      },
    });
});

test("a service tier that this API does not know stays with the upstream", () => {
  const tierOf = (serviceTier: string) =>
    (encodeResponse({ ...RESPONSE, usage: { serviceTier } }, replyContext()) as JsonObject)["service_tier"];
  expect(tierOf("flex")).toBe("flex");
  expect(tierOf("standard")).toBe("default");
});

test("the signature on a foreign call travels in an empty reasoning item in front of it", () => {
  const opaque = { payload: "sig", origin: { protocol: "gemini", upstreamId: "up", keyId: "k", model: "m" } } as const;
  const content: IrBlock[] = [
    { type: "tool-call", id: "c1", name: "f", arguments: "{}", kind: "function", opaque },
    { type: "tool-call", id: "c2", name: "f", arguments: "{}", kind: "function" },
  ];
  const { output } = encodeResponse({ ...RESPONSE, content }, replyContext()) as { output: JsonObject[] };
  expect(output.map((item) => item["type"])).toEqual(["reasoning", "function_call", "function_call"]);
  expect(output[0]).toMatchObject({ summary: [] });
  const item = decodeReasoningItem(output[0] as JsonObject);
  expect(item.opaque).toEqual(opaque);
});
