import { describe, expect, test } from "bun:test";
import { PROTOCOLS } from "../../protocols/registry.ts";
import { type AnswerDelta, createAnswerReader } from "./answer-reader.ts";

function read(
  protocol: keyof typeof PROTOCOLS,
  status: number,
  isStream: boolean,
  body: string,
): { readonly errors: readonly string[]; readonly [kind: string]: unknown } {
  const deltas: AnswerDelta[] = [];
  const errors: string[] = [];
  const reader = createAnswerReader({
    protocol: PROTOCOLS[protocol],
    status,
    isStream,
    onDelta: (delta) => deltas.push(delta),
    onError: (message) => errors.push(message),
  });
  for (const byte of Buffer.from(body)) reader.push(new Uint8Array([byte]));
  reader.end();
  const joined = new Map<string, string>();
  for (const { kind, text } of deltas) joined.set(kind, (joined.get(kind) ?? "") + text);
  return { ...Object.fromEntries(joined), errors };
}

describe("an answer reader", () => {
  test("reads text, thinking and tool calls of a stream", () => {
    const chunk = (delta: object) => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
    const call = { index: 0, id: "c1", function: { name: "weather", arguments: '{"city":' } };
    const more = { index: 0, function: { arguments: '"Zürich"}' } };
    const body = [
      chunk({ reasoning_content: "hm" }),
      chunk({ content: "Grüß " }),
      chunk({ content: "dich" }),
      chunk({ tool_calls: [call] }),
      chunk({ tool_calls: [more] }),
      'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n',
    ].join("");
    expect(read("openai-chat", 200, true, body)).toEqual({
      thinking: "hm",
      text: "Grüß dich",
      tool: 'weather {"city":"Zürich"}',
      errors: [],
    });
  });

  test("reads a whole answer", () => {
    const body = {
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: "hi" }],
      stop_reason: "end_turn",
    };
    expect(read("anthropic", 200, false, JSON.stringify(body))).toMatchObject({ text: "hi", errors: [] });
  });

  test("tells of errors: as an answer, inside a stream, and of a stream that breaks off", () => {
    const refused = '{"type":"error","error":{"type":"api_error","message":"no luck"}}';
    expect(read("anthropic", 500, false, refused).errors).toEqual(["no luck"]);
    expect(read("anthropic", 502, false, "<html>bad</html>").errors).toHaveLength(1);
    expect(read("anthropic", 200, true, `event: error\ndata: ${refused}\n\n`).errors).toEqual(["no luck"]);
    expect(read("openai-chat", 200, true, 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n').errors).toHaveLength(1);
    expect(read("gemini", 200, false, "[]").errors).toHaveLength(1);
  });
});
