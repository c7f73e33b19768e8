// A whole answer of a Messages upstream, wire to IR.

import type { IrBlock, ReasoningBlock, TextBlock } from "../../core/block.ts";
import { isTooDeep } from "../../core/json-depth.ts";
import type { IrResponse } from "../../core/response.ts";
import type { WireError } from "../../core/wire-error.ts";
import { unwrapInput } from "../../core/wrapped-input.ts";
import type { DecodeContext } from "../protocol.ts";
import { decodeCitations } from "./citations.ts";
import { argumentsText } from "./decode-content.ts";
import { decodeInBandError, isErrorBody } from "./errors.ts";
import { decodeServerToolCall, decodeServerToolResult, isServerToolCall, isServerToolResult } from "./server-tools.ts";
import { decodeStop } from "./stop-reason.ts";
import { identifyTool } from "./tool-names.ts";
import { decodeUsage } from "./usage.ts";
import { describe, isObject, stringOf, textOf, type WireObject } from "./wire.ts";

/**
 * Reads an answer body. Error envelopes and bodies that are no message come back as `error`; missing usage, null
 * content and unknown blocks are tolerated. Never throws.
 */
export function decodeResponse(body: unknown, context: DecodeContext): IrResponse | { readonly error: WireError } {
  if (!isObject(body)) return noMessage(`expected an object, found ${describe(body)}`);
  if (isTooDeep(body)) return noMessage("expected an answer, found json that nests too deep");
  if (isErrorBody(body)) return { error: decodeInBandError(body) };
  const { content } = body;
  const isMessage = Array.isArray(content) || typeof content === "string" || textOf(body["stop_reason"]) !== undefined;
  if (!isMessage) return noMessage(`expected a message with content, found content to be ${describe(content)}`);
  const blocks = decodeBlocks(content, context);
  const hasToolCall = blocks.some((block) => block.type === "tool-call");
  return {
    id: textOf(body["id"]),
    model: textOf(body["model"]),
    content: blocks,
    stop: decodeStop(
      { reason: body["stop_reason"], sequence: body["stop_sequence"], details: body["stop_details"] },
      hasToolCall,
    ),
    usage: decodeUsage(body["usage"]),
  };
}

function noMessage(message: string): { readonly error: WireError } {
  return { error: { malformed: true, message } };
}

function decodeBlocks(content: unknown, context: DecodeContext): IrBlock[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  const blocks: IrBlock[] = [];
  if (!Array.isArray(content)) return blocks;
  for (const [index, item] of content.entries()) {
    const block = isObject(item) ? decodeAnswerBlock(item, `content[${index}]`, context) : undefined;
    if (block) blocks.push(block);
  }
  return blocks;
}

/** Reads one whole block of an answer; undefined for what is no block. */
export function decodeAnswerBlock(wire: WireObject, path: string, context: DecodeContext): IrBlock | undefined {
  const type = stringOf(wire["type"]);
  switch (type) {
    case undefined:
      return undefined;
    case "text":
      return decodeTextBlock(wire);
    case "thinking":
      return decodeThinkingBlock(wire, context);
    case "redacted_thinking":
      return decodeRedactedBlock(wire, context);
    case "tool_use":
      return decodeToolUse(wire, path, context);
    default:
      if (isServerToolCall(type)) return decodeServerToolCall(wire);
      if (isServerToolResult(type)) return decodeServerToolResult(wire);
      return { type: "unknown", origin: "anthropic", wire };
  }
}

function decodeTextBlock(wire: WireObject): TextBlock {
  return { type: "text", text: stringOf(wire["text"]) ?? "", citations: decodeCitations(wire["citations"]) };
}

function decodeThinkingBlock(wire: WireObject, context: DecodeContext): ReasoningBlock {
  const signature = textOf(wire["signature"]);
  return {
    type: "reasoning",
    text: stringOf(wire["thinking"]) ?? "",
    opaque: signature === undefined ? undefined : { payload: signature, origin: context.origin },
  };
}

/** Reads a `redacted_thinking` block. */
export function decodeRedactedBlock(wire: WireObject, context: DecodeContext): ReasoningBlock {
  const data = textOf(wire["data"]);
  return {
    type: "reasoning",
    text: "",
    redacted: true,
    opaque: data === undefined ? undefined : { payload: data, origin: context.origin },
  };
}

function decodeToolUse(wire: WireObject, path: string, context: DecodeContext): IrBlock | undefined {
  const name = textOf(wire["name"]);
  if (name === undefined) {
    context.loss({ kind: "dropped", path, feature: "tool-call", detail: "a call without a name" });
    return undefined;
  }
  const identity = identifyTool(name, context);
  const argumentText = argumentsText(wire["input"]);
  return {
    type: "tool-call",
    id: toolCallId(wire, path, context),
    name: identity.name,
    namespace: identity.namespace,
    kind: identity.kind,
    arguments: identity.kind === "custom" ? unwrapInput(argumentText) : argumentText,
  };
}

/** The call's id, or a minted one. */
export function toolCallId(wire: WireObject, path: string, context: DecodeContext): string {
  const id = textOf(wire["id"]);
  if (id !== undefined) return id;
  context.loss({ kind: "invented", path: `${path}.id`, feature: "tool-call-id" });
  return `toolu_${context.mintId()}`;
}
