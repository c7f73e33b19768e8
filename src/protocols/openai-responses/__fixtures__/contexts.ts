// Contexts and grammar checks shared by the tests of this folder.

import type { IrEvent } from "../../../core/event.ts";
import type { Loss } from "../../../core/loss.ts";
import type { IrRequest } from "../../../core/request.ts";
import type { DecodeContext, ReplyContext, UpstreamTarget } from "../../protocol.ts";

export const TARGET: UpstreamTarget = {
  upstreamId: "up",
  keyId: "key",
  model: "gpt-4.1",
  baseUrl: "https://upstream.example/v1",
  quirks: {},
};

export function decodeContext(overrides: Partial<DecodeContext> = {}): DecodeContext {
  return {
    origin: { protocol: "openai-responses", upstreamId: "up", keyId: "key", model: "m" },
    quirks: {},
    mintId: () => "0123456789abcdefABCDEFGH",
    loss: () => undefined,
    ...overrides,
  };
}

/** The smallest request; `parts` laid over it. */
export function irRequest(parts: Partial<IrRequest> = {}): IrRequest {
  return { model: "m", stream: true, system: [], messages: [], tools: [], includeUsage: true, ...parts };
}

export function replyContext(request: IrRequest = irRequest(), losses: Loss[] = []): ReplyContext {
  return {
    model: "asked-for",
    responseId: "R".repeat(24),
    createdAt: 1_763_900_000,
    request,
    framing: "sse",
    mintId: () => "0123456789abcdefABCDEFGH",
    loss: (loss) => losses.push(loss),
  };
}

/** What breaks the grammar of neutral events; empty for a legal stream. */
export function grammarFaults(events: readonly IrEvent[]): string[] {
  const faults: string[] = [];
  const open = new Map<number, string>();
  const seen = new Set<number>();
  let hasStarted = false;
  let hasEnded = false;
  for (const [i, event] of events.entries()) {
    if (hasEnded) faults.push(`${i}: ${event.type} after the end`);
    if (event.type === "message-start") {
      if (hasStarted) faults.push(`${i}: second message-start`);
      hasStarted = true;
    } else if (event.type === "error") hasEnded = true;
    else if (!hasStarted) faults.push(`${i}: ${event.type} before message-start`);
    if (event.type === "block-start") {
      if (seen.has(event.index)) faults.push(`${i}: index ${event.index} used twice`);
      seen.add(event.index);
      open.set(event.index, event.block.type);
    } else if (event.type === "block-delta") {
      const type = open.get(event.index);
      if (type === undefined) faults.push(`${i}: delta for closed block ${event.index}`);
      const wanted = event.delta.type === "arguments" ? ["tool-call"] : ["text", "reasoning", "refusal"];
      if (type !== undefined && !wanted.includes(type)) faults.push(`${i}: ${event.delta.type} for ${type}`);
      if ("text" in event.delta && event.delta.text === "") faults.push(`${i}: empty delta`);
    } else if (event.type === "block-end") {
      if (!open.delete(event.index)) faults.push(`${i}: end of closed block ${event.index}`);
    } else if (event.type === "message-end") {
      if (open.size > 0) faults.push(`${i}: blocks left open`);
      hasEnded = true;
    }
  }
  if (!hasEnded) faults.push("no end");
  return faults;
}

interface WireItem {
  readonly type: string;
  readonly id: string | undefined;
  isDone: boolean;
  parts: number;
}

/** What breaks the stream grammar of the Responses API in written frames; empty for a legal stream. */
export function wireGrammarFaults(frames: readonly string[]): string[] {
  const faults: string[] = [];
  const items: WireItem[] = [];
  const types: string[] = [];
  for (const [i, frame] of frames.entries()) {
    const match = /^event: (\S+)\ndata: (.*)\n\n$/.exec(frame);
    if (!match) {
      faults.push(`${i}: no whole frame`);
      continue;
    }
    const event = JSON.parse(match[2] ?? "");
    types.push(event.type);
    if (event.type !== match[1]) faults.push(`${i}: event name ${match[1]} for ${event.type}`);
    if (event.sequence_number !== i) faults.push(`${i}: sequence number ${event.sequence_number}`);
    if (event.type === "response.output_item.added") {
      if (event.output_index !== items.length) faults.push(`${i}: output index ${event.output_index}`);
      items.push({ type: event.item.type, id: event.item.id, isDone: false, parts: 0 });
    } else if (event.type === "response.output_item.done") {
      const item = items[event.output_index];
      if (!item || item.isDone || item.type !== event.item.type || item.id !== event.item.id) {
        faults.push(`${i}: done for another item`);
      } else item.isDone = true;
    } else if (event.output_index !== undefined) {
      const item = items[event.output_index];
      if (!item || item.isDone || item.id !== event.item_id) faults.push(`${i}: ${event.type} for another item`);
      if (event.type === "response.content_part.added" && item) item.parts++;
      if (event.content_index !== undefined && item && event.content_index >= item.parts) {
        faults.push(`${i}: ${event.type} before its part`);
      }
    } else if (event.response?.output && /completed|incomplete/.test(event.type)) {
      if (event.response.output.length !== items.length) faults.push(`${i}: output has another length`);
      if (items.some((item) => !item.isDone)) faults.push(`${i}: items left open`);
    }
  }
  if (types[0] !== "response.created" || types[1] !== "response.in_progress") faults.push("no start");
  const terminal = types.filter((type) => /^response\.(completed|incomplete|failed)$/.test(type));
  if (terminal.length !== 1 || types.at(-1) !== terminal[0]) faults.push(`terminal events: ${terminal.join(", ")}`);
  return faults;
}
