// Scripted answers in Anthropic Messages format: whole message and event stream, as the real API orders them.

import type Anthropic from "@anthropic-ai/sdk";
import {
  type FramePart,
  idFrom,
  type ReadyAnswer,
  type RenderContext,
  readyAnswer,
  type SimAnswer,
  type SimFrame,
} from "./answer.ts";

type Message = Anthropic.Message;
type StreamEvent = Anthropic.RawMessageStreamEvent;

const STOP_REASONS = { end: "end_turn", max_tokens: "max_tokens", tool: "tool_use", refusal: "refusal" } as const;

/** The answer to a request without `stream`. @source SDK types 1.12.0 and recordings, seen 2026-11 */
export function renderAnthropicJson(answer: SimAnswer, context: RenderContext): Message {
  const ready = readyAnswer(answer, context, "toolu_01");
  return {
    ...messageHead(ready, context),
    content: contentBlocks(ready, hasThinking(answer)),
    stop_reason: STOP_REASONS[ready.stop],
    stop_details: stopDetails(ready),
  };
}

/** The event stream: ping after the first block start, signature right before the thinking block's end. */
export function renderAnthropicFrames(answer: SimAnswer, context: RenderContext): SimFrame[] {
  const ready = readyAnswer(answer, context, "toolu_01");
  const frames: SimFrame[] = [];
  const push = (part: FramePart, event: StreamEvent): void => {
    frames.push({ part, text: `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n` });
  };
  const head = messageHead(ready, context);
  push("start", { type: "message_start", message: { ...head, usage: { ...head.usage, output_tokens: 1 } } });
  let index = 0;
  const block = (
    part: "thinking" | "text" | "tool",
    start: Anthropic.ContentBlock,
    deltas: Anthropic.RawContentBlockDelta[],
  ): void => {
    push(index === 0 ? "start" : part, { type: "content_block_start", index, content_block: start });
    if (index === 0) frames.push({ part: "start", text: 'event: ping\ndata: {"type": "ping"}\n\n' });
    for (const delta of deltas) push(part, { type: "content_block_delta", index, delta });
    push(`${part}-end`, { type: "content_block_stop", index });
    index += 1;
  };
  if (hasThinking(answer)) {
    block("thinking", { type: "thinking", thinking: "", signature: "" }, [
      ...ready.thinkingPieces.map((thinking) => ({ type: "thinking_delta" as const, thinking })),
      { type: "signature_delta", signature: ready.signature },
    ]);
  }
  if (ready.textPieces.length > 0) {
    const deltas = ready.textPieces.map((text) => ({ type: "text_delta" as const, text }));
    block("text", { type: "text", text: "", citations: null }, deltas);
  }
  for (const call of ready.toolCalls) {
    const pieces = call.arguments === "{}" ? [""] : ["", ...call.pieces];
    const deltas = pieces.map((partial_json) => ({ type: "input_json_delta" as const, partial_json }));
    block("tool", { type: "tool_use", id: call.id, name: call.name, input: {}, caller: { type: "direct" } }, deltas);
  }
  push("end", {
    type: "message_delta",
    delta: {
      container: null,
      stop_reason: STOP_REASONS[ready.stop],
      stop_sequence: null,
      stop_details: stopDetails(ready),
    },
    usage: {
      input_tokens: head.usage.input_tokens,
      cache_creation_input_tokens: head.usage.cache_creation_input_tokens,
      cache_read_input_tokens: head.usage.cache_read_input_tokens,
      output_tokens: ready.usage.outputTokens,
      output_tokens_details: head.usage.output_tokens_details,
      server_tool_use: null,
    },
  });
  push("end", { type: "message_stop" });
  return frames;
}

/** Whether the answer has a thinking block at all; a signature alone gives one with empty text. */
function hasThinking(answer: SimAnswer): boolean {
  return answer.thinking !== undefined || answer.signature !== undefined;
}

function messageHead(ready: ReadyAnswer, context: RenderContext): Message {
  const { inputTokens, cachedTokens, cacheWriteTokens, outputTokens, thinkingTokens } = ready.usage;
  return {
    id: `msg_01${idFrom(`${context.seed}/message`, 22)}`,
    type: "message",
    role: "assistant",
    model: context.model,
    content: [],
    container: null,
    diagnostics: null,
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: {
      input_tokens: Math.max(0, inputTokens - cachedTokens - cacheWriteTokens),
      cache_creation_input_tokens: cacheWriteTokens,
      cache_read_input_tokens: cachedTokens,
      cache_creation: { ephemeral_5m_input_tokens: cacheWriteTokens, ephemeral_1h_input_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: thinkingTokens > 0 ? { thinking_tokens: thinkingTokens } : null,
      server_tool_use: null,
      service_tier: "standard",
      inference_geo: "not_available",
      speed: null,
    },
  };
}

function contentBlocks(ready: ReadyAnswer, withThinking: boolean): Anthropic.ContentBlock[] {
  const blocks: Anthropic.ContentBlock[] = [];
  if (withThinking) blocks.push({ type: "thinking", thinking: ready.thinking, signature: ready.signature });
  if (ready.text !== "") blocks.push({ type: "text", text: ready.text, citations: null });
  for (const call of ready.toolCalls) {
    const input: unknown = JSON.parse(call.arguments);
    blocks.push({ type: "tool_use", id: call.id, name: call.name, input, caller: { type: "direct" } });
  }
  return blocks;
}

function stopDetails(ready: ReadyAnswer): Anthropic.RefusalStopDetails | null {
  return ready.stop === "refusal"
    ? { type: "refusal", category: null, explanation: "This request was refused by the script." }
    : null;
}
