// The grammar checkers by protocol, and what they find in streams that end in the middle on purpose.

import type { IrEvent } from "../../../src/core/event.ts";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { IrRequest } from "../../../src/core/request.ts";
import { checkAnthropicStream } from "../../support/grammar/check-anthropic-stream.ts";
import { checkChatStream } from "../../support/grammar/check-chat-stream.ts";
import { checkGeminiStream } from "../../support/grammar/check-gemini-stream.ts";
import { checkResponsesStream } from "../../support/grammar/check-responses-stream.ts";
import type { Violation } from "../../support/grammar/violation.ts";

/** Every broken rule of a client's stream. */
export function checkClientStream(protocol: ProtocolId, text: string, request: IrRequest): readonly Violation[] {
  switch (protocol) {
    case "anthropic":
      return checkAnthropicStream(text);
    case "openai-chat":
      // Usage can only be sent on where the upstream reported it: whether it came is checked elsewhere.
      return checkChatStream(text, request.includeUsage ? {} : { includeUsage: false });
    case "openai-responses":
      return checkResponsesStream(text);
    case "gemini":
      return checkGeminiStream(text);
  }
}

/**
 * Rules that an upstream may break for clients: the model's own mistakes, and kinds of content that only its protocol
 * knows, go on as they are.
 */
export function toleratedRules(to: ProtocolId, events: readonly IrEvent[]): ReadonlySet<string> {
  const rules = new Set<string>();
  if (hasBrokenArguments(events)) rules.add("tool-json");
  if (to === "gemini" && hasUnknownBlock(events)) rules.add("part-kind");
  return rules;
}

/** Whether the events hold a function call whose arguments are no JSON object: the model's mistake, sent on as it is. */
function hasBrokenArguments(events: readonly IrEvent[]): boolean {
  const texts = new Map<number, string[]>();
  for (const event of events) {
    if (event.type === "block-start" && event.block.type === "tool-call" && event.block.kind === "function")
      texts.set(event.index, []);
    if (event.type === "block-start" && event.block.type === "whole" && event.block.block.type === "tool-call")
      texts.set(event.index, [event.block.block.arguments]);
    if (event.type === "block-delta" && event.delta.type === "arguments")
      texts.get(event.index)?.push(event.delta.text);
  }
  return [...texts.values()].some((parts) => !isJsonObject(parts.join("") || "{}"));
}

/** Whether the events hold a block of a kind that only its own protocol knows, which goes to that protocol as it is. */
function hasUnknownBlock(events: readonly IrEvent[]): boolean {
  return events.some(
    (event) => event.type === "block-start" && event.block.type === "whole" && event.block.block.type === "unknown",
  );
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false; // not JSON at all
  }
}
