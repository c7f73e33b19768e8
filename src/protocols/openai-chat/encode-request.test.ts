import { describe, expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import type { UpstreamQuirks } from "../protocol.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest } from "./encode-request.ts";
import { irRequest, ROUTE, targetAt } from "./test-support.ts";

const OPENAI = "https://api.openai.com/v1";
const LOCAL = "http://localhost:8000/v1";

function encode(
  request: Partial<IrRequest>,
  baseUrl = LOCAL,
  model = "m",
  quirks: UpstreamQuirks = {},
): { body: Record<string, unknown>; features: string[]; losses: readonly Loss[] } {
  const { value, losses } = encodeRequest(irRequest(request), targetAt(baseUrl, model, quirks), () => "id");
  return { body: value.body as Record<string, unknown>, features: losses.map((loss) => loss.feature), losses };
}

const TOOL = { type: "function", name: "f", parameters: { type: "object", properties: {} } } as const;

test("trap 46: the call goes to the path without query", () => {
  const { value } = encodeRequest(irRequest(), targetAt(LOCAL, "other"), () => "id");
  expect(value).toMatchObject({ path: "/chat/completions", query: "", headers: {} });
  expect(value.body).toEqual({ model: "other", messages: [{ role: "user", content: "hi" }] });
  expect(value.decode.origin).toEqual({ protocol: "openai-chat", upstreamId: "up", keyId: "key", model: "other" });
});

test("the request is not changed", () => {
  const request = irRequest({ tools: [{ ...TOOL, parameters: {} }], extensions: { "openai-chat": { a: { b: 1 } } } });
  const before = JSON.stringify(request);
  encodeRequest(request, targetAt(OPENAI, "gpt-5.6"), () => "id");
  expect(JSON.stringify(request)).toBe(before);
});

describe("limits and streams", () => {
  test("the limit has OpenAI's name there and the old one elsewhere", () => {
    expect(encode({ maxOutputTokens: 9 }, OPENAI, "gpt-4.1").body).toMatchObject({ max_completion_tokens: 9 });
    expect(encode({ maxOutputTokens: 9 }).body).toMatchObject({ max_tokens: 9 });
  });

  test("a limit of nothing is refused", () => {
    expect(() => encode({ maxOutputTokens: 0 })).toThrow(expect.objectContaining({ code: "conversion-refused" }));
  });

  test("trap 43: streams always ask for usage, unless the server does not know how", () => {
    expect(encode({ stream: true, includeUsage: false }).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(encode({ stream: true }, LOCAL, "m", { streamOptions: false }).body).not.toHaveProperty("stream_options");
    expect(encode({ stream: false }).body).not.toHaveProperty("stream_options");
  });
});

describe("sampling", () => {
  test("reasoning models of OpenAI get none of it", () => {
    for (const url of [OPENAI, "https://relay.example/v1"]) {
      const { body, features } = encode({ temperature: 1, topP: 1, stopSequences: ["x"] }, url, "gpt-5.2");
      expect(Object.keys(body)).toEqual(["model", "messages"]);
      expect(features).toEqual(["temperature", "top-p", "stop"]);
    }
  });

  test("trap 10: stop is an array, four at most", () => {
    expect(encode({ stopSequences: ["a"] }).body["stop"]).toEqual(["a"]);
    const { body, features } = encode({ stopSequences: ["a", "b", "c", "d", "e"] });
    expect(body["stop"]).toEqual(["a", "b", "c", "d"]);
    expect(features).toEqual(["stop-sequences"]);
  });

  test("top_k goes only where it is known", () => {
    expect(encode({ topK: 5 }).features).toEqual(["top-k"]);
    expect(encode({ topK: 5 }, LOCAL, "m", { extraSampling: true }).body["top_k"]).toBe(5);
  });

  test("log probabilities and a seed are asked for", () => {
    const { body } = encode({ logprobs: { enabled: true, topCount: 3 }, seed: 1 });
    expect(body).toMatchObject({ logprobs: true, top_logprobs: 3, seed: 1 });
  });

  test("several answers are asked for where a chat client gets them, and are a loss elsewhere", () => {
    const own = decodeRequest(
      { model: "m", messages: [{ role: "user", content: "hi" }], n: 2 },
      ROUTE,
      () => undefined,
    );
    expect(encode(own)).toMatchObject({ body: { n: 2 }, losses: [] });
    const foreign = encode({ candidateCount: 2, extensions: { gemini: {} } });
    expect("n" in foreign.body).toBe(false);
    expect(foreign.losses).toMatchObject([{ kind: "approximated", path: "n", feature: "candidate-count" }]);
    expect(encode({ candidateCount: 1, extensions: { gemini: {} } }).losses).toEqual([]);
  });
});

describe("fields about the caller", () => {
  const LONG = "u".repeat(150);

  test("trap 42: long user ids are hashed, the field depends on the server", () => {
    const { body } = encode({ userId: LONG }, OPENAI, "gpt-4.1");
    expect(body["safety_identifier"]).toMatch(/^[0-9a-f]{64}$/);
    expect(encode({ userId: "bob" }).body["user"]).toBe("bob");
    expect(encode({ userId: "bob" }, "https://api.mistral.ai/v1").features).toEqual(["user-id"]);
  });

  test("trap 41: metadata, cache key, tier, storage and verbosity stay away from servers that may refuse them", () => {
    const fields = { metadata: { a: "b" }, promptCacheKey: "k", serviceTier: "flex", store: true, verbosity: "low" };
    const { body, features } = encode(fields);
    expect(Object.keys(body)).toEqual(["model", "messages"]);
    expect(features).toEqual(["metadata", "prompt-cache-key", "service-tier", "store", "verbosity"]);
    expect(encode(fields, OPENAI, "gpt-5.2").body).toMatchObject({
      metadata: { a: "b" },
      prompt_cache_key: "k",
      service_tier: "flex",
      store: true,
      verbosity: "low",
    });
    expect(encode({ serviceTier: "standard_only" }, OPENAI).body["service_tier"]).toBe("default");
  });
});

describe("tools", () => {
  test("trap 6: thinking that OpenRouter drops for a forced tool on Claude is told", () => {
    const tools = [{ type: "function" as const, name: "f" }];
    const forced = { tools, toolChoice: { type: "required" as const }, reasoning: { effort: "high" as const } };
    const url = "https://openrouter.ai/api/v1";
    expect(encode(forced, url, "anthropic/claude-sonnet-4.5").features).toContain("reasoning-with-forced-tool");
    expect(encode({ ...forced, toolChoice: { type: "auto" } }, url, "anthropic/claude-sonnet-4.5").features).toEqual(
      [],
    );
    expect(encode(forced, url, "openai/gpt-5").features).not.toContain("reasoning-with-forced-tool");
  });

  test("trap 39: tool choice and parallel calls need tools", () => {
    const { body } = encode({ toolChoice: { type: "required" }, parallelToolCalls: false });
    expect(Object.keys(body)).toEqual(["model", "messages"]);
  });

  test("trap 40: parallel_tool_calls appears only if the client set it", () => {
    expect(encode({ tools: [TOOL] }).body).not.toHaveProperty("parallel_tool_calls");
    expect(encode({ tools: [TOOL], parallelToolCalls: false }).body["parallel_tool_calls"]).toBe(false);
  });

  test("trap 38: a named choice is nested", () => {
    const { body } = encode({ tools: [TOOL], toolChoice: { type: "tool", name: "f" } });
    expect(body["tool_choice"]).toEqual({ type: "function", function: { name: "f" } });
  });

  test("a choice of a tool that the provider would run leaves the choice to the model", () => {
    const search = { type: "server", tool: "web-search", name: "web_search", origin: "anthropic", wire: {} } as const;
    const { body, features } = encode({ tools: [TOOL, search], toolChoice: { type: "tool", name: "web_search" } });
    expect(body["tool_choice"]).toBe("auto");
    expect(features).toEqual(["server-tool", "tool-choice-unknown-tool"]);
  });

  test("allowed tools are named at OpenAI and filtered elsewhere", () => {
    const request: Partial<IrRequest> = {
      tools: [TOOL, { ...TOOL, name: "g" }],
      toolChoice: { type: "allowed", mode: "required", names: ["g"] },
    };
    expect(encode(request, OPENAI, "gpt-4.1").body["tool_choice"]).toEqual({
      type: "allowed_tools",
      allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "g" } }] },
    });
    const { body, features } = encode(request);
    expect(body["tools"]).toMatchObject([{ function: { name: "g" } }]);
    expect(body["tool_choice"]).toBe("required");
    expect(features).toEqual(["allowed-tools"]);
  });

  test("trap 35: long names are shortened and the decoder learns the way back", () => {
    const name = "a".repeat(80);
    const { value } = encodeRequest(irRequest({ tools: [{ ...TOOL, name }] }), targetAt(LOCAL, "m"), () => "id");
    const [tool] = (value.body as { tools: { function: { name: string } }[] }).tools;
    const wire = tool?.function.name ?? "";
    expect(wire).toMatch(/^a{55}_[0-9a-f]{8}$/);
    expect(value.decode.toolNames?.get(wire)).toBe(name);
  });

  test("trap 44: tools in a namespace are flattened, free text becomes a function with one string", () => {
    const { body, features } = encode({
      tools: [
        { ...TOOL, namespace: "ns" },
        {
          type: "custom",
          name: "patch",
          description: "d",
          format: { type: "grammar", syntax: "lark", definition: "G" },
        },
      ],
      toolChoice: { type: "tool", name: "ns__f" },
    });
    expect(body["tools"]).toMatchObject([
      { function: { name: "ns__f" } },
      {
        function: {
          name: "patch",
          description: "d\n\nThe input must follow this lark grammar:\n\nG",
          parameters: { required: ["input"] },
        },
      },
    ]);
    expect(body["tool_choice"]).toEqual({ type: "function", function: { name: "ns__f" } });
    expect(features).toEqual(["custom-tool"]);
    const { body: own } = encode(
      { tools: [{ type: "custom", name: "patch", format: { type: "grammar", syntax: "lark", definition: "G" } }] },
      OPENAI,
      "gpt-5.2",
    );
    expect(own["tools"]).toEqual([
      {
        type: "custom",
        custom: { name: "patch", format: { type: "grammar", grammar: { syntax: "lark", definition: "G" } } },
      },
    ]);
  });

  test("hosted tools of other providers are losses, a web search goes to servers that have one", () => {
    const search = { type: "server", tool: "web-search", name: "web_search", origin: "anthropic", wire: {} } as const;
    expect(encode({ tools: [search] }).features).toEqual(["server-tool"]);
    expect(encode({ tools: [search] }, "https://openrouter.ai/api/v1").body["tools"]).toEqual([
      { type: "openrouter:web_search" },
    ]);
    expect(encode({ tools: [search] }, OPENAI, "gpt-5-search-api").body["web_search_options"]).toEqual({});
  });
});

describe("output formats", () => {
  const closed = {
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  };

  test("schemas are wrapped; strict only where the schema bears it", () => {
    expect(encode({ outputFormat: { type: "json-schema", schema: closed } }).body["response_format"]).toEqual({
      type: "json_schema",
      json_schema: { name: "response", schema: closed, strict: true },
    });
    const open = { type: "object", properties: { a: {} } };
    const { body, features } = encode({ outputFormat: { type: "json-schema", name: "n", schema: open, strict: true } });
    expect(body["response_format"]).toEqual({ type: "json_schema", json_schema: { name: "n", schema: open } });
    expect(features).toEqual(["strict-schema"]);
  });

  test("OpenAI's models get a schema without an object at its root in words", () => {
    const list = { outputFormat: { type: "json-schema" as const, schema: { type: "array", items: closed } } };
    for (const [url, model] of [
      [OPENAI, "gpt-4.1"],
      ["https://relay.example/v1", "gpt-5.2"],
    ] as const) {
      const { body, features } = encode(list, url, model);
      expect(body).not.toHaveProperty("response_format");
      expect(body["messages"]).toMatchObject([{ content: expect.stringContaining('"type":"array"') }, {}]);
      expect(features).toEqual(["json-schema"]);
    }
    expect(encode(list, LOCAL, "qwen3").body["response_format"]).toMatchObject({ type: "json_schema" });
  });

  test("servers with JSON mode only get the schema as an instruction", () => {
    const { body, features } = encode(
      { outputFormat: { type: "json-schema", schema: closed } },
      "https://api.deepseek.com",
      "deepseek-chat",
    );
    expect(body["response_format"]).toEqual({ type: "json_object" });
    expect(body["messages"]).toMatchObject([
      { role: "system", content: expect.stringContaining('"additionalProperties":false') },
      {},
    ]);
    expect(features).toEqual(["json-schema"]);
  });
});

describe("extensions", () => {
  test("chat's own go back untouched, those of others are losses", () => {
    const { body, features } = encode({
      extensions: {
        "openai-chat": { logit_bias: { "1": 2 }, functions: [] },
        anthropic: { inference_geo: "eu", container: null, "#tools": {} },
      },
    });
    expect(body["logit_bias"]).toEqual({ "1": 2 });
    expect(body).not.toHaveProperty("functions");
    expect(features).toEqual(["inference-geo"]);
  });

  test("a third party's way to ask for thinking goes back as it came", () => {
    const wire = {
      model: "m",
      messages: [{ role: "user", content: "x" }],
      enable_thinking: false,
      reasoning_effort: "low",
    };
    const { value } = encodeRequest(
      decodeRequest(wire, ROUTE, () => undefined),
      targetAt(LOCAL, "m"),
      () => "id",
    );
    expect(value.body).toEqual(wire);
  });
});
