import { expect, test } from "bun:test";
import { type BodyKind, sniffBodyKind, WholeBody } from "./whole-body.ts";

test("a body beyond the limit is its beginning, without a gap", () => {
  const body = new WholeBody(6);
  const pushed = ["abcd", "efgh", "i", ""].map((text) => body.push(Buffer.from(text)));
  expect([body.bytes().toString(), pushed]).toEqual(["abcdef", [true, false, false, true]]);
});

test("a chunk may change once it was pushed", () => {
  const body = new WholeBody(10);
  const chunk = Buffer.from("abc");
  body.push(chunk);
  chunk.fill(0);
  expect(body.bytes().toString()).toBe("abc");
});

test("the first bytes of a body go before its content type where they are unmistakable", () => {
  const cases: [declared: BodyKind | undefined, text: string, expected: BodyKind][] = [
    ["sse", "data: {}", "sse"],
    ["sse", "\ufeffdata: {}", "sse"],
    ["sse", "\n", "sse"],
    ["sse", ' {"error":', "json"],
    ["sse", "<html>", "html"],
    ["json", '{"id":', "json"],
    ["json", "null", "json"],
    ["json", "\n\n", "json"],
    ["json", "event: ping", "sse"],
    ["json", ": keep-alive", "sse"],
    ["json-array", "[{", "json-array"],
    ["json-array", '{"error":', "json-array"],
    ["html", "<!doctype html>", "html"],
    ["html", "Bad gateway", "html"],
    ["html", "data: {}", "sse"],
    [undefined, "[", "json"],
    [undefined, "id: 1", "sse"],
    [undefined, "", "sse"],
  ];
  for (const [declared, text, expected] of cases) {
    expect([declared, text, sniffBodyKind(declared, Buffer.from(text))]).toEqual([declared, text, expected]);
  }
});
