// One assistant turn of the history, neutral to wire.

import type { IrBlock, ReasoningBlock, TextBlock, ToolCallBlock } from "../../core/block.ts";
import { opaqueFits } from "../../core/opaque-envelope.ts";
import { encodePart, type Part } from "./encode-content.ts";
import type { MessageTarget, Placed } from "./message-target.ts";
import { encodeHistory } from "./reasoning.ts";
import { upstreamToolId } from "./tool-ids.ts";
import { thoughtSignature } from "./wire.ts";

/** The message, and parts that may not stand in it and go into the next user message. */
export interface EncodedAssistant {
  readonly message: Record<string, unknown> | undefined;
  readonly moved: Part[];
}

interface Gathered {
  readonly texts: TextBlock[];
  readonly refusals: string[];
  readonly reasoning: ReasoningBlock[];
  readonly calls: unknown[];
  /** Parts that only chat knows, in their place among the text. */
  readonly own: Part[];
  readonly moved: Part[];
  hasOwnParts: boolean;
  reasoningPath: string | undefined;
}

/** Encodes a turn; a turn that is empty after all gives no message. */
export function encodeAssistant(blocks: readonly Placed[], target: MessageTarget): EncodedAssistant {
  const gathered: Gathered = {
    texts: [],
    refusals: [],
    reasoning: [],
    calls: [],
    own: [],
    moved: [],
    hasOwnParts: false,
    reasoningPath: undefined,
  };
  for (const { block, path } of blocks) gather(block, path, gathered, target);
  const hasCalls = gathered.calls.length > 0;
  const messagePath = blocks[0]?.path.replace(/\.content\[\d+\]$/, "") ?? "messages";
  const history = encodeHistory(gathered.reasoning, hasCalls, messagePath, target);
  const content = contentOf(gathered, hasCalls);
  const refusal = target.dialect.isOpenAi || target.isOwn ? gathered.refusals.join("") : "";
  if (
    !hasCalls &&
    (content === "" || content === null) &&
    refusal === "" &&
    Object.keys(history).length === 0 &&
    !target.isOwn
  ) {
    return { message: undefined, moved: gathered.moved };
  }
  const message: Record<string, unknown> = { role: "assistant", content, ...history };
  if (refusal !== "") message["refusal"] = refusal;
  if (hasCalls) message["tool_calls"] = gathered.calls;
  const signature = textSignature(gathered.texts, target);
  if (signature !== undefined) message["extra_content"] = thoughtSignature(signature);
  return { message, moved: gathered.moved };
}

function gather(block: IrBlock, path: string, into: Gathered, target: MessageTarget): void {
  switch (block.type) {
    case "text":
      if (block.text === "") break;
      into.texts.push(block);
      into.own.push({ type: "text", text: block.text });
      break;
    case "refusal":
      into.refusals.push(block.text);
      if (!target.dialect.isOpenAi && !target.isOwn && block.text !== "") {
        into.texts.push({ type: "text", text: block.text });
        into.own.push({ type: "text", text: block.text });
      }
      break;
    case "reasoning":
      into.reasoning.push(block);
      break;
    case "tool-call":
      into.calls.push(encodeCall(block, path, target));
      break;
    case "unknown":
      if (block.origin === "openai-chat") {
        into.own.push(...encodePart(block, path, target));
        into.hasOwnParts = true;
        break;
      }
      target.loss({ kind: "dropped", path, feature: "unknown-block" });
      break;
    case "image":
    case "document":
    case "audio":
    case "video":
      target.loss({
        kind: "approximated",
        path,
        feature: `assistant-${block.type}`,
        detail: "moved to the next user message",
      });
      into.moved.push(...encodePart(block, path, target));
      break;
    case "server-tool-call":
    case "server-tool-result":
      target.loss({ kind: "dropped", path, feature: "server-tool" });
      break;
    case "tool-result":
      target.loss({ kind: "dropped", path, feature: "tool-result-in-assistant-turn" });
      break;
  }
}

function contentOf(gathered: Gathered, hasCalls: boolean): unknown {
  if (gathered.hasOwnParts) return gathered.own;
  const text = gathered.texts.map((block) => block.text).join("");
  return text === "" && hasCalls ? null : text;
}

function encodeCall(block: ToolCallBlock, path: string, target: MessageTarget): unknown {
  const id = upstreamToolId(block.id, target.dialect.toolIds);
  const name = target.names.wire(block.name, block.namespace);
  const signature = callSignature(block, path, target);
  const extra = signature === undefined ? {} : { extra_content: thoughtSignature(signature) };
  if (block.kind === "custom") {
    if (target.dialect.customTools || target.isOwn)
      return { id, type: "custom", custom: { name, input: block.arguments }, ...extra };
    const wrapped = JSON.stringify({ input: block.arguments });
    return { id, type: "function", function: { name, arguments: wrapped }, ...extra };
  }
  const text = block.arguments.trim() === "" ? "{}" : block.arguments;
  return { id, type: "function", function: { name, arguments: text }, ...extra };
}

/** The signature of a call if this very upstream made it, or an unknown one that Google may have made. */
function callSignature(block: ToolCallBlock, path: string, target: MessageTarget): string | undefined {
  const { opaque } = block;
  if (!opaque) return undefined;
  const isKnown = opaque.origin.upstreamId !== undefined;
  const fits = opaqueFits(opaque.origin, "openai-chat", target.target.upstreamId, target.target.keyId);
  if (fits && (isKnown || target.dialect.googleExtras || target.isOwn)) return opaque.payload;
  target.loss({ kind: "dropped", path, feature: "thought-signature" });
  return undefined;
}

function textSignature(texts: readonly TextBlock[], target: MessageTarget): string | undefined {
  const opaque = texts.find((block) => block.opaque)?.opaque;
  if (!opaque) return undefined;
  const fits = opaqueFits(opaque.origin, "openai-chat", target.target.upstreamId, target.target.keyId);
  return fits && (opaque.origin.upstreamId !== undefined || target.dialect.googleExtras) ? opaque.payload : undefined;
}
