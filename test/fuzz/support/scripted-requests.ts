// Request bodies in the four formats that use most of what a client can say, so that mutations have something to hit
// where the recordings are absent.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";

const SCHEMA = {
  type: "object",
  properties: { city: { type: "string", description: "a city" }, days: { type: ["integer", "null"], minimum: 1 } },
  required: ["city"],
  additionalProperties: false,
};
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Request bodies by format. */
export const SCRIPTED_REQUESTS: Readonly<Record<ProtocolId, readonly unknown[]>> = {
  anthropic: [
    { model: "claude-sonnet-4-6", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] },
    {
      model: "claude-sonnet-4-6",
      max_tokens: 4096,
      stream: true,
      temperature: 1,
      stop_sequences: ["END"],
      thinking: { type: "enabled", budget_tokens: 2048 },
      metadata: { user_id: "user-1" },
      system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } }],
      tools: [
        { name: "get_weather", description: "weather", input_schema: SCHEMA, cache_control: { type: "ephemeral" } },
        { type: "web_search_20250305", name: "web_search", max_uses: 3, allowed_domains: ["example.com"] },
      ],
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Weather? 🙂" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "a text" }, title: "T" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "c2ln" },
            { type: "text", text: "Let me look." },
            { type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Zürich" } },
            { type: "tool_use", id: "toolu_2", name: "get_weather", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "sunny" }] },
            { type: "tool_result", tool_use_id: "toolu_2", content: "no such city", is_error: true },
            { type: "text", text: "And?" },
          ],
        },
      ],
    },
  ],
  "openai-chat": [
    { model: "gpt-4.1", messages: [{ role: "user", content: "Hi" }] },
    {
      model: "gpt-4.1",
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 500,
      temperature: 0.5,
      top_p: 0.9,
      stop: ["END"],
      seed: 7,
      reasoning_effort: "low",
      parallel_tool_calls: false,
      response_format: { type: "json_schema", json_schema: { name: "answer", schema: SCHEMA, strict: true } },
      tools: [
        { type: "function", function: { name: "get_weather", description: "weather", parameters: SCHEMA } },
        { type: "custom", custom: { name: "patch", format: { type: "text" } } },
      ],
      tool_choice: { type: "function", function: { name: "get_weather" } },
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          name: "bob",
          content: [
            { type: "text", text: "Weather? 🙂" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}`, detail: "low" } },
            { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" } },
          ],
        },
        {
          role: "assistant",
          content: "Let me look.",
          reasoning_content: "hm",
          tool_calls: [
            { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Zürich"}' } },
            { id: "call_2", type: "custom", custom: { name: "patch", input: "free text" } },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: "sunny" },
        { role: "tool", tool_call_id: "call_2", content: [{ type: "text", text: "done" }] },
        { role: "user", content: "And?" },
      ],
    },
  ],
  "openai-responses": [
    { model: "gpt-4.1", input: "Hi" },
    {
      model: "gpt-4.1",
      stream: true,
      store: false,
      instructions: "Be brief.",
      include: ["reasoning.encrypted_content"],
      max_output_tokens: 500,
      reasoning: { effort: "low", summary: "auto" },
      text: { format: { type: "json_schema", name: "answer", schema: SCHEMA, strict: true }, verbosity: "low" },
      parallel_tool_calls: true,
      tools: [
        { type: "function", name: "get_weather", parameters: SCHEMA, strict: false },
        { type: "custom", name: "patch", format: { type: "grammar", syntax: "lark", definition: "start: /.+/" } },
        { type: "web_search", filters: { allowed_domains: ["example.com"] } },
        { type: "namespace", name: "ns", tools: [{ type: "function", name: "inner", parameters: SCHEMA }] },
        { type: "local_shell" },
      ],
      tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "get_weather" }] },
      input: [
        { role: "developer", content: "Be exact." },
        {
          role: "user",
          content: [
            { type: "input_text", text: "Weather? 🙂" },
            { type: "input_image", image_url: `data:image/png;base64,${PNG}`, detail: "auto" },
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" },
          ],
        },
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "ZW5j" },
        {
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "Let me look.", annotations: [] }],
        },
        { type: "function_call", call_id: "call_1", name: "get_weather", arguments: '{"city":"Zürich"}' },
        { type: "custom_tool_call", call_id: "call_2", name: "patch", input: "free text" },
        { type: "function_call_output", call_id: "call_1", output: "sunny" },
        { type: "custom_tool_call_output", call_id: "call_2", output: [{ type: "input_text", text: "done" }] },
        { role: "user", content: "And?" },
      ],
    },
  ],
  gemini: [
    { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
    {
      systemInstruction: { parts: [{ text: "Be brief." }] },
      generationConfig: {
        maxOutputTokens: 500,
        temperature: 0.5,
        topK: 40,
        stopSequences: ["END"],
        responseMimeType: "application/json",
        responseJsonSchema: SCHEMA,
        thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 },
      },
      tools: [
        { functionDeclarations: [{ name: "get_weather", description: "weather", parametersJsonSchema: SCHEMA }] },
        { googleSearch: {} },
      ],
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["get_weather"] } },
      safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      contents: [
        {
          role: "user",
          parts: [{ text: "Weather? 🙂" }, { inlineData: { mimeType: "image/png", data: PNG } }],
        },
        {
          role: "model",
          parts: [
            { text: "hm", thought: true, thoughtSignature: "c2ln" },
            { text: "Let me look." },
            { functionCall: { id: "fc1", name: "get_weather", args: { city: "Zürich" } }, thoughtSignature: "c2ln" },
            { functionCall: { name: "get_weather", args: {} } },
          ],
        },
        {
          role: "user",
          parts: [
            { functionResponse: { id: "fc1", name: "get_weather", response: { output: "sunny" } } },
            { functionResponse: { name: "get_weather", response: { error: "no such city" } } },
            { text: "And?" },
          ],
        },
      ],
    },
  ],
};
