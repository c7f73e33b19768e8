import { describe, expect, test } from "bun:test";
import { clip, indentJson, viewBody } from "./body-view.ts";

describe("body view", () => {
  test.each([
    { name: "an object", body: ' {"a":[1,2,{}],"b":"x,{y}:\\"z"}' },
    { name: "an array", body: '[[],{"deep":[{"a":null}]},true]' },
    { name: "a string that ends in a backslash", body: '{"path":"C:\\\\","n":-1500}' },
  ])("indents $name as JSON.stringify does", ({ body }) => {
    expect(viewBody(body)).toEqual({ type: "json", text: JSON.stringify(JSON.parse(body), null, 2) });
  });

  test("indents what was cut off in the middle of a string", () => {
    expect(viewBody('{"messages":[{"role":"user","content":"hel… (99 bytes)')).toEqual({
      type: "json",
      text: '{\n  "messages": [\n    {\n      "role": "user",\n      "content": "hel… (99 bytes)',
    });
  });

  test("keeps numbers that JavaScript cannot hold", () => {
    expect(indentJson('{"seed":12345678901234567890}')).toContain("12345678901234567890");
  });

  test("does not grow without bound on hostile nesting", () => {
    expect(indentJson("[".repeat(10_000)).length).toBeLessThan(1_000_000);
  });

  test("shows a stream as its events", () => {
    const body = 'event: ping\r\ndata: {"type":"ping"}\r\n\r\ndata: one\ndata: two\n\n: comment\n\ndata: [DONE]\n\n';
    expect(viewBody(body)).toEqual({
      type: "events",
      events: [
        { name: "ping", data: '{\n  "type": "ping"\n}' },
        { name: "", data: "one\ntwo" },
        { name: "", data: "[DONE]" },
      ],
    });
  });

  test.each(["<html>no</html>", "", "plain: text"])("shows %p as it is", (body) => {
    expect(viewBody(body)).toEqual({ type: "text", text: body });
  });

  test("clips without cutting a character in half", () => {
    expect(clip("ab😀", 3)).toBe("ab");
    expect(clip("ab😀", 4)).toBe("ab😀");
    expect(clip("abc", 2)).toBe("ab");
  });
});
