// The grammar of neutral streams (core/event.ts), checked on what decoders emit.

import type { IrEvent } from "../../../src/core/event.ts";

const GROWING: Readonly<Record<string, readonly string[]>> = {
  text: ["text", "opaque", "citation"],
  reasoning: ["text", "opaque"],
  refusal: ["text"],
  "tool-call": ["arguments"],
  whole: [],
};

/** Broken rules; `[]` for a legal stream. A stream that ends with an error may leave blocks open. */
export function irProblems(events: readonly IrEvent[]): string[] {
  const problems: string[] = [];
  const open = new Map<number, string>();
  const seen = new Set<number>();
  events.forEach((event, at) => {
    const isTerminal = event.type === "message-end" || event.type === "error";
    if (at === 0 && event.type !== "message-start" && event.type !== "error")
      problems.push(`begins with ${event.type}`);
    if (at > 0 && event.type === "message-start") problems.push("second message-start");
    if (isTerminal !== (at === events.length - 1)) problems.push(`${event.type} at ${at} of ${events.length}`);
    if (event.type === "message-end" && open.size > 0) problems.push("message-end with open blocks");
    if (event.type === "block-start") {
      if (seen.has(event.index)) problems.push(`index ${event.index} twice`);
      seen.add(event.index);
      open.set(event.index, event.block.type);
    } else if (event.type === "block-delta") {
      const type = open.get(event.index);
      if (type === undefined) problems.push(`delta of ${event.index}, which is not open`);
      else if (!GROWING[type]?.includes(event.delta.type)) problems.push(`${event.delta.type} delta in ${type}`);
      if ("text" in event.delta && event.delta.text === "") problems.push("empty delta");
    } else if (event.type === "block-end" && !open.delete(event.index)) {
      problems.push(`end of ${event.index}, which is not open`);
    }
  });
  return problems;
}
