import { expect, test } from "bun:test";
import { forwardHeaders, upstreamHeaders, upstreamPath } from "./headers.ts";
import { openaiChatProtocol } from "./index.ts";
import { encodeCount, encodeModel, encodeModelList } from "./models.ts";

test("a key becomes a bearer token, no key no header", () => {
  expect(upstreamHeaders("k", "https://api.openai.com/v1", {})).toEqual({ authorization: "Bearer k" });
  expect(upstreamHeaders("", "http://localhost:8000", {})).toEqual({});
});

test("OpenRouter hears who calls, Azure gets its own header", () => {
  expect(upstreamHeaders("k", "https://openrouter.ai/api/v1", {})).toMatchObject({
    "x-title": "APIRouter",
    "http-referer": expect.any(String),
  });
  expect(upstreamHeaders("k", "https://x.openai.azure.com/openai/v1", {})).toMatchObject({ "api-key": "k" });
});

test("account-bound headers are not forwarded", () => {
  expect(forwardHeaders).not.toContain("openai-organization");
  expect(forwardHeaders).not.toContain("authorization");
  expect(forwardHeaders.every((name) => name === name.toLowerCase())).toBe(true);
});

test("paths: slashes in model names stay, token counting has none", () => {
  expect(upstreamPath("generate", "m", true)).toEqual({ path: "/chat/completions", query: "" });
  expect(upstreamPath("list-models", "", false)).toEqual({ path: "/models", query: "" });
  expect(upstreamPath("get-model", "a/b c", false)).toEqual({ path: "/models/a/b%20c", query: "" });
  expect(upstreamPath("count-tokens", "m", false)).toBeNull();
});

test("the protocol declares its routes and its keep-alive", () => {
  expect(openaiChatProtocol.routes.map(({ method, path, operation }) => `${method} ${path} ${operation}`)).toEqual([
    "POST /v1/chat/completions generate",
    "GET /v1/models list-models",
    "GET /v1/models/{model} get-model",
  ]);
  expect(openaiChatProtocol.keepAlive.frame("sse")).toBe(": keep-alive\n\n");
  expect(openaiChatProtocol.decodeCount({ input_tokens: 3 })).toBeNull();
});

test("models serve OpenAI and Anthropic clients alike", () => {
  const model = { id: "m", displayName: "M", createdAt: 0, ownedBy: "o" };
  expect(encodeModel(model)).toEqual({
    id: "m",
    object: "model",
    type: "model",
    created: 0,
    created_at: "1970-01-01T00:00:00.000Z",
    owned_by: "o",
    display_name: "M",
  });
  expect(encodeModelList([])).toEqual({ object: "list", data: [], has_more: false, first_id: null, last_id: null });
  expect(encodeCount(5)).toMatchObject({ input_tokens: 5 });
});
