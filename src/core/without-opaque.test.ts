import { expect, test } from "bun:test";
import type { IrRequest } from "./request.ts";
import { withoutOpaque } from "./without-opaque.ts";

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
