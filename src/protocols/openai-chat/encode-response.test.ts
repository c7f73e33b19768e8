import { describe, expect, test } from "bun:test";
import type { IrResponse } from "../../core/response.ts";
import { decodeResponse } from "./decode-response.ts";
import { encodeResponse } from "./encode-response.ts";
import { decodeContext, replyContext } from "./test-support.ts";

function encode(response: Partial<IrResponse>, request = {}): Record<string, unknown> {
  const full: IrResponse = { content: [], stop: { reason: "end-turn" }, ...response };
  return encodeResponse(full, replyContext(request)) as Record<string, unknown>;
}

describe("encodeResponse", () => {
  test("text, usage and the outer fields", () => {
    const body = encode({
      id: "upstream",
      model: "upstream-model",
      content: [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
      usage: {
        inputTokens: 1,
        cacheReadTokens: 2,
        cacheWriteTokens: 3,
        outputTokens: 4,
        reasoningTokens: 1,
        serviceTier: "default",
      },
    });
    expect(body).toEqual({
      id: `chatcmpl-${"R".repeat(24)}`,
      object: "chat.completion",
      created: 1_700_000_000,
      model: "asked-model",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "ab", refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: 6,
        completion_tokens: 4,
        total_tokens: 10,
        prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
      service_tier: "default",
    });
  });

  test("calls alone have content null", () => {
    const body = encode({
      content: [{ type: "tool-call", id: "a", name: "f", arguments: "", kind: "function" }],
      stop: { reason: "tool-use" },
    });
    expect(body["choices"]).toMatchObject([
      {
        message: {
          content: null,
          tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        finish_reason: "tool_calls",
      },
    ]);
  });

  test("sealed reasoning comes back from the client as it was", () => {
    const opaque = {
      payload: "S",
      origin: { protocol: "anthropic", upstreamId: "up", keyId: "k", model: "m" },
    } as const;
    const content = [
      { type: "reasoning", text: "one", opaque },
      { type: "reasoning", text: "", redacted: true, opaque },
      { type: "reasoning", text: "two", opaque },
    ] as const;
    const body = encode({ content });
    const [choice] = body["choices"] as { message: Record<string, unknown> }[];
    expect(choice?.message).toMatchObject({ reasoning_content: "one\n\ntwo", reasoning: "one\n\ntwo" });
    expect(choice?.message["reasoning_details"]).toMatchObject([
      { type: "reasoning.text", text: "one", index: 0 },
      { type: "reasoning.encrypted", index: 1 },
      { type: "reasoning.text", text: "two", index: 2 },
    ]);
  });

  test("functions of old clients are answered as function_call", () => {
    const call = { type: "tool-call", id: "a", name: "f", arguments: "{}", kind: "function" } as const;
    const body = encode(
      { content: [call], stop: { reason: "tool-use" } },
      { extensions: { "openai-chat": { functions: [] } } },
    );
    expect(body["choices"]).toMatchObject([
      { message: { function_call: { name: "f", arguments: "{}" } }, finish_reason: "function_call" },
    ]);
  });
});

describe("decodeResponse", () => {
  const bad: { name: string; body: unknown; expected: object }[] = [
    { name: "an empty object", body: {}, expected: { malformed: true } },
    { name: "an array", body: [], expected: { malformed: true } },
    { name: "a string", body: "<html>", expected: { malformed: true } },
    { name: "nothing", body: null, expected: { malformed: true } },
    { name: "no choices", body: { id: "x", choices: [] }, expected: { malformed: true } },
    { name: "a choice without message or reason", body: { choices: [{ index: 0 }] }, expected: { malformed: true } },
    { name: "an error with 200", body: { error: { message: "m", type: "t" } }, expected: { message: "m", type: "t" } },
    { name: "an error string with 200", body: { error: "m" }, expected: { message: "m" } },
    { name: "a message with a code", body: { message: "m", code: 429 }, expected: { message: "m", status: 429 } },
    {
      name: "a choice that failed",
      body: { choices: [{ finish_reason: "error", error: { code: 502, message: "m" } }] },
      expected: { status: 502, message: "m" },
    },
  ];
  for (const { name, body, expected } of bad) {
    test(`${name} is an error`, () => expect(decodeResponse(body, decodeContext())).toMatchObject({ error: expected }));
  }

  test("odd but complete answers are read", () => {
    const message = {
      role: "assistant",
      content: "a",
      refusal: "",
      function_call: { name: "", arguments: "" },
      tool_calls: null,
      annotations: null,
      audio: { id: "", data: "", transcript: "" },
    };
    const answer = decodeResponse(
      { choices: [{ index: 0, message, finish_reason: "", logprobs: { content: null } }] },
      decodeContext(),
    );
    expect(answer).toEqual({ content: [{ type: "text", text: "a" }], stop: { reason: "end-turn" } } as never);
  });

  test("content null with a filter is a refusal", () => {
    expect(decodeResponse({ choices: [{ index: 0, finish_reason: "content_filter" }] }, decodeContext())).toMatchObject(
      {
        content: [],
        stop: { reason: "refusal", raw: "content_filter" },
      },
    );
  });

  test("the signature of Google's message belongs to its first call", () => {
    const message = {
      extra_content: { google: { thought_signature: "SIG" } },
      tool_calls: [{ id: "", type: "function", function: { name: "f", arguments: "{}" } }],
    };
    expect(
      decodeResponse({ choices: [{ index: 0, message, finish_reason: "tool_calls" }] }, decodeContext()),
    ).toMatchObject({
      content: [{ type: "tool-call", id: "call_mint1", opaque: { payload: "SIG" } }],
    });
  });
});

test("the signature of a text goes to the client in an envelope", () => {
  const opaque = { payload: "SIG", origin: { protocol: "gemini" } } as const;
  const body = encode({ content: [{ type: "text", text: "a", opaque }] });
  const google = { thought_signature: expect.stringMatching(/^apr1\./) };
  expect(body).toMatchObject({ choices: [{ message: { content: "a", extra_content: { google } } }] });
});

test("where one block of thinking is sealed, the details hold the text of the others too", () => {
  const body = encode({
    content: [
      { type: "reasoning", text: "first" },
      { type: "reasoning", text: "second", opaque: { payload: "sig", origin: { protocol: "anthropic" } } },
      { type: "text", text: "a" },
    ],
  });
  const decoded = decodeResponse(body, decodeContext());
  const content = "error" in decoded ? [] : decoded.content;
  expect(content.map((block) => (block.type === "reasoning" ? block.text : "")).join("")).toBe("firstsecond");
});
