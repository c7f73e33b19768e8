// The smallest request, for properties that are about answers.

import type { IrEvent } from "../../../src/core/event.ts";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { IrRequest, IrTool } from "../../../src/core/request.ts";
import { MODELS } from "./contexts.ts";

/** The same with a declaration for every tool that an answer calls. */
export function requestDeclaring(
  protocol: ProtocolId,
  events: readonly IrEvent[],
  overrides: Partial<IrRequest> = {},
): IrRequest {
  const tools = new Map<string, IrTool>();
  for (const event of events) {
    if (event.type !== "block-start" || event.block.type !== "tool-call") continue;
    const { name, kind } = event.block;
    if (!tools.has(name)) tools.set(name, kind === "custom" ? { type: "custom", name } : { type: "function", name });
  }
  return plainRequest(protocol, { tools: [...tools.values()], ...overrides });
}

/** A request of a client of `protocol` that wants to see all there is: usage, thinking, searches. */
export function plainRequest(protocol: ProtocolId, overrides: Partial<IrRequest> = {}): IrRequest {
  return {
    model: MODELS[protocol],
    stream: true,
    system: [],
    messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    tools: [],
    reasoning: { mode: "adaptive", display: "summarized", summary: "auto" },
    includeUsage: true,
    ...overrides,
  };
}
