// What both answer encoders (whole and streamed) share: which blocks a client gets, and how they look.

import type { IrBlock, Opaque, ReasoningBlock, ServerToolCallBlock, ServerToolResultBlock } from "../../core/block.ts";
import { opaqueForClient, wrapOpaque } from "../../core/opaque-envelope.ts";
import type { ReplyContext } from "../protocol.ts";
import { wantsSignatures } from "./reasoning.ts";
import { encodeForeignCall, encodeForeignResult } from "./server-tools.ts";
import { isObject, type WireObject } from "./wire.ts";

/** What the client's request says about the thinking it gets to see. */
export interface ThinkingView {
  /** The client switched thinking off: no thinking block at all. */
  readonly isOff: boolean;
  /** Thinking text is shown; otherwise only signatures. */
  readonly showsText: boolean;
  /** Blocks that hold nothing but a signature are sent: clients that never asked for thinking trip over them. */
  readonly sendsSignatures: boolean;
}

/** Reads the view out of the client's request. */
export function thinkingView(context: ReplyContext): ThinkingView {
  const { reasoning } = context.request;
  return {
    isOff: reasoning?.mode === "disabled",
    showsText: reasoning?.display !== "omitted",
    sendsSignatures: wantsSignatures(reasoning),
  };
}

/** The `thinking` or `redacted_thinking` block for a client; undefined when there is nothing to show or to keep. */
export function encodeReasoning(block: ReasoningBlock, view: ThinkingView): WireObject | undefined {
  if (view.isOff) return undefined;
  const signature = clientSignature(block.opaque);
  if (block.redacted) return block.opaque ? { type: "redacted_thinking", data: signature } : undefined;
  const thinking = view.showsText ? block.text : "";
  if (thinking === "" && !isSignatureWanted(block.opaque, view)) return undefined;
  return { type: "thinking", thinking, signature };
}

/** Whether a thinking block without text is sent for the sake of its signature. Our own protocol's always are. */
export function isSignatureWanted(opaque: Opaque | undefined, view: ThinkingView): boolean {
  if (!opaque || view.isOff) return false;
  return opaque.origin.protocol === "anthropic" || view.sendsSignatures;
}

/**
 * The signature of a foreign tool call (Gemini), for the thinking block in front of it; undefined when the client
 * gets none.
 */
export function carriedSignature(opaque: Opaque | undefined, view: ThinkingView): string | undefined {
  if (!opaque || opaque.origin.protocol === "anthropic" || view.isOff || !view.sendsSignatures) return undefined;
  return opaqueForClient(opaque, "anthropic");
}

/**
 * The signature of a thinking block: its own, a foreign one in an envelope, or an empty envelope for thinking that
 * nobody signed, because clients expect one and an upstream must be able to tell it from a real one.
 */
export function clientSignature(opaque: Opaque | undefined): string {
  return opaque ? opaqueForClient(opaque, "anthropic") : UNSIGNED;
}

const UNSIGNED = wrapOpaque({ payload: "", origin: { protocol: "openai-chat" } });

type ServerBlock = ServerToolCallBlock | ServerToolResultBlock;

/**
 * A block that is not streamed in parts, for a client. Tools of another protocol's provider are shown where the
 * client declared web search and dropped otherwise; they never become `tool_use`. Undefined, with a loss, for what
 * this protocol cannot carry.
 */
export function encodeWholeBlock(block: IrBlock, context: ReplyContext, view: ThinkingView): WireObject | undefined {
  switch (block.type) {
    case "reasoning":
      return encodeReasoning(block, view);
    case "server-tool-call":
    case "server-tool-result":
      return encodeServerBlock(block, context);
    case "unknown":
      if (block.origin === "anthropic" && isObject(block.wire)) return block.wire;
      context.loss({ kind: "dropped", path: "content", feature: `unknown-block-${block.origin}` });
      return undefined;
    case "refusal":
    case "text":
      return block.text === "" ? undefined : { type: "text", text: block.text, citations: null };
    case "image":
    case "document":
    case "audio":
    case "video":
      context.loss({
        kind: "dropped",
        path: "content",
        feature: `answer-${block.type}`,
        detail: "a note is in its place",
      });
      return { type: "text", text: `[${block.type} omitted]`, citations: null };
    case "tool-call":
    case "tool-result":
      context.loss({ kind: "dropped", path: "content", feature: `answer-${block.type}` });
      return undefined;
  }
}

function encodeServerBlock(block: ServerBlock, context: ReplyContext): WireObject | undefined {
  if (block.origin === "anthropic" && isObject(block.wire)) return block.wire;
  const isDeclared = context.request.tools.some((tool) => tool.type === "server" && tool.tool === "web-search");
  if (block.tool === "web-search" && isDeclared) {
    return block.type === "server-tool-call" ? encodeForeignCall(block) : encodeForeignResult(block);
  }
  context.loss({ kind: "dropped", path: "content", feature: `server-tool-${block.tool}` });
  return undefined;
}
