// The Chat Completions wire: names taken from the official SDK's types plus what third-party servers add.
// Values are `unknown` until somebody looks at them; the readers here do the looking.

import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParamsBase,
  ChatCompletionMessage,
} from "openai/resources/chat/completions";

/** An object with these fields, any of them missing or of any type. */
type Unread<Name extends PropertyKey> = { readonly [Key in Name]?: unknown };

/** Request fields that servers other than OpenAI understand. */
type ForeignRequestField =
  | "top_k"
  | "reasoning"
  | "thinking"
  | "enable_thinking"
  | "thinking_budget"
  | "chat_template_kwargs";

/** A request body. */
export type WireRequest = Unread<keyof ChatCompletionCreateParamsBase | ForeignRequestField>;

/** A message of a request, of whatever role. */
export type WireMessage = Unread<
  | "role"
  | "content"
  | "name"
  | "refusal"
  | "audio"
  | "tool_calls"
  | "tool_call_id"
  | "function_call"
  | ReasoningField
  | "extra_content"
>;

type ReasoningField = "reasoning_content" | "reasoning" | "reasoning_details";

/** A part of a content array, of whatever type. */
export type WirePart = Unread<
  | "type"
  | "text"
  | "refusal"
  | "thinking"
  | "signature"
  | "image_url"
  | "video_url"
  | "input_audio"
  | "audio_url"
  | "file"
  | "prompt_cache_breakpoint"
  | "cache_control"
>;

export type WireImageUrl = Unread<"url" | "detail">;
export type WireInputAudio = Unread<"data" | "format">;
export type WireFile = Unread<"file_data" | "file_id" | "filename">;
export type WireCache = Unread<"type" | "mode" | "ttl">;

/** A tool declaration: nested as OpenAI writes it, or flat as lax clients do. */
export type WireTool = Unread<"type" | "function" | "custom" | "name" | "description" | "parameters" | "strict">;
export type WireFunction = Unread<"name" | "description" | "parameters" | "strict" | "arguments">;
export type WireCustom = Unread<"name" | "description" | "format" | "input">;

/** A tool call, whole or a streamed piece of one. */
export type WireToolCall = Unread<"index" | "id" | "type" | "function" | "custom" | "extra_content">;
/** Google's pocket for thought signatures. */
export type WireExtraContent = Unread<"google">;
export type WireGoogleExtra = Unread<"thought_signature" | "thought">;

/** A whole answer or a streamed chunk of one; both have the same outer fields. */
export type WireAnswer = Unread<
  | keyof ChatCompletion
  | keyof ChatCompletionChunk
  | "error"
  | "x_groq"
  | "timings"
  | "citations"
  | "search_results"
  | "detail"
  | "message"
  | "type"
  | "code"
>;
export type WireChoice = Unread<
  "index" | "message" | "delta" | "finish_reason" | "logprobs" | "stop_reason" | "usage" | "error"
>;
/** `message` of an answer and `delta` of a chunk. */
export type WireDelta = Unread<
  | keyof ChatCompletionMessage
  | keyof ChatCompletionChunk.Choice.Delta
  | ReasoningField
  | "images"
  | "executed_tools"
  | "extra_content"
>;

/** One element of OpenRouter's `reasoning_details`. */
export type WireReasoningDetail = Unread<
  "type" | "text" | "summary" | "signature" | "data" | "id" | "format" | "index"
>;

/** Token counts in all the spellings in use. */
export type WireUsage = Unread<
  | "prompt_tokens"
  | "completion_tokens"
  | "total_tokens"
  | "input_tokens"
  | "output_tokens"
  | "prompt_tokens_details"
  | "input_tokens_details"
  | "completion_tokens_details"
  | "output_tokens_details"
  | "cached_tokens"
  | "prompt_cache_hit_tokens"
  | "cache_read_input_tokens"
  | "cache_creation_input_tokens"
  | "reasoning_tokens"
  | "server_tool_use_details"
  | "server_tool_use"
  | "num_search_queries"
>;
export type WireUsageDetails = Unread<
  | "audio_tokens"
  | "cached_tokens"
  | "cache_write_tokens"
  | "cache_creation_tokens"
  | "reasoning_tokens"
  | "web_search_requests"
>;
/** llama.cpp's own counters. */
export type WireTimings = Unread<"prompt_n" | "cache_n" | "predicted_n">;

/** An error object or a whole error body. */
export type WireErrorBody = Unread<
  | "error"
  | "message"
  | "msg"
  | "type"
  | "code"
  | "status"
  | "status_code"
  | "raw_status_code"
  | "param"
  | "detail"
  | "details"
  | "errors"
  | "metadata"
  | "raw"
  | "retryDelay"
  | "base_resp"
  | "status_msg"
>;

/** The value as a JSON object whose fields are still unread; undefined for arrays, null and everything else. */
export function asObject<Shape extends object>(value: unknown): Shape | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // Safe: every field of the shapes above is optional and unknown, which holds for any object.
  return value as Shape;
}

/** The value as an array of unread elements; empty for anything else. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value if it is a string, otherwise `""`. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The value if it is a finite number, otherwise undefined. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The signature in Google's `extra_content`; `""` for none. */
export function readThoughtSignature(extraContent: unknown): string {
  const google = asObject<WireExtraContent>(extraContent)?.google;
  return asText(asObject<WireGoogleExtra>(google)?.thought_signature);
}

/** Whether Google's `extra_content` marks the text beside it as a thought. */
export function isMarkedThought(extraContent: unknown): boolean {
  const google = asObject<WireExtraContent>(extraContent)?.google;
  return asObject<WireGoogleExtra>(google)?.thought === true;
}

/** Google's `extra_content` around a signature. */
export function thoughtSignature(signature: string): unknown {
  return { google: { thought_signature: signature } };
}
