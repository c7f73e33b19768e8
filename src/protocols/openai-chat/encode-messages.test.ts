import { describe, expect, test } from "bun:test";
import type { IrBlock } from "../../core/block.ts";
import { wrapOpaque } from "../../core/opaque-envelope.ts";
import type { IrMessage, IrRequest } from "../../core/request.ts";
import type { UpstreamQuirks } from "../protocol.ts";
import { encodeRequest } from "./encode-request.ts";
import { irRequest, targetAt } from "./test-support.ts";

const OPENAI = "https://api.openai.com/v1";
const LOCAL = "http://localhost:8000/v1";

interface Outcome {
  readonly messages: Record<string, unknown>[];
  readonly features: string[];
}

function encode(
  messages: readonly IrMessage[],
  options: { url?: string; model?: string; quirks?: UpstreamQuirks; fields?: Partial<IrRequest> } = {},
): Outcome {
  const { url = LOCAL, model = "m", quirks = {}, fields = {} } = options;
  const { value, losses } = encodeRequest(irRequest({ messages, ...fields }), targetAt(url, model, quirks), () => "id");
  const body = value.body as { messages: Record<string, unknown>[] };
  return { messages: body.messages, features: losses.map((loss) => loss.feature) };
}

function text(value: string): IrBlock {
  return { type: "text", text: value };
}

function call(id: string, args = "{}"): IrBlock {
  return { type: "tool-call", id, name: "f", arguments: args, kind: "function" };
}

function result(callId: string, ...content: IrBlock[]): IrBlock {
  return { type: "tool-result", callId, content: content as never, isError: false };
}

const user = (...content: IrBlock[]): IrMessage => ({ role: "user", content });
const assistant = (...content: IrBlock[]): IrMessage => ({ role: "assistant", content });
const IMAGE: IrBlock = { type: "image", source: { type: "base64", mediaType: "image/png", data: "AA" } };

test("another provider's search in the history is a loss, the text behind it stays", () => {
  const search: IrBlock = {
    type: "server-tool-call",
    id: "ws_1",
    tool: "web-search",
    name: "web_search",
    input: { query: "q" },
    origin: "openai-responses",
    wire: { type: "web_search_call" },
  };
  const { messages, features } = encode([user(text("go")), assistant(search, text("found")), user(text("on"))]);
  expect(messages[1]).toEqual({ role: "assistant", content: "found" });
  expect(features).toEqual(["server-tool"]);
});

describe("instructions", () => {
  const system = [text("one"), text(""), text("two")] as IrRequest["system"];

  test("trap 12: one string, without empty blocks", () => {
    const { messages, features } = encode([user(text("hi"))], { fields: { system } });
    expect(messages[0]).toEqual({ role: "system", content: "one\n\ntwo" });
    expect(features).toEqual([]);
  });

  test("developer for reasoning models of OpenAI", () => {
    expect(
      encode([user(text("hi"))], { url: OPENAI, model: "gpt-5.2", fields: { system } }).messages[0]?.["role"],
    ).toBe("developer");
  });

  test("trap 13: instructions in the middle become marked user text, except where they may stand", () => {
    const conversation: IrMessage[] = [user(text("a")), { role: "system", content: [text("rule")] }, user(text("b"))];
    const { messages, features } = encode(conversation);
    expect(messages).toEqual([{ role: "user", content: "a\n\n<system-reminder>\nrule\n</system-reminder>\n\nb" }]);
    expect(features).toEqual(["mid-conversation-system"]);
    expect(encode(conversation, { url: OPENAI, model: "gpt-4.1" }).messages.map(({ role }) => role)).toEqual([
      "user",
      "system",
      "user",
    ]);
  });

  test("trap 11: cache marks go out only where wanted, the last four of them", () => {
    const marked = Array.from({ length: 6 }, (_, i) => ({
      type: "text" as const,
      text: `t${i}`,
      cache: { ttl: "1h" as const },
    }));
    expect(encode([user(...marked)]).messages[0]?.["content"]).toBe("t0\n\nt1\n\nt2\n\nt3\n\nt4\n\nt5");
    const cached = { cache: { ttl: "1h" } } as const;
    const everywhere = irRequest({
      system: [{ type: "text", text: "s", ...cached }],
      tools: [{ type: "function", name: "f", ...cached }],
      messages: [
        user({ ...IMAGE, ...cached } as IrBlock),
        assistant({ ...call("a"), ...cached } as IrBlock),
        user({ ...result("a", { ...text("A"), ...cached } as IrBlock), ...cached } as IrBlock),
      ],
    });
    const { body } = encodeRequest(everywhere, targetAt(LOCAL, "m", {}), () => "id").value;
    expect(JSON.stringify(body)).not.toMatch(/cache/);
    expect(body).toMatchObject({ messages: [{ role: "system", content: "s" }, {}, {}, { content: "A" }] });
    const { messages } = encode([user(...marked)], { url: OPENAI, model: "gpt-5.6", quirks: { explicitCache: true } });
    const parts = messages[0]?.["content"] as Record<string, unknown>[];
    expect(parts.map((part) => part["prompt_cache_breakpoint"])).toEqual([
      undefined,
      undefined,
      ...Array(4).fill({ mode: "explicit", ttl: "12h" }),
    ]);
  });

  test("OpenRouter gets Anthropic's marks, on instructions and results as well", () => {
    const cached = { ...result("a", text("A")), cache: {} } as IrBlock;
    const { messages } = encode([assistant(call("a")), user(cached)], {
      url: "https://openrouter.ai/api/v1",
      model: "anthropic/claude-opus-5",
    });
    expect(messages[1]?.["content"]).toEqual([{ type: "text", text: "A", cache_control: { type: "ephemeral" } }]);
    const instructed = encode([user(text("q"))], {
      url: "https://openrouter.ai/api/v1",
      model: "anthropic/claude-opus-5",
      fields: { system: [{ type: "text", text: "s", cache: {} }] },
    });
    const parts = [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }];
    expect(instructed.messages[0]).toEqual({ role: "system", content: parts });
  });
});

describe("calls and results", () => {
  test("traps 18 and 19: results come directly behind their calls, user text after them", () => {
    const { messages } = encode([
      assistant(text("let me see"), call("a"), call("b")),
      user(text("meanwhile"), result("b", text("B"))),
      user(result("a", text("A1"), text("A2"))),
    ]);
    expect(messages).toEqual([
      {
        role: "assistant",
        content: "let me see",
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: "{}" } },
          { id: "b", type: "function", function: { name: "f", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "b", content: "B" },
      { role: "tool", tool_call_id: "a", content: "A1\nA2" },
      { role: "user", content: "meanwhile" },
    ]);
  });

  test("parts of one turn make one assistant message", () => {
    const { messages } = encode([assistant(text("x")), assistant(call("a")), user(result("a", text("A")))]);
    expect(messages).toHaveLength(2);
    expect(messages[0]).toMatchObject({ content: "x", tool_calls: [{ id: "a" }] });
  });

  test("trap 22: of repeated results the first wins; missing ones are made up; orphans become text", () => {
    const { messages, features } = encode([
      assistant(call("a"), call("b")),
      user(result("a", text("1")), result("a", text("2")), result("z", text("lost"))),
    ]);
    expect(messages.slice(1)).toEqual([
      { role: "tool", tool_call_id: "a", content: "1" },
      { role: "tool", tool_call_id: "b", content: "[no tool result]" },
      { role: "user", content: "[result of an earlier tool call]\nlost" },
    ]);
    expect(features).toEqual(["duplicate-tool-result", "missing-tool-result", "orphan-tool-result"]);
  });

  test("trap 23: images in results follow behind the last result, or stay where the server takes them", () => {
    const conversation = [
      assistant(call("a"), call("b")),
      user(result("a", text("see"), IMAGE), result("b", IMAGE), text("well?")),
    ];
    const { messages } = encode(conversation);
    expect(messages.slice(1)).toEqual([
      { role: "tool", tool_call_id: "a", content: "see\n[image 1 attached below]" },
      { role: "tool", tool_call_id: "b", content: "[image 2 attached below]" },
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
          { type: "text", text: "well?" },
        ],
      },
    ]);
    const inline = encode(conversation, { quirks: { toolImages: true } }).messages;
    expect(inline[1]?.["content"]).toMatchObject([{ type: "text" }, { type: "image_url" }]);
    expect(inline.at(-1)).toEqual({ role: "user", content: "well?" });
  });

  test("failed results say so", () => {
    const failed = { ...result("a", text("no such file")), isError: true } as IrBlock;
    expect(encode([assistant(call("a")), user(failed)]).messages[1]?.["content"]).toBe("Error: no such file");
  });

  test("trap 21: ids are changed only where the server refuses them, alike in call and result", () => {
    const conversation = [assistant(call("functions.f:0")), user(result("functions.f:0", text("A")))];
    expect(encode(conversation).messages[1]?.["tool_call_id"]).toBe("functions.f:0");
    const openai = encode(conversation, { url: OPENAI, model: "gpt-4.1" }).messages;
    expect(openai[1]?.["tool_call_id"]).toMatch(/^functions_f_0_[0-9a-f]{8}$/);
    expect(openai[0]).toMatchObject({ tool_calls: [{ id: openai[1]?.["tool_call_id"] }] });
    const mistral = encode(conversation, { url: "https://api.mistral.ai/v1" }).messages;
    expect(mistral[1]?.["tool_call_id"]).toMatch(/^[a-zA-Z0-9]{9}$/);
  });

  test("free-text calls are wrapped where the server has functions only", () => {
    const custom: IrBlock = { type: "tool-call", id: "a", name: "patch", arguments: "*** x", kind: "custom" };
    const wrapped = encode([assistant(custom), user(result("a"))]).messages[0];
    expect(wrapped).toMatchObject({
      content: null,
      tool_calls: [{ type: "function", function: { arguments: '{"input":"*** x"}' } }],
    });
    const native = encode([assistant(custom), user(result("a"))], { url: OPENAI, model: "gpt-5.2" }).messages[0];
    expect(native).toMatchObject({ tool_calls: [{ type: "custom", custom: { name: "patch", input: "*** x" } }] });
  });
});

describe("reasoning of earlier turns", () => {
  const thought: IrBlock = { type: "reasoning", text: "hm" };
  const turn = [assistant(thought, call("a")), user(result("a", text("A")))];

  test("trap 26: OpenAI gets none of it, least of all as text", () => {
    const { messages, features } = encode(turn, { url: OPENAI, model: "gpt-5.2" });
    expect(messages[0]).not.toHaveProperty("reasoning_content");
    expect(JSON.stringify(messages)).not.toContain("hm");
    expect(features).toEqual(["reasoning-history"]);
  });

  test("servers that need it get the text", () => {
    expect(encode(turn, { quirks: { reasoningPassback: true } }).messages[0]).toMatchObject({
      reasoning_content: "hm",
    });
  });

  test("trap 27: a turn with calls and without reasoning gets a blank where servers insist, and only there", () => {
    const bare = [assistant(call("a")), user(result("a", text("A")))];
    const { messages, features } = encode(bare, { url: "https://api.moonshot.ai/v1", model: "kimi-k2.5" });
    expect(messages[0]).toMatchObject({ reasoning_content: " " });
    expect(features).toEqual(["reasoning-placeholder"]);
    expect(
      encode(bare, { url: "https://api.moonshot.ai/v1", model: "kimi-k2-instruct" }).messages[0],
    ).not.toHaveProperty("reasoning_content");
    const off = {
      url: "https://api.moonshot.ai/v1",
      model: "kimi-k2.5",
      fields: { reasoning: { mode: "disabled" } },
    } as const;
    expect(encode(bare, off).messages[0]).not.toHaveProperty("reasoning_content");
    expect(encode(bare).messages[0]).not.toHaveProperty("reasoning_content");
  });

  const details = JSON.stringify([{ type: "reasoning.text", signature: "S", format: "anthropic-claude-v1", index: 0 }]);

  test("sealed details go back to the upstream that made them, word for word", () => {
    const sealed: IrBlock = {
      type: "reasoning",
      text: "hm",
      opaque: { payload: details, origin: { protocol: "openai-chat", upstreamId: "up", keyId: "key" } },
    };
    expect(encode([assistant(sealed, call("a")), user(result("a"))]).messages[0]?.["reasoning_details"]).toEqual([
      { type: "reasoning.text", signature: "S", format: "anthropic-claude-v1", index: 0, text: "hm" },
    ]);
  });

  test("trap 31: sealed reasoning of another upstream, key or protocol stays away", () => {
    for (const origin of [
      { protocol: "openai-chat", upstreamId: "other" },
      { protocol: "openai-chat", upstreamId: "up", keyId: "other" },
      { protocol: "anthropic" },
    ] as const) {
      const { messages, features } = encode([
        assistant({ type: "reasoning", text: "hm", opaque: { payload: details, origin } }, text("x")),
      ]);
      expect(messages).toEqual([{ role: "assistant", content: "x" }]);
      expect(features).toEqual(["reasoning-history"]);
    }
  });

  test("gemini trap 16: thought signatures go back to Google's chat endpoint only", () => {
    const signed = { ...call("a"), opaque: { payload: "SIG", origin: { protocol: "openai-chat" } } } as IrBlock;
    const google = encode([assistant(signed), user(result("a"))], {
      url: "https://generativelanguage.googleapis.com/v1beta/openai",
    });
    expect(google.messages[0]).toMatchObject({
      tool_calls: [{ extra_content: { google: { thought_signature: "SIG" } } }],
    });
    const local = encode([assistant(signed), user(result("a"))]);
    expect(JSON.stringify(local.messages)).not.toContain("SIG");
    expect(local.features).toEqual(["thought-signature"]);
    const foreign = {
      ...call("a"),
      opaque: { payload: wrapOpaque({ payload: "S", origin: { protocol: "gemini" } }), origin: { protocol: "gemini" } },
    } as IrBlock;
    expect(
      JSON.stringify(
        encode([assistant(foreign), user(result("a"))], { url: "https://generativelanguage.googleapis.com" }).messages,
      ),
    ).not.toContain("extra_content");
  });
});

describe("content", () => {
  test("plain text is a string, several texts stay apart at OpenAI and are joined elsewhere", () => {
    expect(encode([user(text("a"), text("b"))]).messages[0]?.["content"]).toBe("a\n\nb");
    expect(encode([user(text("a"), text("b"))], { url: OPENAI, model: "gpt-4.1" }).messages[0]?.["content"]).toEqual([
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ]);
  });

  test("trap 24: pictures of the user go along, by address and as data, whatever stands beside them", () => {
    const remote: IrBlock = { type: "image", source: { type: "url", url: "https://x/y.png" }, detail: "high" };
    for (const url of [LOCAL, OPENAI]) {
      expect(encode([user(IMAGE, text("a"), remote)], { url, model: "gpt-4.1" }).messages[0]?.["content"]).toEqual([
        { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
        { type: "text", text: "a" },
        { type: "image_url", image_url: { url: "https://x/y.png", detail: "high" } },
      ]);
    }
  });

  test("trap 25: PDFs go along as files, text documents as text, and what cannot go is refused", () => {
    const pdf: IrBlock = {
      type: "document",
      source: { type: "base64", mediaType: "application/pdf", data: "AA" },
      title: "T",
    };
    expect(encode([user(pdf)]).messages[0]?.["content"]).toEqual([
      { type: "file", file: { filename: "T", file_data: "data:application/pdf;base64,AA" } },
    ]);
    const note: IrBlock = { type: "document", source: { type: "text", text: "body" }, title: "T", context: "C" };
    expect(encode([user(note)]).messages[0]?.["content"]).toBe("T\nC\n\nbody");
    const refused: IrBlock[] = [
      { type: "document", source: { type: "url", url: "https://x/a.pdf" } },
      { type: "document", source: { type: "file-id", fileId: "f", origin: "anthropic" } },
      { type: "image", source: { type: "file-id", fileId: "f", origin: "anthropic" } },
    ];
    for (const block of refused) {
      expect(() => encode([user(block)])).toThrow(expect.objectContaining({ code: "conversion-refused" }));
    }
    expect(() => encode([user({ type: "video", source: { type: "url", url: "u" } })], { url: OPENAI })).toThrow(
      "video",
    );
  });

  test("audio has the form of the server", () => {
    const audio: IrBlock = { type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "AA" } };
    expect(encode([user(audio)]).messages[0]?.["content"]).toEqual([
      { type: "input_audio", input_audio: { data: "AA", format: "wav" } },
    ]);
    expect(encode([user(audio)], { url: "https://api.mistral.ai/v1" }).messages[0]?.["content"]).toEqual([
      { type: "input_audio", input_audio: "AA" },
    ]);
  });

  test("pictures in assistant turns move to the next user message", () => {
    const { messages, features } = encode([assistant(text("here"), IMAGE), user(text("nice"))]);
    expect(messages).toEqual([
      { role: "assistant", content: "here" },
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
          { type: "text", text: "nice" },
        ],
      },
    ]);
    expect(features).toEqual(["assistant-image"]);
  });

  test("hosted tool runs and unknown blocks of others are losses, the text around them stays", () => {
    const { messages, features } = encode([
      assistant(
        {
          type: "server-tool-call",
          id: "s",
          tool: "web-search",
          name: "web_search",
          input: {},
          origin: "anthropic",
          wire: {},
        },
        { type: "server-tool-result", callId: "s", tool: "web-search", isError: false, origin: "anthropic", wire: {} },
        text("found"),
      ),
      user({ type: "unknown", origin: "anthropic", wire: {} }, text("ok")),
    ]);
    expect(messages).toEqual([
      { role: "assistant", content: "found" },
      { role: "user", content: "ok" },
    ]);
    expect(features).toEqual(["server-tool", "server-tool", "unknown-block"]);
  });

  test("Mistral continues a trailing assistant turn only when told to", () => {
    expect(
      encode([user(text("a")), assistant(text("b"))], { url: "https://api.mistral.ai/v1" }).messages.at(-1),
    ).toEqual({
      role: "assistant",
      content: "b",
      prefix: true,
    });
  });
});
