// A whole Chat Completions answer, neutral to wire.

import type { IrBlock, ReasoningBlock, ToolCallBlock } from "../../core/block.ts";
import { opaqueForClient } from "../../core/opaque-envelope.ts";
import type { IrResponse } from "../../core/response.ts";
import type { ReplyContext } from "../protocol.ts";
import { type Annotations, createAnnotations } from "./annotations.ts";
import { textDetail, wholeDetails } from "./reasoning-details.ts";
import { imageUrl, isLegacyClient, refusalText, showsReasoning } from "./reply.ts";
import { encodeStop } from "./stop-reason.ts";
import { clientToolId } from "./tool-ids.ts";
import { flatName } from "./tool-names.ts";
import { encodeServiceTier, encodeUsage } from "./usage.ts";
import { thoughtSignature } from "./wire.ts";

/** The message under construction. */
interface Gathered {
  readonly texts: string[];
  readonly refusals: string[];
  readonly reasoning: ReasoningBlock[];
  readonly calls: ToolCallBlock[];
  readonly images: unknown[];
  readonly annotations: Annotations;
  extraContent: unknown;
}

/** Encodes an answer. Text of several blocks is joined without separator; tools that the provider ran are losses. */
export function encodeResponse(response: IrResponse, context: ReplyContext): unknown {
  const gathered: Gathered = {
    texts: [],
    refusals: [],
    reasoning: [],
    calls: [],
    images: [],
    annotations: createAnnotations(),
    extraContent: undefined,
  };
  for (const block of response.content) gather(block, gathered, context);
  const { calls } = gathered;
  const isLegacy = isLegacyClient(context.request);
  const reason = encodeStop(response.stop, calls.length > 0, context.loss);
  const choice: Record<string, unknown> = {
    index: 0,
    message: messageOf(gathered, response, context),
    logprobs: response.logprobs ? { content: response.logprobs, refusal: null } : null,
    finish_reason: isLegacy && reason === "tool_calls" ? "function_call" : reason,
  };
  if (response.stop.stopSequence !== undefined) choice["stop_reason"] = response.stop.stopSequence;
  const body: Record<string, unknown> = {
    id: `chatcmpl-${context.responseId}`,
    object: "chat.completion",
    created: context.createdAt,
    model: context.model,
    choices: [choice],
  };
  if (response.usage) body["usage"] = encodeUsage(response.usage);
  const tier = encodeServiceTier(response.usage);
  if (tier !== undefined) body["service_tier"] = tier;
  return body;
}

function gather(block: IrBlock, into: Gathered, context: ReplyContext): void {
  switch (block.type) {
    case "text":
      into.annotations.begin();
      into.texts.push(block.text);
      into.annotations.text(block.text);
      for (const citation of block.citations ?? []) {
        if (into.annotations.add(citation)) continue;
        context.loss({ kind: "dropped", path: "choices[0].message.annotations", feature: "document-citation" });
      }
      into.annotations.end();
      if (block.opaque) into.extraContent = thoughtSignature(opaqueForClient(block.opaque, "openai-chat"));
      break;
    case "refusal":
      into.refusals.push(block.text);
      break;
    case "reasoning":
      into.reasoning.push(block);
      break;
    case "tool-call":
      into.calls.push(block);
      break;
    case "image": {
      const url = imageUrl(block.source);
      if (url !== undefined) into.images.push({ type: "image_url", image_url: { url }, index: into.images.length });
      break;
    }
    default:
      context.loss({ kind: "dropped", path: "choices[0].message", feature: block.type });
  }
}

function messageOf(gathered: Gathered, response: IrResponse, context: ReplyContext): Record<string, unknown> {
  const { texts, refusals, calls, images } = gathered;
  const text = texts.join("");
  const refusal = refusals.join("") || refusalText(response.stop, text !== "", context.loss);
  const message: Record<string, unknown> = {
    role: "assistant",
    content: text !== "" ? text : calls.length > 0 || refusal ? null : "",
    refusal: refusal || null,
  };
  if (showsReasoning(context.request)) Object.assign(message, reasoningFields(gathered.reasoning));
  const annotations = gathered.annotations.all();
  if (annotations.length > 0) message["annotations"] = annotations;
  if (images.length > 0) message["images"] = images;
  if (gathered.extraContent !== undefined) message["extra_content"] = gathered.extraContent;
  if (calls.length === 0) return message;
  if (isLegacyClient(context.request)) {
    if (calls.length > 1)
      context.loss({ kind: "dropped", path: "choices[0].message.function_call", feature: "parallel-calls" });
    const first = calls[0];
    if (first) message["function_call"] = { name: flatName(first.name, first.namespace), arguments: first.arguments };
  } else {
    message["tool_calls"] = calls.map(encodeCall);
  }
  return message;
}

/** Thinking under both names in use, and what is sealed of it as details. */
function reasoningFields(blocks: readonly ReasoningBlock[]): Record<string, unknown> {
  const text = blocks
    .map((block) => block.text)
    .filter((part) => part !== "")
    .join("\n\n");
  const details: unknown[] = [];
  // Clients that read details look nowhere else: where one block is sealed, the others are there as well.
  const sealed = blocks.map(wholeDetails);
  const isSealed = sealed.some((own) => own.length > 0);
  for (const [index, block] of blocks.entries()) {
    const own = sealed[index] ?? [];
    if (own.length === 0 && isSealed && block.text !== "")
      details.push(textDetail(block.text, block.isSummary ?? false, index));
    else details.push(...own);
  }
  return {
    ...(text === "" ? {} : { reasoning_content: text, reasoning: text }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  };
}

function encodeCall(block: ToolCallBlock): Record<string, unknown> {
  const name = flatName(block.name, block.namespace);
  const call: Record<string, unknown> = { id: clientToolId(block.id), type: block.kind };
  if (block.kind === "custom") call["custom"] = { name, input: block.arguments };
  else call["function"] = { name, arguments: block.arguments.trim() === "" ? "{}" : block.arguments };
  if (block.opaque) call["extra_content"] = thoughtSignature(opaqueForClient(block.opaque, "openai-chat"));
  return call;
}
