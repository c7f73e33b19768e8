// The conversation, neutral to wire. Order matters to chat: every call is answered directly behind the assistant
// message that holds it, and anything else the user said comes after.

import type { IrBlock, ToolCallBlock } from "../../core/block.ts";
import type { IrMessage, IrRequest } from "../../core/request.ts";
import { encodeAssistant } from "./encode-assistant.ts";
import { type ContentBlock, encodePart, type Part, textPart } from "./encode-content.ts";
import { encodeResults, missingResult, orphanText, type PlacedResult } from "./encode-results.ts";
import type { MessageTarget, Placed } from "./message-target.ts";

type WireOut = Record<string, unknown>;

/** One assistant turn and everything up to the next, or what precedes the first. */
interface Segment {
  readonly assistant: Placed[] | undefined;
  /** User and system turns; results are taken out when the segment is written. */
  readonly rest: { readonly role: "user" | "system"; readonly blocks: Placed[] }[];
}

/** Encodes instructions and conversation. `extraSystem` joins the instructions. */
export function encodeMessages(request: IrRequest, extraSystem: string | undefined, target: MessageTarget): WireOut[] {
  const out: WireOut[] = [];
  const system = encodeSystem(request, extraSystem, target);
  if (system !== undefined) out.push({ role: target.dialect.systemRole, content: system });
  for (const segment of segmentsOf(request.messages)) writeSegment(segment, out, target);
  const last = out.at(-1);
  if (target.dialect.prefixFlag && last?.["role"] === "assistant") last["prefix"] = true;
  return out;
}

function encodeSystem(request: IrRequest, extra: string | undefined, target: MessageTarget): unknown {
  const blocks = request.system.filter((block) => block.text !== "");
  if (blocks.some((block) => target.cached.has(block))) {
    const parts = blocks.map((block) => textPart(block, target));
    return extra === undefined ? parts : [...parts, { type: "text", text: extra }];
  }
  // Strict servers refuse an array here.
  const texts = blocks.map((block) => block.text);
  if (extra !== undefined) texts.push(extra);
  return texts.length === 0 ? undefined : texts.join("\n\n");
}

function segmentsOf(messages: readonly IrMessage[]): Segment[] {
  let current: Segment = { assistant: undefined, rest: [] };
  const segments = [current];
  for (const [i, message] of messages.entries()) {
    const placed = message.content.map((block, j) => ({ block, path: `messages[${i}].content[${j}]` }));
    if (message.role !== "assistant") {
      current.rest.push({ role: message.role, blocks: placed });
    } else if (current.assistant && current.rest.length === 0 && (hasCalls(current.assistant) || hasCalls(placed))) {
      // Parts of one turn: all its calls belong into one message.
      current.assistant.push(...placed);
    } else {
      current = { assistant: placed, rest: [] };
      segments.push(current);
    }
  }
  return segments;
}

function hasCalls(blocks: readonly Placed[]): boolean {
  return blocks.some(({ block }) => block.type === "tool-call");
}

function writeSegment(segment: Segment, out: WireOut[], target: MessageTarget): void {
  const carried: Part[] = [];
  const open = new Map<string, string>();
  if (segment.assistant) {
    const { message, moved } = encodeAssistant(segment.assistant, target);
    if (message) out.push(message);
    carried.push(...moved);
    for (const { block, path } of segment.assistant) if (block.type === "tool-call") open.set(callId(block), path);
  }
  const results: PlacedResult[] = [];
  for (const { blocks } of segment.rest) {
    for (const { block, path } of blocks) {
      if (block.type === "tool-result" && open.has(block.callId)) results.push({ block, path });
    }
  }
  const answered = encodeResults(results, target);
  out.push(...answered.messages);
  const given = new Set(results.map(({ block }) => block.callId));
  for (const [id, path] of open) if (!given.has(id)) out.push(missingResult(id, path, target));
  carried.push(...answered.attachments);
  writeRest(segment, open, carried, out, target);
}

function callId(block: ToolCallBlock): string {
  return block.id;
}

/** Writes user and system turns of a segment; `carried` parts lead the first user message. */
function writeRest(
  segment: Segment,
  open: ReadonlyMap<string, string>,
  carried: Part[],
  out: WireOut[],
  target: MessageTarget,
): void {
  let pending: Part[] = carried;
  for (const { role, blocks } of segment.rest) {
    const parts = blocks.flatMap(({ block, path }) => restParts(block, path, open, target));
    if (role === "user") {
      pending = [...pending, ...parts];
      // Two user messages in a row confuse some templates; a chat client's own are left alone.
      if (target.isOwn) pending = flushUser(pending, out, target);
    } else if (target.dialect.midSystem || target.isOwn) {
      pending = flushUser(pending, out, target);
      if (parts.length > 0) out.push({ role: target.dialect.systemRole, content: systemContent(parts) });
    } else if (parts.length > 0) {
      target.loss({ kind: "approximated", path: blocks[0]?.path ?? "messages", feature: "mid-conversation-system" });
      pending = [...pending, { type: "text", text: `<system-reminder>\n${joinText(parts)}\n</system-reminder>` }];
    }
  }
  flushUser(pending, out, target);
}

function restParts(block: IrBlock, path: string, open: ReadonlyMap<string, string>, target: MessageTarget): Part[] {
  switch (block.type) {
    case "tool-result":
      if (open.has(block.callId)) return [];
      target.loss({ kind: "approximated", path, feature: "orphan-tool-result" });
      return [{ type: "text", text: orphanText(block) }];
    case "tool-call":
    case "reasoning":
      target.loss({ kind: "dropped", path, feature: `${block.type}-in-user-turn` });
      return [];
    default:
      return encodePart(block satisfies ContentBlock, path, target);
  }
}

function flushUser(parts: readonly Part[], out: WireOut[], target: MessageTarget): Part[] {
  if (parts.length > 0) out.push({ role: "user", content: userContent(parts, target) });
  return [];
}

/** A plain string where possible: not every server takes arrays. */
function userContent(parts: readonly Part[], target: MessageTarget): unknown {
  if (!parts.every(isPlainText)) return parts;
  if (parts.length === 1) return parts[0]?.["text"];
  return target.dialect.isOpenAi || target.isOwn ? parts : joinText(parts);
}

function systemContent(parts: readonly Part[]): unknown {
  return parts.every(isPlainText) ? joinText(parts) : parts;
}

function isPlainText(part: Part): boolean {
  return part["type"] === "text" && Object.keys(part).length === 2;
}

function joinText(parts: readonly Part[]): string {
  return parts.map((part) => String(part["text"])).join("\n\n");
}
