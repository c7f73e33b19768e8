// What an answer says, in a form in which two answers can be compared that came over different formats.

import type { IrBlock } from "../../../src/core/block.ts";
import { createResponseCollector } from "../../../src/core/collect-response.ts";
import type { IrEvent } from "../../../src/core/event.ts";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { IrResponse } from "../../../src/core/response.ts";
import type { IrStop, IrStopReason } from "../../../src/core/stop.ts";
import type { IrUsage } from "../../../src/core/usage.ts";

/** The content of an answer, blocks of one kind joined: cutting texts into blocks is each format's own business. */
export interface AnswerDigest {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: unknown }[];
  readonly stop: IrStopReason;
  readonly usage: UsageDigest;
}

interface UsageDigest {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

/** Collects a complete stream; throws when it is none. */
export function collect(events: readonly IrEvent[]): IrResponse {
  const collector = createResponseCollector();
  for (const event of events) collector.event(event);
  const response = collector.result();
  if (!response || "error" in response) throw new Error(`no whole answer: ${JSON.stringify(response)}`);
  return response;
}

export function digestOf(response: IrResponse): AnswerDigest {
  const { content } = response;
  return {
    text: joined(content, "text"),
    reasoning: joined(content, "reasoning"),
    refusal: joined(content, "refusal"),
    calls: content.flatMap((block) =>
      block.type === "tool-call" ? [{ id: block.id, name: block.name, args: argsOf(block) }] : [],
    ),
    stop: response.stop.reason,
    usage: usageDigest(response.usage),
  };
}

/** What is left of an answer once it went to a client of a format that keeps less. */
export function expectedAt(protocol: ProtocolId, response: IrResponse, includesUsage: boolean): AnswerDigest {
  const full = digestOf(response);
  const { text, refusal } = SPEECH[protocol](response, full);
  const stop = STOPS[protocol][response.stop.reason] ?? response.stop.reason;
  return {
    ...full,
    text,
    refusal,
    reasoning: protocol === "openai-chat" ? thoughts(response.content).join("\n\n") : full.reasoning,
    stop: settled(protocol, stop, response.stop, full, showsMore(protocol, response.content)),
    usage: includesUsage ? USAGE[protocol](full.usage) : usageDigest(undefined),
  };
}

/** A refusal without words gets some on its way: the upstream's explanation or category, or a sentence of ours. */
export function isSpoken(sent: IrResponse, expected: AnswerDigest, invented: boolean): boolean {
  const { reason, explanation, category } = sent.stop;
  const hasWords = invented || explanation !== undefined || category !== undefined;
  return reason === "refusal" && expected.refusal === "" && hasWords;
}

/**
 * Without blank lines between thoughts, which a chat stream needs because it has but one place for them, and without
 * the notes that stand for pictures in Messages: blocks that overlap may move them.
 */
export function comparable(digest: AnswerDigest): AnswerDigest {
  return { ...digest, reasoning: digest.reasoning.replaceAll("\n\n", ""), text: withoutNotes(digest.text) };
}

function withoutNotes(text: string): string {
  return text.replaceAll("[image omitted]", "");
}

type Speech = Pick<AnswerDigest, "text" | "refusal">;

/** Two of the formats have no place of its own for a refusal: it is text there. */
const SPEECH: Readonly<Record<ProtocolId, (response: IrResponse, full: AnswerDigest) => Speech>> = {
  anthropic: ({ content }) => ({ text: joined(content, "text", "refusal"), refusal: "" }),
  gemini: ({ content }) => ({ text: joined(content, "text", "refusal"), refusal: "" }),
  "openai-chat": (_, { text, refusal }) => ({ text, refusal }),
  "openai-responses": (_, { text, refusal }) => ({ text, refusal }),
};

/** Reasons that a format has no word for, and the word that stands for them there. */
const STOPS: Readonly<Record<ProtocolId, Partial<Readonly<Record<IrStopReason, IrStopReason>>>>> = {
  anthropic: {},
  "openai-chat": { "context-window": "max-tokens", "pause-turn": "max-tokens", compaction: "end-turn" },
  "openai-responses": {
    "stop-sequence": "end-turn",
    "context-window": "max-tokens",
    "pause-turn": "max-tokens",
    compaction: "end-turn",
  },
  gemini: {
    "stop-sequence": "end-turn",
    "context-window": "max-tokens",
    "pause-turn": "end-turn",
    compaction: "end-turn",
  },
};

/** What the reader of the format makes of the word together with the content. */
function settled(
  protocol: ProtocolId,
  stop: IrStopReason,
  original: IrStop,
  full: AnswerDigest,
  hasOther: boolean,
): IrStopReason {
  const isChatSequence = protocol === "openai-chat" && stop === "stop-sequence";
  if (stop !== "end-turn" && !isChatSequence) return stop;
  if (full.calls.length > 0) return "tool-use";
  const isRefused = full.refusal !== "" && full.text === "" && !hasOther;
  if (isRefused && (protocol === "openai-chat" || protocol === "openai-responses")) return "refusal";
  return isChatSequence && original.stopSequence !== undefined ? "stop-sequence" : "end-turn";
}

/** Whether the answer shows something beside text that this format's reader sees as such. */
function showsMore(protocol: ProtocolId, content: readonly IrBlock[]): boolean {
  if (protocol !== "openai-responses") return false;
  return content.some(
    (block) =>
      block.type === "image" ||
      block.type === "server-tool-call" ||
      (block.type === "unknown" && block.origin === protocol),
  );
}

const USAGE: Readonly<Record<ProtocolId, (usage: UsageDigest) => UsageDigest>> = {
  anthropic: (usage) => usage,
  "openai-chat": (usage) => usage,
  "openai-responses": (usage) => usage,
  // Written caches count as plain input there.
  gemini: (usage) => ({ ...usage, cacheWrite: 0 }),
};

function usageDigest(usage: IrUsage | undefined): UsageDigest {
  const read = usage?.cacheReadTokens ?? 0;
  const write = usage?.cacheWriteTokens ?? 0;
  return {
    input: (usage?.inputTokens ?? 0) + read + write,
    cacheRead: read,
    cacheWrite: write,
    output: usage?.outputTokens ?? 0,
    reasoning: usage?.reasoningTokens ?? 0,
  };
}

/** Texts of the blocks of thinking that have one: chat keeps them apart with a blank line. */
function thoughts(content: readonly IrBlock[]): string[] {
  return content.flatMap((block) => (block.type === "reasoning" && block.text !== "" ? [block.text] : []));
}

function joined(content: readonly IrBlock[], ...types: readonly string[]): string {
  return content.map((block) => (types.includes(block.type) && "text" in block ? (block.text ?? "") : "")).join("");
}

/** Arguments as a value; the free text of a custom tool as the object in which it travels where there are no such tools. */
function argsOf(call: Extract<IrBlock, { type: "tool-call" }>): unknown {
  if (call.kind === "custom") return { input: call.arguments };
  try {
    return JSON.parse(call.arguments);
  } catch {
    return `broken: ${call.arguments}`;
  }
}
