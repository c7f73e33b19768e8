// Contexts for the tests of this folder: fixed ids, collected losses, a grammar check for neutral streams.

import type { IrEvent } from "../../core/event.ts";
import type { Loss } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import type { ReplyContext, StreamFraming, UpstreamQuirks, UpstreamTarget } from "../protocol.ts";
import type { GeminiDecodeContext } from "./decode-context.ts";
import { createStreamDecoder } from "./decode-stream.ts";

/** Ids that count up: 24 characters each. */
export function countingIds(): () => string {
  let count = 0;
  return () => String(++count).padStart(24, "0");
}

/** A decode context and the losses reported to it. */
export function decodeContext(declaredTools?: readonly string[]): GeminiDecodeContext & { readonly losses: Loss[] } {
  const losses: Loss[] = [];
  return {
    origin: { protocol: "gemini", upstreamId: "up", keyId: "key", model: "gemini-test" },
    quirks: {},
    mintId: countingIds(),
    loss: (loss) => losses.push(loss),
    declaredTools: declaredTools ? new Set(declaredTools) : undefined,
    losses,
  };
}

/** A target model; the upstream has the id and key of `decodeContext`. */
export function target(model: string, options: { baseUrl?: string; quirks?: UpstreamQuirks } = {}): UpstreamTarget {
  return {
    upstreamId: "up",
    keyId: "key",
    model,
    baseUrl: options.baseUrl ?? "https://generativelanguage.googleapis.com/v1beta",
    quirks: options.quirks ?? {},
  };
}

/** A minimal request with one user message, and the given fields. */
export function request(fields: Partial<IrRequest> = {}): IrRequest {
  return {
    model: "some-model",
    stream: false,
    system: [],
    messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    tools: [],
    includeUsage: true,
    ...fields,
  };
}

/** A reply context. */
export function replyContext(framing: StreamFraming = "sse"): ReplyContext & { readonly losses: Loss[] } {
  const losses: Loss[] = [];
  return {
    model: "asked-model",
    responseId: "resp00000000000000000000",
    createdAt: 1_700_000_000,
    request: request(),
    framing,
    mintId: countingIds(),
    loss: (loss) => losses.push(loss),
    losses,
  };
}

/** Events of a stream given as JSON values, ended. */
export function decodeChunks(chunks: readonly unknown[], context: GeminiDecodeContext = decodeContext()): IrEvent[] {
  const events: IrEvent[] = [];
  const decoder = createStreamDecoder((event) => events.push(event), context);
  for (const chunk of chunks) decoder.event("", typeof chunk === "string" ? chunk : JSON.stringify(chunk));
  decoder.end();
  return events;
}

/** A chunk with these parts and candidate fields. */
export function chunk(
  parts: readonly unknown[],
  fields: Record<string, unknown> = {},
  top: Record<string, unknown> = {},
): unknown {
  return {
    candidates: [{ content: { parts, role: "model" }, index: 0, ...fields }],
    modelVersion: "gemini-test",
    responseId: "r1",
    ...top,
  };
}

/** Breaches of the stream grammar, in words; empty for a legal stream. */
export function grammarBreaches(events: readonly IrEvent[]): string[] {
  const breaches: string[] = [];
  const open = new Map<number, string>();
  const seen = new Set<number>();
  let hasStarted = false;
  let hasEnded = false;
  for (const [at, event] of events.entries()) {
    if (hasEnded) breaches.push(`${at}: ${event.type} after the end`);
    if (event.type === "message-start") {
      if (hasStarted) breaches.push(`${at}: second message-start`);
      hasStarted = true;
    } else if (event.type === "error") hasEnded = true;
    else if (!hasStarted) breaches.push(`${at}: ${event.type} before message-start`);
    if (event.type === "block-start") {
      if (seen.has(event.index)) breaches.push(`${at}: index ${event.index} used twice`);
      seen.add(event.index);
      open.set(event.index, event.block.type);
    } else if (event.type === "block-delta") {
      const kind = open.get(event.index);
      if (!kind || kind === "whole") breaches.push(`${at}: delta for ${kind ?? "a closed block"}`);
      if (event.delta.type === "text" && event.delta.text === "") breaches.push(`${at}: empty text delta`);
    } else if (event.type === "block-end") {
      if (!open.delete(event.index)) breaches.push(`${at}: end of a block that is not open`);
    } else if (event.type === "message-end") {
      hasEnded = true;
      if (open.size > 0) breaches.push(`${at}: blocks left open`);
    }
  }
  if (!hasEnded) breaches.push("no end");
  return breaches;
}
