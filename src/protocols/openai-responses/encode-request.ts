// The neutral request as a call to `/responses` or `/responses/input_tokens`.

import type { TextBlock } from "../../core/block.ts";
import type { Encoded, Loss } from "../../core/loss.ts";
import { isObjectSchema } from "../../core/object-schema.ts";
import type { IrOutputFormat, IrRequest } from "../../core/request.ts";
import type { UpstreamCall, UpstreamTarget } from "../protocol.ts";
import { type BuiltinTool, builtinOfTool } from "./builtin-tools.ts";
import { encodeInput, type InputContext, type Passback, systemItem } from "./encode-input.ts";
import { encodeReasoning, reasoningSupport } from "./reasoning.ts";
import { isStrictSchema } from "./schema.ts";
import { encodeToolChoice } from "./tool-choice.ts";
import { sha256Hex } from "./tool-names.ts";
import { encodeTools } from "./tools.ts";
import { arrayOf, compact, type InputItem, type JsonObject, NO_INSTRUCTIONS, objectOf, PROTOCOL_ID } from "./wire.ts";

const MIN_OUTPUT_TOKENS = 16;
const MAX_USER_ID_LENGTH = 64;
/** Claude Code's attribution line: it changes with every request and would ruin the prompt cache. */
const ATTRIBUTION_PREFIX = "x-anthropic-billing-header:";

/** Older and third parties' fields that the neutral request holds in its own way. */
const CARRIED_CHAT_FIELDS: ReadonlySet<string> = new Set([
  "functions",
  "function_call",
  "reasoning",
  "thinking",
  "enable_thinking",
  "thinking_budget",
]);

/** Fields that go along, because this format has them under the same name. */
const CHAT_FIELDS: ReadonlySet<string> = new Set(["prompt_cache_options", "prompt_cache_retention"]);

const COUNT_FIELDS: ReadonlySet<string> = new Set([
  "model",
  "input",
  "instructions",
  "parallel_tool_calls",
  "reasoning",
  "text",
  "tool_choice",
  "tools",
  "truncation",
]);

const SERVICE_TIERS: ReadonlyMap<string, string> = new Map([
  ["standard_only", "default"],
  ["standard", "default"],
]);
const OWN_SERVICE_TIERS: ReadonlySet<string> = new Set([
  "auto",
  "default",
  "flex",
  "scale",
  "priority",
  "fast",
  "ultrafast",
]);

/** Encodes a request for generation. Never throws; what the API lacks is in `losses`. */
export function encodeRequest(request: IrRequest, target: UpstreamTarget, mintId: () => string): Encoded<UpstreamCall> {
  return encodeCall(request, target, mintId, "/responses", (body) => body);
}

/** Encodes a request for counting its input tokens: the same body without what concerns the answer. */
export function encodeCountRequest(
  request: IrRequest,
  target: UpstreamTarget,
  mintId: () => string,
): Encoded<UpstreamCall> {
  return encodeCall(request, target, mintId, "/responses/input_tokens", (body) =>
    Object.fromEntries(Object.entries(body).filter(([field]) => COUNT_FIELDS.has(field))),
  );
}

function encodeCall(
  request: IrRequest,
  target: UpstreamTarget,
  mintId: () => string,
  path: string,
  select: (body: JsonObject) => JsonObject,
): Encoded<UpstreamCall> {
  const losses: Loss[] = [];
  const { body, toolNames } = encodeBody(request, target, losses);
  const { upstreamId, keyId, model, quirks } = target;
  const value: UpstreamCall = {
    path,
    query: "",
    headers: {},
    body: select(body),
    decode: {
      origin: { protocol: PROTOCOL_ID, upstreamId, keyId, model },
      toolNames: toolNames.size > 0 ? toolNames : undefined,
      quirks,
      mintId,
      loss: (loss) => losses.push(loss),
      isWarmUp: objectOf(body["prompt_cache_options"])["prewarm"] === true ? true : undefined,
    },
  };
  return { value, losses };
}

function encodeBody(
  request: IrRequest,
  target: UpstreamTarget,
  losses: Loss[],
): { body: JsonObject; toolNames: ReadonlyMap<string, string> } {
  const own = request.extensions?.[PROTOCOL_ID];
  const isNative = own !== undefined;
  const extensions = own ?? {};
  const store = request.store ?? false;
  const tools = encodeTools(request.tools, isNative, losses);
  const hasTools = tools.tools.length > 0;
  const asked = isNative ? request : withSchemaInWords(request, losses);
  const { instructions, input } = encodeConversation(asked, target, store, losses);
  reportUnsupported(request, losses);
  const body = compact({
    ...sharedFields(request),
    ...extensions,
    model: target.model,
    instructions,
    input,
    stream: request.stream ? true : undefined,
    store,
    ...encodeTokenLimit(request, extensions, losses),
    ...encodeSampling(request, target.model, losses),
    tools: hasTools ? tools.tools : undefined,
    tool_choice: hasTools ? encodeToolChoice(request.toolChoice, request.tools, losses) : undefined,
    parallel_tool_calls: hasTools ? request.parallelToolCalls : undefined,
    max_tool_calls: extensions["max_tool_calls"] ?? tools.maxToolCalls,
    reasoning: merged(extensions["reasoning"], encodeReasoning(request.reasoning, target.model, losses)),
    text: merged(extensions["text"], encodeText(asked, isNative, losses)),
    include: encodeInclude(request, target.model, extensions),
    top_logprobs: request.logprobs?.enabled ? request.logprobs.topCount : undefined,
    metadata: request.metadata,
    prompt_cache_key: request.promptCacheKey,
    service_tier: encodeServiceTier(request.serviceTier, losses),
    safety_identifier: encodeUserId(request.userId, extensions),
  });
  return { body, toolNames: tools.toolNames };
}

/** OpenAI answers 400 to an output schema without an object at its root, such as the lists of Gemini's clients. */
function withSchemaInWords(request: IrRequest, losses: Loss[]): IrRequest {
  const format = request.outputFormat;
  if (format?.type !== "json-schema" || isObjectSchema(format.schema)) return request;
  const detail = "sent as an instruction, the schema has no object at its root";
  losses.push({ kind: "approximated", path: "text.format", feature: "json-schema", detail });
  const text = `Answer with one JSON value that follows this JSON schema, and nothing else:\n${JSON.stringify(format.schema)}`;
  return { ...request, outputFormat: undefined, system: [...request.system, { type: "text", text }] };
}

function encodeConversation(
  request: IrRequest,
  target: UpstreamTarget,
  store: boolean,
  losses: Loss[],
): { instructions: string | undefined; input: InputItem[] } {
  const systemRole = target.quirks.developerRole === false ? "system" : "developer";
  const builtins = new Map<string, BuiltinTool>();
  for (const tool of request.tools) {
    const builtin = builtinOfTool(tool);
    if (builtin) builtins.set(builtin.tool.name, builtin);
  }
  const explicitCache = target.quirks.explicitCache ?? false;
  const passback = passbackOf(request, target);
  const context: InputContext = { target, store, systemRole, builtins, passback, explicitCache, losses };
  const { instructions, leading } = splitSystem(request, explicitCache);
  const first = systemItem(leading, systemRole, context);
  const items = encodeInput(request.messages, context);
  const input = first ? [first, ...items] : items;
  if (input.length > 0 || instructions === undefined) return { instructions, input };
  // The API wants some input: instructions alone become the conversation.
  return { instructions: undefined, input: [{ type: "message", role: systemRole, content: instructions }] };
}

/**
 * DeepSeek refuses a call without the thinking that led to it, while the model thinks.
 * @source rikkahub/rikkahub#1690, seen 2026-11
 */
function passbackOf(request: IrRequest, { quirks, baseUrl, model }: UpstreamTarget): Passback {
  if (quirks.reasoningPassback !== undefined) return quirks.reasoningPassback ? "required" : "none";
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : "";
  if (host !== "deepseek.com" && !host.endsWith(".deepseek.com")) return "none";
  const { mode, effort } = request.reasoning ?? {};
  const isOff = model === "deepseek-chat" || mode === "disabled" || effort === "none";
  return isOff ? "text" : "required";
}

/**
 * The system prompt is one string, except where that would lose something: breakpoints need parts, and a client of
 * this protocol gets its own split into instructions and leading messages back.
 */
function splitSystem(
  request: IrRequest,
  explicitCache: boolean,
): { instructions: string | undefined; leading: readonly TextBlock[] } {
  const own = request.extensions?.[PROTOCOL_ID];
  const blocks = request.system.filter((block) => block.text !== "" && !block.text.startsWith(ATTRIBUTION_PREFIX));
  if (own && NO_INSTRUCTIONS in own) return { instructions: undefined, leading: blocks };
  if (own) return { instructions: blocks[0]?.text, leading: blocks.slice(1) };
  if (explicitCache && blocks.some((block) => block.cache)) return { instructions: undefined, leading: blocks };
  const text = blocks.map((block) => block.text).join("\n\n");
  return { instructions: text === "" ? undefined : text, leading: [] };
}

/** 0 asks for a cache warm-up without an answer, which this API spells differently. */
function encodeTokenLimit(request: IrRequest, extensions: JsonObject, losses: Loss[]): JsonObject {
  const limit = request.maxOutputTokens;
  if (limit === undefined) return {};
  if (limit === 0) {
    return { prompt_cache_options: { ...objectOf(extensions["prompt_cache_options"]), prewarm: true } };
  }
  if (limit >= MIN_OUTPUT_TOKENS) return { max_output_tokens: limit };
  losses.push({ kind: "approximated", path: "max_output_tokens", feature: "max-output-tokens" });
  return { max_output_tokens: MIN_OUTPUT_TOKENS };
}

/** Reasoning models refuse sampling parameters unless they are told not to reason. */
function encodeSampling(request: IrRequest, model: string, losses: Loss[]): JsonObject {
  const { temperature, topP } = request;
  if (reasoningSupport(model) !== "yes" || request.reasoning?.effort === "none") {
    return { temperature, top_p: topP };
  }
  if (temperature !== undefined) losses.push({ kind: "dropped", path: "temperature", feature: "temperature" });
  if (topP !== undefined) losses.push({ kind: "dropped", path: "top_p", feature: "top-p" });
  return {};
}

function encodeText(request: IrRequest, isNative: boolean, losses: Loss[]): JsonObject | undefined {
  const format = request.outputFormat && encodeFormat(request.outputFormat, isNative, losses);
  if (!format && request.verbosity === undefined) return undefined;
  return compact({ format, verbosity: request.verbosity });
}

function encodeFormat(format: IrOutputFormat, isNative: boolean, losses: Loss[]): JsonObject {
  if (format.type === "json-object") return { type: "json_object" };
  const { name, description, schema } = format;
  let { strict } = format;
  if (!isNative && strict !== false) {
    const canBeStrict = isStrictSchema(schema);
    if (strict && !canBeStrict) {
      losses.push({ kind: "approximated", path: "text.format.strict", feature: "strict-output-schema" });
    }
    strict = canBeStrict;
  }
  return compact({ type: "json_schema", name: name ?? "response", description, schema, strict });
}

function encodeInclude(request: IrRequest, model: string, extensions: JsonObject): unknown[] | undefined {
  const include = new Set(arrayOf(extensions["include"]));
  // Models that cannot reason refuse the field.
  if (reasoningSupport(model) !== "no") include.add("reasoning.encrypted_content");
  if (request.logprobs?.enabled) include.add("message.output_text.logprobs");
  return include.size > 0 ? [...include] : undefined;
}

function encodeServiceTier(tier: string | undefined, losses: Loss[]): string | undefined {
  if (tier === undefined) return undefined;
  const wire = SERVICE_TIERS.get(tier) ?? tier;
  if (OWN_SERVICE_TIERS.has(wire)) return wire;
  losses.push({ kind: "dropped", path: "service_tier", feature: "service-tier" });
  return undefined;
}

function encodeUserId(userId: string | undefined, extensions: JsonObject): string | undefined {
  if (userId === undefined || userId === extensions["user"]) return undefined;
  return userId.length <= MAX_USER_ID_LENGTH ? userId : sha256Hex(userId);
}

/** What the client wrote with the neutral part laid over it; undefined when both are empty. */
function merged(original: unknown, neutral: JsonObject | undefined): JsonObject | undefined {
  const result = { ...objectOf(original), ...neutral };
  return Object.keys(result).length > 0 ? result : undefined;
}

function reportUnsupported(request: IrRequest, losses: Loss[]): void {
  const drop = (path: string, feature: string): void => {
    losses.push({ kind: "dropped", path, feature });
  };
  if (request.stopSequences && request.stopSequences.length > 0) drop("stop", "stop-sequences");
  if (request.topK !== undefined) drop("top_k", "top-k");
  if (request.seed !== undefined) drop("seed", "seed");
  if (request.presencePenalty) drop("presence_penalty", "presence-penalty");
  if (request.frequencyPenalty) drop("frequency_penalty", "frequency-penalty");
  if ((request.candidateCount ?? 1) > 1) losses.push({ kind: "approximated", path: "n", feature: "candidate-count" });
  for (const [protocol, fields] of Object.entries(request.extensions ?? {})) {
    if (protocol === PROTOCOL_ID) continue;
    for (const [field, value] of Object.entries(fields)) {
      // Keys like `#attribution` are another folder's notes, no fields.
      if (value === null || field.startsWith("#")) continue;
      if (protocol === "openai-chat" && (CHAT_FIELDS.has(field) || CARRIED_CHAT_FIELDS.has(field))) continue;
      drop(field, field.replaceAll("_", "-"));
    }
  }
}

/** Fields that chat completions have under the same name, with the same meaning. */
function sharedFields(request: IrRequest): JsonObject {
  const fields = Object.entries(request.extensions?.["openai-chat"] ?? {});
  return Object.fromEntries(fields.filter(([field, value]) => CHAT_FIELDS.has(field) && value !== null));
}
