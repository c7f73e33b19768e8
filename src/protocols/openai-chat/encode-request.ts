// A neutral request to a Chat Completions body, for OpenAI and for the servers that copy it.

import type { IrBlock } from "../../core/block.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Encoded, Loss } from "../../core/loss.ts";
import type { IrRequest, IrTool } from "../../core/request.ts";
import type { UpstreamCall, UpstreamTarget } from "../protocol.ts";
import type { ChatDecodeContext } from "./decode-context.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeOutput, jsonInstruction } from "./encode-output.ts";
import { encodeIdentity, encodeSampling } from "./encode-sampling.ts";
import { upstreamPath } from "./headers.ts";
import type { MessageTarget } from "./message-target.ts";
import { thinksUnlessTold } from "./reasoning.ts";
import { encodeReasoning, FOREIGN_REASONING_FIELDS } from "./reasoning-effort.ts";
import { createToolNames } from "./tool-names.ts";
import { declaredName, encodeToolChoice, encodeTools } from "./tools.ts";

/** Most cache breakpoints a request may write. */
const MAX_BREAKPOINTS = 4;

/**
 * Encodes a request. Fields that only chat knows come back from the extensions; everything the target cannot take
 * is a loss. Throws `conversion-refused` where dropping would change what the model is asked about.
 */
export function encodeRequest(request: IrRequest, target: UpstreamTarget, mintId: () => string): Encoded<UpstreamCall> {
  const losses: Loss[] = [];
  const loss = (item: Loss): void => {
    losses.push(item);
  };
  const dialect = dialectOf(target);
  const own = request.extensions?.["openai-chat"];
  const isOwn = own !== undefined;
  const names = createToolNames(isOwn && !dialect.isOpenAi);
  const messageTarget: MessageTarget = {
    dialect,
    target,
    isOwn,
    isThinking: thinksUnlessTold(request.reasoning),
    names,
    cached: breakpoints(request, dialect),
    loss,
  };
  const tools = encodeToolFields(request, messageTarget);
  const body: Record<string, unknown> = {
    model: target.model,
    messages: encodeMessages(request, jsonInstruction(request.outputFormat, isOwn, dialect), messageTarget),
    ...tools,
    ...encodeLimit(request, dialect),
    ...encodeSampling(request, messageTarget),
    ...encodeOutput(request.outputFormat, isOwn, dialect, loss),
    ...encodeIdentity(request, messageTarget),
    ...encodeStream(request, target, dialect),
  };
  const hasForeignReasoning = FOREIGN_REASONING_FIELDS.some((field) => own?.[field] !== undefined);
  if (!hasForeignReasoning) {
    const hasFunctionTools = tools["tools"] !== undefined;
    Object.assign(body, encodeReasoning(request.reasoning, { dialect, model: target.model, hasFunctionTools, loss }));
  }
  putBack(request, body, loss);
  const decode: ChatDecodeContext = {
    origin: {
      protocol: "openai-chat",
      upstreamId: target.upstreamId,
      keyId: target.keyId || undefined,
      model: target.model,
    },
    toolNames: names.originals,
    wrappedTools: names.wrapped,
    quirks: target.quirks,
    mintId,
    loss,
  };
  const path = upstreamPath("generate", target.model, request.stream)?.path ?? "";
  return { value: { path, query: "", headers: {}, body, decode }, losses };
}

function encodeLimit(request: IrRequest, dialect: Dialect): Record<string, unknown> {
  const limit = request.maxOutputTokens;
  if (limit === undefined) return {};
  if (limit === 0) {
    // Anthropic's cache warm-up: an answer of no tokens does not exist in chat.
    throw new GatewayError("conversion-refused", "max_tokens: 0 cannot be sent to a chat completions upstream");
  }
  return { [dialect.maxTokensField]: limit };
}

function encodeStream(request: IrRequest, target: UpstreamTarget, dialect: Dialect): Record<string, unknown> {
  if (!request.stream) return {};
  const own = request.extensions?.["openai-chat"]?.["stream_options"];
  const isKnown = target.quirks.streamOptions ?? dialect.streamOptions;
  // Usage is always asked for: the gateway counts, whether the client wants to see it or not.
  return isKnown
    ? { stream: true, stream_options: { ...(own as object | undefined), include_usage: true } }
    : { stream: true };
}

function encodeToolFields(request: IrRequest, target: MessageTarget): Record<string, unknown> {
  const { dialect, isOwn, names, loss } = target;
  const toolTarget = { names, loss, customTools: dialect.customTools, isOwn };
  const hasAllowedTools = dialect.isOpenAi || isOwn;
  const { toolChoice } = request;
  let declared = request.tools;
  if (toolChoice?.type === "allowed" && !hasAllowedTools) {
    const allowed = new Set(toolChoice.names);
    declared = declared.filter((tool) => tool.type === "server" || allowed.has(declaredName(tool)));
    loss({
      kind: "approximated",
      path: "tool_choice",
      feature: "allowed-tools",
      detail: "only the allowed tools are declared",
    });
  }
  const { hosted, fields } = encodeHosted(declared, target);
  const tools = [...encodeTools(declared, toolTarget), ...hosted];
  if (tools.length === 0) return fields;
  fields["tools"] = tools;
  // OpenRouter drops the thinking of Claude models silently when a tool is forced.
  const isForced = toolChoice !== undefined && toolChoice.type !== "auto" && toolChoice.type !== "none";
  if (isForced && dialect.reasoningDetails && request.reasoning && target.target.model.includes("claude")) {
    loss({ kind: "dropped", path: "reasoning", feature: "reasoning-with-forced-tool" });
  }
  if (toolChoice) fields["tool_choice"] = encodeToolChoice(toolChoice, declared, toolTarget, hasAllowedTools);
  // Never set unless the client did; o-series models refuse the field.
  if (request.parallelToolCalls !== undefined && !(dialect.isReasoningModel && /^o\d/.test(target.target.model))) {
    fields["parallel_tool_calls"] = request.parallelToolCalls;
  }
  return fields;
}

/** Tools that the provider runs: chat's own go back as they came, a web search where the target has one. */
function encodeHosted(
  tools: readonly IrTool[],
  target: MessageTarget,
): { hosted: unknown[]; fields: Record<string, unknown> } {
  const hosted: unknown[] = [];
  const fields: Record<string, unknown> = {};
  for (const [i, tool] of tools.entries()) {
    if (tool.type !== "server") continue;
    if (tool.origin === "openai-chat") {
      if (tool.name === "web_search_options") fields["web_search_options"] = tool.wire;
      else hosted.push(tool.wire);
    } else if (tool.tool === "web-search" && target.dialect.reasoningDetails) {
      hosted.push({ type: "openrouter:web_search" });
      target.loss({ kind: "approximated", path: `tools[${i}]`, feature: "web-search" });
    } else if (tool.tool === "web-search" && target.dialect.isOpenAi && target.target.model.includes("search")) {
      fields["web_search_options"] = {};
      target.loss({ kind: "approximated", path: `tools[${i}]`, feature: "web-search" });
    } else {
      target.loss({ kind: "dropped", path: `tools[${i}]`, feature: "server-tool" });
    }
  }
  return { hosted, fields };
}

/** The blocks whose breakpoints go out: the last four in request order. */
function breakpoints(request: IrRequest, dialect: Dialect): ReadonlySet<object> {
  if (dialect.cache === "none") return new Set();
  const marked: object[] = [];
  const visit = (block: IrBlock): void => {
    if (block.type === "tool-result") block.content.forEach(visit);
    if ("cache" in block && block.cache !== undefined) marked.push(block);
  };
  request.system.forEach(visit);
  for (const message of request.messages) message.content.forEach(visit);
  return new Set(marked.slice(-MAX_BREAKPOINTS));
}

/** Extensions: chat's own fields go back untouched, those of other protocols are losses. */
function putBack(request: IrRequest, body: Record<string, unknown>, loss: (item: Loss) => void): void {
  for (const [protocol, fields] of Object.entries(request.extensions ?? {})) {
    for (const [field, value] of Object.entries(fields ?? {})) {
      if (protocol !== "openai-chat") {
        // Other folders mark notes of their own that are no fields.
        if (value === null || field.startsWith("#")) continue;
        loss({ kind: "dropped", path: field, feature: field.replaceAll("_", "-") });
      } else if (field !== "functions" && field !== "stream_options" && body[field] === undefined) {
        body[field] = value;
      }
    }
  }
}
