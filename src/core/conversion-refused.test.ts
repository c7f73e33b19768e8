import { expect, test } from "bun:test";
import { foreignCache, foreignFile } from "./conversion-refused.ts";

test("a foreign file says whose it is and what to do", () => {
  expect(foreignFile("messages[0].content[1]", "anthropic")).toMatchObject({
    code: "conversion-refused",
    status: 400,
    message:
      "messages[0].content[1]: a file stored with a provider of anthropic can only be read there, send its content instead",
  });
});

test("foreign cached content says whose it is and what to do", () => {
  expect(foreignCache("cachedContent", "gemini")).toMatchObject({
    code: "conversion-refused",
    message: "cachedContent: content cached with a provider of gemini can only be read there, send the content itself",
  });
});
