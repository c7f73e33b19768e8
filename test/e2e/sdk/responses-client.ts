// The Responses part of the openai SDK as an SdkClient.

import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
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

export const responsesClient: SdkClient = {
  name: "openai responses",
  converse(gatewayUrl, isStream) {
    const client = clientFor(gatewayUrl);
    const input: OpenAI.Responses.ResponseInputItem[] = [
      {
        role: "user",
        content: [
          { type: "input_text", text: QUESTION },
          { type: "input_image", image_url: `data:image/png;base64,${IMAGE_BASE64}`, detail: "auto" },
          { type: "input_image", image_url: IMAGE_URL, detail: "auto" },
        ],
      },
    ];
    let calls: readonly { readonly id: string }[] = [];
    async function turn(): Promise<SdkTurn> {
      const params = {
        model: MODEL,
        instructions: SYSTEM,
        store: false,
        include: ["reasoning.encrypted_content" as const],
        reasoning: { effort: "medium", summary: "auto" } as const,
        tools: TOOLS.map(({ name, description, schema }) => ({
          type: "function" as const,
          name,
          description,
          parameters: schema,
          strict: false,
        })),
        input,
      };
      const response = isStream
        ? await client.responses.stream(params).finalResponse()
        : await client.responses.create(params);
      input.push(...(response.output as OpenAI.Responses.ResponseInputItem[]));
      const read = readTurn(response);
      calls = read.calls;
      return read;
    }
    return {
      ask: turn,
      answer(results) {
        calls.forEach(({ id }, at) => {
          input.push({ type: "function_call_output", call_id: id, output: results[at] ?? "" });
        });
        return turn();
      },
    };
  },
  async parse(gatewayUrl, isStream) {
    const client = clientFor(gatewayUrl);
    const params = { model: MODEL, input: "The largest city?", text: { format: zodTextFormat(CITY, "city") } };
    const response = isStream
      ? await client.responses.stream(params).finalResponse()
      : await client.responses.parse(params);
    return response.output_parsed;
  },
};

function clientFor(gatewayUrl: string): OpenAI {
  return new OpenAI({ apiKey: "client", baseURL: `${gatewayUrl}/v1`, maxRetries: 0 });
}

function readTurn(response: OpenAI.Responses.Response): SdkTurn {
  const calls = response.output.flatMap((item) =>
    item.type === "function_call"
      ? [{ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) as unknown }]
      : [],
  );
  const isDone = response.status === "completed" && response.incomplete_details === null;
  return {
    text: response.output_text,
    thinking: response.output
      .flatMap((item) => (item.type === "reasoning" ? item.summary.map((part) => part.text) : []))
      .join(""),
    calls,
    stop: isDone ? (calls.length > 0 ? "tool" : "end") : String(response.status),
    usage: {
      input: response.usage?.input_tokens ?? 0,
      cached: response.usage?.input_tokens_details.cached_tokens ?? 0,
      output: response.usage?.output_tokens ?? 0,
      thinking: response.usage?.output_tokens_details.reasoning_tokens ?? 0,
    },
  };
}
