// A Chat Completions request body, wire to neutral.

import { GatewayError } from "../../core/errors.ts";
import type { LossSink } from "../../core/loss.ts";
import type { IrOutputFormat, IrRequest, IrTool, JsonSchema } from "../../core/request.ts";
import type { RouteMatch } from "../protocol.ts";
import { decodeMessages } from "./decode-messages.ts";
import { invalid, readBoolean, readNumber, readString, requireString } from "./read-field.ts";
import { decodeReasoning, FOREIGN_REASONING_FIELDS } from "./reasoning-effort.ts";
import { decodeToolChoice, decodeTools } from "./tools.ts";
import { asArray, asObject, asText, type WireRequest } from "./wire.ts";

/** Fields that the neutral request holds; all others go to the extensions. */
const HELD: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "stream",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "n",
  "top_logprobs",
  "verbosity",
  "safety_identifier",
  "metadata",
  "prompt_cache_key",
  "service_tier",
  "store",
  "web_search_options",
]);

/**
 * Reads a request body. Throws `client-invalid-request` with the place of the first fault. Unknown fields are kept
 * in `extensions["openai-chat"]`, which is always present: it tells the encoder that the client speaks chat.
 */
export function decodeRequest(value: unknown, _route: RouteMatch, loss: LossSink): IrRequest {
  const body = asObject<WireRequest>(value);
  if (!body) throw invalid("body", "an object", value);
  const model = requireString(body.model, "model");
  const stream = readBoolean(body.stream, "stream") ?? false;
  const { system, messages } = decodeMessages(body.messages, loss);
  if (system.length === 0 && messages.length === 0) {
    throw new GatewayError(
      "client-invalid-request",
      "messages: expected at least one message with content, found none",
    );
  }
  return {
    model,
    stream,
    system,
    messages,
    tools: [...decodeTools(body.tools, body.functions), ...webSearch(body.web_search_options)],
    toolChoice: decodeToolChoice(body.tool_choice, body.function_call),
    parallelToolCalls: readBoolean(body.parallel_tool_calls, "parallel_tool_calls"),
    maxOutputTokens:
      readNumber(body.max_completion_tokens, "max_completion_tokens") ?? readNumber(body.max_tokens, "max_tokens"),
    temperature: readNumber(body.temperature, "temperature"),
    topP: readNumber(body.top_p, "top_p"),
    topK: readNumber(body.top_k, "top_k"),
    stopSequences: readStop(body.stop),
    presencePenalty: readNumber(body.presence_penalty, "presence_penalty"),
    frequencyPenalty: readNumber(body.frequency_penalty, "frequency_penalty"),
    seed: readNumber(body.seed, "seed"),
    candidateCount: readNumber(body.n, "n"),
    logprobs: readLogprobs(body),
    reasoning: decodeReasoning(body),
    outputFormat: readFormat(body.response_format),
    verbosity: readString(body.verbosity, "verbosity"),
    userId: readString(body.safety_identifier, "safety_identifier") ?? readString(body.user, "user"),
    metadata: readMetadata(body.metadata),
    promptCacheKey: readString(body.prompt_cache_key, "prompt_cache_key"),
    serviceTier: readString(body.service_tier, "service_tier"),
    store: readBoolean(body.store, "store"),
    includeUsage: asObject<{ include_usage?: unknown }>(body.stream_options)?.include_usage === true,
    extensions: { "openai-chat": extensionsOf(body) },
  };
}

function extensionsOf(body: WireRequest): Record<string, unknown> {
  const extensions: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(body)) {
    if (HELD.has(field) || isHeldElsewhere(field, value, body)) continue;
    extensions[field] = value;
  }
  return extensions;
}

/** Fields that the neutral request holds in some of their forms only. */
function isHeldElsewhere(field: string, value: unknown, body: WireRequest): boolean {
  switch (field) {
    case "stream_options":
      return Object.keys(asObject<object>(value) ?? {}).every((key) => key === "include_usage");
    case "user":
      return asText(body.safety_identifier) === "";
    case "logprobs":
      return value === null || typeof value === "boolean";
    case "response_format":
      return value === null || readFormat(value) !== undefined || asObject<{ type?: unknown }>(value)?.type === "text";
    case "reasoning_effort":
      // Beside a field of another server it goes back together with that one.
      return value === null || !FOREIGN_REASONING_FIELDS.some((name) => body[name] !== undefined);
    case "function_call":
      return true;
    default:
      return false;
  }
}

function readStop(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) throw invalid("stop", "a string or an array of strings", value);
  return value.map((item, i) => {
    if (typeof item !== "string") throw invalid(`stop[${i}]`, "a string", item);
    return item;
  });
}

function readLogprobs(body: WireRequest): IrRequest["logprobs"] {
  if (typeof body.logprobs !== "boolean") return undefined;
  return { enabled: body.logprobs, topCount: readNumber(body.top_logprobs, "top_logprobs") };
}

function readFormat(value: unknown): IrOutputFormat | undefined {
  if (value === undefined || value === null) return undefined;
  const format = asObject<{ type?: unknown; json_schema?: unknown }>(value);
  if (!format) throw invalid("response_format", "an object", value);
  if (format.type === "json_object") return { type: "json-object" };
  if (format.type !== "json_schema") return undefined;
  const wire = asObject<{ name?: unknown; description?: unknown; schema?: unknown; strict?: unknown }>(
    format.json_schema,
  );
  if (!wire) throw invalid("response_format.json_schema", "an object", format.json_schema);
  return {
    type: "json-schema",
    name: asText(wire.name) || undefined,
    description: asText(wire.description) || undefined,
    schema: asObject<JsonSchema>(wire.schema) ?? {},
    strict: typeof wire.strict === "boolean" ? wire.strict : undefined,
  };
}

function readMetadata(value: unknown): Record<string, string> | undefined {
  const wire = asObject<Record<string, unknown>>(value);
  if (!wire) return undefined;
  const metadata: Record<string, string> = {};
  for (const [key, item] of Object.entries(wire)) if (typeof item === "string") metadata[key] = item;
  return metadata;
}

/** The place without the level that only chat has: `{type: "approximate", approximate: {country}}`. */
function readLocation(value: unknown): unknown {
  const location = asObject<{ approximate?: unknown }>(value);
  if (!location) return undefined;
  const { approximate, ...rest } = location;
  return { ...rest, ...asObject<object>(approximate) };
}

/** `web_search_options` is a hosted tool written as a field. */
function webSearch(value: unknown): IrTool[] {
  const options = asObject<{ user_location?: unknown; filters?: unknown }>(value);
  if (!options) return [];
  const domains = asArray(asObject<{ allowed_domains?: unknown }>(options.filters)?.allowed_domains);
  const allowedDomains = domains.filter((domain) => typeof domain === "string");
  return [
    {
      type: "server",
      tool: "web-search",
      name: "web_search_options",
      userLocation: readLocation(options.user_location),
      allowedDomains: allowedDomains.length > 0 ? allowedDomains : undefined,
      origin: "openai-chat",
      wire: value,
    },
  ];
}
