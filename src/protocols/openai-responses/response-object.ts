// The response object: what stands in every lifecycle event and in the JSON answer, echoing the client's request.

import type { IrRequest } from "../../core/request.ts";
import type { ReplyContext } from "../protocol.ts";
import { encodeToolChoice } from "./tool-choice.ts";
import { encodeTools } from "./tools.ts";
import { trailOf } from "./trail.ts";
import { compact, type JsonObject, NO_INSTRUCTIONS, objectOf, PROTOCOL_ID } from "./wire.ts";

/** Fields that do not change while the answer grows. `completed_at` is left out: nothing here knows the time. */
export function responseEcho(context: ReplyContext): JsonObject {
  const { request } = context;
  const extensions = request.extensions?.[PROTOCOL_ID] ?? {};
  return {
    id: trailOf(context)?.responseId ?? context.answerId ?? `resp_${context.responseId}`,
    object: "response",
    created_at: context.createdAt,
    access_programs: null,
    background: false,
    error: null,
    instructions: instructionsOf(request),
    max_output_tokens: request.maxOutputTokens ?? null,
    max_tool_calls: extensions["max_tool_calls"] ?? null,
    metadata: request.metadata ?? {},
    model: context.model,
    parallel_tool_calls: request.parallelToolCalls ?? true,
    previous_response_id: null,
    prompt_cache_key: request.promptCacheKey ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    safety_identifier: request.userId ?? null,
    service_tier: request.serviceTier ?? "default",
    store: request.store ?? false,
    temperature: request.temperature ?? null,
    text: textOf(request),
    tool_choice: encodeToolChoice(request.toolChoice, request.tools, []) ?? "auto",
    tools: encodeTools(request.tools, true, []).tools,
    top_logprobs: request.logprobs?.topCount ?? 0,
    top_p: request.topP ?? null,
    truncation: extensions["truncation"] ?? "disabled",
    user: extensions["user"] ?? null,
  };
}

/** The object before the answer is known. */
export function openResponse(echo: JsonObject): JsonObject {
  return { ...echo, status: "in_progress", incomplete_details: null, output: [], usage: null };
}

/** The same without the echoes that make it long, for heartbeats. */
export function heartbeatResponse(echo: JsonObject): JsonObject {
  return { ...openResponse(echo), instructions: null, tools: [] };
}

function instructionsOf(request: IrRequest): string | null {
  const extensions = request.extensions?.[PROTOCOL_ID];
  if (extensions && NO_INSTRUCTIONS in extensions) return null;
  return request.system[0]?.text ?? null;
}

function textOf(request: IrRequest): JsonObject {
  const original = objectOf(request.extensions?.[PROTOCOL_ID]?.["text"]);
  const { outputFormat } = request;
  const format =
    outputFormat === undefined
      ? { type: "text" }
      : outputFormat.type === "json-object"
        ? { type: "json_object" }
        : compact({
            type: "json_schema",
            name: outputFormat.name ?? "response",
            description: outputFormat.description,
            schema: outputFormat.schema,
            strict: outputFormat.strict ?? false,
          });
  return { ...original, format, verbosity: request.verbosity ?? "medium" };
}
