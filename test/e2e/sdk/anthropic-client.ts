// @anthropic-ai/sdk as an SdkClient.

import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import {
  CITY,
  IMAGE_BASE64,
  IMAGE_URL,
  MODEL,
  QUESTION,
  type SdkClient,
  type SdkTurn,
  SYSTEM,
  TOOLS,
} from "./sdk-client.ts";

export const anthropicClient: SdkClient = {
  name: "@anthropic-ai/sdk",
  converse(gatewayUrl, isStream) {
    const client = clientFor(gatewayUrl);
    const messages: Anthropic.MessageParam[] = [
      {
        role: "user",
        content: [
          { type: "text", text: QUESTION },
          { type: "image", source: { type: "base64", media_type: "image/png", data: IMAGE_BASE64 } },
          { type: "image", source: { type: "url", url: IMAGE_URL } },
        ],
      },
    ];
    let calls: readonly { readonly id: string }[] = [];
    async function turn(): Promise<SdkTurn> {
      const params = {
        model: MODEL,
        max_tokens: 4096,
        system: SYSTEM,
        thinking: { type: "enabled", budget_tokens: 2048 } as const,
        tools: TOOLS.map(({ name, description, schema }) => ({ name, description, input_schema: schema })),
        messages,
      };
      const message = isStream
        ? await client.messages.stream(params).finalMessage()
        : await client.messages.create(params);
      messages.push({ role: "assistant", content: message.content });
      const read = readTurn(message);
      calls = read.calls;
      return read;
    }
    return {
      ask: turn,
      answer(results) {
        const content = calls.map(({ id }, at) => ({
          type: "tool_result" as const,
          tool_use_id: id,
          content: results[at] ?? "",
        }));
        messages.push({ role: "user", content });
        return turn();
      },
    };
  },
  async parse(gatewayUrl, isStream) {
    const client = clientFor(gatewayUrl);
    const params = {
      model: MODEL,
      max_tokens: 1000,
      messages: [{ role: "user" as const, content: "The largest city?" }],
      output_config: { format: zodOutputFormat(CITY) },
    };
    const message = isStream
      ? await client.messages.stream(params).finalMessage()
      : await client.messages.parse(params);
    return message.parsed_output;
  },
};

function clientFor(gatewayUrl: string): Anthropic {
  return new Anthropic({ apiKey: "client", baseURL: gatewayUrl, maxRetries: 0 });
}

function readTurn(message: Anthropic.Message): SdkTurn {
  const { usage } = message;
  return {
    text: message.content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    thinking: message.content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    calls: message.content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, input: block.input }] : [],
    ),
    stop: { end_turn: "end", tool_use: "tool" }[String(message.stop_reason)] ?? String(message.stop_reason),
    usage: {
      input: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
      cached: usage.cache_read_input_tokens ?? 0,
      output: usage.output_tokens,
      thinking: usage.output_tokens_details?.thinking_tokens ?? 0,
    },
  };
}
