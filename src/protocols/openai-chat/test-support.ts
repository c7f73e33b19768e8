// What the tests of this folder share: contexts, runs of the decoders, and the grammar of the neutral stream.

import { expect } from "bun:test";
import type { IrEvent } from "../../core/event.ts";
import type { Loss } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import type { DecodeContext, ReplyContext, RouteMatch, UpstreamQuirks, UpstreamTarget } from "../protocol.ts";
import { createStreamDecoder } from "./decode-stream.ts";

/** The route of every generate request. */
export const ROUTE: RouteMatch = { protocol: "openai-chat", operation: "generate", framing: "sse" };

/** A target at a host, with quirks. */
export function targetAt(baseUrl: string, model: string, quirks: UpstreamQuirks = {}): UpstreamTarget {
  return { upstreamId: "up", keyId: "key", model, baseUrl, quirks };
}

/** A context for decoders; ids count up, losses are collected. */
export function decodeContext(quirks: UpstreamQuirks = {}): DecodeContext & { readonly losses: Loss[] } {
  const losses: Loss[] = [];
  let minted = 0;
  return {
    origin: { protocol: "openai-chat", upstreamId: "up", keyId: "key", model: "m" },
    quirks,
    mintId: () => `mint${++minted}`,
    loss: (loss) => losses.push(loss),
    losses,
  };
}

/** A minimal request in neutral form. */
export function irRequest(fields: Partial<IrRequest> = {}): IrRequest {
  return {
    model: "m",
    stream: false,
    system: [],
    messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    tools: [],
    includeUsage: true,
    ...fields,
  };
}

/** A context for encoders of answers. */
export function replyContext(request: Partial<IrRequest> = {}): ReplyContext & { readonly losses: Loss[] } {
  const losses: Loss[] = [];
  return {
    model: "asked-model",
    responseId: "R".repeat(24),
    createdAt: 1_700_000_000,
    request: irRequest(request),
    framing: "sse",
    mintId: () => "m".repeat(24),
    loss: (loss) => losses.push(loss),
    losses,
  };
}

/** Decodes payloads, each a value or a raw string; `isEnded` says whether the body ends after them. */
export function decodePayloads(
  payloads: readonly unknown[],
  context: DecodeContext = decodeContext(),
  isEnded = true,
): IrEvent[] {
  const events: IrEvent[] = [];
  const decoder = createStreamDecoder((event) => events.push(event), context);
  for (const payload of payloads) decoder.event("", typeof payload === "string" ? payload : JSON.stringify(payload));
  if (isEnded) decoder.end();
  return events;
}

/** A chunk with one delta. */
export function chunk(delta: unknown, fields: Record<string, unknown> = {}): unknown {
  const { finish_reason = null, ...outer } = fields;
  return {
    id: "c1",
    object: "chat.completion.chunk",
    model: "m",
    choices: [{ index: 0, delta, finish_reason }],
    ...outer,
  };
}

/** Fails unless the events follow the grammar of `core/event.ts`. */
export function expectGrammar(events: readonly IrEvent[]): void {
  const open = new Set<number>();
  const used = new Set<number>();
  let isOver = false;
  for (const [i, event] of events.entries()) {
    expect(isOver).toBe(false);
    switch (event.type) {
      case "message-start":
        expect(i).toBe(0);
        break;
      case "block-start":
        expect(events[0]?.type).toBe("message-start");
        expect(used.has(event.index)).toBe(false);
        used.add(event.index);
        open.add(event.index);
        break;
      case "block-delta":
        expect(open.has(event.index)).toBe(true);
        if ("text" in event.delta) expect(event.delta.text).not.toBe("");
        break;
      case "block-end":
        expect(open.delete(event.index)).toBe(true);
        break;
      case "message-end":
        expect(open.size).toBe(0);
        isOver = true;
        break;
      case "error":
        isOver = true;
        break;
      default:
        break;
    }
  }
  expect(isOver).toBe(true);
}
