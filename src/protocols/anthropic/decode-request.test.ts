import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/errors.ts";
import type { Loss } from "../../core/loss.ts";
import { wrapOpaque } from "../../core/opaque-envelope.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest } from "./encode-request.ts";
import { counter, ignoreLoss, target } from "./test-support.ts";

const decode = (body: unknown, losses: Loss[] = []) => decodeRequest(body, (loss) => losses.push(loss));
const content = (blocks: unknown, role = "user") =>
  decode({
    model: "m",
    max_tokens: 1,
    messages: [
      { role: "user", content: "q" },
      { role, content: blocks },
    ],
  }).messages[1]?.content;

describe("decodeRequest: what it refuses", () => {
  const message = (block: unknown) => ({ model: "m", messages: [{ role: "user", content: [block] }] });
  const cases: readonly [unknown, string][] = [
    ["x", "body: expected an object, found a string"],
    [null, "body: expected an object, found null"],
    [{ messages: [] }, "model: expected a non-empty string, found nothing"],
    [{ model: "", messages: [] }, "model: expected a non-empty string, found an empty string"],
    [{ model: 5, messages: [] }, "model: expected a non-empty string, found a number"],
    [{ model: "m" }, "messages: expected an array, found nothing"],
    [{ model: "m", messages: ["x"] }, "messages[0]: expected an object, found a string"],
    [
      { model: "m", messages: [{ role: "tool", content: "" }] },
      'messages[0].role: expected "user", "assistant" or "system", found a string',
    ],
    [{ model: "m", messages: [{ role: "user" }] }, "messages[0].content: expected a string or an array, found nothing"],
    [message({ type: 7 }), "messages[0].content[0].type: expected a string, found a number"],
    [message({ type: "text" }), "messages[0].content[0].text: expected a string, found nothing"],
    [
      message({ type: "image", source: { type: "base64", data: "" } }),
      "messages[0].content[0].source.media_type: expected a non-empty string, found nothing",
    ],
    [message({ type: "tool_use", name: "f" }), "messages[0].content[0].id: expected a non-empty string, found nothing"],
    [
      message({ type: "tool_result", id: "x" }),
      "messages[0].content[0].tool_use_id: expected a non-empty string, found nothing",
    ],
    [{ model: "m", messages: [], tools: {} }, "tools: expected an array, found an object"],
    [{ model: "m", messages: [], tools: [{}] }, "tools[0].name: expected a non-empty string, found nothing"],
    [{ model: "m", messages: [], max_tokens: "5" }, "max_tokens: expected a number, found a string"],
    [{ model: "m", messages: [], system: 5 }, "system: expected an array, found a number"],
  ];
  for (const [body, expected] of cases) {
    test(expected, () => {
      const error = catchError(() => decode(body));
      expect(error.message).toBe(expected);
      expect(error.code).toBe("client-invalid-request");
    });
  }
});

function catchError(run: () => unknown): GatewayError {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("decodeRequest: fields", () => {
  test("reads every field that has a place", () => {
    const request = decode({
      model: "m",
      max_tokens: 10,
      stream: true,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      stop_sequences: ["a"],
      system: "be brief",
      metadata: { user_id: "u" },
      service_tier: "standard_only",
      thinking: { type: "enabled", budget_tokens: 2_000 },
      output_config: { effort: "low", format: { type: "json_schema", schema: { type: "object" } } },
      messages: [{ role: "user", content: "hi" }],
    });
    expect(request).toEqual({
      model: "m",
      stream: true,
      system: [{ type: "text", text: "be brief" }],
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      tools: [],
      maxOutputTokens: 10,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      stopSequences: ["a"],
      reasoning: { mode: "enabled", budgetTokens: 2_000, effort: "low" },
      outputFormat: { type: "json-schema", schema: { type: "object" } },
      userId: "u",
      serviceTier: "standard_only",
      includeUsage: true,
      extensions: { anthropic: {} },
    });
  });

  test("reads the format where the beta of structured outputs had it", () => {
    const request = decode({
      model: "m",
      output_format: { type: "json_schema", schema: { type: "object" } },
      messages: [{ role: "user", content: "hi" }],
    });
    expect(request.outputFormat).toEqual({ type: "json-schema", schema: { type: "object" } });
    expect(request.extensions).toEqual({ anthropic: {} });
  });

  test("leading system messages join the system prompt, later ones stay in place", () => {
    const request = decode({
      model: "m",
      system: "a",
      messages: [
        { role: "system", content: "b" },
        { role: "user", content: "q" },
        { role: "system", content: [{ type: "text", text: "c" }] },
      ],
    });
    expect(request.system.map((block) => block.text)).toEqual(["a", "b"]);
    expect(request.messages.map((message) => message.role)).toEqual(["user", "system"]);
  });
});

describe("decodeRequest: blocks", () => {
  test("unknown kinds are kept", () => {
    const wire = { type: "container_upload", file_id: "f" };
    expect(content([wire])).toEqual([{ type: "unknown", origin: "anthropic", wire }]);
  });

  test("documents keep title, context and citations; search results become documents", () => {
    expect(
      content([
        {
          type: "document",
          source: { type: "text", media_type: "text/plain", data: "d" },
          title: "t",
          context: "c",
          citations: { enabled: true },
        },
        { type: "search_result", source: "https://s", title: "r", content: [{ type: "text", text: "body" }] },
        { type: "document", source: { type: "content", content: [{ type: "text", text: "p" }] } },
      ]),
    ).toMatchObject([
      { type: "document", source: { type: "text", text: "d" }, title: "t", context: "c", citationsEnabled: true },
      { type: "document", source: { type: "text", text: "body" }, title: "r", context: "https://s" },
      { type: "document", source: { type: "text", text: "p" } },
    ]);
  });

  test("trap 20: results are paired by tool_use_id, with text, images and errors", () => {
    const image = { type: "image", source: { type: "url", url: "https://i" } };
    const reference = { type: "tool_reference", tool_name: "f" };
    expect(
      content([
        { type: "tool_result", tool_use_id: "a", content: "text", is_error: true },
        { type: "tool_result", tool_use_id: "b", content: [{ type: "text", text: "t" }, image, reference] },
        { type: "tool_result", tool_use_id: "c" },
      ]),
    ).toMatchObject([
      { callId: "a", isError: true, content: [{ type: "text", text: "text" }] },
      {
        callId: "b",
        isError: false,
        content: [{ type: "text" }, { type: "image" }, { type: "unknown", wire: reference }],
      },
      { callId: "c", content: [] },
    ]);
  });

  test("arguments become JSON text, whatever the input is", () => {
    const inputs = [{ a: 1 }, null, undefined, '{"b":2}', "free", 5];
    const blocks = inputs.map((input, index) => ({ type: "tool_use", id: `t${index}`, name: "f", input }));
    expect(content(blocks, "assistant")?.map((block) => block.type === "tool-call" && block.arguments)).toEqual([
      '{"a":1}',
      "{}",
      "{}",
      '{"b":2}',
      '{"_raw":"free"}',
      '{"_raw":5}',
    ]);
  });

  test("tools that a provider ran do not become client calls", () => {
    const blocks = [
      { type: "server_tool_use", id: "s", name: "bash_code_execution", input: { command: "ls" } },
      {
        type: "bash_code_execution_tool_result",
        tool_use_id: "s",
        content: { type: "bash_code_execution_result", stdout: "out", stderr: "", return_code: 0, content: [] },
      },
      { type: "mcp_tool_use", id: "m", name: "ask", server_name: "x", input: {} },
      { type: "mcp_tool_result", tool_use_id: "m", is_error: true, content: [{ type: "text", text: "no" }] },
      {
        type: "web_search_tool_result",
        tool_use_id: "w",
        content: { type: "web_search_tool_result_error", error_code: "x" },
      },
    ];
    expect(content(blocks, "assistant")).toMatchObject([
      { type: "server-tool-call", tool: "code-execution", input: { command: "ls" } },
      { type: "server-tool-result", tool: "code-execution", text: "out", isError: false },
      { type: "server-tool-call", tool: "mcp", name: "ask" },
      { type: "server-tool-result", tool: "mcp", isError: true, text: "no" },
      { type: "server-tool-result", tool: "web-search", isError: true },
    ]);
  });
});

describe("decodeRequest: signatures", () => {
  const gemini = wrapOpaque({ payload: "sig", origin: { protocol: "gemini", upstreamId: "g", model: "gemini-3" } });
  const call = { type: "tool_use", id: "t", name: "f", input: {} };
  const hasOpaque = (block: object): boolean => "opaque" in block && block.opaque !== undefined;
  const think = (signature: string, thinking = "") => ({ type: "thinking", thinking, signature });

  test("a bare signature is this protocol's, an envelope says whose", () => {
    expect(content([think("bare", "x"), { type: "redacted_thinking", data: "d" }], "assistant")).toEqual([
      { type: "reasoning", text: "x", opaque: { payload: "bare", origin: { protocol: "anthropic" } } },
      { type: "reasoning", text: "", redacted: true, opaque: { payload: "d", origin: { protocol: "anthropic" } } },
    ]);
    const encrypted = wrapOpaque({ payload: "enc", origin: { protocol: "openai-responses", upstreamId: "u" } });
    expect(content([think(encrypted), call], "assistant")).toMatchObject([
      { type: "reasoning", opaque: { payload: "enc", origin: { protocol: "openai-responses", upstreamId: "u" } } },
      { type: "tool-call" },
    ]);
    expect(content([think(encrypted), call], "assistant")?.map(hasOpaque)).toEqual([true, false]);
  });

  test("gemini trap 13: a Gemini signature in front of a call goes to the call", () => {
    const opaque = { payload: "sig", origin: { protocol: "gemini", upstreamId: "g", model: "gemini-3" } };
    expect(content([think(gemini), call, call], "assistant")).toMatchObject([
      { type: "tool-call", opaque },
      { type: "tool-call" },
    ]);
    expect(content([think(gemini), call, call], "assistant")?.map(hasOpaque)).toEqual([true, false]);
    expect(content([think(gemini, "visible"), call], "assistant")).toMatchObject([
      { type: "reasoning", text: "visible", opaque: undefined },
      { type: "tool-call", opaque },
    ]);
    expect(content([think(gemini, "visible"), { type: "text", text: "x" }], "assistant")).toMatchObject([
      { type: "reasoning", text: "visible", opaque },
      { type: "text" },
    ]);
  });

  test("damaged and empty envelopes hold nothing", () => {
    const empty = wrapOpaque({ payload: "", origin: { protocol: "openai-chat" } });
    for (const signature of ["apr1.broken", empty, ""]) {
      expect(content([think(signature, "x")], "assistant")).toEqual([{ type: "reasoning", text: "x" }]);
    }
  });

  test("citations made up for clients do not go back upstream", () => {
    const location = { type: "web_search_result_location", url: "https://u", title: "t", cited_text: "c" };
    const index = wrapOpaque({ payload: "", origin: { protocol: "gemini" } });
    const request = decodeRequest(
      {
        model: "m",
        messages: [
          { role: "user", content: "q" },
          {
            role: "assistant",
            content: [
              { type: "text", text: "a", citations: [{ ...location, encrypted_index: index }] },
              { type: "text", text: "b", citations: [{ ...location, encrypted_index: "real" }] },
            ],
          },
          { role: "user", content: "q" },
        ],
      },
      ignoreLoss,
    );
    const { value } = encodeRequest(request, target(), counter());
    expect((value.body as { messages: unknown[] }).messages[1]).toEqual({
      role: "assistant",
      content: [
        { type: "text", text: "a" },
        { type: "text", text: "b", citations: [{ ...location, encrypted_index: "real" }] },
      ],
    });
  });
});

test("an image with a source of a new kind goes back to this protocol as it came", () => {
  const image = { type: "image", source: { type: "brand_new", handle: "h" } };
  expect(content([image])).toEqual([{ type: "unknown", origin: "anthropic", wire: image }]);
});
