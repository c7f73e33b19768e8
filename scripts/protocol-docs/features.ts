// One small request per feature and client protocol: what a client of that protocol writes when it uses the feature.

import type { ProtocolId } from "../../src/core/protocol-id.ts";

type Body = Record<string, unknown>;

/** A feature of requests. A protocol without a sample cannot express it. */
export interface RequestFeature {
  readonly name: string;
  readonly samples: Partial<Record<ProtocolId, Body>>;
}

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const PDF = "JVBERi0xLjQKJSVFT0YK";
const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";
const SCHEMA = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const URL_OF_IMAGE = "https://example.com/a.png";

/** The smallest request of each protocol; samples are laid over it. */
export const BASE: Readonly<Record<ProtocolId, Body>> = {
  anthropic: { model: "m", max_tokens: 4096, messages: [{ role: "user", content: "hi" }] },
  "openai-chat": { model: "m", messages: [{ role: "user", content: "hi" }] },
  "openai-responses": { model: "m", store: false, input: [{ role: "user", content: "hi" }] },
  gemini: { contents: [{ role: "user", parts: [{ text: "hi" }] }] },
};

const a = (...content: unknown[]): Body => ({ messages: [{ role: "user", content }] });
const c = (...content: unknown[]): Body => ({ messages: [{ role: "user", content }] });
const r = (...content: unknown[]): Body => ({ input: [{ role: "user", content }] });
const g = (...parts: unknown[]): Body => ({ contents: [{ role: "user", parts }] });
const tools: Readonly<Record<ProtocolId, Body>> = {
  anthropic: { tools: [{ name: "weather", description: "Weather", input_schema: SCHEMA }] },
  "openai-chat": {
    tools: [{ type: "function", function: { name: "weather", description: "Weather", parameters: SCHEMA } }],
  },
  "openai-responses": {
    tools: [{ type: "function", name: "weather", description: "Weather", parameters: SCHEMA, strict: false }],
  },
  gemini: {
    tools: [{ functionDeclarations: [{ name: "weather", description: "Weather", parametersJsonSchema: SCHEMA }] }],
  },
};

function calls(result: Readonly<Record<ProtocolId, unknown>>): Record<ProtocolId, Body> {
  return {
    anthropic: {
      ...tools["anthropic"],
      messages: [
        { role: "user", content: "hi" },
        {
          role: "assistant",
          content: [
            { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "a" } },
            { type: "tool_use", id: "toolu_2", name: "weather", input: { city: "b" } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", ...(result["anthropic"] as object) },
            { type: "tool_result", tool_use_id: "toolu_2", content: "sun" },
          ],
        },
      ],
    },
    "openai-chat": {
      ...tools["openai-chat"],
      messages: [
        { role: "user", content: "hi" },
        {
          role: "assistant",
          content: null,
          tool_calls: ["1", "2"].map((id) => ({
            id: `call_${id}`,
            type: "function",
            function: { name: "weather", arguments: '{"city":"a"}' },
          })),
        },
        { role: "tool", tool_call_id: "call_1", content: result["openai-chat"] },
        { role: "tool", tool_call_id: "call_2", content: "sun" },
      ],
    },
    "openai-responses": {
      ...tools["openai-responses"],
      input: [
        { role: "user", content: "hi" },
        { type: "function_call", call_id: "call_1", name: "weather", arguments: '{"city":"a"}' },
        { type: "function_call", call_id: "call_2", name: "weather", arguments: '{"city":"b"}' },
        { type: "function_call_output", call_id: "call_1", output: result["openai-responses"] },
        { type: "function_call_output", call_id: "call_2", output: "sun" },
      ],
    },
    gemini: {
      ...tools["gemini"],
      contents: [
        { role: "user", parts: [{ text: "hi" }] },
        {
          role: "model",
          parts: [
            { functionCall: { id: "1", name: "weather", args: { city: "a" } } },
            { functionCall: { id: "2", name: "weather", args: { city: "b" } } },
          ],
        },
        {
          role: "user",
          parts: [
            { functionResponse: { id: "1", name: "weather", response: result["gemini"] } },
            { functionResponse: { id: "2", name: "weather", response: { output: "sun" } } },
          ],
        },
      ],
    },
  };
}

/** All features, in the order of the tables. */
export const REQUEST_FEATURES: readonly RequestFeature[] = [
  { name: "text, several turns", samples: BASE },
  {
    name: "system prompt",
    samples: {
      anthropic: { system: "be brief" },
      "openai-chat": {
        messages: [
          { role: "system", content: "be brief" },
          { role: "user", content: "hi" },
        ],
      },
      "openai-responses": { instructions: "be brief" },
      gemini: { systemInstruction: { parts: [{ text: "be brief" }] } },
    },
  },
  {
    name: "system message inside the conversation",
    samples: {
      anthropic: {
        messages: [
          { role: "user", content: "hi" },
          { role: "assistant", content: "ho" },
          { role: "user", content: "so" },
          { role: "system", content: "be brief" },
        ],
      },
      "openai-chat": {
        messages: [
          { role: "user", content: "hi" },
          { role: "system", content: "be brief" },
          { role: "user", content: "so" },
        ],
      },
      "openai-responses": {
        input: [
          { role: "user", content: "hi" },
          { role: "developer", content: "be brief" },
          { role: "user", content: "so" },
        ],
      },
    },
  },
  {
    name: "image as data",
    samples: {
      anthropic: a({ type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } }),
      "openai-chat": c({ type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } }),
      "openai-responses": r({ type: "input_image", detail: "auto", image_url: `data:image/png;base64,${PIXEL}` }),
      gemini: g({ inlineData: { mimeType: "image/png", data: PIXEL } }),
    },
  },
  {
    name: "image by URL",
    samples: {
      anthropic: a({ type: "image", source: { type: "url", url: URL_OF_IMAGE } }),
      "openai-chat": c({ type: "image_url", image_url: { url: URL_OF_IMAGE } }),
      "openai-responses": r({ type: "input_image", detail: "auto", image_url: URL_OF_IMAGE }),
      gemini: g({ fileData: { mimeType: "image/png", fileUri: URL_OF_IMAGE } }),
    },
  },
  {
    name: "PDF as data",
    samples: {
      anthropic: a({ type: "document", source: { type: "base64", media_type: "application/pdf", data: PDF } }),
      "openai-chat": c({ type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` } }),
      "openai-responses": r({ type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` }),
      gemini: g({ inlineData: { mimeType: "application/pdf", data: PDF } }),
    },
  },
  {
    name: "file stored with the provider",
    samples: {
      anthropic: a({ type: "document", source: { type: "file", file_id: "file_1" } }),
      "openai-chat": c({ type: "file", file: { file_id: "file-1" } }),
      "openai-responses": r({ type: "input_file", file_id: "file-1" }),
      gemini: g({
        fileData: {
          mimeType: "application/pdf",
          fileUri: "https://generativelanguage.googleapis.com/v1beta/files/1",
        },
      }),
    },
  },
  {
    name: "audio",
    samples: {
      "openai-chat": c({ type: "input_audio", input_audio: { data: WAV, format: "wav" } }),
      gemini: g({ inlineData: { mimeType: "audio/wav", data: WAV } }),
    },
  },
  { name: "tools", samples: tools },
  {
    name: "strict tool schema",
    samples: {
      anthropic: { tools: [{ name: "weather", input_schema: SCHEMA, strict: true }] },
      "openai-chat": { tools: [{ type: "function", function: { name: "weather", parameters: SCHEMA, strict: true } }] },
      "openai-responses": { tools: [{ type: "function", name: "weather", parameters: SCHEMA, strict: true }] },
    },
  },
  {
    name: "free-text tool",
    samples: {
      "openai-chat": { tools: [{ type: "custom", custom: { name: "patch", description: "Patch" } }] },
      "openai-responses": { tools: [{ type: "custom", name: "patch", description: "Patch" }] },
    },
  },
  {
    name: "forced tool",
    samples: {
      anthropic: { ...tools["anthropic"], tool_choice: { type: "tool", name: "weather" } },
      "openai-chat": { ...tools["openai-chat"], tool_choice: { type: "function", function: { name: "weather" } } },
      "openai-responses": { ...tools["openai-responses"], tool_choice: { type: "function", name: "weather" } },
      gemini: {
        ...tools["gemini"],
        toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["weather"] } },
      },
    },
  },
  {
    name: "one call at a time",
    samples: {
      anthropic: { ...tools["anthropic"], tool_choice: { type: "auto", disable_parallel_tool_use: true } },
      "openai-chat": { ...tools["openai-chat"], parallel_tool_calls: false },
      "openai-responses": { ...tools["openai-responses"], parallel_tool_calls: false },
    },
  },
  {
    name: "parallel calls and their results",
    samples: calls({
      anthropic: { content: "rain" },
      "openai-chat": "rain",
      "openai-responses": "rain",
      gemini: { output: "rain" },
    }),
  },
  {
    name: "failed tool result",
    samples: {
      anthropic: calls({
        anthropic: { content: "rain", is_error: true },
        "openai-chat": "",
        "openai-responses": "",
        gemini: {},
      })["anthropic"],
      gemini: calls({ anthropic: {}, "openai-chat": "", "openai-responses": "", gemini: { error: "no rain" } })[
        "gemini"
      ],
    },
  },
  {
    name: "image in a tool result",
    samples: {
      anthropic: calls({
        anthropic: { content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } }] },
        "openai-chat": "",
        "openai-responses": "",
        gemini: {},
      })["anthropic"],
      "openai-responses": calls({
        anthropic: {},
        "openai-chat": "",
        "openai-responses": [{ type: "input_image", detail: "auto", image_url: `data:image/png;base64,${PIXEL}` }],
        gemini: {},
      })["openai-responses"],
    },
  },
  {
    name: "thinking switched on",
    samples: {
      anthropic: { max_tokens: 8192, thinking: { type: "enabled", budget_tokens: 4096 } },
      "openai-chat": { reasoning_effort: "medium" },
      "openai-responses": { reasoning: { effort: "medium", summary: "auto" } },
      gemini: { generationConfig: { thinkingConfig: { thinkingBudget: 4096, includeThoughts: true } } },
    },
  },
  {
    name: "web search by the provider",
    samples: {
      anthropic: { tools: [{ type: "web_search_20250305", name: "web_search" }] },
      "openai-chat": { web_search_options: {} },
      "openai-responses": { tools: [{ type: "web_search" }] },
      gemini: { tools: [{ googleSearch: {} }] },
    },
  },
  {
    name: "code execution by the provider",
    samples: {
      anthropic: { tools: [{ type: "code_execution_20250825", name: "code_execution" }] },
      "openai-responses": { tools: [{ type: "code_interpreter", container: { type: "auto" } }] },
      gemini: { tools: [{ codeExecution: {} }] },
    },
  },
  {
    name: "answer as JSON of a schema",
    samples: {
      anthropic: { output_config: { format: { type: "json_schema", schema: SCHEMA } } },
      "openai-chat": {
        response_format: { type: "json_schema", json_schema: { name: "x", schema: SCHEMA, strict: true } },
      },
      "openai-responses": { text: { format: { type: "json_schema", name: "x", schema: SCHEMA, strict: true } } },
      gemini: { generationConfig: { responseMimeType: "application/json", responseJsonSchema: SCHEMA } },
    },
  },
  {
    name: "answer as any JSON",
    samples: {
      "openai-chat": { response_format: { type: "json_object" } },
      "openai-responses": { text: { format: { type: "json_object" } } },
      gemini: { generationConfig: { responseMimeType: "application/json" } },
    },
  },
  {
    name: "output limit",
    samples: {
      anthropic: { max_tokens: 1000 },
      "openai-chat": { max_completion_tokens: 1000 },
      "openai-responses": { max_output_tokens: 1000 },
      gemini: { generationConfig: { maxOutputTokens: 1000 } },
    },
  },
  {
    name: "temperature",
    samples: {
      anthropic: { temperature: 0.5 },
      "openai-chat": { temperature: 0.5 },
      "openai-responses": { temperature: 0.5 },
      gemini: { generationConfig: { temperature: 0.5 } },
    },
  },
  { name: "top_k", samples: { anthropic: { top_k: 5 }, gemini: { generationConfig: { topK: 5 } } } },
  {
    name: "stop sequences",
    samples: {
      anthropic: { stop_sequences: ["END"] },
      "openai-chat": { stop: ["END"] },
      gemini: { generationConfig: { stopSequences: ["END"] } },
    },
  },
  {
    name: "seed, penalties",
    samples: {
      "openai-chat": { seed: 1, presence_penalty: 0.5 },
      gemini: { generationConfig: { seed: 1, presencePenalty: 0.5 } },
    },
  },
  {
    name: "log probabilities",
    samples: {
      "openai-chat": { logprobs: true, top_logprobs: 2 },
      "openai-responses": { include: ["message.output_text.logprobs"], top_logprobs: 2 },
      gemini: { generationConfig: { responseLogprobs: true, logprobs: 2 } },
    },
  },
  {
    name: "several answers at once",
    samples: { "openai-chat": { n: 2 }, gemini: { generationConfig: { candidateCount: 2 } } },
  },
  {
    name: "cache breakpoints",
    samples: {
      anthropic: { system: [{ type: "text", text: "long", cache_control: { type: "ephemeral" } }] },
      "openai-chat": {
        messages: [
          { role: "user", content: [{ type: "text", text: "long", prompt_cache_breakpoint: { mode: "explicit" } }] },
        ],
      },
      "openai-responses": r({ type: "input_text", text: "long", prompt_cache_breakpoint: { mode: "explicit" } }),
    },
  },
  {
    name: "prompt cache key",
    samples: { "openai-chat": { prompt_cache_key: "k" }, "openai-responses": { prompt_cache_key: "k" } },
  },
  {
    name: "user id",
    samples: {
      anthropic: { metadata: { user_id: "u-1" } },
      "openai-chat": { user: "u-1" },
      "openai-responses": { safety_identifier: "u-1" },
    },
  },
  {
    name: "service tier",
    samples: {
      anthropic: { service_tier: "auto" },
      "openai-chat": { service_tier: "auto" },
      "openai-responses": { service_tier: "auto" },
    },
  },
];
