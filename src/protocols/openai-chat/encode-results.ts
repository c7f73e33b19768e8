// Tool results to tool messages, and the pictures in them to a user message behind.

import type { ToolResultBlock } from "../../core/block.ts";
import { type ContentTarget, encodePart, type Part, textPart } from "./encode-content.ts";
import { upstreamToolId } from "./tool-ids.ts";

/** Tool messages of one turn and what goes into the user message after the last of them. */
export interface EncodedResults {
  readonly messages: Record<string, unknown>[];
  readonly attachments: Part[];
}

/** A result and where it stood. */
export interface PlacedResult {
  readonly block: ToolResultBlock;
  readonly path: string;
}

/**
 * Encodes the results of one assistant turn in their order; of repeated ids the first wins. Chat takes text only in
 * tool messages, so images and files follow in a user message unless the target is known to take them.
 */
export function encodeResults(results: readonly PlacedResult[], target: ContentTarget): EncodedResults {
  const messages: Record<string, unknown>[] = [];
  const attachments: Part[] = [];
  const answered = new Set<string>();
  for (const { block, path } of results) {
    if (answered.has(block.callId)) {
      target.loss({ kind: "dropped", path, feature: "duplicate-tool-result" });
      continue;
    }
    answered.add(block.callId);
    messages.push({
      role: "tool",
      tool_call_id: upstreamToolId(block.callId, target.dialect.toolIds),
      content: resultContent(block, path, attachments, target),
    });
  }
  return { messages, attachments };
}

/** A tool message for a call that nobody answered. */
export function missingResult(callId: string, path: string, target: ContentTarget): Record<string, unknown> {
  target.loss({ kind: "invented", path, feature: "missing-tool-result" });
  return { role: "tool", tool_call_id: upstreamToolId(callId, target.dialect.toolIds), content: "[no tool result]" };
}

/** A result without its call, as text for a user message. */
export function orphanText(block: ToolResultBlock): string {
  const texts = block.content.map((item) => (item.type === "text" ? item.text : `[${item.type}]`));
  return `[result of an earlier tool call]\n${texts.join("\n")}`;
}

function resultContent(block: ToolResultBlock, path: string, attachments: Part[], target: ContentTarget): unknown {
  const isInline = target.dialect.toolImages || target.isOwn;
  if (isInline && block.content.some((item) => item.type !== "text")) {
    return block.content.flatMap((item, i) => encodePart(item, `${path}.content[${i}]`, target));
  }
  const texts: string[] = [];
  for (const [i, item] of block.content.entries()) {
    if (item.type === "text") {
      texts.push(item.text);
      continue;
    }
    const parts = encodePart(item, `${path}.content[${i}]`, target);
    for (const part of parts) {
      // A document in text form can stay where it is.
      if (part["type"] === "text") texts.push(String(part["text"]));
      else {
        attachments.push(part);
        texts.push(`[${item.type} ${attachments.length} attached below]`);
      }
    }
  }
  const text = texts.join("\n");
  const whole = block.isError && !text.startsWith("Error") ? `Error: ${text}` : text;
  // A breakpoint on the result, or on anything inside it, marks the whole text.
  const marked = [block, ...block.content].find((item) => target.cached.has(item));
  if (!marked || marked.type === "unknown" || whole === "") return whole;
  const standIn = { type: "text" as const, text: whole, cache: marked.cache };
  return [textPart(standIn, { ...target, cached: new Set([standIn]) })];
}
