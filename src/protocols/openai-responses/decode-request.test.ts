import { describe, expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import { wrapOpaque } from "../../core/opaque-envelope.ts";
import type { IrRequest } from "../../core/request.ts";
import { decodeRequest } from "./decode-request.ts";
import { NO_INSTRUCTIONS } from "./wire.ts";

const ROUTE = { protocol: "openai-responses", operation: "generate", framing: "sse" } as const;

function decode(body: object, losses: Loss[] = []): IrRequest {
  return decodeRequest({ model: "m", input: "hi", ...body }, ROUTE, (loss) => losses.push(loss));
}

function message(body: unknown, code = "client-invalid-request"): string {
  try {
    decodeRequest(body, ROUTE, () => undefined);
  } catch (error) {
    expect((error as { code: string }).code).toBe(code);
    return (error as Error).message;
  }
  return "no error";
}

describe("refusals say where, what was expected and what was found", () => {
  const text = { role: "user", content: [{ type: "input_text", text: 7 }] };
  test.each([
    ["an array as body", [], "body: expected an object, found an array"],
    ["no model", { input: "x" }, "model: expected a non-empty string, found nothing"],
    ["an empty model", { model: "", input: "x" }, "model: expected a non-empty string, found an empty string"],
    ["no input", { model: "m" }, "input: expected a string or an array, found nothing"],
    ["a number as stream", { model: "m", input: "x", stream: 1 }, "stream: expected a boolean, found a number"],
    ["an item that is text", { model: "m", input: ["x"] }, "input[0]: expected an object, found a string"],
    [
      "a part without type",
      { model: "m", input: [{ role: "user", content: [{ type: 5 }] }] },
      "input[0].content[0].type: expected a string, found a number",
    ],
    [
      "text that is a number",
      { model: "m", input: [text] },
      "input[0].content[0].text: expected a string, found a number",
    ],
    [
      "an unknown role",
      { model: "m", input: [{ role: "tool", content: "x" }] },
      'input[0].role: expected "user", "assistant", "system" or "developer", found a string',
    ],
    [
      "a call without id",
      { model: "m", input: [{ type: "function_call", name: "f", arguments: "{}" }] },
      "input[0].call_id: expected a non-empty string, found nothing",
    ],
    [
      "a tool without name",
      { model: "m", input: "x", tools: [{ type: "function" }] },
      "tools[0].name: expected a non-empty string, found nothing",
    ],
  ])("%s", (_name, body, expected) => {
    expect(message(body)).toBe(expected);
  });

  test.each([
    ["previous_response_id", { previous_response_id: "resp_1" }],
    ["conversation", { conversation: { id: "conv_1" } }],
    ["prompt", { prompt: { id: "pmpt_1" } }],
    ["background", { background: true }],
    ["input[0]", { input: [{ type: "item_reference", id: "msg_1" }] }],
    ["input[0]", { input: [{ id: "msg_1" }] }],
    ["moderation.policy.output.mode", { moderation: { model: "x", policy: { output: { mode: "block" } } } }],
  ])("%s cannot be honoured on a converted route", (path, body) => {
    expect(message({ model: "m", input: "x", ...body }, "conversion-refused")).toStartWith(`${path}: `);
  });

  test("the same fields are fine when they ask for nothing", () => {
    const body = { previous_response_id: null, conversation: null, prompt: null, background: false };
    expect(decode(body).messages).toHaveLength(1);
  });
});

test("instructions and leading developer messages are the system prompt, later ones keep their place", () => {
  const request = decode({
    instructions: "be brief",
    input: [
      {
        role: "developer",
        content: [
          { type: "input_text", text: "a" },
          { type: "input_text", text: "b" },
        ],
      },
      { type: "message", role: "system", content: "c" },
      { role: "user", content: "hi" },
      { role: "developer", content: "now in French" },
      { role: "user", content: "again" },
    ],
  });
  expect(request.system.map((block) => block.text)).toEqual(["be brief", "a", "b", "c"]);
  expect(request.messages.map(({ role }) => role)).toEqual(["user", "system", "user"]);
});

test("traps 17 and 68: what the model made is one turn, outputs in a row are one turn, arguments may be an object", () => {
  const request = decode({
    input: [
      { role: "user", content: "go" },
      {
        type: "reasoning",
        summary: [
          { type: "summary_text", text: "one" },
          { type: "summary_text", text: "two" },
        ],
      },
      { role: "assistant", content: [{ type: "output_text", text: "I look" }], phase: "commentary" },
      { type: "function_call", call_id: "a", name: "f", arguments: "" },
      { type: "function_call", call_id: "b", name: "g", arguments: { x: 1 } },
      { type: "function_call_output", call_id: "a", output: "A" },
      { type: "function_call_output", call_id: "b", output: [{ type: "input_text", text: "B" }] },
      { role: "user", content: "and?" },
    ],
  });
  expect(request.messages.map(({ role, content }) => [role, content.length])).toEqual([
    ["user", 1],
    ["assistant", 4],
    ["user", 2],
    ["user", 1],
  ]);
  const [thinking, , first, second] = request.messages[1]?.content ?? [];
  expect(thinking).toEqual({ type: "reasoning", text: "one\n\ntwo", isSummary: true });
  expect(request.messages[1]?.content[1]).toEqual({ type: "text", text: "I look", phase: "commentary" });
  expect(first).toMatchObject({ name: "f", arguments: "{}" });
  expect(second).toMatchObject({ name: "g", arguments: '{"x":1}' });
  expect(request.messages[2]?.content[1]).toMatchObject({ callId: "b", name: "g", content: [{ text: "B" }] });
});

test("trap 22: a second output of the same call is dropped, a call id that comes back later is not", () => {
  const losses: Loss[] = [];
  const call = { type: "function_call", call_id: "call_0", name: "f", arguments: "{}" };
  const output = { type: "function_call_output", call_id: "call_0", output: "x" };
  const request = decode({ input: [call, output, output, { role: "user", content: "more" }, call, output] }, losses);
  expect(request.messages.flatMap(({ content }) => content.map((block) => block.type))).toEqual([
    "tool-call",
    "tool-result",
    "text",
    "tool-call",
    "tool-result",
  ]);
  expect(losses).toEqual([{ kind: "dropped", path: "input[2]", feature: "duplicate-tool-output" }]);
});

test("content parts become images, documents and audio", () => {
  const content = [
    { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "low" },
    { type: "input_image", image_url: "https://x.example/a.png" },
    { type: "input_image", file_id: "file-1" },
    { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,BBBB" },
    { type: "input_file", file_url: "https://x.example/a.pdf" },
    { type: "input_audio", input_audio: { data: "CCCC", format: "mp3" } },
    { type: "input_hologram", data: 1 },
    { type: "input_text", text: "t", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } },
  ];
  expect(decode({ input: [{ role: "user", content }] }).messages[0]?.content).toEqual([
    { type: "image", source: { type: "base64", mediaType: "image/png", data: "AAAA" }, detail: "low" },
    { type: "image", source: { type: "url", url: "https://x.example/a.png" } },
    { type: "image", source: { type: "file-id", fileId: "file-1", origin: "openai-responses" } },
    {
      type: "document",
      source: { type: "base64", mediaType: "application/pdf", data: "BBBB" },
      filename: "a.pdf",
    },
    { type: "document", source: { type: "url", url: "https://x.example/a.pdf" } },
    { type: "audio", source: { type: "base64", mediaType: "audio/mp3", data: "CCCC" } },
    { type: "unknown", origin: "openai-responses", wire: { type: "input_hologram", data: 1 } },
    { type: "text", text: "t", cache: { ttl: "12h" } },
  ]);
});

test("trap 23: images in tool outputs survive, also when the client wrapped the parts as JSON text", () => {
  const parts = [{ type: "input_image", image_url: "data:image/png;base64,AAAA" }];
  for (const output of [parts, JSON.stringify(parts)]) {
    const request = decode({ input: [{ type: "function_call_output", call_id: "c", output }] });
    expect(request.messages[0]?.content[0]).toMatchObject({
      type: "tool-result",
      content: [{ type: "image", source: { data: "AAAA" } }],
    });
  }
});

test("encrypted reasoning is read bare and from envelopes, redacted blocks come back as such", () => {
  const foreign = { payload: "sig", origin: { protocol: "anthropic", upstreamId: "a" } } as const;
  const request = decode({
    input: [
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAA" },
      { type: "reasoning", summary: [], encrypted_content: wrapOpaque(foreign) },
      { type: "reasoning", summary: [], encrypted_content: `${wrapOpaque(foreign)}.redacted` },
    ],
  });
  expect(request.messages[0]?.content).toMatchObject([
    { id: "rs_1", opaque: { payload: "gAAAA", origin: { protocol: "openai-responses" } } },
    { opaque: foreign },
    { opaque: foreign, redacted: true },
  ]);
  expect(request.messages[0]?.content[1]).not.toHaveProperty("redacted");
});

test("trap 44: namespaces are flattened, additional_tools are merged, shells become functions", () => {
  const request = decode({
    tools: [
      { type: "namespace", name: "mcp", description: "d", tools: [{ type: "function", name: "read" }] },
      { type: "local_shell" },
      { type: "custom", name: "apply_patch", format: { type: "grammar", syntax: "lark", definition: "start" } },
    ],
    input: [
      { type: "additional_tools", role: "developer", tools: [{ type: "function", name: "late" }] },
      { role: "user", content: "x" },
      { type: "local_shell_call", id: "ls_1", call_id: "c1", action: { type: "exec", command: ["ls"], env: {} } },
      { type: "local_shell_call_output", id: "ls_1", output: "a.txt" },
      { type: "custom_tool_call", call_id: "c2", name: "apply_patch", input: "*** Begin" },
      { type: "custom_tool_call_output", call_id: "c2", output: "ok" },
      { type: "function_call", call_id: "c3", name: "read", namespace: "mcp", arguments: "{}" },
    ],
  });
  expect(request.tools.map((tool) => [tool.type, tool.name, "namespace" in tool ? tool.namespace : undefined])).toEqual(
    [
      ["function", "read", "mcp"],
      ["function", "local_shell", undefined],
      ["custom", "apply_patch", undefined],
      ["function", "late", undefined],
    ],
  );
  const blocks = request.messages.flatMap(({ content }) => content);
  expect(blocks).toMatchObject([
    { type: "text" },
    { type: "tool-call", id: "c1", name: "local_shell", arguments: '{"command":["ls"],"env":{}}' },
    { type: "tool-result", callId: "c1", content: [{ text: "a.txt" }] },
    { type: "tool-call", id: "c2", kind: "custom", arguments: "*** Begin" },
    { type: "tool-result", callId: "c2", kind: "custom" },
    { type: "tool-call", id: "c3", name: "read", namespace: "mcp" },
  ]);
});

test("provider items of the history never become client calls", () => {
  const search = { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "q" } };
  const compaction = { type: "compaction", encrypted_content: "zzz" };
  const request = decode({ input: [{ role: "user", content: "x" }, search, compaction] });
  expect(request.messages[1]).toEqual({
    role: "assistant",
    content: [
      {
        type: "server-tool-call",
        id: "ws_1",
        tool: "web-search",
        name: "web_search",
        input: { query: "q" },
        origin: "openai-responses",
        wire: search,
      },
      { type: "unknown", origin: "openai-responses", wire: compaction },
    ],
  });
});

test("settings find their neutral places, the rest stays in extensions", () => {
  const request = decode({
    max_output_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    reasoning: { effort: "high", summary: "auto", context: "all_turns" },
    text: { format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true }, verbosity: "low" },
    include: ["message.output_text.logprobs", "reasoning.encrypted_content", "web_search_call.results"],
    top_logprobs: 3,
    safety_identifier: "u1",
    metadata: { a: "b" },
    prompt_cache_key: "k",
    service_tier: "flex",
    store: true,
    parallel_tool_calls: false,
    truncation: "auto",
    client_metadata: { x: "y" },
    stream: true,
  });
  expect(request).toMatchObject({
    stream: true,
    maxOutputTokens: 100,
    temperature: 0.5,
    topP: 0.9,
    reasoning: { effort: "high", summary: "auto", display: "summarized" },
    outputFormat: { type: "json-schema", name: "n", strict: true },
    verbosity: "low",
    logprobs: { enabled: true, topCount: 3 },
    userId: "u1",
    metadata: { a: "b" },
    promptCacheKey: "k",
    serviceTier: "flex",
    store: true,
    parallelToolCalls: false,
    includeUsage: true,
  });
  expect(request.extensions).toEqual({
    "openai-responses": {
      truncation: "auto",
      client_metadata: { x: "y" },
      include: ["web_search_call.results"],
      reasoning: { context: "all_turns" },
      [NO_INSTRUCTIONS]: true,
    } as Record<string, unknown>,
  });
});

test("tool choices are read in every form", () => {
  const choices: [unknown, unknown][] = [
    ["required", { type: "required" }],
    [
      { type: "function", name: "f" },
      { type: "tool", name: "f" },
    ],
    [
      { type: "function", function: { name: "f" } },
      { type: "tool", name: "f" },
    ],
    [
      { type: "custom", name: "c" },
      { type: "tool", name: "c" },
    ],
    [{ type: "web_search" }, { type: "tool", name: "web_search" }],
    [
      { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "f" }, { type: "web_search" }] },
      { type: "allowed", mode: "required", names: ["f", "web_search"] },
    ],
  ];
  for (const [wire, expected] of choices) expect(decode({ tool_choice: wire }).toolChoice as unknown).toEqual(expected);
});
