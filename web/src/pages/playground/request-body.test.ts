import { describe, expect, test } from "bun:test";
import { checkBody, questionBody } from "./request-body.ts";

const question = { model: "m", prompt: "hi", stream: true } as const;

describe("a question", () => {
  test.each([
    { protocol: "anthropic", has: { model: "m", stream: true, messages: [{ role: "user", content: "hi" }] } },
    { protocol: "openai-chat", has: { model: "m", stream: true, messages: [{ role: "user", content: "hi" }] } },
    { protocol: "openai-responses", has: { model: "m", stream: true, input: "hi" } },
    { protocol: "gemini", has: { contents: [{ role: "user", parts: [{ text: "hi" }] }] } },
  ] as const)("is a complete $protocol body", ({ protocol, has }) => {
    const body = questionBody({ protocol, ...question });
    expect(body).toMatchObject(has);
    expect(checkBody(protocol, JSON.stringify(body))).toMatchObject({ type: "ok", missing: [] });
  });

  test("asks for usage only where a stream would leave it out", () => {
    expect(questionBody({ protocol: "openai-chat", ...question, stream: false })).not.toHaveProperty("stream_options");
  });
});

describe("a body typed by hand", () => {
  test.each([
    { name: "a missing comma", text: '{\n  "a": 1\n  "b": 2\n}', line: 3, column: 3 },
    { name: "a trailing comma", text: '{"a": [1, 2,]}', line: 1, column: 13 },
    { name: "an unfinished string", text: '{"a": "x', line: 1, column: 7 },
    { name: "nothing", text: "", line: 1, column: 1 },
    { name: "single quotes", text: "{'a': 1}", line: 1, column: 2 },
    { name: "text behind the end", text: "{}\n{}", line: 2, column: 1 },
    { name: "a bare word", text: '{"a": tru}', line: 1, column: 7 },
    { name: "a missing end", text: '{"a": {"b": [1]', line: 1, column: 16 },
    { name: "a leading zero", text: '{"a": 01}', line: 1, column: 7 },
  ])("says where $name is", ({ text, line, column }) => {
    expect(checkBody("anthropic", text)).toEqual({ type: "not-json", line, column });
  });

  test.each(["[]", "null", "3", '"text"'])("has to be an object, not %s", (text) => {
    expect(checkBody("anthropic", text)).toEqual({ type: "not-object" });
  });

  test("names required fields that are not there", () => {
    expect(checkBody("anthropic", '{"model":"m"}')).toMatchObject({ type: "ok", missing: ["messages", "max_tokens"] });
    expect(checkBody("gemini", "{}")).toMatchObject({ missing: ["contents"] });
  });

  test("deep nesting is refused at a place instead of breaking the page", () => {
    expect(checkBody("anthropic", `${"[".repeat(100_000)}`).type).toBe("not-json");
  });
});
