// Ids of tool calls that a conversation has already. Upstreams that number their calls, and two upstreams that count
// alike, give an id a second time; Claude Code drops the later call and its result from the conversation, so that the
// model calls again.
// @source measured with Claude Code 2.1.330 and 2.1.332, 2026-11-28

import type { IrBlock } from "./block.ts";
import type { IrBlockStart } from "./event.ts";
import type { LossSink } from "./loss.ts";
import type { IrRequest } from "./request.ts";
import type { IrResponse } from "./response.ts";

/** Gives calls another id where the conversation has theirs. */
export interface CallIds {
  /** The start of a block of the answer. */
  start(block: IrBlockStart): IrBlockStart;
  /** A whole answer. */
  response(response: IrResponse): IrResponse;
}

/** `mintId` makes 24 characters of `[0-9A-Za-z]`. The conversation is looked through at the answer's first call. */
export function createCallIds(request: IrRequest, mintId: () => string, loss: LossSink): CallIds {
  let used: ReadonlySet<string> | undefined;

  function fresh(id: string): string {
    used ??= callIdsOf(request);
    if (!used.has(id)) return id;
    loss({
      kind: "invented",
      path: "tool_calls.id",
      feature: "tool-call-id",
      detail: "the conversation has it already",
    });
    return `call_${mintId()}`;
  }

  function withFreshId<Block extends IrBlock | IrBlockStart>(block: Block): Block {
    if (block.type !== "tool-call") return block;
    const id = fresh(block.id);
    return id === block.id ? block : { ...block, id };
  }

  return {
    start: (start) => (start.type === "whole" ? { ...start, block: withFreshId(start.block) } : withFreshId(start)),
    response: (response) => ({ ...response, content: response.content.map(withFreshId) }),
  };
}

function callIdsOf({ messages }: IrRequest): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { content } of messages) for (const each of content) if (each.type === "tool-call") ids.add(each.id);
  return ids;
}
