import { describe, expect, test } from "bun:test";
import { wrapOpaque } from "../../core/opaque-envelope.ts";
import type { RouteMatch } from "../protocol.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest } from "./encode-request.ts";
import { request, target } from "./test-context.ts";

const route: RouteMatch = {
  protocol: "gemini",
  operation: "generate",
  model: "models/gemini-x",
  stream: true,
  framing: "sse",
};
const decode = (body: unknown, more: Partial<RouteMatch> = {}) =>
  decodeRequest(body, { ...route, ...more }, () => undefined);
const contents = [{ role: "user", parts: [{ text: "hi" }] }];

describe("errors say what was expected where", () => {
  const cases: [unknown, string][] = [
    [5, "body: expected an object, found a number"],
    [{}, "contents: expected an array, found nothing"],
    [{ contents: [] }, "contents: expected at least one content, found nothing"],
    [{ contents: [5] }, "contents[0]: expected an object, found a number"],
    [{ contents: [{ parts: 5 }] }, "contents[0].parts: expected an array, found a number"],
    [{ contents: [{ parts: [{ text: 5 }] }] }, "contents[0].parts[0].text: expected a string, found a number"],
    [
      { contents: [{ parts: [{ functionCall: { args: {} } }] }] },
      "contents[0].parts[0].functionCall.name: expected a non-empty string, found nothing",
    ],
    [
      { contents: [{ parts: [{ inlineData: { data: 1 } }] }] },
      "contents[0].parts[0].inlineData.data: expected a string, found a number",
    ],
    [{ contents, generationConfig: { topK: "many" } }, "generationConfig.topK: expected a number, found a string"],
    [
      { contents, generationConfig: { stopSequences: "x" } },
      "generationConfig.stopSequences: expected an array, found a string",
    ],
    [
      { contents, tools: [{ functionDeclarations: [{}] }] },
      "tools[0].functionDeclarations[0].name: expected a non-empty string, found nothing",
    ],
  ];
  for (const [body, message] of cases) {
    test(message, () => {
      expect(() => decode(body)).toThrow(expect.objectContaining({ code: "client-invalid-request", message }) as Error);
    });
  }

  test("a request without a model", () => {
    expect(() => decode({ contents }, { model: undefined })).toThrow(
      "model: expected a non-empty string, found nothing",
    );
  });
});

describe("fields", () => {
  test("gemini trap 56: both spellings of the system prompt and of everything else are read", () => {
    const body = {
      contents: [
        {
          role: "user",
          parts: [
            { inline_data: { mime_type: "image/png; x=1", data: "AA" } },
            { file_data: { file_uri: "gs://b/v.mp4", mime_type: "video/mp4" } },
          ],
        },
      ],
      systemInstruction: { parts: [{ text: "one" }, { text: "" }] },
      system_instruction: "two",
      generation_config: {
        max_output_tokens: 5,
        stop_sequences: ["x"],
        response_mime_type: "application/json",
        response_schema: { type: "OBJECT" },
        thinking_config: { thinking_budget: 0 },
      },
      tool_config: { function_calling_config: { mode: "any", allowed_function_names: ["f"] } },
      tools: [
        {
          function_declarations: [{ name: "f", parameters: { type: "OBJECT", properties: { a: { type: "STRING" } } } }],
        },
        { google_search: {}, codeExecution: null },
      ],
    };
    expect(decode(body)).toMatchObject({
      model: "gemini-x",
      stream: true,
      system: [{ text: "one" }, { text: "two" }],
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { mediaType: "image/png" } },
            { type: "video", source: { type: "file-id", fileId: "gs://b/v.mp4" } },
          ],
        },
      ],
      maxOutputTokens: 5,
      stopSequences: ["x"],
      outputFormat: { type: "json-schema", schema: { type: "object" } },
      reasoning: { mode: "disabled" },
      toolChoice: { type: "tool", name: "f" },
      tools: [
        { type: "function", name: "f", parameters: { type: "object", properties: { a: { type: "string" } } } },
        { type: "server", tool: "web-search", name: "googleSearch", wire: { googleSearch: {} } },
      ],
    });
  });

  test("what only Gemini knows comes back in an encoded request, nulls do not", () => {
    const body = {
      contents,
      safetySettings: [{ category: "X" }],
      cachedContent: null,
      labels: { a: "b" },
      toolConfig: { retrievalConfig: { languageCode: "de" } },
      tools: [{ googleSearch: {} }],
      generationConfig: { responseModalities: ["TEXT"], thinkingConfig: { thinkingBudget: -1 }, seed: null },
    };
    const encoded = encodeRequest(decode(body), target("gemini-2.5-flash"), () => "").value.body;
    expect(encoded).toEqual({
      contents,
      safetySettings: [{ category: "X" }],
      labels: { a: "b" },
      toolConfig: { retrievalConfig: { languageCode: "de" } },
      tools: [{ googleSearch: {} }],
      generationConfig: { responseModalities: ["TEXT"], thinkingConfig: { thinkingBudget: -1 } },
    });
  });

  test("count-tokens requests may be wrapped", () => {
    const wrapped = {
      generateContentRequest: { model: "models/inner", contents, systemInstruction: { parts: [{ text: "s" }] } },
    };
    expect(decode(wrapped, { operation: "count-tokens", model: undefined, stream: undefined })).toMatchObject({
      model: "inner",
      system: [{ text: "s" }],
      stream: false,
    });
  });

  test("odd but harmless shapes are read", () => {
    expect(decode({ contents: "hello" }).messages).toEqual([
      { role: "user", content: [{ type: "text", text: "hello" }] },
    ]);
    expect(decode({ contents: { parts: { text: "x" } } }).messages).toMatchObject([
      { role: "user", content: [{ text: "x" }] },
    ]);
    expect(decode({ contents: [{ role: "model" }, { role: "function", parts: [{ novel: 1 }] }] }).messages).toEqual([
      { role: "assistant", content: [] },
      { role: "user", content: [{ type: "unknown", origin: "gemini", wire: { novel: 1 } }] },
    ]);
  });
});

describe("history", () => {
  test("calls and results without ids are paired by name and order", () => {
    const { messages } = decode({
      contents: [
        ...contents,
        {
          role: "model",
          parts: [
            { functionCall: { name: "f", args: { n: 1 } } },
            { functionCall: { name: "g" } },
            { functionCall: { name: "f", args: { n: 2 } } },
          ],
        },
        {
          role: "function",
          parts: ["f", "f", "g"].map((name, at) => ({ functionResponse: { name, response: { output: String(at) } } })),
        },
      ],
    });
    const ids = messages[1]?.content.map((block) => (block.type === "tool-call" ? block.id : ""));
    const results = messages[2]?.content.map((block) =>
      block.type === "tool-result" ? [block.callId, block.content[0]] : [],
    );
    expect(results).toEqual(
      [ids?.[0], ids?.[2], ids?.[1]].map((id, at) => [id, { type: "text", text: String(at) }]) as never,
    );
    for (const id of ids ?? []) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(new Set(ids).size).toBe(3);
  });

  test("trap 22: a repeated result is not taken for the answer to another call, a stray id is", () => {
    const call = (id: string) => ({ functionCall: { id, name: "f", args: {} } });
    const response = (id: string, output: string) => ({ functionResponse: { id, name: "f", response: { output } } });
    const resultsOf = (...parts: object[]) =>
      decode({
        contents: [...contents, { role: "model", parts: [call("a"), call("b")] }, { role: "user", parts }],
      }).messages[2]?.content.map((block) => (block.type === "tool-result" ? block.callId : ""));
    expect(resultsOf(response("a", "A"), response("a", "A"), response("b", "B"))).toEqual(["a", "a", "b"]);
    expect(resultsOf(response("a", "A"), response("lost", "B"))).toEqual(["a", "b"]);
  });

  test("results are unwrapped, errors flagged, media kept", () => {
    const results = [{ result: { a: 1 } }, { error: "bad" }, { x: 1, y: 2 }, {}, null].map((response) => ({
      functionResponse: {
        name: "f",
        response,
        parts: response ? [] : [{ inlineData: { mimeType: "image/png", data: "A" } }],
      },
    }));
    const { messages } = decode({ contents: [{ parts: results }] });
    expect(
      messages[0]?.content.map((block) => (block.type === "tool-result" ? [block.content, block.isError] : [])),
    ).toEqual([
      [[{ type: "text", text: '{"a":1}' }], false],
      [[{ type: "text", text: "bad" }], true],
      [[{ type: "text", text: '{"x":1,"y":2}' }], false],
      [[{ type: "text", text: "" }], false],
      [[{ type: "image", source: { type: "base64", mediaType: "image/png", data: "A" } }], false],
    ]);
  });

  test("a client's stand-in for a signature is none", () => {
    const call = { functionCall: { id: "a", name: "f", args: {} } };
    for (const thoughtSignature of ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"]) {
      const { messages } = decode({
        contents: [...contents, { role: "model", parts: [{ ...call, thoughtSignature }] }],
      });
      expect(messages[1]?.content[0]).toMatchObject({ type: "tool-call", id: "a", name: "f" });
      expect(messages[1]?.content[0]).not.toHaveProperty("opaque.payload");
      expect(messages[1]?.content).toHaveLength(1);
    }
  });

  test("streamed pieces of a model's text are joined, signatures stay with them", () => {
    const parts = [
      { text: "think", thought: true },
      { text: "ing", thought: true, thoughtSignature: "s0" },
      { text: "a" },
      { text: "b" },
      { text: "", thoughtSignature: "s1" },
      { text: "c" },
    ];
    const { messages } = decode({ contents: [{ role: "model", parts }] });
    const own = (payload: string) => ({ payload, origin: { protocol: "gemini" } });
    expect(messages[0]?.content).toEqual([
      { type: "reasoning", text: "thinking", isSummary: true, opaque: own("s0") },
      { type: "text", text: "ab", opaque: own("s1") },
      { type: "text", text: "c" },
    ] as never);
  });

  test("gemini trap 16: envelopes of other upstreams are opened, so that they never reach the wrong one", () => {
    const opaque = {
      payload: "sig",
      origin: { protocol: "anthropic", upstreamId: "a", keyId: undefined, model: undefined },
    } as const;
    const parts = [
      { text: "t", thought: true, thoughtSignature: wrapOpaque(opaque) },
      { text: "", thought: true, thoughtSignature: `${wrapOpaque(opaque)}.redacted` },
      { text: "hi" },
    ];
    const { messages } = decode({ contents: [...contents, { role: "model", parts }, ...contents] });
    expect(messages[1]?.content).toEqual([
      { type: "reasoning", text: "t", isSummary: false, opaque },
      { type: "reasoning", text: "", redacted: true, opaque },
      { type: "text", text: "hi" },
    ] as never);
    const { value } = encodeRequest(request({ messages }), target("gemini-3-pro"), () => "");
    expect(JSON.stringify(value.body)).not.toMatch(/sig|apr1/);
  });
});

test("the chunks of a streamed answer that a chat kept as contents of their own are one turn", () => {
  const seal = wrapOpaque({ payload: "S", origin: { protocol: "anthropic" } });
  const model = (part: object) => ({ role: "model", parts: [part] });
  const { messages } = decode({
    contents: [
      ...contents,
      model({ text: "The tower ", thought: true }),
      model({ text: "is in Paris.", thought: true }),
      model({ text: "", thought: true, thoughtSignature: seal }),
      model({ text: "I will " }),
      model({ text: "look." }),
      model({ functionCall: { id: "a", name: "f", args: {} } }),
      model({ functionCall: { id: "b", name: "g", args: {} } }),
      model({ text: "" }),
      {
        role: "user",
        parts: [
          { functionResponse: { id: "a", name: "f", response: { output: "1" } } },
          { functionResponse: { id: "b", name: "g", response: { output: "2" } } },
        ],
      },
    ],
  });
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(messages[1]?.content).toMatchObject([
    { type: "reasoning", text: "The tower is in Paris.", opaque: { payload: "S" } },
    { type: "text", text: "I will look." },
    { type: "tool-call", id: "a" },
    { type: "tool-call", id: "b" },
  ]);
});
