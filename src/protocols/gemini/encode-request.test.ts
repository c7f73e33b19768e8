import { describe, expect, test } from "bun:test";
import type { Opaque } from "../../core/block.ts";
import { GatewayError } from "../../core/errors.ts";
import type { IrMessage, IrRequest, IrTool } from "../../core/request.ts";
import type { UpstreamQuirks } from "../protocol.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeCountRequest, encodeRequest } from "./encode-request.ts";
import { request, target } from "./test-context.ts";

interface Body {
  contents: { role: string; parts: Record<string, unknown>[] }[];
  systemInstruction?: { parts: { text: string }[] };
  tools?: Record<string, unknown>[];
  toolConfig?: Record<string, unknown>;
  generationConfig?: Record<string, unknown>;
}

const G3 = "gemini-3-pro-preview";
const G25 = "gemini-2.5-flash";

function encode(fields: Partial<IrRequest>, model = G3, options: { baseUrl?: string; quirks?: UpstreamQuirks } = {}) {
  const { value, losses } = encodeRequest(request(fields), target(model, options), () => "0".repeat(24));
  return { body: value.body as Body, value, features: losses.map((loss) => loss.feature), losses };
}

const user = (text: string): IrMessage => ({ role: "user", content: [{ type: "text", text }] });
const said = (text: string): IrMessage => ({ role: "assistant", content: [{ type: "text", text }] });
const call = (id: string, name = "f", opaque?: Opaque) =>
  ({ type: "tool-call", id, name, kind: "function", arguments: `{"of":"${id}"}`, opaque }) as const;
const result = (callId: string, text = "ok") =>
  ({ type: "tool-result", callId, content: [{ type: "text", text }], isError: false }) as const;
const image = { type: "image", source: { type: "base64", mediaType: "image/png", data: "AAAA" } } as const;
const tool: IrTool = {
  type: "function",
  name: "f",
  parameters: { type: "object", properties: { of: { type: "string" } } },
};
const ours = (payload: string): Opaque => ({ payload, origin: { protocol: "gemini", upstreamId: "up", keyId: "key" } });
const foreign: Opaque = { payload: "sig-a", origin: { protocol: "anthropic" } };

describe("path", () => {
  test("streams ask for SSE, the model is percent-encoded per segment", () => {
    expect(encode({ stream: true }, "models/gemini-2.5-pro").value).toMatchObject({
      path: "/models/gemini-2.5-pro:streamGenerateContent",
      query: "alt=sse",
    });
    expect(encode({}, "org/llama:8b").value.path).toBe("/models/org/llama%3A8b:generateContent");
  });
});

describe("signatures", () => {
  test("gemini trap 15: a history of foreign calls gets the sentinel on the first call only", () => {
    const { body } = encode({
      messages: [
        user("go"),
        { role: "assistant", content: [call("a", "f", foreign), call("b", "f", foreign)] },
        { role: "user", content: [result("a"), result("b")] },
      ],
    });
    expect(body.contents[1]?.parts.map((part) => part["thoughtSignature"])).toEqual([
      "skip_thought_signature_validator",
      undefined,
    ]);
  });

  test("calls before the last user turn are not signed, later steps are", () => {
    const step = (id: string): IrMessage[] => [
      { role: "assistant", content: [call(id)] },
      { role: "user", content: [result(id)] },
    ];
    const { body } = encode({
      messages: [user("one"), ...step("a"), said("done"), user("two"), ...step("b"), ...step("c")],
    });
    const signatures = body.contents
      .filter((content) => content.role === "model")
      .map((content) => content.parts[0]?.["thoughtSignature"]);
    expect(signatures).toEqual([
      undefined,
      undefined,
      "skip_thought_signature_validator",
      "skip_thought_signature_validator",
    ]);
  });

  test("own signatures go back where they were; 2.5 needs no sentinel", () => {
    const messages: IrMessage[] = [
      user("go"),
      { role: "assistant", content: [{ type: "text", text: "t", opaque: ours("st") }, call("a", "f", ours("sc"))] },
      { role: "user", content: [result("a")] },
    ];
    expect(encode({ messages }).body.contents[1]?.parts).toEqual([
      { text: "t", thoughtSignature: "st" },
      { functionCall: { id: "a", name: "f", args: { of: "a" } }, thoughtSignature: "sc" },
    ]);
    const plain: IrMessage[] = [
      user("go"),
      { role: "assistant", content: [call("a")] },
      { role: "user", content: [result("a")] },
    ];
    expect(encode({ messages: plain }, G25).body.contents[1]?.parts[0]?.["thoughtSignature"]).toBeUndefined();
  });

  test("trap 31: a signature of another upstream or key is dropped with a loss", () => {
    const other: Opaque = { payload: "x", origin: { protocol: "gemini", upstreamId: "elsewhere" } };
    const { body, features } = encode({
      messages: [
        user("go"),
        { role: "assistant", content: [call("a", "f", other)] },
        { role: "user", content: [result("a")] },
      ],
    });
    expect(body.contents[1]?.parts[0]?.["thoughtSignature"]).toBe("skip_thought_signature_validator");
    expect(features).toContain("thought-signature");
  });

  test("an empty reasoning block carries the signature of the call that follows", () => {
    const { body } = encode({
      messages: [
        user("go"),
        {
          role: "assistant",
          content: [{ type: "reasoning", text: "", opaque: ours("carried") }, { type: "text", text: "hm" }, call("a")],
        },
        { role: "user", content: [result("a")] },
      ],
    });
    expect(body.contents[1]?.parts).toEqual([
      { text: "hm" },
      { functionCall: { id: "a", name: "f", args: { of: "a" } }, thoughtSignature: "carried" },
    ]);
  });

  test("gemini trap 13: a signed thought part goes back before the call", () => {
    const { body } = encode({
      messages: [
        user("go"),
        { role: "assistant", content: [{ type: "reasoning", text: "think", opaque: ours("s") }, call("a")] },
        { role: "user", content: [result("a")] },
      ],
    });
    expect(body.contents[1]?.parts[0]).toEqual({ text: "think", thought: true, thoughtSignature: "s" });
  });

  test("trap 26: foreign or unsigned thinking never goes out, least of all as text", () => {
    const { body, features } = encode({
      messages: [
        user("go"),
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "secret", opaque: foreign },
            { type: "reasoning", text: "secret" },
            { type: "text", text: "hi" },
          ],
        },
        user("x"),
      ],
    });
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(features.filter((feature) => feature === "reasoning")).toHaveLength(2);
  });

  test("gemini trap 73: gemma gets neither thoughts nor signatures", () => {
    const { body } = encode(
      {
        messages: [
          user("go"),
          {
            role: "assistant",
            content: [{ type: "reasoning", text: "t", opaque: ours("s") }, call("a", "f", ours("c"))],
          },
          { role: "user", content: [result("a")] },
        ],
      },
      "gemma-4-31b-it",
    );
    expect(JSON.stringify(body)).not.toContain("thought");
  });
});

describe("tool results", () => {
  test("gemini trap 18 and 21: three separate results become one content, in call order, with the called names", () => {
    const { body } = encode({
      messages: [
        user("go"),
        { role: "assistant", content: [call("a", "fa"), call("b", "fb"), call("c", "fc")] },
        ...["c", "a", "b"].map((id): IrMessage => ({ role: "user", content: [result(id)] })),
      ],
    });
    expect(body.contents).toHaveLength(3);
    expect(body.contents[2]?.parts.map((part) => part["functionResponse"])).toEqual(
      ["a", "b", "c"].map((id) => ({ id, name: `f${id}`, response: { output: "ok" } })),
    );
  });

  test("gemini trap 19 and 20: ids on both sides for generation 3, on none for 2.x and Vertex", () => {
    const messages: IrMessage[] = [
      user("go"),
      { role: "assistant", content: [call("toolu_1")] },
      { role: "user", content: [result("toolu_1")] },
    ];
    const ids = (body: Body) =>
      [body.contents[1]?.parts[0]?.["functionCall"], body.contents[2]?.parts[0]?.["functionResponse"]].map(
        (item) => (item as { id?: string }).id,
      );
    expect(ids(encode({ messages }).body)).toEqual(["toolu_1", "toolu_1"]);
    const parallel = encode({
      messages: [
        user("go"),
        { role: "assistant", content: [call("toolu_1"), call("toolu_2")] },
        { role: "user", content: [result("toolu_2"), result("toolu_1")] },
      ],
    }).body.contents.slice(1);
    const sent = parallel.map(({ parts }) =>
      parts.map((part) => ((part["functionCall"] ?? part["functionResponse"]) as { id?: string }).id),
    );
    expect(sent).toEqual([
      ["toolu_1", "toolu_2"],
      ["toolu_1", "toolu_2"],
    ]);
    expect(ids(encode({ messages }, G25).body)).toEqual([undefined, undefined]);
    expect(ids(encode({ messages }, G3, { baseUrl: "https://aiplatform.googleapis.com/v1/projects/p" }).body)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("gemini trap 22: text beside a result follows in a content of its own", () => {
    const { body } = encode({
      messages: [
        user("go"),
        { role: "assistant", content: [call("a")] },
        { role: "user", content: [{ type: "text", text: "and now" }, result("a")] },
      ],
    });
    expect(body.contents.slice(2).map(({ parts }) => Object.keys(parts[0] ?? {})[0])).toEqual([
      "functionResponse",
      "text",
    ]);
  });

  test("gemini trap 23: a missing result is made up", () => {
    const { body, features } = encode({
      messages: [
        user("go"),
        { role: "assistant", content: [call("a"), call("b")] },
        { role: "user", content: [result("b")] },
      ],
    });
    expect(body.contents[2]?.parts.map((part) => (part["functionResponse"] as { response: unknown }).response)).toEqual(
      [{ error: "no result (interrupted)" }, { output: "ok" }],
    );
    expect(features).toContain("tool-result");
  });

  test("gemini trap 24: an orphan result at the start becomes user text", () => {
    const { body } = encode({ messages: [{ role: "user", content: [result("gone", "42")] }, user("go on")] });
    expect(body.contents).toEqual([
      { role: "user", parts: [{ text: "[result of an earlier tool call]\n42" }, { text: "go on" }] },
    ]);
  });

  test("gemini trap 29: images nest for generation 3 and follow separately for 2.5; audio always follows", () => {
    const audio = { type: "audio", source: { type: "base64", mediaType: "audio/mpeg", data: "BBBB" } } as const;
    const messages: IrMessage[] = [
      user("go"),
      { role: "assistant", content: [call("a")] },
      { role: "user", content: [{ type: "tool-result", callId: "a", isError: false, content: [image, audio] }] },
    ];
    const inline = { inlineData: { mimeType: "image/png", data: "AAAA" } };
    const sound = { inlineData: { mimeType: "audio/mpeg", data: "BBBB" } };
    expect(
      encode({ messages })
        .body.contents.slice(2)
        .map(({ parts }) => parts),
    ).toEqual([[{ functionResponse: { id: "a", name: "f", response: { output: "" }, parts: [inline] } }], [sound]]);
    expect(
      encode({ messages }, G25)
        .body.contents.slice(2)
        .map(({ parts }) => parts),
    ).toEqual([[{ functionResponse: { name: "f", response: { output: "" } } }], [inline, sound]]);
  });

  test("errors, duplicates and unknown blocks", () => {
    const unknown = { type: "unknown", origin: "anthropic", wire: { type: "tool_reference", tool_name: "x" } } as const;
    const { body } = encode({
      messages: [
        user("go"),
        { role: "assistant", content: [call("a")] },
        {
          role: "user",
          content: [
            result("a", "old"),
            { type: "tool-result", callId: "a", isError: true, content: [{ type: "text", text: "bad" }, unknown] },
          ],
        },
      ],
    });
    expect(body.contents[2]?.parts).toEqual([
      {
        functionResponse: { id: "a", name: "f", response: { error: 'bad\n{"type":"tool_reference","tool_name":"x"}' } },
      },
    ]);
  });

  test("gemini trap 35: argument values are data, not schema", () => {
    const { body } = encode({
      messages: [
        user("go"),
        { role: "assistant", content: [{ ...call("a"), arguments: '{"$schema":"x","const":1}' }] },
        { role: "user", content: [result("a")] },
      ],
    });
    expect(body.contents[1]?.parts[0]?.["functionCall"]).toHaveProperty("args", {
      $schema: "x",
      const: 1,
    });
  });

  test("broken arguments become an empty object, free text an input", () => {
    const { body, features } = encode({
      messages: [
        user("go"),
        {
          role: "assistant",
          content: [
            { ...call("a"), arguments: "{oops" },
            { ...call("b"), kind: "custom", arguments: "free" },
          ],
        },
        { role: "user", content: [result("a"), result("b")] },
      ],
    });
    expect(body.contents[1]?.parts.map((part) => (part["functionCall"] as { args: unknown }).args)).toEqual([
      {},
      { input: "free" },
    ]);
    expect(features).toContain("tool-arguments");
  });
});

describe("order of contents", () => {
  test("gemini trap 25: a history that begins with the model gets a user turn", () => {
    expect(encode({ messages: [said("hello"), user("x")] }).body.contents.map(({ role }) => role)).toEqual([
      "user",
      "model",
      "user",
    ]);
  });

  test("gemini trap 26: a trailing model turn is continued for models that refuse prefill", () => {
    const messages = [user("x"), said("partial")];
    expect(encode({ messages }, "gemini-3.6-flash").body.contents.at(-1)).toEqual({
      role: "user",
      parts: [{ text: "Continue." }],
    });
    expect(encode({ messages }, G25).body.contents.at(-1)?.role).toBe("model");
  });

  test("gemini trap 27: a system message in the middle becomes a reminder at its place", () => {
    const { body } = encode({
      messages: [user("a"), said("b"), { role: "system", content: [{ type: "text", text: "mind" }] }, user("c")],
    });
    expect(body.contents[2]).toEqual({
      role: "user",
      parts: [{ text: "<system-reminder>\nmind\n</system-reminder>" }, { text: "c" }],
    });
  });

  test("gemini trap 28: empty text parts and contents vanish", () => {
    const { body } = encode({ messages: [user("a"), said(""), user(""), user("b")] });
    expect(body.contents).toEqual([{ role: "user", parts: [{ text: "a" }, { text: "b" }] }]);
  });

  test("adjacent assistant turns are joined and their results collected", () => {
    const { body } = encode({
      messages: [
        user("a"),
        { role: "assistant", content: [call("x")] },
        { role: "assistant", content: [call("y")] },
        { role: "user", content: [result("x"), result("y")] },
      ],
    });
    expect(body.contents.map(({ parts }) => parts.length)).toEqual([1, 2, 2]);
  });

  test("trap 14: instructions alone are said as the user", () => {
    const { body } = encode({ messages: [], system: [{ type: "text", text: "rules" }] });
    expect(body).toEqual({ contents: [{ role: "user", parts: [{ text: "rules" }] }] });
  });

  test("nothing to say is refused before it is sent", () => {
    expect(() => encode({ messages: [user("")] })).toThrow(GatewayError);
  });
});

describe("tools", () => {
  test("declarations travel as JSON Schema in one tool", () => {
    const { body } = encode({
      tools: [tool, { ...tool, name: "g", description: "d", strict: true }],
      toolChoice: { type: "tool", name: "g" },
    });
    expect(body.tools).toEqual([
      {
        functionDeclarations: [
          { name: "f", parametersJsonSchema: tool.parameters },
          { name: "g", description: "d", parametersJsonSchema: tool.parameters },
        ],
      },
    ]);
    expect(body.toolConfig).toEqual({ functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["g"] } });
  });

  test("openApiSchema asks for the older dialect", () => {
    expect(encode({ tools: [tool] }, G25, { quirks: { openApiSchema: true } }).body.tools).toEqual([
      { functionDeclarations: [{ name: "f", parameters: { type: "OBJECT", properties: { of: { type: "STRING" } } } }] },
    ]);
  });

  test("traps 38 and 39: choices have Gemini's own form, and none goes out without tools", () => {
    const mode = (toolChoice: IrRequest["toolChoice"]) => encode({ tools: [tool], toolChoice }).body.toolConfig;
    expect(mode({ type: "auto" })).toEqual({ functionCallingConfig: { mode: "AUTO" } });
    expect(mode({ type: "required" })).toEqual({ functionCallingConfig: { mode: "ANY" } });
    expect(mode({ type: "none" })).toEqual({ functionCallingConfig: { mode: "NONE" } });
    expect(mode({ type: "tool", name: "f" })).toEqual({
      functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] },
    });
    expect(mode({ type: "tool", name: "gone" })).toEqual({ functionCallingConfig: { mode: "AUTO" } });
    expect(mode({ type: "allowed", mode: "auto", names: ["f", "gone"] })).toEqual({
      functionCallingConfig: { mode: "VALIDATED", allowedFunctionNames: ["f"] },
    });
    expect(mode(undefined)).toBeUndefined();
    expect(encode({ tools: [], toolChoice: { type: "required" } }).body).not.toHaveProperty("toolConfig");
  });

  test("gemini trap 40: long and odd names are mapped in declarations, choice and history, and mapped back", () => {
    const long = "mcp/server.tool".repeat(6);
    const { body, value } = encode({
      tools: [{ ...tool, name: long }],
      toolChoice: { type: "tool", name: long },
      messages: [
        user("x"),
        { role: "assistant", content: [call("a", long)] },
        { role: "user", content: [result("a")] },
      ],
    });
    const declarations = body.tools?.[0]?.["functionDeclarations"] as { name: string }[];
    const wireName = declarations[0]?.name ?? "";
    expect(wireName).toMatch(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/);
    expect(JSON.stringify(body)).not.toContain("mcp/");
    expect(value.decode.toolNames?.get(wireName)).toBe(long);
  });

  test("gemini trap 44: built-in tools give way to functions unless the upstream mixes them", () => {
    const search: IrTool = { type: "server", tool: "web-search", name: "web_search", origin: "anthropic", wire: {} };
    expect(encode({ tools: [search] }, G25).body.tools).toEqual([{ googleSearch: {} }]);
    for (const model of [G25, G3]) {
      const plain = encode({ tools: [tool, search] }, model);
      expect(plain.body.tools).toEqual([{ functionDeclarations: [expect.objectContaining({ name: "f" })] }]);
      expect(plain.body).not.toHaveProperty("toolConfig");
      expect(plain.features).toContain("server-tool-web-search");
    }
    const mixed = encode({ tools: [tool, search] }, G25, { quirks: { mixedTools: true } });
    expect(mixed.body.tools).toHaveLength(1);
    expect(mixed.features).toContain("server-tool-web-search");
    const allowed = encode({ tools: [tool, search] }, G3, { quirks: { mixedTools: true } });
    expect(allowed.body.tools).toHaveLength(2);
    expect(allowed.body.toolConfig).toEqual({
      functionCallingConfig: { mode: "VALIDATED" },
      includeServerSideToolInvocations: true,
    });
  });

  test("trap 44: free-text tools become functions with one string, which the decoder of the answer knows", () => {
    const { body, value } = encode({
      tools: [tool, { type: "custom", name: "a.patch", namespace: "ns" }],
      messages: [
        user("go"),
        {
          role: "assistant",
          content: [{ ...call("a", "a.patch"), namespace: "ns", kind: "custom", arguments: "*** x" }],
        },
        { role: "user", content: [result("a")] },
      ],
    });
    const declarations = body.tools?.[0]?.["functionDeclarations"] as { name: string }[];
    const name = declarations[1]?.name ?? "";
    expect(declarations[1]).toMatchObject({ parametersJsonSchema: { required: ["input"] } });
    expect(body.contents[1]?.parts[0]?.["functionCall"]).toMatchObject({ name, args: { input: "*** x" } });
    expect((value.decode as { wrappedTools?: Set<string> }).wrappedTools).toEqual(new Set([name]));
  });

  test("trap 45: functions named like built-in tools stay functions", () => {
    const tools: IrTool[] = ["web_search", "googleSearch", "codeExecution"].map(
      (name) => ({ ...tool, name }) as IrTool,
    );
    const { body } = encode({ tools });
    expect(body.tools).toHaveLength(1);
    expect(body.tools?.[0]?.["functionDeclarations"]).toHaveLength(3);
  });

  test("the last of two tools with one name stays; custom tools become functions", () => {
    const { body, features } = encode({
      tools: [tool, { ...tool, description: "second" }, { type: "custom", name: "patch" }],
    });
    const declarations = body.tools?.[0]?.["functionDeclarations"] as { name: string; description?: string }[];
    expect(declarations.map(({ name, description }) => [name, description])).toEqual([
      ["f", "second"],
      ["patch", undefined],
    ]);
    expect(features).toEqual(["duplicate-tool", "custom-tool"]);
  });
});

test("another provider's search in the history is a loss, the text behind it stays", () => {
  const search = {
    type: "server-tool-call",
    id: "ws_1",
    tool: "web-search",
    name: "web_search",
    input: { query: "q" },
    origin: "openai-responses",
    wire: { type: "web_search_call" },
  } as const;
  const { body, features } = encode({
    messages: [user("go"), { role: "assistant", content: [search, { type: "text", text: "found" }] }, user("on")],
  });
  expect(body.contents[1]).toEqual({ role: "model", parts: [{ text: "found" }] });
  expect(features).toEqual(["server-tool-history"]);
});

describe("settings", () => {
  test("gemini trap 43: sampling is stripped where it is refused, with losses", () => {
    const sampling = { temperature: 0.5, topP: 0.9, topK: 5, presencePenalty: 1, candidateCount: 2 };
    for (const model of [
      "gemini-4-argon",
      "gemini-3.6-flash",
      "gemini-3.5-flash-lite",
      "gemini-flash-latest",
      "gemini-9",
    ])
      expect([model, encode(sampling, model).body.generationConfig]).toEqual([model, undefined]);
    expect(encode(sampling, "gemini-4-argon").features).toEqual([
      "temperature",
      "top-p",
      "top-k",
      "presence-penalty",
      "candidate-count",
    ]);
    expect(encode(sampling, "gemini-3-pro").body.generationConfig).toEqual({ temperature: 0.5, topP: 0.9, topK: 5 });
    expect(encode({ ...sampling, extensions: { gemini: {} } }, G25).body.generationConfig).toEqual(sampling);
  });

  test("several answers are asked for where a Gemini client gets them, and are a loss elsewhere", () => {
    const loss = { kind: "approximated", path: "generationConfig.candidateCount", feature: "candidate-count" };
    const own = decodeRequest(
      { contents: [{ role: "user", parts: [{ text: "hi" }] }], generationConfig: { candidateCount: 2 } },
      { protocol: "gemini", operation: "generate", model: "m", framing: "sse" },
      () => undefined,
    );
    expect(encode(own, G25)).toMatchObject({ body: { generationConfig: { candidateCount: 2 } }, losses: [] });
    expect(encode(own, G3).losses).toMatchObject([loss]);
    const foreign = encode({ candidateCount: 2, extensions: { "openai-chat": {} } }, G25);
    expect(foreign.body.generationConfig).toBeUndefined();
    expect(foreign.losses).toMatchObject([loss]);
    expect(encode({ candidateCount: 1 }, G25).losses).toEqual([]);
  });

  test("gemini trap 68: the output limit is clamped, exclusively on Vertex", () => {
    expect(encode({ maxOutputTokens: 128_000 }, G25).body.generationConfig).toEqual({ maxOutputTokens: 65_536 });
    expect(
      encode({ maxOutputTokens: 65_536 }, G25, { baseUrl: "https://us-aiplatform.googleapis.com/v1" }).body
        .generationConfig,
    ).toEqual({ maxOutputTokens: 65_535 });
    expect(encode({ maxOutputTokens: 900_000 }, "alias").body.generationConfig).toEqual({ maxOutputTokens: 900_000 });
  });

  test("stop sequences, seed, log probabilities", () => {
    const { body, features } = encode({
      stopSequences: ["a", "", "b", "c", "d", "e", "f"],
      seed: 2 ** 40,
      logprobs: { enabled: true, topCount: 30 },
    });
    expect(body.generationConfig).toEqual({
      stopSequences: ["a", "b", "c", "d", "e"],
      responseLogprobs: true,
      logprobs: 20,
    });
    expect(features).toEqual(["seed", "stop-sequences"]);
  });

  test("output formats, in words where the model cannot mix them with tools", () => {
    const outputFormat = { type: "json-schema", schema: { type: "object", properties: { a: { const: 1 } } } } as const;
    expect(encode({ outputFormat }, G25).body.generationConfig).toEqual({
      responseMimeType: "application/json",
      responseJsonSchema: { type: "object", properties: { a: { type: "number", enum: [1] } } },
    });
    const beside = encode({ outputFormat, tools: [tool] }, G25);
    expect(beside.body.generationConfig).toBeUndefined();
    expect(beside.body.systemInstruction?.parts[0]?.text).toContain("JSON");
    expect(encode({ outputFormat, tools: [tool] }).body.generationConfig).toHaveProperty("responseJsonSchema");
    expect(encode({ outputFormat: { type: "json-object" } }).body.generationConfig).toEqual({
      responseMimeType: "application/json",
    });
  });

  test("own extensions come back, foreign fields are losses", () => {
    const { body, features } = encode({
      extensions: {
        gemini: { safetySettings: [{}], cachedContent: "c", generationConfig: { speechConfig: {} } },
        anthropic: { context_management: {}, container: null },
      },
      userId: "u",
      serviceTier: "auto",
    });
    expect(body).toMatchObject({ safetySettings: [{}], cachedContent: "c", generationConfig: { speechConfig: {} } });
    expect(features).toEqual(["user-id", "service-tier", "context-management"]);
    expect(encode({ extensions: { gemini: { cachedContent: "c" } } }, "gemini-4").body).not.toHaveProperty(
      "cachedContent",
    );
  });
});

describe("media", () => {
  const media = (source: object, type = "document") => {
    const content = [{ type, source } as never];
    const { body, features } = encode({ messages: [{ role: "user", content }] });
    return { part: body.contents[0]?.parts[0], features };
  };

  test("gemini trap 58: media types are corrected", () => {
    expect(media({ type: "base64", mediaType: "image/jpg", data: "x" }, "image").part).toEqual({
      inlineData: { mimeType: "image/jpeg", data: "x" },
    });
    expect(media({ type: "base64", mediaType: "text/markdown; charset=utf-8", data: "x" }).part).toEqual({
      inlineData: { mimeType: "text/plain", data: "x" },
    });
    expect(media({ type: "base64", mediaType: "application/octet-stream", data: "JVBERi0x" }).part).toEqual({
      inlineData: { mimeType: "application/pdf", data: "JVBERi0x" },
    });
  });

  test("gemini trap 63: a GIF becomes a note", () => {
    const { part, features } = media({ type: "base64", mediaType: "image/gif", data: "x" }, "image");
    expect(part?.["text"]).toContain("GIF");
    expect(features).toEqual(["gif-image"]);
  });

  test("urls, data urls, text and files", () => {
    expect(media({ type: "url", url: "https://x.test/a.PNG?s=1" }, "image").part).toEqual({
      fileData: { mimeType: "image/png", fileUri: "https://x.test/a.PNG?s=1" },
    });
    expect(media({ type: "url", url: "data:image/webp;base64,QQ==" }, "image").part).toEqual({
      inlineData: { mimeType: "image/webp", data: "QQ==" },
    });
    expect(media({ type: "text", text: "plain" }).part).toEqual({ text: "plain" });
    expect(media({ type: "file-id", fileId: "gs://b/o", origin: "gemini", mediaType: "application/pdf" }).part).toEqual(
      { fileData: { mimeType: "application/pdf", fileUri: "gs://b/o" } },
    );
    expect(() => media({ type: "file-id", fileId: "file_1", origin: "anthropic" })).toThrow(/can only be read there/);
  });
});

describe("count", () => {
  test("the Gemini API counts a wrapped request, Vertex a bare one", () => {
    const asked = request({ tools: [tool], system: [{ type: "text", text: "s" }], maxOutputTokens: 5 });
    const { value } = encodeCountRequest(asked, target(G25), () => "");
    expect(value.path).toBe("/models/gemini-2.5-flash:countTokens");
    expect(Object.keys((value.body as { generateContentRequest: object }).generateContentRequest)).toEqual([
      "model",
      "contents",
      "systemInstruction",
      "tools",
    ]);
    const vertex = encodeCountRequest(
      asked,
      target(G25, { baseUrl: "https://aiplatform.googleapis.com/v1" }),
      () => "",
    );
    expect(Object.keys(vertex.value.body as object)).toEqual(["contents", "systemInstruction", "tools"]);
  });
});
