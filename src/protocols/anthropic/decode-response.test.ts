import { describe, expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import type { IrResponse } from "../../core/response.ts";
import { decodeResponse } from "./decode-response.ts";
import { encodeRequest } from "./encode-request.ts";
import { counter, decodeContext, irRequest, target } from "./test-support.ts";

function decode(body: unknown, losses: Loss[] = []): IrResponse {
  const result = decodeResponse(body, decodeContext(losses));
  if ("error" in result) throw new Error(JSON.stringify(result.error));
  return result;
}

const message = (content: unknown, extra = {}) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude",
  content,
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 2 },
  ...extra,
});

describe("decodeResponse: what is no answer", () => {
  for (const body of [{}, [], "text", null, 5, { id: "x" }, { content: 5 }, { choices: [] }, "<html></html>"]) {
    test(`${JSON.stringify(body)} is malformed`, () => {
      expect(decodeResponse(body, decodeContext())).toMatchObject({ error: { malformed: true } });
    });
  }

  test("an error envelope inside a 200 is the error", () => {
    const body = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(decodeResponse(body, decodeContext())).toEqual({
      error: { type: "overloaded_error", message: "Overloaded", status: 529 },
    });
    expect(decodeResponse({ error: "no" }, decodeContext())).toMatchObject({ error: { message: "no" } });
  });
});

describe("decodeResponse: what it tolerates", () => {
  test("null content, missing usage, string content, unknown blocks and rubbish between them", () => {
    expect(decode(message(null)).content).toEqual([]);
    expect(decode(message("hi", { usage: undefined }))).toMatchObject({ content: [{ type: "text", text: "hi" }] });
    expect(decode(message([5, null, {}, { type: "future", x: 1 }])).content).toEqual([
      { type: "unknown", origin: "anthropic", wire: { type: "future", x: 1 } },
    ]);
  });

  test("a call without id gets one, a call without name is dropped", () => {
    const losses: Loss[] = [];
    const { content, stop } = decode(
      message([
        { type: "tool_use", name: "f" },
        { type: "tool_use", id: "x" },
      ]),
      losses,
    );
    expect(content).toMatchObject([{ type: "tool-call", id: "toolu_minted000000000000000001", arguments: "{}" }]);
    expect(stop.reason).toBe("tool-use");
    expect(losses.map((loss) => loss.kind)).toEqual(["invented", "dropped"]);
  });
});

describe("decodeResponse: blocks", () => {
  test("signatures carry where they come from", () => {
    const { content } = decode(
      message([
        { type: "thinking", thinking: "hm", signature: "s" },
        { type: "redacted_thinking", data: "r" },
        { type: "thinking", thinking: "unsigned", signature: "" },
      ]),
    );
    const origin = { protocol: "anthropic", upstreamId: "up", keyId: "key", model: "claude-sonnet-4-6" } as const;
    expect(content).toEqual([
      { type: "reasoning", text: "hm", opaque: { payload: "s", origin } },
      { type: "reasoning", text: "", redacted: true, opaque: { payload: "r", origin } },
      { type: "reasoning", text: "unsigned", opaque: undefined },
    ]);
  });

  test("server tools are never client calls", () => {
    const { content, stop } = decode(
      message(
        [
          { type: "server_tool_use", id: "s", name: "web_search", input: { query: "q" } },
          {
            type: "web_search_tool_result",
            tool_use_id: "s",
            content: [{ type: "web_search_result", url: "https://u", title: "t" }],
          },
          { type: "text", text: "a" },
        ],
        { stop_reason: "tool_use" },
      ),
    );
    expect(content).toMatchObject([
      { type: "server-tool-call", tool: "web-search", input: { query: "q" } },
      { type: "server-tool-result", tool: "web-search", sources: [{ url: "https://u", title: "t" }] },
      { type: "text" },
    ]);
    expect(stop.reason).toBe("end-turn");
  });

  test("trap 35: names that encoding changed are turned back, free-text tools unwrapped", () => {
    const request = irRequest({
      tools: [
        { type: "function", name: "a.b", parameters: { type: "object" } },
        { type: "function", name: "read", namespace: "fs", parameters: { type: "object" } },
        { type: "custom", name: "apply_patch" },
      ],
    });
    const { value } = encodeRequest(request, target(), counter());
    const names = (value.body as { tools: { name: string }[] }).tools.map((tool) => tool.name);
    const blocks = names.map((name, index) => ({
      type: "tool_use",
      id: `t${index}`,
      name,
      input: { input: "*** patch" },
    }));
    const result = decodeResponse(message(blocks), value.decode);
    expect("error" in result ? [] : result.content).toMatchObject([
      { name: "a.b", kind: "function", arguments: '{"input":"*** patch"}' },
      { name: "read", namespace: "fs", kind: "function" },
      { name: "apply_patch", kind: "custom", arguments: "*** patch" },
    ]);
  });
});
