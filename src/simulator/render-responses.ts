// Scripted answers in OpenAI Responses format: the response object and its numbered event stream.

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

type Response = OpenAI.Responses.Response;
/** What travels: `output_text` is the SDK's own addition. */
export type ResponseWire = Omit<Response, "output_text">;
type Item = OpenAI.Responses.ResponseOutputItem;
type WithoutNumber<T> = T extends unknown ? Omit<T, "sequence_number"> : never;
type Event = WithoutNumber<OpenAI.Responses.ResponseStreamEvent>;

/** The answer to a request without `stream`. @source SDK types 7.57.0 and recordings, seen 2026-11 */
export function renderResponsesJson(answer: SimAnswer, context: RenderContext): ResponseWire {
  const ready = readyAnswer(answer, context, "call_");
  return { ...responseHead(context), ...ending(ready), output: outputItems(ready, answer, context) };
}

/** The event stream: created, in_progress, every item with all its parts, one terminal event; no `[DONE]`. */
export function renderResponsesFrames(answer: SimAnswer, context: RenderContext): SimFrame[] {
  const ready = readyAnswer(answer, context, "call_");
  const frames: SimFrame[] = [];
  const push = (part: FramePart, event: Event): void => {
    const numbered = { ...event, sequence_number: frames.length };
    frames.push({ part, text: `event: ${event.type}\ndata: ${JSON.stringify(numbered)}\n\n` });
  };
  const head = responseHead(context);
  push("start", { type: "response.created", response: head as Response });
  push("start", { type: "response.in_progress", response: head as Response });
  const output = outputItems(ready, answer, context);
  output.forEach((item, output_index) => {
    if (item.type === "reasoning") pushReasoning(push, item, output_index, ready.thinkingPieces);
    else if (item.type === "message") pushMessage(push, item, output_index, ready);
    else if (item.type === "function_call" || item.type === "custom_tool_call") {
      const pieces = ready.toolCalls.find((candidate) => candidate.id === item.call_id)?.pieces ?? [];
      if (item.type === "function_call") pushCall(push, item, output_index, pieces);
      else pushCustomCall(push, item, output_index, pieces);
    }
  });
  const final = { ...head, ...ending(ready), output } as Response;
  push(
    "end",
    final.status === "incomplete"
      ? { type: "response.incomplete", response: final }
      : { type: "response.completed", response: final },
  );
  return frames;
}

type Push = (part: FramePart, event: Event) => void;

function pushReasoning(
  push: Push,
  item: OpenAI.Responses.ResponseReasoningItem,
  output_index: number,
  pieces: readonly string[],
): void {
  const at = { item_id: item.id, output_index, summary_index: 0 };
  push("thinking", {
    type: "response.output_item.added",
    output_index,
    item: { id: item.id, type: "reasoning", summary: [] },
  });
  for (const summary of item.summary) {
    push("thinking", {
      type: "response.reasoning_summary_part.added",
      ...at,
      part: { type: "summary_text", text: "" },
    });
    for (const delta of pieces) push("thinking", { type: "response.reasoning_summary_text.delta", ...at, delta });
    push("thinking", { type: "response.reasoning_summary_text.done", ...at, text: summary.text });
    push("thinking", { type: "response.reasoning_summary_part.done", ...at, part: summary });
  }
  push("thinking-end", { type: "response.output_item.done", output_index, item });
}

function pushMessage(
  push: Push,
  item: OpenAI.Responses.ResponseOutputMessage,
  output_index: number,
  ready: ReadyAnswer,
): void {
  const at = { item_id: item.id, output_index, content_index: 0 };
  const part = item.content[0];
  push("text", {
    type: "response.output_item.added",
    output_index,
    item: { ...item, status: "in_progress", content: [] },
  });
  if (part?.type === "refusal") {
    push("text", { type: "response.content_part.added", ...at, part: { type: "refusal", refusal: "" } });
    push("text", { type: "response.refusal.delta", ...at, delta: part.refusal });
    push("text", { type: "response.refusal.done", ...at, refusal: part.refusal });
  } else {
    const empty = { type: "output_text" as const, annotations: [], logprobs: [], text: "" };
    push("text", { type: "response.content_part.added", ...at, part: empty });
    for (const delta of ready.textPieces)
      push("text", { type: "response.output_text.delta", ...at, delta, logprobs: [] });
    push("text", { type: "response.output_text.done", ...at, text: ready.text, logprobs: [] });
  }
  if (part) push("text", { type: "response.content_part.done", ...at, part });
  push("text-end", { type: "response.output_item.done", output_index, item });
}

function pushCall(
  push: Push,
  item: OpenAI.Responses.ResponseFunctionToolCall,
  output_index: number,
  pieces: readonly string[],
): void {
  const at = { item_id: item.id ?? "", output_index };
  push("tool", {
    type: "response.output_item.added",
    output_index,
    item: { ...item, status: "in_progress", arguments: "" },
  });
  for (const delta of pieces) push("tool", { type: "response.function_call_arguments.delta", ...at, delta });
  push("tool", { type: "response.function_call_arguments.done", ...at, arguments: item.arguments });
  push("tool-end", { type: "response.output_item.done", output_index, item });
}

function pushCustomCall(
  push: Push,
  item: OpenAI.Responses.ResponseCustomToolCall,
  output_index: number,
  pieces: readonly string[],
): void {
  const at = { item_id: item.id ?? "", output_index };
  push("tool", { type: "response.output_item.added", output_index, item: { ...item, input: "" } });
  for (const delta of pieces) push("tool", { type: "response.custom_tool_call_input.delta", ...at, delta });
  push("tool", { type: "response.custom_tool_call_input.done", ...at, input: item.input });
  push("tool-end", { type: "response.output_item.done", output_index, item });
}

function outputItems(ready: ReadyAnswer, answer: SimAnswer, context: RenderContext): Item[] {
  const items: Item[] = [];
  const id = (prefix: string): string => `${prefix}_${idFrom(`${context.seed}/item/${items.length}`, 32)}`;
  if (answer.thinking !== undefined || answer.signature !== undefined) {
    const summary = ready.thinking === "" ? [] : [{ type: "summary_text" as const, text: ready.thinking }];
    items.push({ id: id("rs"), type: "reasoning", summary, encrypted_content: ready.signature });
  }
  const status = ready.stop === "max_tokens" ? "incomplete" : "completed";
  const message = { type: "message" as const, status, role: "assistant" as const } satisfies Partial<Item>;
  if (ready.stop === "refusal") {
    items.push({
      ...message,
      id: id("msg"),
      content: [{ type: "refusal", refusal: ready.text || "I cannot help with that." }],
    });
  } else if (ready.textPieces.length > 0) {
    items.push({
      ...message,
      id: id("msg"),
      content: [{ type: "output_text", annotations: [], logprobs: [], text: ready.text }],
    });
  }
  for (const call of ready.toolCalls) {
    const head = { call_id: call.id, name: call.name, ...(call.namespace && { namespace: call.namespace }) };
    if (call.input !== undefined) items.push({ id: id("ctc"), type: "custom_tool_call", input: call.input, ...head });
    else items.push({ id: id("fc"), type: "function_call", status: "completed", arguments: call.arguments, ...head });
  }
  return items;
}

/** What the last event says beyond the first. A refusal is a completed answer here, told by its content part. */
function ending(ready: ReadyAnswer): Pick<ResponseWire, "status" | "incomplete_details" | "usage" | "completed_at"> {
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, thinkingTokens } = ready.usage;
  const isCut = ready.stop === "max_tokens";
  return {
    status: isCut ? "incomplete" : "completed",
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    completed_at: SIM_CREATED_AT + 2,
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: cacheWriteTokens },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: thinkingTokens },
      total_tokens: inputTokens + outputTokens,
    },
  };
}

/** The response object before anything was said, echoing the request as the API does. */
function responseHead(context: RenderContext): ResponseWire {
  const echo = (context.request ?? {}) as Partial<ResponseWire>;
  return {
    id: `resp_${idFrom(`${context.seed}/message`, 32)}`,
    object: "response",
    created_at: SIM_CREATED_AT,
    status: "in_progress",
    background: false,
    completed_at: null,
    access_programs: null,
    error: null,
    incomplete_details: null,
    instructions: echo.instructions ?? null,
    max_output_tokens: echo.max_output_tokens ?? null,
    max_tool_calls: null,
    model: context.model,
    output: [],
    parallel_tool_calls: echo.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: echo.prompt_cache_key ?? null,
    reasoning: echo.reasoning ?? { effort: "medium", summary: null },
    safety_identifier: null,
    service_tier: "default",
    temperature: echo.temperature ?? 1,
    text: echo.text ?? { format: { type: "text" }, verbosity: "medium" },
    tool_choice: echo.tool_choice ?? "auto",
    tools: echo.tools ?? [],
    top_logprobs: 0,
    top_p: echo.top_p ?? 1,
    truncation: "disabled",
    metadata: echo.metadata ?? {},
  };
}
