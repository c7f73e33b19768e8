// Checks that a whole JSON answer has what the official clients of its format take for granted.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { count, type Fields, fields, list } from "./reading.ts";

/** What is wrong with an answer for a client that asked for `model`; `[]` means nothing. */
export function shapeFaults(client: ProtocolId, json: string, model: string): string[] {
  const body = fields(JSON.parse(json));
  const faults: string[] = [];
  CHECKS[client](body, (what, isRight) => {
    if (!isRight) faults.push(what);
  });
  if (body[client === "gemini" ? "modelVersion" : "model"] !== model) faults.push("model is not the one asked for");
  return faults;
}

type Expect = (what: string, isRight: boolean) => void;

const CHECKS: Readonly<Record<ProtocolId, (body: Fields, expect: Expect) => void>> = {
  anthropic(body, expect) {
    expect("id msg_", /^msg_\w+$/.test(String(body["id"])));
    expect("type, role", body["type"] === "message" && body["role"] === "assistant");
    expect(
      "keys",
      ["container", "stop_reason", "stop_sequence", "stop_details"].every((key) => key in body),
    );
    expect(
      "no empty text",
      list(body["content"]).every((block) => block["type"] !== "text" || block["text"] !== ""),
    );
    expect(
      "signatures",
      list(body["content"]).every((each) => each["type"] !== "thinking" || "signature" in each),
    );
    expect(
      "tool ids",
      list(body["content"])
        .filter(isToolUse)
        .every((each) => isPlainId(each["id"])),
    );
    const usage = fields(body["usage"]);
    const counters = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
    expect(
      "usage",
      counters.every((name) => count(usage[name]) !== undefined),
    );
  },
  "openai-chat"(body, expect) {
    expect("object", body["object"] === "chat.completion" && /^chatcmpl-\w+$/.test(String(body["id"])));
    const choices = list(body["choices"]);
    const message = fields(choices[0]?.["message"]);
    expect("one choice", choices.length === 1 && choices[0]?.["index"] === 0 && "logprobs" in choices[0]);
    expect("message", message["role"] === "assistant" && "content" in message && "refusal" in message);
    const calls = list(message["tool_calls"]);
    expect(
      "calls",
      calls.every((call) => isPlainId(call["id"]) && call["type"] !== undefined),
    );
    expect("no empty list of calls", message["tool_calls"] === undefined || calls.length > 0);
    const usage = fields(body["usage"]);
    const total = (count(usage["prompt_tokens"]) ?? 0) + (count(usage["completion_tokens"]) ?? 0);
    expect("usage total", body["usage"] === undefined || usage["total_tokens"] === total);
  },
  "openai-responses"(body, expect) {
    expect("object", body["object"] === "response" && /^resp_\w+$/.test(String(body["id"])));
    expect("items have ids of their own", areDistinct(list(body["output"]).map((item) => item["id"])));
    const keys = [
      "error",
      "incomplete_details",
      "instructions",
      "metadata",
      "parallel_tool_calls",
      "tools",
      "tool_choice",
    ];
    expect(
      "echoes",
      keys.every((key) => key in body),
    );
    const parts = list(body["output"]).flatMap((item) => list(item["content"]));
    const texts = parts.filter((part) => part["type"] === "output_text");
    expect(
      "annotations",
      texts.every((part) => Array.isArray(part["annotations"])),
    );
    const usage = fields(body["usage"]);
    const hasDetails = "cached_tokens" in fields(usage["input_tokens_details"]);
    expect("usage details", hasDetails && "reasoning_tokens" in fields(usage["output_tokens_details"]));
    expect("usage total", usage["total_tokens"] === Number(usage["input_tokens"]) + Number(usage["output_tokens"]));
  },
  gemini(body, expect) {
    const candidate = fields(list(body["candidates"])[0]);
    const content = fields(candidate["content"]);
    expect("content", content["role"] === "model" && list(content["parts"]).length > 0);
    expect("finishReason", typeof candidate["finishReason"] === "string");
    expect("responseId", typeof body["responseId"] === "string");
    const usage = fields(body["usageMetadata"]);
    const parts = ["promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "toolUsePromptTokenCount"];
    const total = parts.reduce((sum, name) => sum + (count(usage[name]) ?? 0), 0);
    expect("usage total", body["usageMetadata"] === undefined || usage["totalTokenCount"] === total);
  },
};

function isToolUse(block: Fields): boolean {
  return block["type"] === "tool_use";
}

function isPlainId(id: unknown): boolean {
  return typeof id === "string" && /^[a-zA-Z0-9_-]{1,64}$/.test(id);
}

function areDistinct(ids: readonly unknown[]): boolean {
  return ids.every((id) => typeof id === "string" && id !== "") && new Set(ids).size === ids.length;
}
