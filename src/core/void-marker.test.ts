import { expect, test } from "bun:test";
import { opaqueForClient, opaqueFromClient } from "./opaque-envelope.ts";
import type { IrRequest } from "./request.ts";
import { dropVoidParts, isVoid, VOID_OPAQUE } from "./void-marker.ts";

const text = (value: string) => ({ type: "text" as const, text: value });
const mark = { type: "reasoning" as const, text: "cut off", opaque: VOID_OPAQUE };
const requestOf = (...contents: IrRequest["messages"][number]["content"][]): IrRequest => ({
  model: "m",
  stream: true,
  system: [],
  tools: [],
  includeUsage: true,
  messages: contents.map((content) => ({ role: "assistant", content })),
});

test("the mark survives a trip through every client", () => {
  for (const protocol of ["anthropic", "openai-chat", "openai-responses", "gemini"] as const) {
    const sent = opaqueForClient(VOID_OPAQUE, protocol);
    expect(isVoid(opaqueFromClient(sent, protocol))).toBe(true);
  }
});

test("everything up to the last mark of a message goes, the rest stays", () => {
  const call = { type: "tool-call" as const, id: "t", name: "f", arguments: "{}", kind: "function" as const };
  const request = requestOf([text("a"), mark, text("b"), mark, text("c"), call], [text("d")], [text("e"), mark]);
  expect(dropVoidParts(request).messages.map((message) => message.content)).toEqual([[text("c"), call], [text("d")]]);
});

test("a request without a mark is handed back as it is", () => {
  const request = requestOf([text("a")]);
  expect(dropVoidParts(request)).toBe(request);
});
