// A whole answer for a Messages client, IR to wire.

import type { IrBlock, TextBlock, ToolCallBlock } from "../../core/block.ts";
import type { IrResponse } from "../../core/response.ts";
import type { ReplyContext } from "../protocol.ts";
import { carriedSignature, encodeWholeBlock, type ThinkingView, thinkingView } from "./answer-blocks.ts";
import { encodeCitationForClient } from "./citations.ts";
import { encodeStop } from "./stop-reason.ts";
import { callInput } from "./tool-arguments.ts";
import { wireToolId } from "./tool-names.ts";
import { encodeUsage } from "./usage.ts";
import type { WireObject } from "./wire.ts";

/**
 * Writes an answer. The id is ours and the model the one asked for. Empty text blocks are left out, because clients
 * send answers back and the API refuses them there.
 */
export function encodeResponse(response: IrResponse, context: ReplyContext): WireObject {
  const view = thinkingView(context);
  const content = response.content.flatMap((block) => encodeBlock(block, context, view));
  const hasToolCall = content.some((block) => block["type"] === "tool_use");
  if (response.logprobs !== undefined && response.logprobs !== null) {
    context.loss({ kind: "dropped", path: "logprobs", feature: "logprobs" });
  }
  return {
    ...messageShell(context),
    content,
    ...encodeStop(response.stop, hasToolCall),
    usage: encodeUsage(response.usage, context.estimatedInputTokens),
  };
}

/** The fields of a message that do not depend on its content. */
export function messageShell(context: ReplyContext): WireObject {
  return {
    id: context.answerId ?? `msg_${context.responseId}`,
    type: "message",
    role: "assistant",
    model: context.model,
    container: null,
    diagnostics: null,
  };
}

function encodeBlock(block: IrBlock, context: ReplyContext, view: ThinkingView): readonly WireObject[] {
  if (block.type === "text") return encodeText(block, context);
  if (block.type === "tool-call") return encodeToolCall(block, context, view);
  const wire = encodeWholeBlock(block, context, view);
  return wire ? [wire] : [];
}

function encodeText(block: TextBlock, context: ReplyContext): readonly WireObject[] {
  if (block.text === "") return [];
  const citations: WireObject[] = [];
  for (const citation of block.citations ?? []) {
    const wire = encodeCitationForClient(citation);
    if (wire) citations.push(wire);
    else context.loss({ kind: "dropped", path: "content", feature: "citation" });
  }
  return [{ type: "text", text: block.text, citations: citations.length > 0 ? citations : null }];
}

function encodeToolCall(block: ToolCallBlock, context: ReplyContext, view: ThinkingView): readonly WireObject[] {
  const input = callInput(block, "content", context.loss);
  const call = { type: "tool_use", id: wireToolId(block.id), name: block.name, input };
  const signature = carriedSignature(block.opaque, view);
  return signature === undefined ? [call] : [{ type: "thinking", thinking: "", signature }, call];
}
