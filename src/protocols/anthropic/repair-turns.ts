// Last repairs of a conversation before it is sent: empty turns, the first and the last role, trailing thinking.

import type { LossSink } from "../../core/loss.ts";
import type { Turn } from "./encode-messages.ts";
import { isObject, type WireObject } from "./wire.ts";

/** Text of user turns that the API demands and nobody wrote. */
const CONTINUE_TEXT = "Continue.";

/** What decides about the last turn. */
export interface RepairOptions {
  /** The model accepts a conversation that ends with an assistant turn, as this request is configured. */
  readonly canPrefill: boolean;
  readonly loss: LossSink;
}

/**
 * Returns turns the API accepts. Live rules (experientiallabs/experiential#804, seen 2026-11): no empty user turn, no
 * turn of white space alone, no assistant turn that ends with thinking or with trailing white space at the end.
 */
export function repairTurns(turns: readonly Turn[], options: RepairOptions): Turn[] {
  const { loss } = options;
  const kept: Turn[] = [];
  for (const turn of turns) {
    const content = turn.role === "assistant" ? withoutTrailingThinking(turn.content, loss) : turn.content;
    if (content.length === 0) continue;
    if (isBlank(content)) {
      if (turn.role !== "user") continue;
      loss({ kind: "approximated", path: "messages", feature: "blank-text", detail: "white space alone is refused" });
      push(kept, { role: "user", content: [{ type: "text", text: "." }] });
      continue;
    }
    push(kept, { role: turn.role, content });
  }
  if (kept[0]?.role !== "user") {
    loss({ kind: "invented", path: "messages[0]", feature: "user-turn", detail: "the first turn must be the user's" });
    kept.unshift(userTurn());
  }
  endWithUser(kept, options);
  return kept;
}

function userTurn(): Turn {
  return { role: "user", content: [{ type: "text", text: CONTINUE_TEXT }] };
}

/** Appends a turn; neighbours of one role become one. */
function push(turns: Turn[], turn: Turn): void {
  const last = turns.at(-1);
  if (last && last.role === turn.role && turn.role !== "system") last.content.push(...turn.content);
  else turns.push({ role: turn.role, content: [...turn.content] });
}

function isBlank(content: readonly WireObject[]): boolean {
  return content.every((block) => block["type"] === "text" && String(block["text"]).trim() === "");
}

function isThinking(block: WireObject | undefined): boolean {
  return block?.["type"] === "thinking" || block?.["type"] === "redacted_thinking";
}

function withoutTrailingThinking(content: readonly WireObject[], loss: LossSink): WireObject[] {
  let end = content.length;
  while (end > 0 && isThinking(content[end - 1])) end -= 1;
  if (end < content.length) {
    loss({ kind: "dropped", path: "messages", feature: "reasoning", detail: "a turn must not end with thinking" });
  }
  return content.slice(0, end);
}

function endWithUser(turns: Turn[], options: RepairOptions): void {
  const last = turns.at(-1);
  const block = last?.content.at(-1);
  // A turn that ends with a server tool is a paused one: the upstream goes on with it.
  if (last?.role !== "assistant" || block?.["type"] !== "text") return;
  last.content[last.content.length - 1] = { ...block, text: String(block["text"]).trimEnd() };
  if (options.canPrefill) return;
  options.loss({
    kind: "approximated",
    path: "messages",
    feature: "prefill",
    detail: "the model does not go on with an assistant turn; a user turn asks it to",
  });
  turns.push(userTurn());
}

/**
 * Whether thinking with a budget would be refused: it demands that the assistant turn of a running tool loop begins
 * with a thinking block.
 */
export function lacksThinkingInToolLoop(turns: readonly Turn[]): boolean {
  const last = turns.at(-1);
  if (last?.role !== "user" || !last.content.some((block) => isObject(block) && block["type"] === "tool_result"))
    return false;
  const assistant = turns.findLast((turn) => turn.role === "assistant");
  return assistant !== undefined && !isThinking(assistant.content[0]);
}
