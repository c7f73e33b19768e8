// Small requests of the four kinds of clients that ask for the same thing: what a recorded answer is an answer to.

import type { ProtocolId } from "../../src/core/protocol-id.ts";

/** What the request has to bring so that the answer fits. */
export interface RequestNeeds {
  readonly model: string;
  readonly stream: boolean;
  /** Functions to declare. */
  readonly toolNames?: readonly string[];
  readonly thinks?: boolean;
}

/** A request as it goes over the wire. */
export interface ClientRequest {
  /** With query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PROMPT = "Please go on.";
const ANY_OBJECT = { type: "object", properties: {}, additionalProperties: true };

/** The request of a client that speaks `protocol`. */
export function clientRequest(protocol: ProtocolId, needs: RequestNeeds): ClientRequest {
  const { path, body } = BUILDERS[protocol](needs);
  return { path, headers: HEADERS[protocol], body: JSON.stringify(body) };
}

/** Headers that the official clients send besides the content type. */
export const HEADERS: Readonly<Record<ProtocolId, Readonly<Record<string, string>>>> = {
  anthropic: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": "client" },
  "openai-chat": { "content-type": "application/json", authorization: "Bearer client" },
  "openai-responses": { "content-type": "application/json", authorization: "Bearer client" },
  gemini: { "content-type": "application/json", "x-goog-api-key": "client" },
};

const BUILDERS: Readonly<Record<ProtocolId, (needs: RequestNeeds) => { path: string; body: object }>> = {
  anthropic: ({ model, stream, toolNames, thinks }) => ({
    path: "/v1/messages",
    body: {
      model,
      stream,
      max_tokens: 4096,
      messages: [{ role: "user", content: PROMPT }],
      ...(thinks ? { thinking: { type: "enabled", budget_tokens: 2048 } } : {}),
      ...withTools(toolNames, (name) => ({ name, input_schema: ANY_OBJECT })),
    },
  }),
  "openai-chat": ({ model, stream, toolNames, thinks }) => ({
    path: "/v1/chat/completions",
    body: {
      model,
      stream,
      messages: [{ role: "user", content: PROMPT }],
      ...(stream ? { stream_options: { include_usage: true } } : {}),
      ...(thinks ? { reasoning_effort: "medium" } : {}),
      ...withTools(toolNames, (name) => ({ type: "function", function: { name, parameters: ANY_OBJECT } })),
    },
  }),
  "openai-responses": ({ model, stream, toolNames, thinks }) => ({
    path: "/v1/responses",
    body: {
      model,
      stream,
      input: PROMPT,
      ...(thinks ? { reasoning: { effort: "medium", summary: "auto" } } : {}),
      ...withTools(toolNames, (name) => ({ type: "function", name, parameters: ANY_OBJECT, strict: false })),
    },
  }),
  gemini: ({ model, stream, toolNames, thinks }) => ({
    path: geminiPath(model, stream),
    body: {
      contents: [{ role: "user", parts: [{ text: PROMPT }] }],
      ...(thinks ? { generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } } } : {}),
      ...(toolNames?.length
        ? {
            tools: [{ functionDeclarations: toolNames.map((name) => ({ name, parametersJsonSchema: ANY_OBJECT })) }],
          }
        : {}),
    },
  }),
};

/** Path of a Gemini call; streams in SSE framing. */
export function geminiPath(model: string, stream: boolean): string {
  return `/v1beta/models/${encodeURIComponent(model)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`;
}

function withTools(names: readonly string[] | undefined, declare: (name: string) => object): object {
  return names?.length ? { tools: names.map(declare) } : {};
}
