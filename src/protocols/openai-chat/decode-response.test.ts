import { describe, expect, test } from "bun:test";
import type { IrResponse } from "../../core/response.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeContext } from "./test-support.ts";

const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

function answer(message: object, choice: object = {}, outer: object = {}, context = decodeContext()): IrResponse {
  const body = { id: "c1", model: "m", choices: [{ index: 0, message, finish_reason: "stop", ...choice }], ...outer };
  const decoded = decodeResponse(body, context);
  if ("error" in decoded) throw new Error(decoded.error.message);
  return decoded;
}

const call = (id: unknown, name: unknown, args: unknown) => ({
  id,
  type: "function",
  function: { name, arguments: args },
});

describe("whole answers of servers that are not exact", () => {
  for (const field of ["reasoning_content", "reasoning"]) {
    test(`trap 50: ${field} is reasoning, and stands before the text`, () => {
      expect(answer({ [field]: "hm", content: "a" }).content).toEqual([
        { type: "reasoning", text: "hm" },
        { type: "text", text: "a" },
      ]);
    });
  }

  test("a signature without calls belongs to the text, and what was spoken is text", () => {
    const extra_content = { google: { thought_signature: "SIG" } };
    expect(answer({ content: "a", extra_content }).content).toMatchObject([
      { type: "text", text: "a", opaque: { payload: "SIG" } },
    ]);
    expect(answer({ content: null, audio: { data: "", transcript: "said" } }).content).toEqual([
      { type: "text", text: "said" },
    ]);
  });

  test("trap 54: a call without id gets one, a call without name is dropped", () => {
    const { content, stop } = answer({ content: null, tool_calls: [call(null, "f", ""), call("b", null, "{}")] });
    expect(content).toMatchObject([{ type: "tool-call", id: "call_mint1", name: "f", arguments: "{}" }]);
    expect(stop.reason).toBe("tool-use");
  });

  test("trap 55: the calls that are there decide, not the finish reason", () => {
    expect(answer({ content: "a" }, { finish_reason: "tool_calls" }).stop.reason).toBe("end-turn");
    expect(answer({ content: "a", tool_calls: [] }, { finish_reason: "tool_calls" }).stop.reason).toBe("end-turn");
    expect(answer({ tool_calls: [call("a", "f", "{}")] }).stop.reason).toBe("tool-use");
    expect(answer({ tool_calls: [call("a", "f", "{}")] }, { finish_reason: "length" }).stop.reason).toBe("max-tokens");
  });

  test("traps 57 and 59: usage is found in the choice too, cached tokens are counted once", () => {
    const usage = { ...USAGE, prompt_tokens_details: { cached_tokens: 4 } };
    const expected = { inputTokens: 6, cacheReadTokens: 4, outputTokens: 5 };
    expect(answer({ content: "a" }, {}, { usage }).usage).toEqual(expected);
    expect(answer({ content: "a" }, { usage }).usage).toEqual(expected);
  });

  test("trap 68: arguments as an object become text", () => {
    expect(answer({ tool_calls: [call("a", "f", { x: 1 })] }).content).toMatchObject([{ arguments: '{"x":1}' }]);
  });

  test("traps 71 and 72: stop strings and filters are not the end of the turn", () => {
    expect(answer({ content: "a" }, { stop_reason: "END" }).stop).toMatchObject({
      reason: "stop-sequence",
      stopSequence: "END",
    });
    for (const finish_reason of ["content_filter", "sensitive"])
      expect(answer({ content: "a" }, { finish_reason }).stop.reason).toBe("refusal");
    expect(answer({ content: null, refusal: "No." })).toMatchObject({
      content: [{ type: "refusal", text: "No." }],
      stop: { reason: "refusal" },
    });
  });

  test("traps 35 and 44: names get back their full length, wrapped free text is unwrapped", () => {
    const context = {
      ...decodeContext(),
      toolNames: new Map([["short", "long name"]]),
      wrappedTools: new Set(["patch"]),
    };
    const calls = [call("a", "short", "{}"), call("b", "patch", '{"input":"x"}')];
    expect(answer({ tool_calls: calls }, {}, {}, context).content).toMatchObject([
      { name: "long name", kind: "function" },
      { name: "patch", kind: "custom", arguments: "x" },
    ]);
  });
});

test("errors and bodies that are no answer are errors, whatever their status", () => {
  const context = decodeContext();
  expect(decodeResponse({ error: { message: "m", code: "c" } }, context)).toMatchObject({
    error: { message: "m", code: "c" },
  });
  expect(decodeResponse({ detail: "no" }, context)).toMatchObject({ error: { message: "no" } });
  for (const body of [null, [], {}, "text", { choices: [] }, { choices: "x" }])
    expect([body, decodeResponse(body, context)]).toMatchObject([body, { error: {} }]);
});
