// Routes, headers, models, counts, reasoning items and stops: the small files behind the interface.

import { describe, expect, test } from "bun:test";
import { TARGET } from "./__fixtures__/contexts.ts";
import { openaiResponsesProtocol as protocol } from "./index.ts";
import { decodeReasoningItem, encryptedContent, reasoningSupport } from "./reasoning.ts";
import { decodeStop, encodeStop } from "./stop-reason.ts";

test("routes and upstream paths", () => {
  expect(protocol.routes.map(({ method, path, operation }) => [method, path, operation])).toEqual([
    ["POST", "/v1/responses", "generate"],
    ["POST", "/v1/responses/input_tokens", "count-tokens"],
    ["GET", "/v1/models", "list-models"],
    ["GET", "/v1/models/{model}", "get-model"],
  ]);
  expect(protocol.upstreamPath("generate", "m", true)).toEqual({ path: "/responses", query: "" });
  expect(protocol.upstreamPath("count-tokens", "m", false)).toEqual({ path: "/responses/input_tokens", query: "" });
  expect(protocol.upstreamPath("list-models", "", false)?.path).toBe("/models");
  expect(protocol.upstreamPath("get-model", "a/b c", false)?.path).toBe("/models/a/b%20c");
});

test("a key is sent as bearer, no key as no header; session headers are forwarded, account headers are not", () => {
  expect(protocol.upstreamHeaders("k", TARGET.baseUrl, {})).toEqual({ authorization: "Bearer k" });
  expect(protocol.upstreamHeaders("", TARGET.baseUrl, {})).toEqual({});
  for (const header of ["session_id", "originator", "x-codex-turn-state", "openai-beta", "user-agent"]) {
    expect(protocol.forwardHeaders).toContain(header);
  }
  for (const header of ["authorization", "openai-organization", "chatgpt-account-id", "cookie"]) {
    expect(protocol.forwardHeaders).not.toContain(header);
  }
});

test("a pass-through stream is kept alive by OpenAI's own event, after its start", () => {
  expect(protocol.keepAlive.needsStart).toBe(true);
  expect(protocol.keepAlive.frame("sse")).toBe('event: keepalive\ndata: {"type":"keepalive"}\n\n');
});

test("trap 74: counts are read and written in the API's shape", () => {
  expect(protocol.encodeCount(51)).toEqual({ object: "response.input_tokens", input_tokens: 51 });
  expect(protocol.decodeCount({ object: "response.input_tokens", input_tokens: 51 })).toBe(51);
  for (const input_tokens of [-1, 1e300, "51"]) expect(protocol.decodeCount({ input_tokens })).toBeNull();
  for (const body of [null, {}, "51", { input_tokens: "51" }]) expect(protocol.decodeCount(body)).toBeNull();
});

test("models are listed as Codex reads them, without instructions of ours", () => {
  const entry = { id: "gpt-x", displayName: "GPT X", createdAt: 1, ownedBy: "o" };
  const list = protocol.encodeModelList([entry]) as { models: object[] };
  expect(list.models).toEqual([protocol.encodeModel(entry) as object]);
  expect(list.models[0]).toMatchObject({ slug: "gpt-x", display_name: "GPT X", visibility: "list" });
  expect(list.models[0]).not.toHaveProperty("base_instructions");
});

describe("reasoning", () => {
  test.each([
    ["o3-mini", "yes"],
    ["gpt-5", "yes"],
    ["openai/gpt-5.6-sol", "yes"],
    ["gpt-12", "yes"],
    ["gpt-5-chat-latest", "no"],
    ["gpt-4.1", "no"],
    ["chatgpt-4o-latest", "no"],
    ["deepseek-v4", "unknown"],
    ["gpt-oss-20b", "unknown"],
  ])("%s reasons: %s", (model, expected) => {
    expect(reasoningSupport(model)).toBe(expected as "yes");
  });

  test("payloads of every origin come back from a client as they went out", () => {
    for (const origin of [{ protocol: "anthropic", upstreamId: "a" }, { protocol: "openai-responses" }] as const) {
      const opaque = { payload: "x", origin };
      for (const redacted of [false, true]) {
        const item = { type: "reasoning", summary: [], encrypted_content: encryptedContent(opaque, redacted) };
        const block = decodeReasoningItem(item);
        expect(block.opaque).toEqual(opaque);
        expect(block.redacted ?? false).toBe(redacted && origin.protocol === "anthropic");
      }
    }
  });

  test("damaged envelopes are no payload", () => {
    expect(decodeReasoningItem({ summary: [], encrypted_content: "apr1.!!!" }).opaque).toBeUndefined();
  });
});

test("trap 55: a completed answer is a tool turn only when a call was delivered", () => {
  const completed = { status: "completed" };
  expect(decodeStop(completed, { hasToolCall: true, isRefusalOnly: false }).reason).toBe("tool-use");
  expect(decodeStop(completed, { hasToolCall: false, isRefusalOnly: false }).reason).toBe("end-turn");
  expect(decodeStop(completed, { hasToolCall: false, isRefusalOnly: true }).reason).toBe("refusal");
  const incomplete = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
  expect(decodeStop(incomplete, { hasToolCall: true, isRefusalOnly: false }).reason).toBe("max-tokens");
  expect(encodeStop({ reason: "refusal", raw: "completed" }).status).toBe("completed");
  expect(encodeStop({ reason: "refusal", raw: "refusal" }).status).toBe("incomplete");
});
