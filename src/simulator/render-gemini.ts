// Scripted answers in Gemini generateContent format: whole answer, SSE stream (CRLF, as Google sends it) and JSON array.

import type {
  Candidate,
  FinishReason,
  GenerateContentResponse,
  GenerateContentResponseUsageMetadata,
  Part,
} from "@google/genai";
import {
  type FramePart,
  idFrom,
  type ReadyAnswer,
  type RenderContext,
  readyAnswer,
  type SimAnswer,
  type SimFrame,
} from "./answer.ts";

/** The wire part of the SDK's class, which adds getters. */
export type GeminiWire = Pick<GenerateContentResponse, "candidates" | "usageMetadata" | "modelVersion" | "responseId">;

// The SDK declares the reasons as an enum object; importing it would load the SDK at run time.
const FINISH_REASONS = { end: "STOP", max_tokens: "MAX_TOKENS", tool: "STOP", refusal: "SAFETY" } as const;

/** The answer to `generateContent`. @source SDK types 3.1.0 and recordings, seen 2026-11 */
export function renderGeminiJson(answer: SimAnswer, context: RenderContext): GeminiWire {
  const ready = readyAnswer(answer, context, "", 8);
  const parts: Part[] = [];
  if (ready.thinking !== "") parts.push({ text: ready.thinking, thought: true });
  if (ready.text !== "") parts.push(textPart(ready, ready.text, ready.toolCalls.length === 0 && isSigned(answer)));
  parts.push(...callParts(ready, answer));
  return wire(ready, context, parts, { finish: true, share: 1 });
}

/** The chunks of `streamGenerateContent`: growing usage, finish reason in the last chunk only, no name, no `[DONE]`. */
export function renderGeminiChunks(
  answer: SimAnswer,
  context: RenderContext,
): { part: FramePart; chunk: GeminiWire }[] {
  const ready = readyAnswer(answer, context, "", 8);
  const steps: { part: FramePart; parts: Part[] }[] = [];
  ready.thinkingPieces.forEach((text, at) => {
    steps.push({
      part: at === ready.thinkingPieces.length - 1 ? "thinking-end" : "thinking",
      parts: [{ text, thought: true }],
    });
  });
  ready.textPieces.forEach((text, at) => {
    steps.push({ part: at === ready.textPieces.length - 1 ? "text-end" : "text", parts: [{ text }] });
  });
  for (const part of callParts(ready, answer)) steps.push({ part: "tool-end", parts: [part] });
  // An answer without calls is signed at its end, on an empty text part.
  const last = textPart(ready, "", ready.toolCalls.length === 0 && isSigned(answer));
  const total = steps.length;
  return [
    ...steps.map((step, at) => ({
      part: step.part,
      chunk: wire(ready, context, step.parts, { finish: false, share: (at + 1) / total }),
    })),
    { part: "end" as const, chunk: wire(ready, context, [last], { finish: true, share: 1 }) },
  ];
}

/** The stream with `alt=sse`. */
export function renderGeminiFrames(answer: SimAnswer, context: RenderContext): SimFrame[] {
  return renderGeminiChunks(answer, context).map(({ part, chunk }) => ({
    part,
    text: `data: ${JSON.stringify(chunk)}\r\n\r\n`,
  }));
}

/** The stream without `alt=sse`: the frames joined are one JSON array. */
export function renderGeminiArrayFrames(answer: SimAnswer, context: RenderContext): SimFrame[] {
  const chunks = renderGeminiChunks(answer, context);
  return chunks.map(({ part, chunk }, at) => ({
    part,
    text: `${at === 0 ? "[" : ",\r\n"}${JSON.stringify(chunk, null, 2)}\n${at === chunks.length - 1 ? "]" : ""}`,
  }));
}

function isSigned(answer: SimAnswer): boolean {
  return answer.signature !== undefined || answer.thinking !== undefined;
}

function textPart(ready: ReadyAnswer, text: string, signed: boolean): Part {
  return signed ? { text, thoughtSignature: ready.signature } : { text };
}

/** Only the first of parallel calls is signed. */
function callParts(ready: ReadyAnswer, answer: SimAnswer): Part[] {
  return ready.toolCalls.map((call, index) => {
    const functionCall = { name: call.name, args: JSON.parse(call.arguments) as Record<string, unknown>, id: call.id };
    return index === 0 && isSigned(answer) ? { functionCall, thoughtSignature: ready.signature } : { functionCall };
  });
}

function wire(
  ready: ReadyAnswer,
  context: RenderContext,
  parts: Part[],
  at: { finish: boolean; share: number },
): GeminiWire {
  const candidate: Candidate = { content: { parts, role: "model" }, index: 0 };
  if (at.finish) candidate.finishReason = FINISH_REASONS[ready.stop] as FinishReason;
  return {
    candidates: [candidate],
    usageMetadata: usageOf(ready, at.share),
    modelVersion: context.model,
    responseId: idFrom(`${context.seed}/message`, 23),
  };
}

function usageOf(ready: ReadyAnswer, share: number): GenerateContentResponseUsageMetadata {
  const { inputTokens, outputTokens, cachedTokens, thinkingTokens } = ready.usage;
  const visible = Math.ceil((outputTokens - thinkingTokens) * share);
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: visible,
    totalTokenCount: inputTokens + visible + thinkingTokens,
    ...(cachedTokens > 0 ? { cachedContentTokenCount: cachedTokens } : {}),
    ...(thinkingTokens > 0 ? { thoughtsTokenCount: thinkingTokens } : {}),
  };
}
