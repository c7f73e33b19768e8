// A Gemini client's request in neutral form. camelCase and snake_case are equally legal; unknown fields are kept.

import { GatewayError } from "../../core/errors.ts";
import type { LossSink } from "../../core/loss.ts";
import type { IrOutputFormat, IrRequest, IrToolChoice } from "../../core/request.ts";
import type { RouteMatch } from "../protocol.ts";
import { decodeContents, decodeSystem } from "./decode-contents.ts";
import { bareModel } from "./headers.ts";
import { decodeReasoning, isDynamicBudget } from "./reasoning.ts";
import { readSchema } from "./schema-from-openapi.ts";
import { decodeToolChoice, decodeTools } from "./tools.ts";
import {
  asArray,
  asString,
  isObject,
  readField,
  requireNumber,
  requireString,
  type WireObject,
  wrongType,
} from "./wire.ts";

/** Top-level fields that have a place of their own; all others go into the extensions. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "model",
  "contents",
  "systemInstruction",
  "system_instruction",
  "tools",
  "toolConfig",
  "tool_config",
  "generationConfig",
  "generation_config",
]);

/** Fields of `generationConfig` that have a place of their own, in both spellings. */
const KNOWN_SETTINGS: ReadonlySet<string> = new Set(
  [
    ["temperature", "temperature"],
    ["topP", "top_p"],
    ["topK", "top_k"],
    ["candidateCount", "candidate_count"],
    ["maxOutputTokens", "max_output_tokens"],
    ["stopSequences", "stop_sequences"],
    ["presencePenalty", "presence_penalty"],
    ["frequencyPenalty", "frequency_penalty"],
    ["seed", "seed"],
    ["responseLogprobs", "response_logprobs"],
    ["logprobs", "logprobs"],
    ["thinkingConfig", "thinking_config"],
    ["responseMimeType", "response_mime_type"],
    ["responseSchema", "response_schema"],
    ["responseJsonSchema", "response_json_schema"],
  ].flat(),
);

/**
 * Reads a request of any operation; for count-tokens the request may sit inside `generateContentRequest`.
 * @throws GatewayError `client-invalid-request`
 */
export function decodeRequest(value: unknown, route: RouteMatch, loss: LossSink): IrRequest {
  if (!isObject(value)) throw wrongType("body", "an object", value);
  const inner = readField(value, "generateContentRequest", "generate_content_request");
  const body = route.operation === "count-tokens" && isObject(inner) ? inner : value;
  const model = bareModel(route.model ?? asString(body["model"]) ?? "");
  if (model === "")
    throw new GatewayError("client-invalid-request", "model: expected a non-empty string, found nothing");
  const settings = readField(body, "generationConfig", "generation_config") ?? {};
  if (!isObject(settings)) throw wrongType("generationConfig", "an object", settings);
  const toolConfig = readField(body, "toolConfig", "tool_config");
  const calling = isObject(toolConfig)
    ? readField(toolConfig, "functionCallingConfig", "function_calling_config")
    : undefined;
  const toolChoice = decodeToolChoice(calling);
  return {
    model,
    stream: route.stream ?? false,
    system: [...decodeSystem(body["systemInstruction"]), ...decodeSystem(body["system_instruction"])],
    messages: decodeContents(body["contents"] ?? undefined, loss),
    tools: decodeTools(body["tools"], loss),
    toolChoice,
    ...decodeSettings(settings),
    includeUsage: true,
    extensions: readExtensions(body, settings, toolConfig, toolChoice),
  };
}

type Settings = Partial<
  Pick<
    IrRequest,
    | "maxOutputTokens"
    | "temperature"
    | "topP"
    | "topK"
    | "stopSequences"
    | "presencePenalty"
    | "frequencyPenalty"
    | "seed"
    | "candidateCount"
    | "logprobs"
    | "reasoning"
    | "outputFormat"
  >
>;

function decodeSettings(settings: WireObject): Settings {
  const number = (camel: string, snake: string) =>
    requireNumber(readField(settings, camel, snake), `generationConfig.${camel}`);
  return {
    maxOutputTokens: number("maxOutputTokens", "max_output_tokens"),
    temperature: number("temperature", "temperature"),
    topP: number("topP", "top_p"),
    topK: number("topK", "top_k"),
    presencePenalty: number("presencePenalty", "presence_penalty"),
    frequencyPenalty: number("frequencyPenalty", "frequency_penalty"),
    seed: number("seed", "seed"),
    candidateCount: number("candidateCount", "candidate_count"),
    stopSequences: decodeStops(readField(settings, "stopSequences", "stop_sequences")),
    logprobs: decodeLogprobsWish(settings),
    reasoning: decodeReasoning(readField(settings, "thinkingConfig", "thinking_config")),
    outputFormat: decodeFormat(settings),
  };
}

function decodeStops(value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrongType("generationConfig.stopSequences", "an array", value);
  return value
    .map((stop, index) => requireString(stop, `generationConfig.stopSequences[${index}]`) ?? "")
    .filter((stop) => stop !== "");
}

function decodeLogprobsWish(settings: WireObject): IrRequest["logprobs"] {
  const enabled = readField(settings, "responseLogprobs", "response_logprobs");
  const topCount = requireNumber(settings["logprobs"] ?? undefined, "generationConfig.logprobs");
  if (enabled !== true && topCount === undefined) return undefined;
  return { enabled: enabled === true, topCount };
}

function decodeFormat(settings: WireObject): IrOutputFormat | undefined {
  if (mimeTypeOf(settings) !== "application/json") return undefined;
  const schema = readSchema(settings, "response");
  return schema ? { type: "json-schema", schema } : { type: "json-object" };
}

function mimeTypeOf(settings: WireObject): string | undefined {
  return asString(readField(settings, "responseMimeType", "response_mime_type"))?.toLowerCase();
}

/**
 * Everything that only Gemini knows, in the client's spelling; `null` counts as absent. `gemini` is always present: it
 * tells the encoder that the client speaks Gemini.
 */
function readExtensions(
  body: WireObject,
  settings: WireObject,
  toolConfig: unknown,
  toolChoice: IrToolChoice | undefined,
): NonNullable<IrRequest["extensions"]> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) {
    if (value !== null && value !== undefined && !KNOWN_FIELDS.has(key)) kept[key] = value;
  }
  const leftSettings = readLeftSettings(settings);
  if (Object.keys(leftSettings).length > 0) kept["generationConfig"] = leftSettings;
  if (isObject(toolConfig) && !isPlainToolConfig(toolConfig, toolChoice)) kept["toolConfig"] = toolConfig;
  return { gemini: kept };
}

function readLeftSettings(settings: WireObject): WireObject {
  const left: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(settings)) {
    if (value !== null && value !== undefined && !KNOWN_SETTINGS.has(key)) left[key] = value;
  }
  const thinkingConfig = readField(settings, "thinkingConfig", "thinking_config");
  if (isDynamicBudget(thinkingConfig)) left["thinkingConfig"] = thinkingConfig;
  const mimeType = mimeTypeOf(settings);
  if (mimeType !== undefined && mimeType !== "application/json" && mimeType !== "text/plain") {
    left["responseMimeType"] = mimeType;
    const schema = readField(settings, "responseSchema", "response_schema");
    if (schema !== undefined) left["responseSchema"] = schema;
  }
  return left;
}

/** Whether the neutral tool choice says all that the tool configuration says. */
function isPlainToolConfig(toolConfig: WireObject, toolChoice: IrToolChoice | undefined): boolean {
  const keys = Object.keys(toolConfig).filter((key) => toolConfig[key] !== null);
  if (keys.some((key) => key !== "functionCallingConfig" && key !== "function_calling_config")) return false;
  const calling = readField(toolConfig, "functionCallingConfig", "function_calling_config");
  if (!isObject(calling)) return true;
  const known = new Set(["mode", "allowedFunctionNames", "allowed_function_names"]);
  if (Object.keys(calling).some((key) => !known.has(key) && calling[key] !== null)) return false;
  const isValidated = asString(calling["mode"])?.toUpperCase() === "VALIDATED";
  const names = asArray(readField(calling, "allowedFunctionNames", "allowed_function_names"));
  return toolChoice !== undefined && !(isValidated && names.length === 0);
}
