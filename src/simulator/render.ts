// One door to the renderers: a format's whole answer, its stream, its model list and its token count.

import type { ProtocolId } from "../core/protocol-id.ts";
import { type RenderContext, SIM_CREATED_AT, type SimAnswer, type SimFrame } from "./answer.ts";
import { renderAnthropicFrames, renderAnthropicJson } from "./render-anthropic.ts";
import { renderChatFrames, renderChatJson } from "./render-chat.ts";
import { renderGeminiArrayFrames, renderGeminiFrames, renderGeminiJson } from "./render-gemini.ts";
import { renderResponsesFrames, renderResponsesJson } from "./render-responses.ts";
import type { SimRequest } from "./sim-request.ts";

interface Renderer {
  json(answer: SimAnswer, context: RenderContext): unknown;
  frames(answer: SimAnswer, context: RenderContext): SimFrame[];
  /** Headers that tell the provider, besides the content type. */
  readonly headers: Readonly<Record<string, string>>;
  countTokens(inputTokens: number): unknown;
  model(id: string): Record<string, unknown>;
  modelList(models: readonly Record<string, unknown>[]): unknown;
}

const openAiModels = {
  model: (id: string) => ({ id, object: "model", created: SIM_CREATED_AT, owned_by: "simulator" }),
  modelList: (data: readonly Record<string, unknown>[]) => ({ object: "list", data }),
};

/** The renderers of all formats. */
export const RENDERERS: Readonly<Record<ProtocolId, Renderer>> = {
  anthropic: {
    json: renderAnthropicJson,
    frames: renderAnthropicFrames,
    headers: { "request-id": "req_011Csimulated0000000001" },
    countTokens: (input_tokens) => ({ input_tokens }),
    model: (id) => ({
      type: "model",
      id,
      display_name: id,
      created_at: new Date(SIM_CREATED_AT * 1000).toISOString(),
      max_input_tokens: 200_000,
      max_tokens: 64_000,
      lifecycle: "active",
      capabilities: null,
      deprecated_at: null,
      retires_at: null,
      line: null,
    }),
    modelList: (data) => ({
      data,
      has_more: false,
      first_id: data[0]?.["id"] ?? null,
      last_id: data.at(-1)?.["id"] ?? null,
    }),
  },
  "openai-chat": {
    json: renderChatJson,
    frames: renderChatFrames,
    headers: { "x-request-id": "req_simulated0000000000000000000001", "openai-processing-ms": "3" },
    // Chat has no such endpoint; nobody routes here.
    countTokens: (input_tokens) => ({ input_tokens }),
    ...openAiModels,
  },
  "openai-responses": {
    json: renderResponsesJson,
    frames: renderResponsesFrames,
    headers: { "x-request-id": "req_simulated0000000000000000000001", "openai-processing-ms": "3" },
    countTokens: (input_tokens) => ({ object: "response.input_tokens", input_tokens }),
    ...openAiModels,
  },
  gemini: {
    json: renderGeminiJson,
    frames: renderGeminiFrames,
    headers: { "x-content-type-options": "nosniff" },
    countTokens: (totalTokens) => ({
      totalTokens,
      promptTokensDetails: [{ modality: "TEXT", tokenCount: totalTokens }],
    }),
    model: (id) => ({
      name: `models/${id}`,
      version: "001",
      displayName: id,
      description: "Scripted model",
      inputTokenLimit: 1_048_576,
      outputTokenLimit: 65_536,
      supportedGenerationMethods: ["generateContent", "countTokens"],
    }),
    modelList: (models) => ({ models }),
  },
};

/** What the renderers need to know about a request; ids follow the answer's seed or the request's number. */
export function renderContext(answer: SimAnswer, request: SimRequest): RenderContext {
  return {
    model: answer.model ?? (request.model || "simulated-model"),
    seed: answer.id ?? `request/${request.ordinal}`,
    inputTokens: estimateTokens(request),
    includeUsage: request.peek.includeUsage,
    ...(answer.id === undefined ? { request: request.fields } : {}),
  };
}

/** A stable, never zero guess: a quarter of the body's bytes. */
export function estimateTokens(request: SimRequest): number {
  return Math.max(1, Math.ceil(request.body.length / 4));
}

/** The frames of a streamed answer in the framing the request asked for. */
export function renderFrames(answer: SimAnswer, request: SimRequest): SimFrame[] {
  const { protocol, framing } = request.route;
  const context = renderContext(answer, request);
  return framing === "json-array"
    ? renderGeminiArrayFrames(answer, context)
    : RENDERERS[protocol].frames(answer, context);
}
