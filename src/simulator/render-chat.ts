// Scripted answers in Chat Completions format, as OpenAI streams them; thinking goes into `reasoning_content`,
// the field that third-party servers use, because OpenAI itself has none.

import type OpenAI from "openai";
import {
  type FramePart,
  idFrom,
  type ReadyAnswer,
  type RenderContext,
  readyAnswer,
  SIM_CREATED_AT,
  type SimAnswer,
  type SimFrame,
} from "./answer.ts";

type Completion = OpenAI.ChatCompletion;
type Chunk = OpenAI.ChatCompletionChunk;
type Delta = Chunk["choices"][number]["delta"] & { reasoning_content?: string };

const FINISH_REASONS = { end: "stop", max_tokens: "length", tool: "tool_calls", refusal: "content_filter" } as const;

/** The answer to a request without `stream`. @source SDK types 7.57.0 and recordings, seen 2026-11 */
export function renderChatJson(answer: SimAnswer, context: RenderContext): Completion {
  const ready = readyAnswer(answer, context, "call_");
  const message: Completion["choices"][number]["message"] & { reasoning_content?: string } = {
    role: "assistant",
    content: ready.text === "" && ready.toolCalls.length > 0 ? null : ready.text,
    refusal: null,
    annotations: [],
  };
  if (ready.thinking !== "") message.reasoning_content = ready.thinking;
  if (ready.toolCalls.length > 0) {
    message.tool_calls = ready.toolCalls.map((call) => ({
      id: call.id,
      type: "function",
      function: { name: call.name, arguments: call.arguments },
    }));
  }
  return {
    id: completionId(context),
    object: "chat.completion",
    created: SIM_CREATED_AT,
    model: context.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: FINISH_REASONS[ready.stop] }],
    usage: usageOf(ready),
    service_tier: "default",
    system_fingerprint: "fp_simulated",
  };
}

/** The chunk stream: role chunk, deltas, finish chunk, usage chunk when asked for, `[DONE]`. */
export function renderChatFrames(answer: SimAnswer, context: RenderContext): SimFrame[] {
  const ready = readyAnswer(answer, context, "call_");
  const frames: SimFrame[] = [];
  const head = {
    id: completionId(context),
    object: "chat.completion.chunk" as const,
    created: SIM_CREATED_AT,
    model: context.model,
    service_tier: "default" as const,
    system_fingerprint: "fp_simulated",
  };
  const push = (part: FramePart, choices: Chunk["choices"], usage?: Chunk["usage"]): void => {
    const chunk: Chunk = { ...head, choices, ...(context.includeUsage ? { usage: usage ?? null } : {}) };
    frames.push({ part, text: `data: ${JSON.stringify(chunk)}\n\n` });
  };
  const delta = (part: FramePart, value: Delta): void => {
    push(part, [{ index: 0, delta: value, logprobs: null, finish_reason: null }]);
  };
  delta("start", { role: "assistant", content: "", refusal: null });
  eachPiece(ready.thinkingPieces, (part, piece) => delta(`thinking${part}`, { reasoning_content: piece }));
  eachPiece(ready.textPieces, (part, piece) => delta(`text${part}`, { content: piece }));
  ready.toolCalls.forEach((call, index) => {
    const opening = { index, id: call.id, type: "function" as const, function: { name: call.name, arguments: "" } };
    delta("tool", { tool_calls: [opening] });
    eachPiece(call.pieces, (part, piece) =>
      delta(`tool${part}`, { tool_calls: [{ index, function: { arguments: piece } }] }),
    );
  });
  push("end", [{ index: 0, delta: {}, logprobs: null, finish_reason: FINISH_REASONS[ready.stop] }]);
  if (context.includeUsage) push("end", [], usageOf(ready));
  frames.push({ part: "end", text: "data: [DONE]\n\n" });
  return frames;
}

/** Chat has no block ends: the last piece of a run counts as one. */
function eachPiece(pieces: readonly string[], visit: (part: "" | "-end", piece: string) => void): void {
  pieces.forEach((piece, at) => {
    visit(at === pieces.length - 1 ? "-end" : "", piece);
  });
}

function completionId(context: RenderContext): string {
  return `chatcmpl-${idFrom(`${context.seed}/message`, 29)}`;
}

function usageOf(ready: ReadyAnswer): OpenAI.CompletionUsage {
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, thinkingTokens } = ready.usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: {
      cached_tokens: cachedTokens,
      audio_tokens: 0,
      ...(cacheWriteTokens > 0 ? { cache_write_tokens: cacheWriteTokens } : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: thinkingTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
