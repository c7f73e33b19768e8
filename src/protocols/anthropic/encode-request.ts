// A Messages request towards an upstream, IR to wire.

import type { OpaqueOrigin, TextBlock } from "../../core/block.ts";
import type { Encoded, Loss, LossSink } from "../../core/loss.ts";
import { opaqueFits } from "../../core/opaque-envelope.ts";
import type { IrRequest } from "../../core/request.ts";
import type { UpstreamCall, UpstreamTarget } from "../protocol.ts";
import { limitBreakpoints } from "./cache.ts";
import { encodeText, type ReasoningPolicy } from "./encode-blocks.ts";
import { encodeMessages, type Turn } from "./encode-messages.ts";
import { ATTRIBUTION_KEY, isWireField, TOOLS_KEY } from "./extensions.ts";
import { DEFAULT_VERSION } from "./headers.ts";
import { type ModelFacts, modelFacts } from "./model-facts.ts";
import { encodeReasoning } from "./reasoning.ts";
import { lacksThinkingInToolLoop, repairTurns } from "./repair-turns.ts";
import {
  addServiceTier,
  addStopSequences,
  addUser,
  merged,
  outputConfig,
  recordUnsupported,
} from "./request-fields.ts";
import { encodeSampling } from "./sampling.ts";
import { encodeToolChoice } from "./tool-choice.ts";
import { type AnthropicDecodeContext, toolIdentities } from "./tool-names.ts";
import { encodeTools } from "./tools.ts";
import { arrayOf, isObject, type WireObject } from "./wire.ts";

/** `max_tokens` for clients that name none; the field is required. Capped by what the model is known to allow. */
const DEFAULT_MAX_TOKENS = 32_000;

/** Fields that a count-tokens body may hold. @source SDK 1.12.0 MessageCountTokensParams and its beta */
const COUNT_FIELDS: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "cache_control",
  "context_management",
  "mcp_servers",
  "speed",
  "user_profile_id",
  "workspace_id",
]);

/** Writes a generate call. Never throws; never changes the request. */
export function encodeRequest(request: IrRequest, target: UpstreamTarget, mintId: () => string): Encoded<UpstreamCall> {
  const losses: Loss[] = [];
  const { body, betas } = encodeBody(request, target, (loss) => losses.push(loss));
  return { value: upstreamCall("/messages", body, betas, { request, target, mintId, losses }), losses };
}

/** Writes a count-tokens call: the same prompt without what only generating needs. */
export function encodeCountRequest(
  request: IrRequest,
  target: UpstreamTarget,
  mintId: () => string,
): Encoded<UpstreamCall> {
  const losses: Loss[] = [];
  const { body, betas } = encodeBody(request, target, (loss) => losses.push(loss));
  const counted = Object.fromEntries(Object.entries(body).filter(([key]) => COUNT_FIELDS.has(key)));
  return { value: upstreamCall("/messages/count_tokens", counted, betas, { request, target, mintId, losses }), losses };
}

interface CallParts {
  readonly request: IrRequest;
  readonly target: UpstreamTarget;
  readonly mintId: () => string;
  readonly losses: Loss[];
}

function upstreamCall(path: string, body: unknown, betas: readonly string[], parts: CallParts): UpstreamCall {
  const { request, target, mintId, losses } = parts;
  const headers: Record<string, string> = { "anthropic-version": target.quirks.anthropicVersion ?? DEFAULT_VERSION };
  if (betas.length > 0) headers["anthropic-beta"] = betas.join(",");
  const origin: OpaqueOrigin = {
    protocol: "anthropic",
    upstreamId: target.upstreamId,
    keyId: target.keyId === "" ? undefined : target.keyId,
    model: target.model,
  };
  const tools = toolIdentities(request);
  const decode: AnthropicDecodeContext = {
    origin,
    toolNames: new Map([...tools].map(([wireName, identity]) => [wireName, identity.name])),
    tools,
    quirks: target.quirks,
    mintId,
    loss: (loss) => losses.push(loss),
  };
  return { path, query: "", headers, body, decode };
}

interface EncodedBody {
  readonly body: Record<string, unknown>;
  readonly betas: readonly string[];
}

function encodeBody(request: IrRequest, target: UpstreamTarget, loss: LossSink): EncodedBody {
  const facts = modelFacts(target.model);
  const kept = request.extensions?.anthropic;
  const isNative = kept !== undefined;
  const reasoning = encodeReasoning(request, { facts, isNative, maxTokens: maxTokens(request, facts), loss });
  if (request.maxOutputTokens !== undefined && reasoning.maxTokens !== request.maxOutputTokens)
    loss({
      kind: "approximated",
      path: "max_tokens",
      feature: "max-output-tokens",
      detail: "the model's limit or the thinking budget wants another number",
    });
  const hasBudget = reasoning.thinking?.["type"] === "enabled";
  const { turns, thinking } = conversation(request, target, facts, reasoning.thinking, loss);

  const declared = encodeTools(request, objectOrNone(kept?.[TOOLS_KEY]), loss);
  const stubs = declared.tools.length === 0 ? stubTools(turns, loss) : [];
  const { tools, toolChoice } =
    stubs.length > 0
      ? { tools: stubs, toolChoice: { type: "none" } }
      : encodeToolChoice(request, declared.tools, facts.forcedTools && !(hasBudget && thinking !== undefined), loss);
  const output = outputConfig(request, facts, reasoning.effort, isNative, loss);
  const system = encodeSystem(request, output.nudge);

  const body: Record<string, unknown> = {};
  if (kept) restoreExtensions(body, kept);
  recordForeignExtensions(request, loss);
  body["model"] = target.model;
  body["max_tokens"] = reasoning.maxTokens;
  if (system.length > 0) body["system"] = system;
  body["messages"] = turns;
  if (tools.length > 0) body["tools"] = tools;
  if (toolChoice) body["tool_choice"] = toolChoice;
  if (thinking) body["thinking"] = merged(body["thinking"], thinking);
  else delete body["thinking"];
  if (output.config) body["output_config"] = merged(body["output_config"], output.config);
  if (request.stream) body["stream"] = true;
  Object.assign(body, encodeSampling(request, { facts, version: target.quirks.anthropicVersion, thinking, loss }));
  addStopSequences(body, request, loss);
  addUser(body, request, loss);
  addServiceTier(body, request, loss);
  if (declared.mcpServers.length > 0) body["mcp_servers"] = [...arrayOf(body["mcp_servers"]), ...declared.mcpServers];
  recordUnsupported(request, loss);
  limitBreakpoints([tools, system, ...turns.map((turn) => turn.content)], loss);
  return { body, betas: declared.betas };
}

function objectOrNone(value: unknown): WireObject | undefined {
  return isObject(value) ? value : undefined;
}

/** Cap for foreign clients only: a native client may have a beta that allows more. */
function maxTokens(request: IrRequest, facts: ModelFacts): number {
  const limit = facts.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const asked = request.maxOutputTokens;
  if (asked === undefined) return Math.min(DEFAULT_MAX_TOKENS, limit);
  if (request.extensions?.anthropic !== undefined) return asked;
  return Math.min(Math.max(1, Math.floor(asked)), limit);
}

interface Conversation {
  readonly turns: Turn[];
  readonly thinking: WireObject | undefined;
}

function conversation(
  request: IrRequest,
  target: UpstreamTarget,
  facts: ModelFacts,
  thinking: WireObject | undefined,
  loss: LossSink,
): Conversation {
  const policy = reasoningPolicy(request, target, facts);
  const encoded = encodeMessages(request.messages, { reasoning: policy, midSystem: facts.midSystem, loss });
  const isThinking = thinking !== undefined && thinking["type"] !== "disabled";
  const turns = repairTurns(encoded, { canPrefill: facts.prefill && !isThinking, loss });
  if (thinking?.["type"] === "enabled" && facts.isClaude && lacksThinkingInToolLoop(turns)) {
    loss({
      kind: "dropped",
      path: "thinking",
      feature: "thinking",
      detail: "the running tool loop has no thinking of this upstream, which a budget demands",
    });
    return { turns, thinking: undefined };
  }
  return { turns, thinking };
}

/**
 * Which thinking goes back. If one block of this protocol does not fit (other upstream or key), none is sent: the API
 * refuses conversations with gaps. Servers of other makers get thinking text unsigned; they demand it in tool loops.
 */
function reasoningPolicy(request: IrRequest, target: UpstreamTarget, facts: ModelFacts): ReasoningPolicy {
  const fitsTarget = (origin: OpaqueOrigin): boolean =>
    opaqueFits(origin, "anthropic", target.upstreamId, target.keyId);
  const allFit = request.messages.every((message) =>
    message.content.every(
      (block) =>
        block.type !== "reasoning" ||
        block.opaque === undefined ||
        block.opaque.origin.protocol !== "anthropic" ||
        fitsTarget(block.opaque.origin),
    ),
  );
  return {
    fits: (opaque) => allFit && fitsTarget(opaque.origin),
    keepsUnsigned: target.quirks.reasoningPassback ?? !facts.isClaude,
  };
}

function encodeSystem(request: IrRequest, nudge: string | undefined): WireObject[] {
  const attribution = arrayOf(request.extensions?.anthropic?.[ATTRIBUTION_KEY]).filter(isObject);
  const blocks: WireObject[] = [...attribution];
  for (const block of request.system) {
    const wire = encodeText(withoutCitations(block), false);
    if (wire) blocks.push(wire);
  }
  if (nudge !== undefined) blocks.push({ type: "text", text: nudge });
  return blocks;
}

function withoutCitations(block: TextBlock): TextBlock {
  return block.citations ? { type: "text", text: block.text, cache: block.cache } : block;
}

/** Some servers (Bedrock) refuse tool blocks in the history of a request without tools. */
function stubTools(turns: readonly Turn[], loss: LossSink): WireObject[] {
  const names = new Set<string>();
  for (const turn of turns) {
    for (const block of turn.content) if (block["type"] === "tool_use") names.add(String(block["name"]));
  }
  if (names.size > 0) {
    loss({ kind: "invented", path: "tools", feature: "tool-stubs", detail: "the history calls tools nobody declared" });
  }
  return [...names].map((name) => ({ name, input_schema: { type: "object", properties: {} } }));
}

function restoreExtensions(body: Record<string, unknown>, kept: WireObject): void {
  for (const [key, value] of Object.entries(kept)) if (isWireField(key)) body[key] = value;
}

function recordForeignExtensions(request: IrRequest, loss: LossSink): void {
  for (const [protocol, fields] of Object.entries(request.extensions ?? {})) {
    if (protocol === "anthropic") continue;
    for (const [key, value] of Object.entries(fields)) {
      if (isWireField(key) && value !== null)
        loss({ kind: "dropped", path: key, feature: key.replaceAll("_", "-").toLowerCase() });
    }
  }
}
