// A neutral request as a call to a Gemini upstream. The body is built from known fields only: an unknown one is a 400.

import { GatewayError } from "../../core/errors.ts";
import type { Encoded, Loss } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import type { UpstreamCall, UpstreamTarget } from "../protocol.ts";
import type { GeminiDecodeContext } from "./decode-context.ts";
import { encodeContents } from "./encode-contents.ts";
import type { PartOptions } from "./encode-parts.ts";
import { encodeSettings } from "./encode-settings.ts";
import { bareModel, isVertex, upstreamPath } from "./headers.ts";
import { type ModelFacts, modelFacts } from "./model-facts.ts";
import { createToolNames } from "./tool-names.ts";
import { encodeTools } from "./tools.ts";
import { isObject, type WireContent, type WireObject } from "./wire.ts";

/** Fields of other protocols that Gemini has no counterpart for: IR field, feature name. */
const LOST_FIELDS: readonly (readonly [field: keyof IrRequest, feature: string])[] = [
  ["verbosity", "verbosity"],
  ["userId", "user-id"],
  ["metadata", "metadata"],
  ["promptCacheKey", "prompt-cache-key"],
  ["serviceTier", "service-tier"],
  ["store", "store"],
];

/** Extension fields that are merged elsewhere in the body. */
const MERGED_EXTENSIONS: ReadonlySet<string> = new Set(["generationConfig", "toolConfig"]);

/**
 * Encodes a request for generateContent or streamGenerateContent. Never changes the request.
 * @throws GatewayError `client-invalid-request` without any message, `conversion-refused` for files stored elsewhere
 */
export function encodeRequest(request: IrRequest, target: UpstreamTarget, mintId: () => string): Encoded<UpstreamCall> {
  const { body, decode, losses } = encodeBody(request, target, mintId);
  const { path, query } = upstreamPath("generate", target.model, request.stream);
  return { value: { path, query, headers: {}, body, decode }, losses };
}

/** Encodes the same conversation for countTokens: wrapped for the Gemini API, bare for Vertex. */
export function encodeCountRequest(
  request: IrRequest,
  target: UpstreamTarget,
  mintId: () => string,
): Encoded<UpstreamCall> {
  const encoded = encodeBody(request, target, mintId);
  const { contents, systemInstruction, tools, toolConfig } = encoded.body;
  const counted = {
    contents,
    ...(systemInstruction === undefined ? {} : { systemInstruction }),
    ...(tools === undefined ? {} : { tools }),
  };
  const model = bareModel(target.model);
  const wrapped = { model: `models/${model}`, ...counted, ...(toolConfig === undefined ? {} : { toolConfig }) };
  const body = isVertex(target.baseUrl) ? counted : { generateContentRequest: wrapped };
  const { path, query } = upstreamPath("count-tokens", target.model, false);
  return { value: { path, query, headers: {}, body, decode: encoded.decode }, losses: encoded.losses };
}

interface TextPart {
  readonly text: string;
}

interface EncodedBody {
  readonly body: WireObject;
  readonly decode: GeminiDecodeContext;
  readonly losses: Loss[];
}

function encodeBody(request: IrRequest, target: UpstreamTarget, mintId: () => string): EncodedBody {
  const facts = modelFacts(target.model);
  const losses: Loss[] = [];
  const names = createToolNames();
  const onVertex = isVertex(target.baseUrl);
  const parts = { target, facts, sendsIds: facts.hasCallIds && !onVertex, names, losses };
  const tools = encodeTools(request.tools, request.toolChoice, {
    facts,
    quirks: target.quirks,
    isVertex: onVertex,
    names,
    losses,
  });
  const { contents, system } = encodeConversation(request, parts);
  const settings = encodeSettings(request, {
    facts,
    isVertex: onVertex,
    quirks: target.quirks,
    losses,
    hasFunctions: tools.declared.size > 0,
  });
  noteLostFields(request, losses);
  const extensions = request.extensions?.gemini ?? {};
  if (settings.systemHint !== undefined) system.push({ text: settings.systemHint });
  const toolConfig = isObject(extensions["toolConfig"]) ? extensions["toolConfig"] : tools.toolConfig;
  const body: WireObject = {
    contents,
    ...(system.length > 0 ? { systemInstruction: { parts: system } } : {}),
    ...(tools.tools ? { tools: tools.tools } : {}),
    ...(toolConfig && tools.tools ? { toolConfig } : {}),
    ...(Object.keys(settings.generationConfig).length > 0 ? { generationConfig: settings.generationConfig } : {}),
    ...ownExtensions(extensions, facts, losses),
  };
  const decode = {
    ...decodeContext(target, mintId, losses),
    toolNames: names.changed(),
    declaredTools: tools.declared,
    wrappedTools: tools.wrapped,
  };
  return { body, decode, losses };
}

function decodeContext(target: UpstreamTarget, mintId: () => string, losses: Loss[]): GeminiDecodeContext {
  return {
    origin: { protocol: "gemini", upstreamId: target.upstreamId, keyId: target.keyId, model: target.model },
    quirks: target.quirks,
    mintId,
    loss: (loss) => losses.push(loss),
  };
}

/** Instructions and turns; a request of instructions alone, legal elsewhere, says them as the user. */
function encodeConversation(request: IrRequest, options: PartOptions): { contents: WireContent[]; system: TextPart[] } {
  const system = encodeSystem(request, options.losses);
  const contents = encodeContents(request.messages, options);
  if (contents.length > 0) return { contents, system };
  if (system.length === 0) {
    throw new GatewayError(
      "client-invalid-request",
      "messages: expected at least one message with content, found none",
    );
  }
  options.losses.push({
    kind: "approximated",
    path: "systemInstruction",
    feature: "system-message",
    detail: "sent as the user's words",
  });
  return { contents: [{ role: "user", parts: system }], system: [] };
}

function encodeSystem(request: IrRequest, losses: Loss[]): TextPart[] {
  const parts: TextPart[] = [];
  for (const [index, block] of request.system.entries()) {
    if (block.cache) losses.push({ kind: "dropped", path: `system[${index}].cache_control`, feature: "cache-control" });
    if (block.text !== "") parts.push({ text: block.text });
  }
  return parts;
}

function noteLostFields(request: IrRequest, losses: Loss[]): void {
  for (const [field, feature] of LOST_FIELDS) {
    // What is switched off there cannot be missed here.
    if (request[field] !== undefined && request[field] !== false)
      losses.push({ kind: "dropped", path: feature.replaceAll("-", "_"), feature });
  }
  if (request.parallelToolCalls === false && request.tools.length > 0) {
    losses.push({ kind: "dropped", path: "parallel_tool_calls", feature: "parallel-tool-calls" });
  }
  for (const [protocol, fields] of Object.entries(request.extensions ?? {})) {
    if (protocol === "gemini") continue;
    for (const [field, value] of Object.entries(fields)) {
      // Keys like `#attribution` are another folder's notes, no fields.
      if (value === null || field.startsWith("#")) continue;
      losses.push({ kind: "dropped", path: field, feature: field.replaceAll("_", "-") });
    }
  }
}

function ownExtensions(extensions: WireObject, facts: ModelFacts, losses: Loss[]): WireObject {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(extensions)) {
    if (MERGED_EXTENSIONS.has(key)) continue;
    const isCache = key === "cachedContent" || key === "cached_content";
    if (isCache && !facts.acceptsCachedContent) losses.push({ kind: "dropped", path: key, feature: "cached-content" });
    else kept[key] = value;
  }
  return kept;
}
