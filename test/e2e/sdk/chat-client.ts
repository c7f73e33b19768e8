// The chat part of the openai SDK as an SdkClient.

import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
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

export const chatClient: SdkClient = {
  name: "openai chat",
  converse(gatewayUrl, isStream) {
    const client = clientFor(gatewayUrl);
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: "system", content: SYSTEM },
      {
        role: "user",
        content: [
          { type: "text", text: QUESTION },
          { type: "image_url", image_url: { url: `data:image/png;base64,${IMAGE_BASE64}` } },
          { type: "image_url", image_url: { url: IMAGE_URL } },
        ],
      },
    ];
    let calls: readonly { readonly id: string }[] = [];
    async function turn(): Promise<SdkTurn> {
      const params = {
        model: MODEL,
        reasoning_effort: "medium" as const,
        tools: TOOLS.map(({ name, description, schema }) => ({
          type: "function" as const,
          function: { name, description, parameters: schema },
        })),
        messages,
      };
      const { completion, thinking } = isStream
        ? await streamed(client, params)
        : { completion: await client.chat.completions.create(params), thinking: undefined };
      const message = completion.choices[0]?.message;
      if (message) messages.push(message);
      const read = readTurn(completion, thinking);
      calls = read.calls;
      return read;
    }
    return {
      ask: turn,
      answer(results) {
        calls.forEach(({ id }, at) => {
          messages.push({ role: "tool", tool_call_id: id, content: results[at] ?? "" });
        });
        return turn();
      },
    };
  },
  async parse(gatewayUrl, isStream) {
    const client = clientFor(gatewayUrl);
    const params = {
      model: MODEL,
      messages: [{ role: "user" as const, content: "The largest city?" }],
      response_format: zodResponseFormat(CITY, "city"),
    };
    const completion = isStream
      ? await client.chat.completions.stream(params).finalChatCompletion()
      : await client.chat.completions.parse(params);
    return completion.choices[0]?.message.parsed;
  },
};

function clientFor(gatewayUrl: string): OpenAI {
  return new OpenAI({ apiKey: "client", baseURL: `${gatewayUrl}/v1`, maxRetries: 0 });
}

/** The SDK's final object keeps the last piece of fields that it does not know, so thinking is added up beside it. */
async function streamed(
  client: OpenAI,
  params: Parameters<OpenAI["chat"]["completions"]["stream"]>[0],
): Promise<{ completion: OpenAI.ChatCompletion; thinking: string }> {
  const stream = client.chat.completions.stream({ ...params, stream_options: { include_usage: true } });
  let thinking = "";
  stream.on("chunk", (chunk) => {
    thinking += reasoningOf(chunk.choices[0]?.delta);
  });
  return { completion: await stream.finalChatCompletion(), thinking };
}

/** `reasoning_content` is no part of OpenAI's types; servers and clients have agreed on it. */
function reasoningOf(message: object | undefined): string {
  return (message as { reasoning_content?: string } | undefined)?.reasoning_content ?? "";
}

function readTurn(completion: OpenAI.ChatCompletion, thinking: string | undefined): SdkTurn {
  const choice = completion.choices[0];
  const { usage } = completion;
  return {
    text: choice?.message.content ?? "",
    thinking: thinking ?? reasoningOf(choice?.message),
    calls: (choice?.message.tool_calls ?? []).flatMap((call) =>
      call.type === "function"
        ? [{ id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) as unknown }]
        : [],
    ),
    stop: { stop: "end", tool_calls: "tool" }[String(choice?.finish_reason)] ?? String(choice?.finish_reason),
    usage: {
      input: usage?.prompt_tokens ?? 0,
      cached: usage?.prompt_tokens_details?.cached_tokens ?? 0,
      output: usage?.completion_tokens ?? 0,
      thinking: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
    },
  };
}
