import { describe, expect, test } from "bun:test";
import type { IrBlock, ToolCallBlock } from "../../core/block.ts";
import type { Loss } from "../../core/loss.ts";
import type { IrMessage, IrRequest } from "../../core/request.ts";
import type { UpstreamTarget } from "../protocol.ts";
import { irRequest, TARGET } from "./__fixtures__/contexts.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeCountRequest, encodeRequest } from "./encode-request.ts";
import type { JsonObject } from "./wire.ts";

const USER: IrMessage = { role: "user", content: [{ type: "text", text: "hi" }] };

interface Sent {
  readonly body: JsonObject;
  readonly input: readonly JsonObject[];
  readonly losses: readonly Loss[];
  readonly features: readonly string[];
}

function send(request: Partial<IrRequest>, target: Partial<UpstreamTarget> = {}): Sent {
  const encoded = encodeRequest(irRequest({ messages: [USER], ...request }), { ...TARGET, ...target }, () => "x");
  const body = encoded.value.body as JsonObject;
  const { losses } = encoded;
  return { body, input: body["input"] as JsonObject[], losses, features: losses.map((loss) => loss.feature) };
}

function call(id: string, name = "f", args = "{}"): ToolCallBlock {
  return { type: "tool-call", id, name, arguments: args, kind: "function" };
}

function result(callId: string, text = "ok"): IrBlock {
  return { type: "tool-result", callId, content: [{ type: "text", text }], isError: false };
}

test("a plain request goes to /responses, stores nothing and asks for encrypted reasoning where there can be any", () => {
  const encoded = encodeRequest(irRequest({ messages: [USER] }), { ...TARGET, model: "gpt-5.6" }, () => "x");
  expect(encoded.value).toMatchObject({ path: "/responses", query: "", headers: {} });
  expect(encoded.value.body).toEqual({
    model: "gpt-5.6",
    input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }],
    stream: true,
    store: false,
    include: ["reasoning.encrypted_content"],
  });
  expect(encoded.value.decode.origin).toEqual({
    protocol: "openai-responses",
    upstreamId: "up",
    keyId: "key",
    model: "gpt-5.6",
  });
  expect(encoded.losses).toEqual([]);
  expect(send({}, { model: "gpt-4o" }).body).not.toHaveProperty("include");
  expect(send({ store: true }).body["store"]).toBe(true);
});

test("an assistant's message keeps its phase, and messages of different phases stay apart", () => {
  const said = (text: string, phase?: string) => ({ type: "text" as const, text, phase });
  const { input } = send({
    messages: [
      USER,
      { role: "assistant", content: [said("a", "commentary"), said("b", "final_answer"), said("c")] },
      USER,
    ],
  });
  const messages = input.slice(1, -1).map(({ phase, content }) => [phase, (content as JsonObject[])[0]?.["text"]]);
  expect(messages).toEqual([
    ["commentary", "a"],
    ["final_answer", "b"],
    [undefined, "c"],
  ]);
});

test("a schema without an object at its root is said in words", () => {
  const schema = { type: "array", items: { type: "string" } };
  const { body, features } = send({ outputFormat: { type: "json-schema", schema } });
  expect(body).not.toHaveProperty("text");
  expect(body["instructions"]).toContain(JSON.stringify(schema));
  expect(features).toEqual(["json-schema"]);
});

test("fields that other protocols alone know are losses, null and notes are none, chat's cache settings go along", () => {
  const { body, losses } = send({
    extensions: {
      anthropic: { speed: "fast", container: null, "#attribution": [] },
      gemini: { safetySettings: [] },
      "openai-chat": { logit_bias: {}, prompt_cache_retention: "24h" },
    },
  });
  expect(losses).toEqual([
    { kind: "dropped", path: "speed", feature: "speed" },
    { kind: "dropped", path: "safetySettings", feature: "safetySettings" },
    { kind: "dropped", path: "logit_bias", feature: "logit-bias" },
  ]);
  expect(body).toMatchObject({ prompt_cache_retention: "24h" });
  expect(body).not.toHaveProperty("speed");
});

test("counting sends what makes up the input and nothing else", () => {
  const request = irRequest({ messages: [USER], maxOutputTokens: 50, system: [{ type: "text", text: "s" }] });
  const encoded = encodeCountRequest(request, TARGET, () => "x");
  expect(encoded.value.path).toBe("/responses/input_tokens");
  expect(Object.keys(encoded.value.body as object).sort()).toEqual(["input", "instructions", "model"]);
});

describe("system prompts", () => {
  const system = [
    { type: "text", text: "x-anthropic-billing-header: cc_version=2" },
    { type: "text", text: "a" },
    { type: "text", text: "b", cache: { ttl: "1h" } },
  ] as const;

  test("are joined to instructions, without the attribution line that changes with every request", () => {
    expect(send({ system }).body["instructions"]).toBe("a\n\nb");
  });

  test("trap 11: no cache marks go out unless the upstream is said to take them", () => {
    const cached = { type: "text", text: "x", cache: { ttl: "1h" } } as const;
    const request = {
      system: [cached],
      tools: [{ type: "function", name: "f", cache: {} }],
      messages: [{ role: "user", content: [cached] }],
    } as const;
    expect(JSON.stringify(send(request).body)).not.toMatch(/cache_control|breakpoint/);
    expect(JSON.stringify(send(request, { quirks: { explicitCache: true } }).body)).toContain("breakpoint");
  });

  test("become a developer item where breakpoints are understood", () => {
    const { body, input } = send({ system }, { quirks: { explicitCache: true } });
    expect(body).not.toHaveProperty("instructions");
    expect(input[0]).toEqual({
      type: "message",
      role: "developer",
      content: [
        { type: "input_text", text: "a" },
        { type: "input_text", text: "b", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } },
      ],
    });
  });

  test("in the middle keep their place, as `system` for servers that know no developer", () => {
    const messages: IrMessage[] = [USER, { role: "system", content: [{ type: "text", text: "s" }] }, USER];
    expect(send({ messages }).input.map((item) => item["role"])).toEqual(["user", "developer", "user"]);
    const { input } = send({ messages }, { quirks: { developerRole: false } });
    expect(input[1]?.["role"]).toBe("system");
  });

  test("trap 14: alone become the input, which must not be empty", () => {
    const { body, input } = send({ messages: [], system: [{ type: "text", text: "s" }] });
    expect(body).not.toHaveProperty("instructions");
    expect(input).toEqual([{ type: "message", role: "developer", content: "s" }]);
  });
});

describe("conversations", () => {
  test("trap 15: empty texts are left out", () => {
    const { input } = send({
      messages: [USER, { role: "assistant", content: [{ type: "text", text: "" }, call("c1")] }, USER],
    });
    expect(input.map((item) => item["type"])).toEqual(["message", "function_call", "function_call_output", "message"]);
  });

  test("trap 18: results go before the text of their turn", () => {
    const { input, losses } = send({
      messages: [
        USER,
        { role: "assistant", content: [call("c1"), call("c2")] },
        { role: "user", content: [{ type: "text", text: "look" }, result("c1"), result("c2")] },
      ],
    });
    expect(input.map((item) => item["type"])).toEqual([
      "message",
      "function_call",
      "function_call",
      "function_call_output",
      "function_call_output",
      "message",
    ]);
    expect(losses).toEqual([]);
  });

  test("a call without result gets one made up, before anything else is said", () => {
    const { input, losses } = send({ messages: [USER, { role: "assistant", content: [call("c1")] }, USER] });
    expect(input[2]).toEqual({ type: "function_call_output", call_id: "c1", output: "[no tool result]" });
    expect(losses).toEqual([{ kind: "invented", path: "messages[1].content[0]", feature: "tool-result" }]);
  });

  test("trap 22: a repeated result is sent once, one of an id that comes back is not taken for it", () => {
    const { input, features } = send({
      messages: [
        { role: "assistant", content: [call("c1")] },
        { role: "user", content: [result("c1", "1"), result("c1", "again")] },
        { role: "user", content: [result("c1", "and again")] },
        { role: "assistant", content: [call("c1")] },
        { role: "user", content: [result("c1", "2")] },
      ],
    });
    expect(input.map((item) => item["output"] ?? item["type"])).toEqual(["function_call", "1", "function_call", "2"]);
    expect(features).toEqual(["duplicate-tool-result", "duplicate-tool-result"]);
  });

  test("a result that comes after its stand-in is no repetition: it becomes the user's text", () => {
    const { input, features } = send({
      messages: [
        { role: "assistant", content: [call("c1")] },
        USER,
        { role: "assistant", content: [call("c2")] },
        { role: "user", content: [result("c1", "late"), result("c2")] },
      ],
    });
    expect(input.map((item) => item["call_id"] ?? item["role"])).toEqual(["c1", "c1", "user", "c2", "c2", "user"]);
    expect(JSON.stringify(input[5])).toContain("late");
    expect(features).toEqual(["tool-result", "orphan-tool-result"]);
  });

  test("trap 16: an assistant turn of nothing leaves nothing behind", () => {
    const { input } = send({ messages: [USER, { role: "assistant", content: [{ type: "text", text: "" }] }, USER] });
    expect(input.map((item) => item["role"])).toEqual(["user", "user"]);
  });

  test("trap 19: what stands between calls and results moves behind the results", () => {
    const pdf: IrBlock = { type: "document", source: { type: "url", url: "https://x.example/a.pdf" } };
    const { input, losses } = send({
      messages: [
        { role: "assistant", content: [call("c1"), call("c2")] },
        { role: "user", content: [{ type: "text", text: "between" }, pdf, result("c2", "2")] },
        { role: "system", content: [{ type: "text", text: "note" }] },
        { role: "user", content: [result("c1", "1")] },
      ],
    });
    expect(input.map((item) => item["output"] ?? item["call_id"] ?? item["role"])).toEqual([
      "c1",
      "c2",
      "2",
      "1",
      "user",
      "developer",
    ]);
    expect(losses).toEqual([]);
  });

  test("a result without call becomes the user's text", () => {
    const { input, features } = send({ messages: [{ role: "user", content: [result("gone", "R")] }] });
    expect(input).toEqual([
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "[result of tool call gone]" },
          { type: "input_text", text: "R" },
        ],
      },
    ]);
    expect(features).toEqual(["orphan-tool-result"]);
  });

  test("trap 21: ids that the pattern forbids are mapped alike on both sides, two of one id stay apart", () => {
    const { input } = send({
      messages: [
        { role: "assistant", content: [call("functions.x:0"), call("functions.x:0")] },
        { role: "user", content: [result("functions.x:0", "1"), result("functions.x:0", "2")] },
      ],
    });
    const ids = input.map((item) => item["call_id"]);
    expect(ids[0]).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(ids[0]).not.toBe(ids[1]);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
    expect(input.slice(2).map((item) => item["output"])).toEqual(["1", "2"]);
  });

  test("failures are told in words, once", () => {
    const messages = (text: string): IrMessage[] => [
      { role: "assistant", content: [call("c1")] },
      {
        role: "user",
        content: [{ type: "tool-result", callId: "c1", content: [{ type: "text", text }], isError: true }],
      },
    ];
    expect(send({ messages: messages("no file") }).input[1]?.["output"]).toBe("Error: no file");
    expect(send({ messages: messages("Error: no file") }).input[1]?.["output"]).toBe("Error: no file");
  });

  test("trap 23: images of tool results go out as parts", () => {
    const image: IrBlock = { type: "image", source: { type: "base64", mediaType: "image/png", data: "AA" } };
    const content = [{ type: "text", text: "shot" } as const, image];
    const { input } = send({
      messages: [
        { role: "assistant", content: [call("c1")] },
        { role: "user", content: [{ type: "tool-result", callId: "c1", content, isError: false }] },
      ],
    });
    expect(input[1]?.["output"]).toEqual([
      { type: "input_text", text: "shot" },
      { type: "input_image", image_url: "data:image/png;base64,AA", detail: "auto" },
    ]);
  });

  test("traps 24 and 25: images and PDFs of the user are sent, what cannot be sent is named", () => {
    const content: IrBlock[] = [
      { type: "image", source: { type: "url", url: "https://x.example/a.png" }, detail: "high" },
      { type: "document", source: { type: "base64", mediaType: "application/pdf", data: "BB" }, title: "Report" },
      { type: "document", source: { type: "url", url: "https://x.example/a.pdf" } },
      { type: "document", source: { type: "text", text: "body" }, title: "T", context: "C" },
      { type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "CC" } },
    ];
    const { input, features } = send({ messages: [{ role: "user", content }] });
    expect(input[0]?.["content"]).toEqual([
      { type: "input_image", image_url: "https://x.example/a.png", detail: "high" },
      { type: "input_file", filename: "Report.pdf", file_data: "data:application/pdf;base64,BB" },
      { type: "input_file", file_url: "https://x.example/a.pdf" },
      { type: "input_text", text: "T\nC\n\nbody" },
      { type: "input_text", text: "[audio omitted: this API takes no such input]" },
    ]);
    expect(features).toEqual(["audio-input"]);
  });

  test("a file of the same vendor goes along, one of another refuses the conversion", () => {
    const stored = (origin: "anthropic" | "openai-chat"): IrBlock => ({
      type: "document",
      source: { type: "file-id", fileId: "f", origin },
    });
    const { input } = send({ messages: [{ role: "user", content: [stored("openai-chat")] }] });
    expect(input[0]?.["content"]).toEqual([{ type: "input_file", file_id: "f" }]);
    expect(() => send({ messages: [{ role: "user", content: [stored("anthropic")] }] })).toThrow(
      expect.objectContaining({ code: "conversion-refused" }),
    );
  });

  test("foreign searches are told as searches, other foreign server tools are dropped", () => {
    const server = (tool: "web-search" | "code-execution"): IrBlock => ({
      type: "server-tool-call",
      id: "srvtoolu_1",
      tool,
      name: tool,
      input: { query: "q" },
      origin: "anthropic",
      wire: {},
    });
    const content = [server("web-search"), server("code-execution"), { type: "text", text: "t" } as const];
    const { input, features } = send({ messages: [USER, { role: "assistant", content }] });
    expect(input.slice(1)).toMatchObject([
      { type: "web_search_call", status: "completed", action: { type: "search", queries: ["q"] } },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "t", annotations: [] }] },
    ]);
    expect(features).toEqual(["server-tool-result", "server-tool-call"]);
  });
});

test("an answer kept as several turns gets its results behind the last of them", () => {
  const { input, losses } = send({
    messages: [
      USER,
      { role: "assistant", content: [call("a")] },
      { role: "assistant", content: [call("b")] },
      { role: "user", content: [result("a", "1"), result("b", "2")] },
    ],
  });
  expect(losses).toEqual([]);
  expect(input.map((item) => [item["type"], item["call_id"] ?? item["role"]])).toEqual([
    ["message", "user"],
    ["function_call", "a"],
    ["function_call", "b"],
    ["function_call_output", "a"],
    ["function_call_output", "b"],
  ]);
});

describe("reasoning in the history", () => {
  const origin = { protocol: "openai-responses", upstreamId: "up", keyId: "key" } as const;
  const own: IrBlock = { type: "reasoning", text: "s", id: "rs_1", opaque: { payload: "enc", origin } };
  const history = (...content: IrBlock[]): IrMessage[] => [USER, { role: "assistant", content }, USER];

  test("traps 29 and 30: goes back before its item, without id unless the provider stores", () => {
    const messages = history(own, { type: "text", text: "t" });
    const { input } = send({ messages });
    expect(input[1]).toEqual({
      type: "reasoning",
      summary: [{ type: "summary_text", text: "s" }],
      encrypted_content: "enc",
    });
    expect(input[2]?.["role"]).toBe("assistant");
    expect(send({ messages, store: true }).input[1]?.["id"]).toBe("rs_1");
  });

  test("trap 30: goes back directly before the call it led to, and is dropped where nothing of its turn follows", () => {
    const { input, features } = send({ messages: history(own, call("c1"), own) });
    expect(input.map((item) => item["type"])).toEqual([
      "message",
      "reasoning",
      "function_call",
      "function_call_output",
      "message",
    ]);
    expect(features).toEqual(["reasoning", "tool-result"]);
    const ends: IrBlock[][] = [
      [own],
      [own, { ...own, id: "rs_2" }],
      [own, { type: "text", text: "" }],
      [own, { type: "unknown", origin: "anthropic", wire: {} }],
      [own, { type: "image", source: { type: "url", url: "https://x.example/a.png" } }],
    ];
    for (const content of ends)
      expect(JSON.stringify(send({ messages: history(...content) }).input)).not.toContain("enc");
    expect(send({ messages: [USER, { role: "assistant", content: [own] }] }).input).toHaveLength(1);
    const pieces: IrMessage[] = [own, { type: "text", text: "t" } as const].map((block) => ({
      role: "assistant",
      content: [block],
    }));
    expect(send({ messages: [USER, ...pieces, USER] }).input.map((item) => item["type"])).toContain("reasoning");
  });

  test("traps 26 and 31: foreign thinking is dropped with a loss and never shown as text", () => {
    const foreign: IrBlock = {
      type: "reasoning",
      text: "secret",
      opaque: { payload: "p", origin: { protocol: "anthropic" } },
    };
    const elsewhere: IrBlock = { ...own, opaque: { payload: "p", origin: { ...origin, upstreamId: "other" } } };
    const otherKey: IrBlock = { ...own, opaque: { payload: "p", origin: { ...origin, keyId: "other" } } };
    const bare: IrBlock = { type: "reasoning", text: "secret" };
    const { body, features } = send({
      messages: history(foreign, elsewhere, otherKey, bare, { type: "text", text: "t" }),
    });
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(JSON.stringify(body)).not.toContain('encrypted_content":');
    expect(features).toEqual(["foreign-reasoning", "foreign-reasoning", "foreign-reasoning", "reasoning-text"]);
  });

  test("trap 28: servers that want it get raw thinking before every call", () => {
    const messages: IrMessage[] = [
      USER,
      { role: "assistant", content: [{ type: "reasoning", text: "hm" }, call("c1"), call("c2")] },
      { role: "user", content: [result("c1"), result("c2")] },
    ];
    const { input } = send({ messages }, { quirks: { reasoningPassback: true } });
    expect(input.slice(1).map((item) => item["type"])).toEqual([
      "reasoning",
      "function_call",
      "reasoning",
      "function_call",
      "function_call_output",
      "function_call_output",
    ]);
    expect(input[3]).toEqual({ type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "hm" }] });
  });

  test("trap 28: DeepSeek gets it by its name, a blank where there was none while it thinks, and nobody else does", () => {
    const turn = (...thoughts: IrBlock[]): IrMessage[] => [
      USER,
      { role: "assistant", content: [...thoughts, call("c1")] },
      { role: "user", content: [result("c1")] },
    ];
    const thinking = (baseUrl: string, messages: IrMessage[], more: Partial<IrRequest> = {}, quirks = {}) => {
      const { input } = send({ messages, ...more }, { baseUrl, model: "deepseek-v4", quirks });
      const item = input.find((each) => each["type"] === "reasoning");
      return (item?.["content"] as { text: string }[] | undefined)?.[0]?.text;
    };
    const deepseek = "https://api.deepseek.com/v1";
    const thought: IrBlock = { type: "reasoning", text: "hm" };
    expect(thinking(deepseek, turn(thought))).toBe("hm");
    expect(thinking(deepseek, turn())).toBe(" ");
    expect(thinking(deepseek, turn(), { reasoning: { effort: "none" } })).toBeUndefined();
    expect(thinking(deepseek, turn(thought), {}, { reasoningPassback: false })).toBeUndefined();
    expect(thinking("https://notdeepseek.com/v1", turn(thought))).toBeUndefined();
  });
});

describe("settings", () => {
  test("trap 8: an output limit below 16 is raised, 0 asks for a cache warm-up", () => {
    expect(send({ maxOutputTokens: 8 })).toMatchObject({
      body: { max_output_tokens: 16 },
      features: ["max-output-tokens"],
    });
    const { body } = send({ maxOutputTokens: 0 });
    expect(body).toMatchObject({ prompt_cache_options: { prewarm: true } });
    expect(body).not.toHaveProperty("max_output_tokens");
  });

  test("sampling is dropped for models that reason, carried for others", () => {
    const sampling = { temperature: 0.2, topP: 0.5 };
    expect(send(sampling, { model: "gpt-5.6" }).features).toEqual(["temperature", "top-p"]);
    expect(send(sampling, { model: "gpt-4.1" }).body).toMatchObject({ temperature: 0.2, top_p: 0.5 });
    expect(send(sampling, { model: "deepseek-v4" }).body).toMatchObject({ temperature: 0.2, top_p: 0.5 });
    const effortless = { ...sampling, reasoning: { effort: "none" } } as const;
    expect(send(effortless, { model: "gpt-5.6" }).body["temperature"]).toBe(0.2);
  });

  test.each([
    [{ effort: "high" }, "gpt-5.6", { effort: "high" }],
    [{ effort: "max", mode: "adaptive" }, "gpt-5.6", { effort: "max", summary: "auto" }],
    [{ effort: "max" }, "gpt-5.4", { effort: "xhigh" }],
    [{ effort: "xhigh" }, "o3", { effort: "high" }],
    [{ effort: "none" }, "gpt-5", { effort: "minimal" }],
    [{ mode: "adaptive" }, "gpt-5.6", { summary: "auto" }],
    [{ mode: "adaptive", display: "omitted" }, "gpt-5.6", undefined],
    [{ mode: "enabled", budgetTokens: 1024 }, "gpt-5.6", { effort: "low", summary: "auto" }],
    [{ mode: "enabled", budgetTokens: 8192 }, "gpt-5.6", { effort: "medium", summary: "auto" }],
    [{ mode: "enabled", budgetTokens: 24_576 }, "gpt-5.6", { effort: "high", summary: "auto" }],
    [{ mode: "enabled", budgetTokens: 32_000 }, "gpt-5.6", { effort: "xhigh", summary: "auto" }],
    [{ mode: "disabled" }, "gpt-5.6", { effort: "none" }],
    [{ mode: "between-tools" }, "openai/gpt-5.6", { effort: "none" }],
    [{ mode: "adaptive", effort: "high" }, "gpt-4.1", undefined],
    [{ effort: "medium", summary: "detailed" }, "qwen3", { effort: "medium", summary: "detailed" }],
  ] as const)("reasoning %j for %s", (reasoning, model, expected) => {
    expect(send({ reasoning }, { model }).body["reasoning"] as unknown).toEqual(expected);
  });

  test("output formats are named, strict only where the schema allows it", () => {
    const closed = { type: "object", properties: { a: {} }, required: ["a"], additionalProperties: false };
    const open = { type: "object", properties: { a: {} } };
    const format = (schema: object, strict?: boolean): unknown => {
      const outputFormat = { type: "json-schema", schema: schema as Record<string, unknown>, strict } as const;
      return (send({ outputFormat }).body["text"] as JsonObject)["format"];
    };
    expect(format(closed)).toEqual({ type: "json_schema", name: "response", schema: closed, strict: true });
    expect(format(open)).toMatchObject({ strict: false });
    expect(format(open, true)).toMatchObject({ strict: false });
    expect(format(closed, false)).toMatchObject({ strict: false });
  });

  test("traps 41 and 42: user ids go to safety_identifier, long ones as a hash, metadata stays metadata", () => {
    const { body } = send({ userId: "u".repeat(150), metadata: { a: "b" } });
    expect(body["safety_identifier"]).toMatch(/^[0-9a-f]{64}$/);
    expect(body["metadata"]).toEqual({ a: "b" });
    expect(send({ userId: "short" }).body).toMatchObject({ safety_identifier: "short" });
    expect(send({ userId: "short" }).body).not.toHaveProperty("metadata");
  });

  test("service tiers are translated or dropped", () => {
    expect(send({ serviceTier: "standard_only" }).body["service_tier"]).toBe("default");
    expect(send({ serviceTier: "flex" }).body["service_tier"]).toBe("flex");
    expect(send({ serviceTier: "batch" }).features).toEqual(["service-tier"]);
  });

  test("what the API lacks is reported", () => {
    const { features, losses } = send({
      stopSequences: ["x"],
      topK: 5,
      seed: 1,
      presencePenalty: 1,
      frequencyPenalty: 1,
      candidateCount: 2,
    });
    expect(features).toEqual([
      "stop-sequences",
      "top-k",
      "seed",
      "presence-penalty",
      "frequency-penalty",
      "candidate-count",
    ]);
    expect(losses.at(-1)).toMatchObject({ kind: "approximated", path: "n" });
  });

  test("log probabilities are asked for with include and count", () => {
    expect(send({ logprobs: { enabled: true, topCount: 2 } }).body).toMatchObject({
      include: ["message.output_text.logprobs"],
      top_logprobs: 2,
    });
  });

  test("a client of this protocol gets its own fields back", () => {
    const route = { protocol: "openai-responses", operation: "generate", framing: "sse" } as const;
    const body = {
      model: "gpt-4.1",
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "x" }] }],
      instructions: "i",
      truncation: "auto",
      user: "someone",
      reasoning: { effort: "low", context: "all_turns" },
      text: { verbosity: "low" },
      store: true,
      temperature: 1,
      tools: [{ type: "local_shell" }, { type: "web_search", search_context_size: "low" }],
      tool_choice: { type: "web_search" },
    };
    const request = decodeRequest(body, route, () => undefined);
    expect(encodeRequest(request, { ...TARGET, model: "gpt-x" }, () => "x").value.body).toEqual({
      ...body,
      model: "gpt-x",
      include: ["reasoning.encrypted_content"],
    });
  });
});
