// A client's request body, for conversion. Fields that need the provider's own store are refused here;
// on a same-protocol route bodies pass through and never come here.

import type { TextBlock } from "../../core/block.ts";
import type { LossSink } from "../../core/loss.ts";
import type { IrOutputFormat, IrRequest } from "../../core/request.ts";
import type { RouteMatch } from "../protocol.ts";
import { decodeInput } from "./decode-input.ts";
import { decodeReasoning } from "./reasoning.ts";
import { decodeToolChoice } from "./tool-choice.ts";
import { decodeTools } from "./tools.ts";
import {
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalString,
  refuse,
  reject,
  requireObject,
  requireString,
} from "./validate.ts";
import { arrayOf, compact, type JsonObject, NO_INSTRUCTIONS, objectOf, PROTOCOL_ID, stringOf } from "./wire.ts";

/** Fields that the neutral request holds in places of its own. */
const NEUTRAL_FIELDS: ReadonlySet<string> = new Set([
  "model",
  "input",
  "instructions",
  "stream",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "max_output_tokens",
  "temperature",
  "top_p",
  "top_logprobs",
  "safety_identifier",
  "metadata",
  "prompt_cache_key",
  "service_tier",
  "store",
  // Kept below, without what the neutral request holds.
  "include",
  "reasoning",
  "text",
]);

/** Parts of `reasoning` and `text` that the neutral request holds. */
const NEUTRAL_REASONING: ReadonlySet<string> = new Set(["effort", "summary", "generate_summary"]);
const NEUTRAL_TEXT: ReadonlySet<string> = new Set(["format", "verbosity"]);

const LOGPROBS = "message.output_text.logprobs";

/** Extras of the answer that clients get whatever the upstream speaks. */
const HONOURED_INCLUDES: ReadonlySet<unknown> = new Set([LOGPROBS, "reasoning.encrypted_content"]);

/**
 * Reads a request. `extensions["openai-responses"]` is always set, which tells the encoder of this protocol that the
 * client spoke it; see also NO_INSTRUCTIONS.
 * Throws `client-invalid-request`, and `conversion-refused` where only the provider has what the request needs.
 */
export function decodeRequest(value: unknown, _route: RouteMatch, loss: LossSink): IrRequest {
  const body = requireObject(value, "body");
  const model = body["model"];
  if (typeof model !== "string" || model === "") reject("model", "a non-empty string", model);
  refuseServerState(body);

  const instructions = optionalString(body["instructions"], "instructions");
  const input = decodeInput(body["input"] ?? (instructions === undefined ? undefined : []), loss);
  const system: TextBlock[] = instructions ? [{ type: "text", text: instructions }] : [];
  const text = optionalObject(body["text"], "text") ?? {};
  const reasoning = optionalObject(body["reasoning"], "reasoning");
  const wantsLogprobs = arrayOf(body["include"]).includes(LOGPROBS);
  const topLogprobs = optionalNumber(body["top_logprobs"], "top_logprobs");
  return compact<IrRequest>({
    model: model as string,
    stream: optionalBoolean(body["stream"], "stream") ?? false,
    system: [...system, ...input.system],
    messages: input.messages,
    tools: [...decodeTools(body["tools"], "tools", loss), ...input.tools],
    toolChoice: decodeToolChoice(body["tool_choice"], "tool_choice"),
    parallelToolCalls: optionalBoolean(body["parallel_tool_calls"], "parallel_tool_calls"),
    maxOutputTokens: optionalNumber(body["max_output_tokens"], "max_output_tokens"),
    temperature: optionalNumber(body["temperature"], "temperature"),
    topP: optionalNumber(body["top_p"], "top_p"),
    logprobs: wantsLogprobs || topLogprobs ? compact({ enabled: true, topCount: topLogprobs }) : undefined,
    reasoning: decodeReasoning(reasoning),
    outputFormat: decodeFormat(text["format"], loss),
    verbosity: optionalString(text["verbosity"], "text.verbosity"),
    userId: stringOf(body["safety_identifier"]) ?? stringOf(body["user"]),
    metadata: decodeMetadata(body["metadata"]),
    promptCacheKey: optionalString(body["prompt_cache_key"], "prompt_cache_key"),
    serviceTier: optionalString(body["service_tier"], "service_tier"),
    store: optionalBoolean(body["store"], "store"),
    includeUsage: true,
    extensions: { [PROTOCOL_ID]: extensionsOf(body, instructions, reasoning, text) },
  });
}

function refuseServerState(body: JsonObject): void {
  const why = "needs state that only the provider holds and cannot be converted, send the whole conversation in input";
  for (const field of ["previous_response_id", "conversation", "prompt"]) {
    const value = body[field];
    // Clients that know this code send the conversation.
    const code = field === "previous_response_id" ? "previous_response_not_found" : undefined;
    if (value !== undefined && value !== null && value !== "") refuse(field, why, code);
  }
  if (body["background"] === true) refuse("background", "background answers cannot be converted");
  const policy = objectOf(objectOf(body["moderation"])["policy"]);
  for (const side of ["input", "output"]) {
    if (objectOf(policy[side])["mode"] === "block") {
      refuse(`moderation.policy.${side}.mode`, "blocking moderation cannot be converted");
    }
  }
}

function decodeFormat(format: unknown, loss: LossSink): IrOutputFormat | undefined {
  if (format === undefined || format === null) return undefined;
  const wire = requireObject(format, "text.format");
  const type = requireString(wire["type"], "text.format.type");
  if (type === "json_object") return { type: "json-object" };
  if (type === "json_schema") {
    return compact({
      type: "json-schema" as const,
      name: stringOf(wire["name"]),
      description: stringOf(wire["description"]),
      schema: requireObject(wire["schema"], "text.format.schema"),
      strict: optionalBoolean(wire["strict"], "text.format.strict"),
    });
  }
  if (type !== "text") loss({ kind: "dropped", path: "text.format", feature: "output-format" });
  return undefined;
}

function decodeMetadata(value: unknown): Record<string, string> | undefined {
  const metadata = optionalObject(value, "metadata");
  if (!metadata) return undefined;
  const entries = Object.entries(metadata).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function extensionsOf(
  body: JsonObject,
  instructions: string | undefined,
  reasoning: JsonObject | undefined,
  text: JsonObject,
): JsonObject {
  const extensions: Record<string | symbol, unknown> = {};
  for (const [field, value] of Object.entries(body)) {
    if (value !== undefined && value !== null && !NEUTRAL_FIELDS.has(field)) extensions[field] = value;
  }
  const include = arrayOf(body["include"]).filter((value) => !HONOURED_INCLUDES.has(value));
  if (include.length > 0) extensions["include"] = include;
  const reasoningRest = without(reasoning ?? {}, NEUTRAL_REASONING);
  if (reasoningRest) extensions["reasoning"] = reasoningRest;
  const textRest = without(text, NEUTRAL_TEXT);
  if (textRest) extensions["text"] = textRest;
  if (!instructions) extensions[NO_INSTRUCTIONS] = true;
  return extensions;
}

/** The fields that are set and not among the known ones; undefined for none. */
function without(value: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const rest = Object.entries(value).filter(([key, field]) => field !== null && !known.has(key));
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}
