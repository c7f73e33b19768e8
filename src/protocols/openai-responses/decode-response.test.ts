import { describe, expect, test } from "bun:test";
import type { IrResponse } from "../../core/response.ts";
import { decodeContext } from "./__fixtures__/contexts.ts";
import { decodeResponse } from "./decode-response.ts";

function decode(body: unknown): IrResponse & { error?: unknown } {
  return decodeResponse(body, decodeContext()) as IrResponse;
}

const TEXT = { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi", annotations: [] }] };

test("an answer keeps id, model, content, stop and usage", () => {
  const body = {
    id: "resp_1",
    model: "gpt",
    status: "completed",
    output: [
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "enc" },
      TEXT,
      { type: "function_call", id: "fc_1", call_id: "c1", name: "f", arguments: "" },
    ],
    usage: {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 5 },
    },
    service_tier: "default",
  };
  expect(decode(body)).toEqual({
    id: "resp_1",
    model: "gpt",
    content: [
      {
        type: "reasoning",
        text: "",
        isSummary: true,
        id: "rs_1",
        opaque: { payload: "enc", origin: decodeContext().origin },
      },
      { type: "text", text: "Hi" },
      { type: "tool-call", id: "c1", name: "f", arguments: "{}", kind: "function" },
    ],
    stop: { reason: "tool-use", raw: "completed" },
    usage: {
      inputTokens: 30,
      cacheReadTokens: 60,
      cacheWriteTokens: 10,
      outputTokens: 20,
      reasoningTokens: 5,
      serviceTier: "default",
    },
  });
});

test.each([
  ["no status", { output: [TEXT] }],
  ["null fields", { output: [TEXT], usage: null, error: null, incomplete_details: null, status: null }],
  ["text as content", { output: [{ type: "message", content: "Hi" }], status: "completed" }],
  ["output_text alone", { output_text: "Hi" }],
  ["junk between the items", { output: [null, 7, TEXT], status: "completed" }],
])("servers that answer with %s are understood", (_name, body) => {
  expect(decode(body)).toMatchObject({ content: [{ type: "text", text: "Hi" }], stop: { reason: "end-turn" } });
});

test("an answer without content is one all the same", () => {
  expect(decode({ status: "completed", output: [] })).toMatchObject({ content: [], stop: { reason: "end-turn" } });
});

test("work begun in the background is an answer without content yet for the client that asked for it", () => {
  for (const status of ["queued", "in_progress"]) {
    const body = { status, background: true, output: [] };
    expect(decode(body).error).toMatchObject({ malformed: true });
    expect(decodeResponse(body, decodeContext({ isPassedOn: true }))).toMatchObject({
      content: [],
      stop: { reason: "pause-turn", raw: status },
    });
  }
});

describe("what is no answer", () => {
  test.each([
    ["an empty object", {}],
    ["an array", []],
    ["text", "<html>"],
    ["null", null],
    ["a chat completion", { object: "chat.completion", choices: [] }],
    ["a queued answer", { status: "queued", output: [] }],
  ])("%s is malformed", (_name, body) => {
    expect(decode(body).error).toMatchObject({ malformed: true });
  });

  test.each([
    ["an error object", { error: { message: "m", type: "server_error", code: null } }, { message: "m", status: 500 }],
    ["an error text", { error: "m", code: "rate_limit_exceeded" }, { message: "m", status: 429 }],
    [
      "a failed response",
      { status: "failed", output: [], error: { code: "server_error", message: "m" } },
      {
        message: "m",
        code: "server_error",
      },
    ],
    ["a cancelled response", { status: "cancelled", output: [] }, { code: "cancelled" }],
    ["Anthropic's envelope", { type: "error", error: { type: "overloaded_error", message: "m" } }, { status: 503 }],
  ])("%s is an error although it came with 200", (_name, body, expected) => {
    expect(decode(body).error).toMatchObject(expected);
  });
});

test("hosted tools become server tool calls with their results, never client calls", () => {
  const output = [
    {
      type: "web_search_call",
      id: "ws_1",
      status: "completed",
      action: { type: "search", query: "q", sources: [{ type: "url", url: "https://x.example" }] },
    },
    {
      type: "code_interpreter_call",
      id: "ci_1",
      status: "completed",
      code: "1+1",
      outputs: [{ type: "logs", logs: "2" }],
    },
    { type: "mcp_call", id: "mcp_1", name: "ask", arguments: '{"a":1}', error: { message: "down" }, output: null },
    { type: "shell_call", id: "sh_1", call_id: "c", environment: { type: "container_reference" }, action: {} },
  ];
  const { content, stop } = decode({ status: "completed", output });
  expect(content).toMatchObject([
    { type: "server-tool-call", tool: "web-search", input: { query: "q" }, wire: output[0] },
    { type: "server-tool-result", callId: "ws_1", isError: false, sources: [{ url: "https://x.example" }] },
    { type: "server-tool-call", tool: "code-execution", input: { code: "1+1" } },
    { type: "server-tool-result", text: "2" },
    { type: "server-tool-call", tool: "mcp", name: "ask", input: { a: 1 } },
    { type: "server-tool-result", isError: true, text: "down" },
    { type: "unknown", wire: output[3] },
  ]);
  expect(stop.reason).toBe("end-turn");
});
