import { expect, test } from "bun:test";
import type { IrRequest } from "./request.ts";
import { withPrefill } from "./with-prefill.ts";

const request: IrRequest = {
  model: "m",
  stream: true,
  system: [],
  messages: [{ role: "user", content: [{ type: "text", text: "Tell me." }] }],
  tools: [],
  includeUsage: true,
};

test("ends the conversation with the assistant's words, without white space behind them", () => {
  const prefilled = withPrefill(request, "Once upon a time \n");
  expect(prefilled.messages.at(-1)).toEqual({
    role: "assistant",
    content: [{ type: "text", text: "Once upon a time" }],
  });
  expect(request.messages).toHaveLength(1);
});
