// Reasoning inside messages: what clients send back, and what upstreams may see of it.

import type { ReasoningBlock } from "../../core/block.ts";
import type { LossSink } from "../../core/loss.ts";
import { opaqueFits } from "../../core/opaque-envelope.ts";
import type { IrReasoning } from "../../core/request.ts";
import type { UpstreamTarget } from "../protocol.ts";
import type { Dialect } from "./dialect.ts";
import { decodeDetails, repeatDetails } from "./reasoning-details.ts";
import { effortOf } from "./reasoning-effort.ts";
import { asText, type WireMessage } from "./wire.ts";

/** Reads the reasoning of an assistant message: `reasoning_details`, else `reasoning_content`, else `reasoning`. */
export function decodeReasoningBlocks(message: WireMessage): ReasoningBlock[] {
  const text = asText(message.reasoning_content) || asText(message.reasoning);
  const blocks = decodeDetails(message.reasoning_details, text);
  if (blocks.some((block) => !block.redacted) || text === "") return blocks;
  return [{ type: "reasoning", text }, ...blocks];
}

/** Whether a request leaves thinking on: asked for, or left to a model that thinks by default. */
export function thinksUnlessTold(reasoning: IrReasoning | undefined): boolean {
  return effortOf(reasoning) !== "none";
}

/** What the way back depends on. */
export interface HistoryTarget {
  readonly dialect: Dialect;
  readonly target: UpstreamTarget;
  /** The request came from a chat client: text goes back wherever it came from. */
  readonly isOwn: boolean;
  /** The request wants the model to think, or leaves it to a model that does. */
  readonly isThinking: boolean;
  readonly loss: LossSink;
}

/** Fields of an assistant message that carry its reasoning back. Whatever cannot go is a loss at `path`. */
export function encodeHistory(
  blocks: readonly ReasoningBlock[],
  hasCalls: boolean,
  path: string,
  history: HistoryTarget,
): Record<string, unknown> {
  const { dialect } = history;
  const fields: Record<string, unknown> = {};
  const details = dialect.isOpenAi ? [] : fittingDetails(blocks, history);
  if (details.length > 0) fields["reasoning_details"] = details;
  const text = blocks
    .map((block) => block.text)
    .filter((part) => part !== "")
    .join("\n\n");
  const mayPass =
    dialect.passback || (history.isOwn && !dialect.isOpenAi && history.target.quirks.reasoningPassback !== false);
  if (mayPass && text !== "" && details.length === 0) fields["reasoning_content"] = text;
  else if (dialect.passbackRequired && hasCalls && history.isThinking && text === "") {
    // These servers answer 400 when a turn with calls lacks its reasoning; a blank satisfies them.
    fields["reasoning_content"] = " ";
    history.loss({ kind: "invented", path: `${path}.reasoning_content`, feature: "reasoning-placeholder" });
  } else if (blocks.length > 0 && details.length === 0) {
    history.loss({ kind: "dropped", path: `${path}.reasoning_content`, feature: "reasoning-history" });
  }
  return fields;
}

/** `reasoning_details` that this very upstream made. */
function fittingDetails(blocks: readonly ReasoningBlock[], history: HistoryTarget): unknown[] {
  const { target } = history;
  const details: unknown[] = [];
  for (const { opaque, text } of blocks) {
    if (!opaque || !opaqueFits(opaque.origin, "openai-chat", target.upstreamId, target.keyId)) continue;
    details.push(...(repeatDetails(opaque, text) ?? []));
  }
  return details;
}
