import { describe, expect, test } from "bun:test";
import type { IrBlock } from "../../core/block.ts";
import type { Loss } from "../../core/loss.ts";
import { unwrapOpaque } from "../../core/opaque-envelope.ts";
import type { IrRequest } from "../../core/request.ts";
import type { IrResponse } from "../../core/response.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { ignoreLoss, irRequest, replyContext } from "./test-support.ts";

function encode(content: readonly IrBlock[], request: Partial<IrRequest> = {}, extra: Partial<IrResponse> = {}) {
  const losses: Loss[] = [];
  const context = replyContext({ request: irRequest(request), estimatedInputTokens: 33 }, losses);
  const body = encodeResponse({ content, stop: { reason: "end-turn" }, ...extra }, context);
  return { body, content: body["content"] as Record<string, unknown>[], losses: losses.map((loss) => loss.feature) };
}

const gemini = { payload: "sig", origin: { protocol: "gemini", upstreamId: "g" } } as const;
const call: IrBlock = { type: "tool-call", id: "call_1", name: "f", arguments: '{"a":1}', kind: "function" };

describe("encodeResponse", () => {
  test("writes every key of a message, with our id and the model asked for", () => {
    const { body } = encode([{ type: "text", text: "hi" }], {}, { id: "chatcmpl-1", model: "gpt-x" });
    expect(body).toEqual({
      id: "msg_ABCDEFGHIJKLMNOPQRSTUVWX",
      type: "message",
      role: "assistant",
      model: "asked-model",
      container: null,
      diagnostics: null,
      content: [{ type: "text", text: "hi", citations: null }],
      stop_reason: "end_turn",
      stop_sequence: null,
      stop_details: null,
      usage: expect.objectContaining({ input_tokens: 33, output_tokens: 0 }),
    });
  });

  test("trap 16: empty text is left out; a refusal's words become text", () => {
    const { content } = encode([{ type: "text", text: "" }, { type: "refusal", text: "I can't." }, call]);
    expect(content).toMatchObject([
      { type: "text", text: "I can't." },
      { type: "tool_use", id: "call_1", input: { a: 1 } },
    ]);
  });

  test("thinking without a signature carries an empty envelope, foreign ones a full one", () => {
    const { content } = encode([
      { type: "reasoning", text: "plain" },
      { type: "reasoning", text: "signed", opaque: { payload: "s", origin: { protocol: "anthropic" } } },
      { type: "reasoning", text: "foreign", opaque: { payload: "enc", origin: { protocol: "openai-responses" } } },
    ]);
    expect(content.map((block) => block["thinking"])).toEqual(["plain", "signed", "foreign"]);
    expect(content[1]?.["signature"]).toBe("s");
    expect(unwrapOpaque(String(content[0]?.["signature"]))?.payload).toBe("");
    expect(unwrapOpaque(String(content[2]?.["signature"]))).toMatchObject({
      payload: "enc",
      origin: { protocol: "openai-responses" },
    });
  });

  test("what the client gets to see of thinking follows its request", () => {
    const block: IrBlock = {
      type: "reasoning",
      text: "hm",
      opaque: { payload: "e", origin: { protocol: "openai-responses" } },
    };
    const bare: IrBlock = { ...block, text: "" };
    expect(encode([block, bare]).content).toHaveLength(1);
    expect(encode([block, bare], { reasoning: { mode: "adaptive" } }).content).toHaveLength(2);
    expect(encode([block, bare], { reasoning: { mode: "disabled" } }).content).toHaveLength(0);
    const omitted = encode([block], { reasoning: { mode: "adaptive", display: "omitted" } }).content;
    expect(omitted).toMatchObject([{ type: "thinking", thinking: "" }]);
  });

  test("gemini trap 14: a signed call gets a carrier in front, for thinking clients only, and the call finds it again", () => {
    expect(encode([{ ...call, opaque: gemini }]).content).toHaveLength(1);
    const { content } = encode([{ ...call, opaque: gemini }], { reasoning: { mode: "enabled", budgetTokens: 1_024 } });
    expect(content).toMatchObject([{ type: "thinking", thinking: "" }, { type: "tool_use" }]);
    const again = decodeRequest(
      {
        model: "m",
        messages: [
          { role: "user", content: "q" },
          { role: "assistant", content },
        ],
      },
      ignoreLoss,
    );
    expect(again.messages[1]?.content).toMatchObject([{ type: "tool-call", id: "call_1", opaque: gemini }]);
  });

  test("web searches of other providers are shown to clients that declared the tool, and to no others", () => {
    const blocks: IrBlock[] = [
      {
        type: "server-tool-call",
        id: "ws_1",
        tool: "web-search",
        name: "web_search",
        input: { queries: ["q"] },
        origin: "openai-responses",
        wire: {},
      },
      {
        type: "server-tool-result",
        callId: "ws_1",
        tool: "web-search",
        isError: false,
        sources: [{ url: "https://u" }],
        origin: "openai-responses",
        wire: {},
      },
      { type: "text", text: "a" },
    ];
    const without = encode(blocks, {}, { stop: { reason: "tool-use" } });
    expect(without.content).toHaveLength(1);
    expect(without.losses).toEqual(["server-tool-web-search", "server-tool-web-search"]);
    expect(without.body["stop_reason"]).toBe("end_turn");
    const tools = [{ type: "server", tool: "web-search", name: "web_search", origin: "anthropic", wire: {} }] as const;
    const { content, losses } = encode(blocks, { tools });
    expect(content).toMatchObject([
      { type: "server_tool_use", id: "srvtoolu_apr1_ws_1", name: "web_search", input: { query: "q" } },
      {
        type: "web_search_tool_result",
        tool_use_id: "srvtoolu_apr1_ws_1",
        content: [{ type: "web_search_result", url: "https://u" }],
      },
      { type: "text" },
    ]);
    expect(losses).toEqual([]);
  });

  test("web citations of other providers become search result locations", () => {
    const citation = { type: "url", url: "https://u", title: "t", origin: "gemini", wire: {} } as const;
    const { content } = encode([{ type: "text", text: "a", citations: [citation] }]);
    expect(content).toMatchObject([
      { citations: [{ type: "web_search_result_location", url: "https://u", title: "t", cited_text: "" }] },
    ]);
  });

  test("arguments that are no object are kept, images are named", () => {
    const { content, losses } = encode([
      { ...call, arguments: "{cut" },
      { type: "image", source: { type: "base64", mediaType: "image/png", data: "AA==" } },
    ]);
    expect(content).toMatchObject([{ input: { _raw: "{cut" } }, { type: "text", text: "[image omitted]" }]);
    expect(losses).toEqual(["tool-arguments", "answer-image"]);
  });
});
