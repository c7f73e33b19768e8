import { describe, expect, test } from "bun:test";
import type { IrRequest } from "../../core/request.ts";
import type { UpstreamQuirks } from "../protocol.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeCountRequest, encodeRequest } from "./encode-request.ts";
import { counter, ignoreLoss, irRequest, target } from "./test-support.ts";

function encode(overrides: Partial<IrRequest>, model = "claude-sonnet-4-6", quirks: UpstreamQuirks = {}) {
  const { value, losses } = encodeRequest(irRequest(overrides), target(model, { quirks }), counter());
  return { body: value.body as Record<string, unknown>, losses: losses.map((loss) => loss.feature), call: value };
}

const text = (value: string) => ({ type: "text", text: value }) as const;

describe("encodeRequest: sampling", () => {
  test("trap 1: temperature is not sent to Claude 4.7 and later", () => {
    const { body, losses } = encode({ temperature: 0.2, topP: 0.9, topK: 5 }, "claude-opus-4-7");
    expect(Object.keys(body).sort()).toEqual(["max_tokens", "messages", "model"]);
    expect(losses).toEqual(["temperature", "top-p", "top-k"]);
  });

  test("trap 2: of temperature and top_p only one goes to Claude 4.1 to 4.6", () => {
    const both = encode({ temperature: 0.2, topP: 0.9 });
    expect(both.body).toMatchObject({ temperature: 0.2 });
    expect("top_p" in both.body).toBe(false);
    expect(both.losses).toEqual(["top-p"]);
    const neutral = encode({ temperature: 1, topP: 0.9 });
    expect(neutral.body).toMatchObject({ top_p: 0.9 });
    expect(neutral.losses).toEqual([]);
    expect(encode({ temperature: 0.2, topP: 0.9 }, "claude-3-haiku-20240307").losses).toEqual([]);
  });

  test("trap 3: no sampling field under version 2026-10-21, not even the default", () => {
    const pinned = { anthropicVersion: "2026-10-21" };
    const { body, losses } = encode({ temperature: 1, topP: 1 }, "claude-sonnet-4-5", pinned);
    expect(Object.keys(body).sort()).toEqual(["max_tokens", "messages", "model"]);
    expect(losses).toEqual([]);
    const asked = encode({ temperature: 0.5, topP: 0.9, topK: 4 }, "claude-3-haiku-20240307", pinned);
    expect(Object.keys(asked.body).sort()).toEqual(["max_tokens", "messages", "model"]);
    expect(asked.losses).toEqual(["temperature", "top-p", "top-k"]);
  });

  test("temperature is cut to 1, and other makers' models get everything", () => {
    expect(encode({ temperature: 1.6 }).body).toMatchObject({ temperature: 1 });
    expect(encode({ temperature: 0.3, topP: 0.5, topK: 9 }, "glm-5").body).toMatchObject({
      temperature: 0.3,
      top_p: 0.5,
      top_k: 9,
    });
  });

  test("beside thinking only what it allows is sent", () => {
    const { body } = encode(
      { temperature: 0.3, topP: 0.5, topK: 9, reasoning: { effort: "high" } },
      "claude-3-7-sonnet-20250219",
    );
    expect([body["temperature"], body["top_p"], body["top_k"]]).toEqual([undefined, undefined, undefined]);
  });
});

describe("encodeRequest: limits and format", () => {
  test("trap 9: a missing limit becomes 32000, capped by the model, never 4096", () => {
    expect(encode({}).body["max_tokens"]).toBe(32_000);
    expect(encode({}, "claude-3-5-haiku-latest").body["max_tokens"]).toBe(8_192);
    expect(encode({}, "some-model").body["max_tokens"]).toBe(32_000);
    expect(encode({ maxOutputTokens: 200_000 }, "claude-sonnet-4-5").body["max_tokens"]).toBe(64_000);
    expect(encode({ maxOutputTokens: 1 }).body["max_tokens"]).toBe(1);
  });

  test("structured output goes out sanitised, or in words where the model has none", () => {
    const schema = { type: "object", properties: { a: { type: "integer", minimum: 1 } } };
    expect(encode({ outputFormat: { type: "json-schema", name: "n", schema } }).body["output_config"]).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: { a: { type: "integer", description: "(minimum: 1)" } },
          additionalProperties: false,
        },
      },
    });
    const nudged = encode({ outputFormat: { type: "json-schema", schema } }, "claude-3-haiku-20240307");
    expect(JSON.stringify(nudged.body["system"])).toContain("JSON Schema");
    expect(nudged.losses).toEqual(["json-schema"]);
    expect(JSON.stringify(encode({ outputFormat: { type: "json-object" } }).body["system"])).toContain("JSON object");
  });

  test("effort and format share output_config", () => {
    const { body } = encode({
      reasoning: { effort: "low" },
      outputFormat: { type: "json-schema", schema: { type: "object" } },
    });
    expect(body["output_config"]).toMatchObject({ effort: "low", format: { type: "json_schema" } });
  });

  test("blank stop sequences are dropped", () => {
    expect(encode({ stopSequences: ["\n", "END"] }).body["stop_sequences"]).toEqual(["END"]);
    expect("stop_sequences" in encode({ stopSequences: [" "] }).body).toBe(false);
  });

  test("fields without a place are recorded, not sent", () => {
    const { body, losses } = encode({
      seed: 1,
      presencePenalty: 0.5,
      frequencyPenalty: 0.5,
      candidateCount: 2,
      logprobs: { enabled: true },
      verbosity: "low",
      store: true,
      promptCacheKey: "k",
      metadata: { a: "b" },
      extensions: { "openai-chat": { logit_bias: {}, prediction: null } },
    });
    expect(Object.keys(body).sort()).toEqual(["max_tokens", "messages", "model"]);
    expect(losses.sort()).toEqual(
      [
        "candidate-count",
        "frequency-penalty",
        "logit-bias",
        "logprobs",
        "presence-penalty",
        "seed",
        "verbosity",
      ].sort(),
    );
  });
});

test("several answers become one with a recorded loss", () => {
  const { losses } = encodeRequest(irRequest({ candidateCount: 2 }), target("claude-sonnet-4-6"), counter());
  expect(losses).toEqual([{ kind: "approximated", path: "n", feature: "candidate-count" }]);
  expect(encode({ candidateCount: 1 }).losses).toEqual([]);
});

describe("encodeRequest: who asks", () => {
  test("trap 42: user ids go to metadata at any length, personal ones do not", () => {
    expect(encode({ userId: "u".repeat(150) }).body["metadata"]).toEqual({ user_id: "u".repeat(150) });
    for (const userId of ["a@b.example", "+49 170 1234567"]) {
      const { body, losses } = encode({ userId });
      expect("metadata" in body).toBe(false);
      expect(losses).toEqual(["user-id"]);
    }
  });

  test("service tiers are mapped", () => {
    expect(encode({ serviceTier: "flex" }).body["service_tier"]).toBe("standard_only");
    expect(encode({ serviceTier: "auto" }).body["service_tier"]).toBe("auto");
    expect(encode({ serviceTier: "priority" }).losses).toEqual(["service-tier"]);
  });

  test("trap 46: the call has path, version, no query, and an origin for what the upstream signs", () => {
    const { call } = encode({ stream: true });
    expect(call).toMatchObject({
      path: "/messages",
      query: "",
      headers: { "anthropic-version": "2023-06-01" },
      body: { stream: true, model: "claude-sonnet-4-6" },
      decode: { origin: { protocol: "anthropic", upstreamId: "up", keyId: "key", model: "claude-sonnet-4-6" } },
    });
  });
});

describe("encodeRequest: this protocol's own clients", () => {
  const wire = {
    model: "client-name",
    max_tokens: 500_000,
    system: [
      { type: "text", text: "x-anthropic-billing-header: cc_version=2" },
      { type: "text", text: "You are helpful.", cache_control: { type: "ephemeral", ttl: "1h" } },
    ],
    messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    metadata: { user_id: "u", extra: 1 },
    output_config: { effort: "high", task_budget: { type: "tokens", total: 5 } },
    context_management: { edits: [] },
    container: "c",
    speed: "fast",
    tools: [{ name: "f", description: "d", input_schema: { type: "object", properties: {} }, defer_loading: true }],
  };

  test("fields only they know come back untouched, the attribution block first", () => {
    const { value, losses } = encodeRequest(decodeRequest(wire, ignoreLoss), target(), counter());
    expect(losses).toEqual([]);
    expect(value.body).toEqual({ ...wire, model: "claude-sonnet-4-6" });
  });

  test("the attribution block is not part of the neutral system prompt", () => {
    const request = decodeRequest(wire, ignoreLoss);
    expect(request.system).toMatchObject([{ text: "You are helpful.", cache: { ttl: "1h" } }]);
    const joined = decodeRequest({ ...wire, system: "x-anthropic-billing-header: a\n\nBe brief." }, ignoreLoss);
    expect(joined.system.map((block) => block.text)).toEqual(["Be brief."]);
  });

  test("counting sends the prompt and nothing that only generating needs", () => {
    const request = decodeRequest({ ...wire, temperature: 0.5, stream: true, stop_sequences: ["x"] }, ignoreLoss);
    const { value } = encodeCountRequest(request, target(), counter());
    expect(value.path).toBe("/messages/count_tokens");
    expect(Object.keys(value.body as object).sort()).toEqual(
      ["context_management", "messages", "model", "output_config", "speed", "system", "tools"].sort(),
    );
  });
});

describe("encodeRequest: cache breakpoints", () => {
  const cached = (value: string, ttl?: "1h" | "12h" | "30m") => ({ ...text(value), cache: ttl ? { ttl } : {} });

  test("only the last four stay", () => {
    const { body, losses } = encode({
      system: [cached("s1"), cached("s2")],
      messages: [{ role: "user", content: [cached("a"), cached("b"), cached("c")] }],
    });
    const [first, second] = body["system"] as Record<string, unknown>[];
    expect("cache_control" in (first ?? {})).toBe(false);
    expect(second?.["cache_control"]).toEqual({ type: "ephemeral" });
    expect(losses).toEqual(["cache-control"]);
  });

  test("foreign lifetimes are mapped, and none is longer than the one before it", () => {
    const { body } = encode({ system: [cached("a", "12h"), cached("b", "30m"), cached("c", "1h")] });
    expect((body["system"] as Record<string, unknown>[]).map((block) => block["cache_control"])).toEqual([
      { type: "ephemeral", ttl: "1h" },
      { type: "ephemeral" },
      { type: "ephemeral" },
    ]);
  });
});

test("what the neutral form says less of comes back as the client wrote it", () => {
  const thinking = { type: "enabled", budget_tokens: 2000, block_binding: { prefix_mismatch_behavior: "drop_block" } };
  const found = { type: "search_result", source: "s", title: "t", content: [text("x")], citations: { enabled: true } };
  const chunks = { type: "document", source: { type: "content", content: [text("a"), text("b")] }, title: "t" };
  const call = { type: "tool_use", id: "t1", name: "f", input: {} };
  const messages = [
    { role: "user", content: [chunks, found, text("q")] },
    { role: "assistant", content: [call] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: [found] }] },
  ];
  const wire = { model: "m", max_tokens: 9000, thinking, messages, tools: [{ name: "f", input_schema: {} }] };
  const body = encodeRequest(decodeRequest(wire, ignoreLoss), target("glm-4.6"), counter()).value.body;
  expect(body).toMatchObject({ thinking, messages });
});

test("encodeRequest never changes the request", () => {
  const deepFreeze = (value: unknown): unknown => {
    if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
    return value;
  };
  const request = deepFreeze(
    irRequest({
      system: [{ ...text("s"), cache: {} }],
      tools: [{ type: "function", name: "f", parameters: { type: "object" } }],
      messages: [
        { role: "user", content: [text("a"), text("")] },
        { role: "assistant", content: [{ type: "tool-call", id: "1", name: "f", arguments: "{}", kind: "function" }] },
      ],
    }),
  ) as IrRequest;
  expect(() => encodeRequest(request, target(), counter())).not.toThrow();
});

test("another output limit than the client's is recorded", () => {
  const features = (maxOutputTokens: number): string[] => {
    const request = irRequest({ maxOutputTokens, reasoning: { mode: "enabled", budgetTokens: 1024 } });
    return encodeRequest(request, target(), counter()).losses.map((loss) => loss.feature);
  };
  expect(features(16)).toContain("max-output-tokens");
  expect(features(4000)).not.toContain("max-output-tokens");
});
