// A conversation as `contents` that Gemini accepts: roles alternate, every call is answered right after it, in order.
// @source gemini.md §A.8 and §A.9 (live 400 texts), seen 2026-11.

import type { IrBlock, ToolResultBlock } from "../../core/block.ts";
import type { Loss } from "../../core/loss.ts";
import type { IrMessage } from "../../core/request.ts";
import {
  type AnyPart,
  type EncodedCall,
  encodeModelBlocks,
  encodeResult,
  encodeUserBlock,
  missingResult,
  orphanText,
  type PartOptions,
} from "./encode-parts.ts";
import { SKIP_SIGNATURE } from "./signatures.ts";
import { isObject, type WireContent } from "./wire.ts";

/** One content under construction. `isReal`: a person's turn, after which signatures are validated anew. */
interface Turn {
  readonly role: "user" | "model";
  readonly kind: "plain" | "response";
  readonly parts: AnyPart[];
  isReal: boolean;
}

interface PlacedResult {
  readonly block: ToolResultBlock;
  readonly path: string;
}

/** What came since the last assistant turn. */
interface Pending {
  readonly results: PlacedResult[];
  readonly parts: AnyPart[];
}

const OPENING = "(The earlier part of this conversation is not available.)";
const CLOSING = "Continue.";

/** Contents of a conversation. An empty list means that nothing in it can be said in Gemini's terms. */
export function encodeContents(messages: readonly IrMessage[], options: PartOptions): WireContent[] {
  const turns = buildTurns(messages, options);
  if (turns.length === 0) return [];
  if (turns[0]?.role === "model") {
    turns.unshift({ role: "user", kind: "plain", parts: [{ text: OPENING }], isReal: true });
    options.losses.push({
      kind: "invented",
      path: "contents[0]",
      feature: "user-turn",
      detail: "the history began with the model",
    });
  }
  if (!options.facts.acceptsPrefill && turns.at(-1)?.role === "model") {
    turns.push({ role: "user", kind: "plain", parts: [{ text: CLOSING }], isReal: false });
    options.losses.push({ kind: "approximated", path: `contents[${turns.length - 1}]`, feature: "assistant-prefill" });
  }
  if (options.facts.needsSignatures) signCurrentTurn(turns, options.losses);
  return turns.map(({ role, parts }) => ({ role, parts }));
}

function buildTurns(messages: readonly IrMessage[], options: PartOptions): Turn[] {
  const turns: Turn[] = [];
  let calls: EncodedCall[] = [];
  let pending: Pending = { results: [], parts: [] };

  const flush = (): void => {
    closeExchange(turns, calls, pending, options);
    calls = [];
    pending = { results: [], parts: [] };
  };

  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (message.role !== "assistant") {
      collectUser(message, path, pending, options);
      continue;
    }
    if (pending.parts.length > 0 || pending.results.length > 0) flush();
    const parts = encodeModelBlocks(message.content, path, calls, options);
    append(turns, { role: "model", kind: "plain", parts, isReal: false });
    for (const [at, block] of message.content.entries()) collectResult(block, path, at, pending);
  }
  flush();
  return turns;
}

function collectUser(message: IrMessage, path: string, pending: Pending, options: PartOptions): void {
  const isSystem = message.role === "system";
  for (const [index, block] of message.content.entries()) {
    if (collectResult(block, path, index, pending)) continue;
    for (const part of encodeUserBlock(block, `${path}.content[${index}]`, options)) {
      pending.parts.push(isSystem ? asReminder(part) : part);
    }
  }
  if (isSystem) {
    options.losses.push({
      kind: "approximated",
      path,
      feature: "system-message",
      detail: "sent as a reminder in a user turn",
    });
  }
}

/** Sets a result aside; false for blocks of other kinds. */
function collectResult(block: IrBlock, path: string, index: number, pending: Pending): boolean {
  if (block.type !== "tool-result") return false;
  pending.results.push({ block, path: `${path}.content[${index}]` });
  return true;
}

/** Answers the calls of the last model turn and lets the user's words follow in a content of their own. */
function closeExchange(turns: Turn[], calls: readonly EncodedCall[], pending: Pending, options: PartOptions): void {
  const answers = new Map<string, PlacedResult>();
  for (const result of pending.results) answers.set(result.block.callId, result);
  const responses: AnyPart[] = [];
  const rest: AnyPart[] = [];
  for (const call of calls) {
    const result = answers.get(call.id);
    if (!result) {
      options.losses.push({
        kind: "invented",
        path: "contents",
        feature: "tool-result",
        detail: "a call had no result",
      });
      responses.push(missingResult(call, options));
      continue;
    }
    const { part, media } = encodeResult(result.block, call, result.path, options);
    responses.push(part);
    rest.push(...media);
  }
  append(turns, { role: "user", kind: "response", parts: responses, isReal: false });
  for (const call of calls) answers.delete(call.id);
  for (const { block, path } of answers.values()) {
    options.losses.push({ kind: "approximated", path, feature: "orphan-tool-result" });
    rest.push({ text: orphanText(block) });
  }
  rest.push(...pending.parts);
  const isReal = answers.size > 0 || pending.parts.length > 0;
  append(turns, { role: "user", kind: "plain", parts: rest, isReal });
}

/** Adds a turn, or joins it with the one before; functions' answers always stand alone, empty turns vanish. */
function append(turns: Turn[], turn: Turn): void {
  if (turn.parts.length === 0) return;
  const last = turns.at(-1);
  if (last && last.role === turn.role && last.kind === "plain" && turn.kind === "plain") {
    last.parts.push(...turn.parts);
    last.isReal ||= turn.isReal;
  } else turns.push(turn);
}

function asReminder(part: AnyPart): AnyPart {
  return typeof part["text"] === "string" ? { text: `<system-reminder>\n${part["text"]}\n</system-reminder>` } : part;
}

/**
 * Puts the sentinel on the first call of each model turn that follows the last real user turn and has no signature.
 * Only there does Gemini validate; further calls of the same turn must stay unsigned.
 */
function signCurrentTurn(turns: readonly Turn[], losses: Loss[]): void {
  const start = turns.findLastIndex((turn) => turn.isReal);
  for (const [index, turn] of turns.entries()) {
    if (index <= start || turn.role !== "model") continue;
    const at = turn.parts.findIndex((part) => isObject(part["functionCall"]) && part["functionResponse"] === undefined);
    const part = turn.parts[at];
    if (!part || part["thoughtSignature"] !== undefined) continue;
    turn.parts[at] = { ...part, thoughtSignature: SKIP_SIGNATURE };
    losses.push({
      kind: "invented",
      path: `contents[${index}].parts[${at}].thoughtSignature`,
      feature: "thought-signature",
    });
  }
}
