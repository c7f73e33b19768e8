import { describe, expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import { decodeRequest } from "./decode-request.ts";
import { ROUTE } from "./test-support.ts";

function decode(body: unknown): IrRequest {
  return decodeRequest(body, ROUTE, () => undefined);
}

function decodeWith(messages: unknown[], fields: object = {}): IrRequest {
  return decode({ model: "m", messages, ...fields });
}

const HI = { role: "user", content: "hi" };

describe("decodeRequest refuses", () => {
  const cases: { name: string; body: unknown; message: string }[] = [
    { name: "an array", body: [], message: "body: expected an object, found an empty array" },
    { name: "a missing model", body: { messages: [HI] }, message: "model: expected a non-empty string, found nothing" },
    { name: "no messages", body: { model: "m" }, message: "messages: expected a non-empty array, found nothing" },
    {
      name: "a part without type",
      body: { model: "m", messages: [HI, HI, { role: "user", content: [{ type: 3 }] }] },
      message: "messages[2].content[0].type: expected a non-empty string, found a number",
    },
    {
      name: "text that is no string",
      body: { model: "m", messages: [{ role: "user", content: [{ type: "text", text: 7 }] }] },
      message: "messages[0].content[0].text: expected a string, found a number",
    },
    {
      name: "a role that nobody knows",
      body: { model: "m", messages: [{ role: "robot" }] },
      message: "messages[0].role: expected one of system, developer, user, assistant, tool, function, found a string",
    },
    {
      name: "a temperature in words",
      body: { model: "m", messages: [HI], temperature: "hot" },
      message: "temperature: expected a number, found a string",
    },
    {
      name: "a tool without name",
      body: { model: "m", messages: [HI], tools: [{ type: "function", function: {} }] },
      message: "tools[0].function.name: expected a non-empty string, found nothing",
    },
    {
      name: "calls that are no list",
      body: { model: "m", messages: [HI, { role: "assistant", tool_calls: { id: "a" } }] },
      message: "messages[1].tool_calls: expected an array, found an object",
    },
    {
      name: "a call that is no object",
      body: { model: "m", messages: [HI, { role: "assistant", tool_calls: ["f"] }] },
      message: "messages[1].tool_calls[0]: expected an object, found a string",
    },
    {
      name: "a tool result without call",
      body: { model: "m", messages: [HI, { role: "tool", content: "x" }] },
      message: "messages[1].tool_call_id: expected the id of an earlier tool call, found nothing",
    },
  ];
  for (const { name, body, message } of cases) {
    test(name, () => {
      expect(() => decode(body)).toThrow(expect.objectContaining({ code: "client-invalid-request", message }));
    });
  }
});

describe("decodeRequest reads messages", () => {
  test("leading instructions apart from those in the middle", () => {
    const request = decodeWith([
      { role: "system", content: "one" },
      { role: "developer", content: [{ type: "text", text: "two", cache_control: { type: "ephemeral", ttl: "1h" } }] },
      HI,
      { role: "system", content: "three" },
    ]);
    expect(request.system).toEqual([
      { type: "text", text: "one" },
      { type: "text", text: "two", cache: { ttl: "1h" } },
    ]);
    expect(request.messages.map(({ role }) => role)).toEqual(["user", "system"]);
  });

  test("trap 17: results of one turn become one user turn, in order, with the kind of their call", () => {
    const { messages } = decodeWith([
      HI,
      {
        role: "assistant",
        content: "",
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: "" } },
          { id: "b", type: "custom", custom: { name: "g", input: "x y" } },
        ],
      },
      { role: "tool", tool_call_id: "b", content: [{ type: "text", text: "B" }] },
      { role: "tool", tool_call_id: "a", content: "A" },
      HI,
    ]);
    expect(messages).toHaveLength(4);
    expect(messages[2]?.content).toEqual([
      { type: "tool-result", callId: "b", content: [{ type: "text", text: "B" }], isError: false, kind: "custom" },
      { type: "tool-result", callId: "a", content: [{ type: "text", text: "A" }], isError: false, kind: "function" },
    ]);
  });

  test("trap 16: an empty string beside calls makes no text block, empty arguments are an empty object", () => {
    const { messages } = decodeWith([
      HI,
      { role: "assistant", content: "", tool_calls: [{ id: "a", function: { name: "f", arguments: " " } }] },
    ]);
    expect(messages[1]?.content).toEqual([
      { type: "tool-call", id: "a", name: "f", arguments: "{}", kind: "function" },
    ]);
  });

  test("calls without id get one that their results find in order", () => {
    const { messages } = decodeWith([
      HI,
      {
        role: "assistant",
        tool_calls: [
          { id: "", function: { name: "f", arguments: "{}" } },
          { id: "", function: { name: "g", arguments: { x: 1 } } },
        ],
      },
      { role: "tool", tool_call_id: "", content: "F" },
      { role: "tool", content: "G" },
    ]);
    expect(messages[1]?.content).toMatchObject([{ id: "call_1_0" }, { id: "call_1_1", arguments: '{"x":1}' }]);
    expect(messages[2]?.content).toMatchObject([{ callId: "call_1_0" }, { callId: "call_1_1" }]);
  });

  test("functions of old clients become tools, their results find the call by name", () => {
    const request = decodeWith(
      [
        HI,
        { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
        { role: "function", name: "f", content: "1" },
      ],
      { functions: [{ name: "f", parameters: { type: "object" } }], function_call: { name: "f" } },
    );
    expect(request.tools).toMatchObject([{ type: "function", name: "f" }]);
    expect(request.toolChoice).toEqual({ type: "tool", name: "f" });
    expect(request.messages[2]?.content).toMatchObject([{ type: "tool-result", callId: "call_1_0", name: "f" }]);
    expect(request.extensions?.["openai-chat"]).toHaveProperty("functions");
    expect(request.extensions?.["openai-chat"]).not.toHaveProperty("function_call");
  });

  test("trap 24: images as data URL, URL, and trap 23: as a bare string", () => {
    const { messages } = decodeWith([
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: "data:image/PNG;base64,AAAA", detail: "low" } },
          { type: "image_url", image_url: { url: "https://x/y.png" } },
          { type: "image_url", image_url: "https://x/z.png" },
        ],
      },
    ]);
    expect(messages[0]?.content).toEqual([
      { type: "image", source: { type: "base64", mediaType: "image/png", data: "AAAA" }, detail: "low" },
      { type: "image", source: { type: "url", url: "https://x/y.png" } },
      { type: "image", source: { type: "url", url: "https://x/z.png" } },
    ]);
  });

  test("files, audio, video and parts that nobody knows", () => {
    const odd = { type: "hologram", data: 1 };
    const { messages } = decodeWith([
      {
        role: "user",
        content: [
          { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,BBBB" } },
          { type: "file", file: { file_id: "file-1" } },
          { type: "input_audio", input_audio: { data: "CC", format: "wav" } },
          { type: "input_audio", input_audio: "DD" },
          { type: "video_url", video_url: { url: "https://x/v.mp4" } },
          odd,
        ],
      },
    ]);
    expect(messages[0]?.content).toEqual([
      { type: "document", source: { type: "base64", mediaType: "application/pdf", data: "BBBB" }, filename: "a.pdf" },
      { type: "document", source: { type: "file-id", fileId: "file-1", origin: "openai-chat" } },
      { type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "CC" } },
      { type: "audio", source: { type: "base64", mediaType: "audio/mpeg", data: "DD" } },
      { type: "video", source: { type: "url", url: "https://x/v.mp4" } },
      { type: "unknown", origin: "openai-chat", wire: odd },
    ]);
  });

  test("reasoning, refusals and signatures of earlier answers", () => {
    const { messages } = decodeWith([
      HI,
      {
        role: "assistant",
        content: "t",
        refusal: "no",
        reasoning_content: "because",
        tool_calls: [
          {
            id: "a",
            type: "function",
            function: { name: "f", arguments: "{}" },
            extra_content: { google: { thought_signature: "SIG" } },
          },
        ],
      },
    ]);
    expect(messages[1]?.content).toEqual([
      { type: "reasoning", text: "because" },
      { type: "text", text: "t" },
      { type: "refusal", text: "no" },
      {
        type: "tool-call",
        id: "a",
        name: "f",
        arguments: "{}",
        kind: "function",
        opaque: { payload: "SIG", origin: { protocol: "openai-chat" } },
      },
    ]);
  });

  test("a participant's name is a loss", () => {
    const losses: Loss[] = [];
    decodeRequest({ model: "m", messages: [{ role: "user", name: "bob", content: "x" }] }, ROUTE, (loss) =>
      losses.push(loss),
    );
    expect(losses).toEqual([{ kind: "dropped", path: "messages[0].name", feature: "message-name" }]);
  });
});

describe("decodeRequest reads fields", () => {
  test("everything the neutral request holds", () => {
    const request = decodeWith([HI], {
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 5,
      max_completion_tokens: 6,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      stop: "END",
      presence_penalty: 1,
      frequency_penalty: -1,
      seed: 4,
      n: 2,
      logprobs: true,
      top_logprobs: 2,
      reasoning_effort: "high",
      verbosity: "low",
      user: "u",
      metadata: { a: "b" },
      prompt_cache_key: "k",
      service_tier: "flex",
      store: false,
      parallel_tool_calls: false,
      response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" }, strict: true } },
    });
    expect(request).toMatchObject({
      stream: true,
      includeUsage: true,
      maxOutputTokens: 6,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      stopSequences: ["END"],
      presencePenalty: 1,
      frequencyPenalty: -1,
      seed: 4,
      candidateCount: 2,
      logprobs: { enabled: true, topCount: 2 },
      reasoning: { effort: "high" },
      verbosity: "low",
      userId: "u",
      metadata: { a: "b" },
      promptCacheKey: "k",
      serviceTier: "flex",
      store: false,
      parallelToolCalls: false,
      outputFormat: { type: "json-schema", name: "n", strict: true },
    });
    expect(request.extensions).toEqual({ "openai-chat": {} });
  });

  test("null counts as absent, unknown fields stay untouched in the extensions", () => {
    const request = decodeWith([HI], {
      temperature: null,
      stop: null,
      tools: null,
      logit_bias: { "1": 2 },
      min_p: null,
    });
    expect(request.temperature).toBeUndefined();
    expect(request.tools).toEqual([]);
    expect(request.extensions?.["openai-chat"]).toEqual({ logit_bias: { "1": 2 }, min_p: null });
  });

  test("tools: functions, free text, trap 45: a function called web_search, and hosted ones", () => {
    const request = decodeWith([HI], {
      tools: [
        {
          type: "function",
          function: { name: "web_search", description: null, parameters: { type: "object" }, strict: true },
        },
        {
          type: "custom",
          custom: { name: "patch", format: { type: "grammar", grammar: { syntax: "lark", definition: "d" } } },
        },
        { type: "openrouter:web_search" },
        { type: "function", name: "flat" },
      ],
      web_search_options: { user_location: { type: "approximate", approximate: { country: "DE" } } },
    });
    expect(request.tools).toEqual([
      { type: "function", name: "web_search", parameters: { type: "object" }, strict: true },
      { type: "custom", name: "patch", format: { type: "grammar", syntax: "lark", definition: "d" } },
      {
        type: "server",
        tool: "web-search",
        name: "openrouter:web_search",
        origin: "openai-chat",
        wire: { type: "openrouter:web_search" },
      },
      { type: "function", name: "flat" },
      {
        type: "server",
        tool: "web-search",
        name: "web_search_options",
        userLocation: { type: "approximate", country: "DE" },
        origin: "openai-chat",
        wire: { user_location: { type: "approximate", approximate: { country: "DE" } } },
      },
    ]);
  });

  const choices: { wire: unknown; expected: IrRequest["toolChoice"] }[] = [
    { wire: "auto", expected: { type: "auto" } },
    { wire: "none", expected: { type: "none" } },
    { wire: "required", expected: { type: "required" } },
    { wire: "any", expected: { type: "required" } },
    { wire: { type: "function", function: { name: "f" } }, expected: { type: "tool", name: "f" } },
    { wire: { type: "custom", custom: { name: "g" } }, expected: { type: "tool", name: "g" } },
    {
      wire: {
        type: "allowed_tools",
        allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "f" } }] },
      },
      expected: { type: "allowed", mode: "required", names: ["f"] },
    },
  ];
  for (const { wire, expected } of choices) {
    test(`tool_choice ${JSON.stringify(wire)}`, () => {
      expect(decodeWith([HI], { tool_choice: wire }).toolChoice).toEqual(expected);
    });
  }
});
