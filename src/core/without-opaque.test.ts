import { expect, test } from "bun:test";
import type { IrRequest } from "./request.ts";
import { holdsOpaque, lastOpaque, withoutOpaque } from "./without-opaque.ts";

const opaque = { payload: "sig", origin: { protocol: "gemini" as const } };
const request: IrRequest = {
  model: "m",
  stream: false,
  system: [],
  tools: [],
  includeUsage: true,
  messages: [
    { role: "user", content: [{ type: "text", text: "hi" }] },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "secret", opaque },
        { type: "text", text: "signed", opaque },
        { type: "tool-call", id: "t", name: "f", arguments: "{}", kind: "function", opaque },
      ],
    },
    { role: "assistant", content: [{ type: "reasoning", text: "", redacted: true, opaque }] },
    { role: "user", content: [] },
  ],
};

test("reasoning and signatures go, the visible conversation stays", () => {
  const before = structuredClone(request);
  const stripped = withoutOpaque(request);
  expect(JSON.stringify(stripped)).not.toContain('sig"');
  expect(stripped.messages.map((message) => message.content.map((block) => block.type))).toEqual([
    ["text"],
    ["text", "tool-call"],
    [],
  ]);
  expect(request).toEqual(before);
});

test("up to a mark: what was signed behind it stays", () => {
  const old = { payload: "old".repeat(40), origin: { protocol: "gemini" as const } };
  const [user, assistant] = request.messages as [IrRequest["messages"][0], IrRequest["messages"][0]];
  const earlier: IrRequest = {
    ...request,
    messages: [
      user,
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "a", opaque: old },
          { type: "text", text: "b" },
        ],
      },
    ],
  };
  const mark = lastOpaque(earlier) as string;
  const later: IrRequest = { ...request, messages: [...earlier.messages, user, assistant] };
  expect([holdsOpaque(later, mark), holdsOpaque(request, mark)]).toEqual([true, false]);
  const stripped = withoutOpaque(later, mark);
  expect(stripped.messages[1]?.content).toEqual([{ type: "text", text: "b" }]);
  expect(stripped.messages.slice(2)).toEqual([user, assistant]);
  expect(withoutOpaque(request, mark)).toBe(request);
});

test("the mark is the last block that is signed or reasoning, whatever its kind", () => {
  expect(lastOpaque({ ...request, messages: request.messages.slice(0, 1) })).toBeUndefined();
  const reasoning = { role: "assistant" as const, content: [{ type: "reasoning" as const, text: "unsigned" }] };
  expect(lastOpaque({ ...request, messages: [...request.messages, reasoning] })).toBe("8 unsigned");
  const call = { type: "tool-call" as const, id: "t", name: "f", arguments: "{}", kind: "function" as const };
  const signed = { role: "assistant" as const, content: [{ ...call, opaque }, call] };
  const messages = [reasoning, signed];
  const mark = lastOpaque({ ...request, messages });
  expect(mark).toBe("3 sig");
  expect(withoutOpaque({ ...request, messages }, mark).messages).toEqual([
    { role: "assistant", content: [{ ...call, opaque: undefined }, call] },
  ]);
});
