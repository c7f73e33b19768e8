// Streamed Chat Completions, neutral to wire: one chunk per delta, then finish, usage, `[DONE]`.

import type { IrBlock, IrCitation, Opaque } from "../../core/block.ts";
import type { GatewayError } from "../../core/errors.ts";
import type { IrBlockStart, IrDelta, IrEvent } from "../../core/event.ts";
import { opaqueForClient } from "../../core/opaque-envelope.ts";
import type { IrStop } from "../../core/stop.ts";
import { type IrUsage, mergeUsage } from "../../core/usage.ts";
import { sseData } from "../../lib/sse.ts";
import type { ReplyContext, StreamEncoder } from "../protocol.ts";
import { createAnnotations } from "./annotations.ts";
import { createChunkWriter } from "./chunk-writer.ts";
import { errorObject } from "./errors.ts";
import { sealedDetails, streamedDetails } from "./reasoning-details.ts";
import { imageUrl, isLegacyClient, refusalText, showsReasoning } from "./reply.ts";
import { encodeStop } from "./stop-reason.ts";
import { clientToolId } from "./tool-ids.ts";
import { flatName } from "./tool-names.ts";
import { encodeServiceTier, encodeUsage } from "./usage.ts";
import { thoughtSignature } from "./wire.ts";

/** Says nothing and keeps a silent connection open. */
export const KEEP_ALIVE = ": keep-alive\n\n";

/** A block that has begun and not ended. */
interface Open {
  readonly start: IrBlockStart;
  /** Dense index among the blocks of its kind. */
  readonly ordinal: number;
  opaque: Opaque | undefined;
  hasArguments: boolean;
  /** Thinking so far, for its seal. */
  readonly thoughts: string[];
}

/**
 * Creates an encoder. Blocks need no order here: calls carry an index, text and reasoning have fields of their own.
 * Reasoning goes out under both names in use and as `reasoning_details`, the signature at the end of its block, as
 * OpenRouter streams it. Usage goes out only where the client asked for it.
 */
export function createStreamEncoder(write: (frame: string) => void, context: ReplyContext): StreamEncoder {
  const { request } = context;
  const chunk = createChunkWriter(write, context);
  const annotations = createAnnotations();
  const open = new Map<number, Open>();
  const isLegacy = isLegacyClient(request);
  const hasReasoning = showsReasoning(request);
  let isStarted = false;
  let isOver = false;
  let calls = 0;
  let thoughts = 0;
  let images = 0;
  let hasText = false;
  let hasThought = false;
  let hasRefusal = false;
  let usage: IrUsage | undefined;

  function start(): void {
    if (isStarted) return;
    isStarted = true;
    chunk.delta({ role: "assistant", content: "", refusal: null });
  }

  function begin(index: number, block: IrBlockStart): void {
    start();
    const ordinal = block.type === "tool-call" ? calls : block.type === "reasoning" ? thoughts++ : 0;
    const entry: Open = { start: block, ordinal, opaque: undefined, hasArguments: false, thoughts: [] };
    open.set(index, entry);
    if (block.type === "text") annotations.begin();
    else if (block.type === "tool-call") beginCall(block);
    else if (block.type === "whole") whole(block.block);
  }

  function beginCall(block: IrBlockStart & { type: "tool-call" }): void {
    const index = calls++;
    const name = flatName(block.name, block.namespace);
    if (isLegacy) {
      if (index === 0) chunk.delta({ function_call: { name, arguments: "" } });
      else context.loss({ kind: "dropped", path: "choices[0].delta.function_call", feature: "parallel-calls" });
      return;
    }
    const call: Record<string, unknown> = { index, id: clientToolId(block.id), type: block.kind };
    if (block.kind === "custom") call["custom"] = { name, input: "" };
    else call["function"] = { name, arguments: "" };
    if (block.opaque) call["extra_content"] = thoughtSignature(opaqueForClient(block.opaque, "openai-chat"));
    chunk.delta({ tool_calls: [call] });
  }

  function whole(block: IrBlock): void {
    if (block.type === "reasoning") writeDetails(sealedDetails(block, thoughts++));
    else if (block.type === "image") {
      const url = imageUrl(block.source);
      if (url !== undefined) chunk.delta({ images: [{ type: "image_url", image_url: { url }, index: images++ }] });
    } else {
      context.loss({ kind: "dropped", path: "choices[0].delta", feature: block.type });
    }
  }

  function writeDetails(items: readonly unknown[]): void {
    if (items.length === 0 || !hasReasoning) return;
    chunk.delta({ reasoning_details: items });
  }

  function delta(index: number, value: IrDelta): void {
    const entry = open.get(index);
    if (!entry) return;
    switch (value.type) {
      case "text":
        textDelta(entry, value.text);
        break;
      case "arguments":
        entry.hasArguments = true;
        writeArguments(entry, value.text);
        break;
      case "opaque":
        entry.opaque = value.opaque;
        break;
      case "citation":
        citation(value.citation);
        break;
    }
  }

  function textDelta(entry: Open, text: string): void {
    switch (entry.start.type) {
      case "text":
        hasText = true;
        annotations.text(text);
        chunk.content(text);
        break;
      case "reasoning":
        if (!hasReasoning) break;
        // Clients put all thinking into one text: blocks are kept apart as in a whole answer.
        if (hasThought && entry.thoughts.length === 0) chunk.delta({ reasoning_content: "\n\n", reasoning: "\n\n" });
        hasThought = true;
        entry.thoughts.push(text);
        chunk.reasoning(text, entry.start.isSummary ?? false, entry.ordinal);
        break;
      case "refusal":
        hasRefusal = true;
        chunk.delta({ refusal: text });
        break;
    }
  }

  function writeArguments(entry: Open, text: string): void {
    if (entry.start.type !== "tool-call") return;
    if (isLegacy) {
      if (entry.ordinal === 0) chunk.delta({ function_call: { arguments: text } });
    } else if (entry.start.kind === "custom") {
      chunk.delta({ tool_calls: [{ index: entry.ordinal, custom: { input: text } }] });
    } else {
      chunk.callArguments(entry.ordinal, text);
    }
  }

  function citation(value: IrCitation): void {
    if (!annotations.add(value)) {
      context.loss({ kind: "dropped", path: "choices[0].delta.annotations", feature: "document-citation" });
    }
  }

  function end(index: number): void {
    const entry = open.get(index);
    if (!entry) return;
    open.delete(index);
    const { start: block, opaque } = entry;
    if (block.type === "tool-call") {
      if (!entry.hasArguments && block.kind === "function") writeArguments(entry, "{}");
    } else if (block.type === "text") {
      annotations.end();
      if (opaque) chunk.delta({ extra_content: thoughtSignature(opaqueForClient(opaque, "openai-chat")) });
    } else if (block.type === "reasoning" && opaque) {
      const { isSummary, id } = block;
      const text = entry.thoughts.join("");
      writeDetails(streamedDetails({ type: "reasoning", text, isSummary, id, opaque }, entry.ordinal));
    }
  }

  function finish(stop: IrStop): void {
    start();
    for (const index of [...open.keys()]) end(index);
    const cited = annotations.all();
    if (cited.length > 0) chunk.delta({ annotations: cited });
    const refusal = hasRefusal ? undefined : refusalText(stop, hasText, context.loss);
    if (refusal !== undefined) chunk.delta({ refusal });
    const reason = encodeStop(stop, calls > 0, context.loss);
    chunk.finish(isLegacy && reason === "tool_calls" ? "function_call" : reason, stop.stopSequence);
    if (request.includeUsage && usage) chunk.usage(encodeUsage(usage), encodeServiceTier(usage));
    write(sseData("[DONE]"));
    isOver = true;
  }

  return {
    event(event: IrEvent) {
      if (isOver) return;
      switch (event.type) {
        case "block-delta":
          delta(event.index, event.delta);
          break;
        case "block-start":
          begin(event.index, event.block);
          break;
        case "block-end":
          end(event.index);
          break;
        case "message-start":
          usage = mergeUsage(usage, event.usage);
          start();
          break;
        case "usage":
          usage = mergeUsage(usage, event.usage);
          break;
        case "logprobs":
          if (!request.logprobs?.enabled) break;
          start();
          chunk.logprobs(event.content);
          break;
        case "message-end":
          finish(event.stop);
          break;
        case "error":
          break; // the gateway calls `error` instead
      }
    },
    error(error: GatewayError) {
      if (isOver) return;
      isOver = true;
      // No `[DONE]`: nothing may make this look like an answer.
      write(sseData(JSON.stringify({ error: errorObject(error) })));
    },
    keepAlive() {
      if (!isOver) write(KEEP_ALIVE);
    },
    close() {
      isOver = true;
    },
  };
}
