// One request per client protocol that uses most of its features, as material for requests that get something wrong.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { TOOL_NAME } from "./client-calls.ts";

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SCHEMA = { type: "object", properties: { city: { type: "string", enum: ["a", "b"] } }, required: ["city"] };
const IMAGE_URL = `data:image/png;base64,${PIXEL}`;

/** Valid bodies with images, tools, tool results, thinking and settings. */
export const RICH_BODIES: Readonly<Record<ProtocolId, Record<string, unknown>>> = {
  anthropic: {
    model: "claude-test",
    max_tokens: 4096,
    system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "look" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm", signature: "c2ln" },
          { type: "text", text: "I call." },
          { type: "tool_use", id: "toolu_1", name: TOOL_NAME, input: { city: "a" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "20" }], is_error: false },
          { type: "text", text: "and?" },
        ],
      },
    ],
    tools: [{ name: TOOL_NAME, description: "Weather", input_schema: SCHEMA }],
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
    thinking: { type: "enabled", budget_tokens: 2048 },
    metadata: { user_id: "u" },
    stop_sequences: ["END"],
    temperature: 1,
    top_p: 0.9,
    top_k: 5,
    service_tier: "auto",
  },
  "openai-chat": {
    model: "claude-test",
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "look" },
          { type: "image_url", image_url: { url: IMAGE_URL, detail: "low" } },
        ],
      },
      {
        role: "assistant",
        content: "I call.",
        tool_calls: [{ id: "call_1", type: "function", function: { name: TOOL_NAME, arguments: '{"city":"a"}' } }],
      },
      { role: "tool", tool_call_id: "call_1", content: [{ type: "text", text: "20" }] },
      { role: "user", content: "and?" },
    ],
    tools: [
      { type: "function", function: { name: TOOL_NAME, description: "Weather", parameters: SCHEMA, strict: true } },
    ],
    tool_choice: { type: "function", function: { name: TOOL_NAME } },
    parallel_tool_calls: false,
    response_format: { type: "json_schema", json_schema: { name: "x", schema: SCHEMA, strict: true } },
    max_completion_tokens: 100,
    reasoning_effort: "low",
    stop: ["END"],
    temperature: 1,
    top_p: 0.9,
    user: "u",
    stream_options: { include_usage: true },
    metadata: { a: "b" },
  },
  "openai-responses": {
    model: "claude-test",
    instructions: "Be brief.",
    input: [
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "look" },
          { type: "input_image", image_url: IMAGE_URL, detail: "low" },
        ],
      },
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "abc" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "I call.", annotations: [] }] },
      { type: "function_call", id: "fc_1", call_id: "call_1", name: TOOL_NAME, arguments: '{"city":"a"}' },
      { type: "function_call_output", call_id: "call_1", output: "20" },
      { role: "user", content: "and?" },
    ],
    tools: [{ type: "function", name: TOOL_NAME, description: "Weather", parameters: SCHEMA, strict: true }],
    tool_choice: { type: "function", name: TOOL_NAME },
    parallel_tool_calls: false,
    text: { format: { type: "json_schema", name: "x", schema: SCHEMA, strict: true }, verbosity: "low" },
    reasoning: { effort: "low", summary: "auto" },
    include: ["reasoning.encrypted_content"],
    max_output_tokens: 100,
    store: false,
    temperature: 1,
    top_p: 0.9,
    metadata: { a: "b" },
    prompt_cache_key: "k",
  },
  gemini: {
    systemInstruction: { parts: [{ text: "Be brief." }] },
    contents: [
      { role: "user", parts: [{ text: "look" }, { inlineData: { mimeType: "image/png", data: PIXEL } }] },
      {
        role: "model",
        parts: [
          { text: "hm", thought: true },
          { functionCall: { id: "c1", name: TOOL_NAME, args: { city: "a" } }, thoughtSignature: "c2ln" },
        ],
      },
      { role: "user", parts: [{ functionResponse: { id: "c1", name: TOOL_NAME, response: { output: "20" } } }] },
      { role: "user", parts: [{ text: "and?" }] },
    ],
    tools: [{ functionDeclarations: [{ name: TOOL_NAME, description: "Weather", parameters: SCHEMA }] }],
    toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: [TOOL_NAME] } },
    generationConfig: {
      maxOutputTokens: 100,
      temperature: 1,
      topP: 0.9,
      topK: 5,
      stopSequences: ["END"],
      thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 },
    },
    safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
  },
};
