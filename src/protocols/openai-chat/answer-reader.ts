// Reads answers piece by piece: a streamed delta and a whole message have the same fields and take the same way.

import type { IrEvent } from "../../core/event.ts";
import type { IrUsage } from "../../core/usage.ts";
import { decodeCitation, decodeSearchResults } from "./citations.ts";
import { createContentBlocks } from "./content-blocks.ts";
import { mediaSource, thinkingText } from "./decode-content.ts";
import type { ChatDecodeContext } from "./decode-context.ts";
import { detailText } from "./reasoning-details.ts";
import { createServerTools } from "./server-tools.ts";
import { decodeStop } from "./stop-reason.ts";
import { createThinkSplitter } from "./think-tags.ts";
import { createToolCallPieces } from "./tool-call-pieces.ts";
import { decodeTimings, decodeUsage } from "./usage.ts";
import {
  asArray,
  asObject,
  asText,
  isMarkedThought,
  readThoughtSignature,
  type WireAnswer,
  type WireChoice,
  type WireDelta,
  type WireImageUrl,
  type WirePart,
  type WireReasoningDetail,
} from "./wire.ts";

/** State of one answer. */
export interface AnswerReader {
  /** Outer fields of a chunk or answer: id, model, usage, search results. Emits `message-start` once. */
  outer(wire: WireAnswer): void;
  /** Fields of a message or delta. False when the answer has gone astray and must end with an error. */
  delta(delta: WireDelta): boolean;
  /** Log probabilities beside the delta. */
  logprobs(value: unknown): void;
  /** The first finish reason closes all blocks; later ones are ignored. */
  finish(choice: WireChoice): void;
  /** The finish reason, `""` while there is none. */
  finishReason(): string;
  /** Whether anything was delivered. */
  hasContent(): boolean;
  /** Whether the calls seen so far could be run. */
  isComplete(): boolean;
  /** Ends the answer in form. */
  end(): void;
  /** Ends complete calls only; an error follows. */
  abandon(): void;
}

/** Creates a reader for one answer. */
export function createAnswerReader(emit: (event: IrEvent) => void, context: ChatDecodeContext): AnswerReader {
  const blocks = createContentBlocks(emit, context.origin);
  const pieces = createToolCallPieces({ emit, openBlock }, context);
  const serverTools = createServerTools(blocks);
  const splitter = context.quirks.thinkTags ? createThinkSplitter(blocks.text, blocks.reasoning) : undefined;
  let isStarted = false;
  let finishReason = "";
  let stopSequence: string | undefined;
  let searchResults: unknown;
  let serviceTier: unknown;
  let hasUsage = false;
  let fallbackUsage: IrUsage | undefined;

  function openBlock(): number {
    splitter?.flush();
    closeContent();
    return blocks.nextIndex();
  }

  function closeContent(): void {
    if (searchResults !== undefined) {
      let isTaken = true;
      for (const citation of decodeSearchResults(searchResults)) isTaken &&= blocks.citation(citation);
      if (isTaken) searchResults = undefined;
    }
    blocks.close();
  }

  function reasoning(delta: WireDelta): void {
    const details = delta.reasoning_details;
    if (Array.isArray(details) && details.length > 0) {
      const hasText = details.some((item) => detailText(asObject<WireReasoningDetail>(item) ?? {}) !== "");
      blocks.details(details);
      // The plain fields repeat the text of the details.
      if (hasText) return;
    }
    const text = asText(delta.reasoning_content) || asText(delta.reasoning);
    if (text !== "") blocks.reasoning(text);
  }

  function content(value: unknown, isThought: boolean): void {
    if (typeof value === "string") {
      if (value === "") return;
      if (isThought) blocks.reasoning(stripThoughtTags(value));
      else if (splitter) splitter.push(value);
      else blocks.text(value);
    } else if (Array.isArray(value)) {
      for (const part of value) contentPart(asObject<WirePart>(part), part);
    }
  }

  function contentPart(wire: WirePart | undefined, part: unknown): void {
    switch (wire?.type) {
      case "text":
      case "output_text":
        content(asText(wire.text), false);
        break;
      case "thinking": {
        const text = thinkingText(wire.thinking);
        if (text !== "") blocks.reasoning(text);
        break;
      }
      case "refusal":
        if (asText(wire.refusal) !== "") blocks.refusal(asText(wire.refusal));
        break;
      case "image_url":
        image(wire.image_url);
        break;
      default:
        if (typeof part === "string") content(part, false);
        else if (wire) {
          closeContent();
          blocks.whole({ type: "unknown", origin: "openai-chat", wire: part });
        }
    }
  }

  function image(value: unknown): void {
    const url = asText(asObject<WireImageUrl>(value)?.url) || asText(value);
    if (url === "") return;
    closeContent();
    blocks.whole({ type: "image", source: mediaSource(url) });
  }

  function annotations(items: readonly unknown[]): void {
    for (const item of items) {
      const citation = decodeCitation(item);
      if (citation && blocks.citation(citation)) continue;
      context.loss({ kind: "dropped", path: "choices[0].message.annotations", feature: "annotation" });
    }
  }

  function audio(value: unknown): void {
    const wire = asObject<{ data?: unknown; transcript?: unknown }>(value);
    if (asText(wire?.transcript) !== "") blocks.text(asText(wire?.transcript));
    if (asText(wire?.data) !== "") {
      context.loss({ kind: "dropped", path: "choices[0].message.audio", feature: "audio-output" });
    }
  }

  function signatures(delta: WireDelta): void {
    const signature = readThoughtSignature(delta.extra_content);
    if (signature === "") return;
    pieces.sign(signature);
    // Without calls the signature belongs to the text.
    if (asArray(delta.tool_calls).length === 0) blocks.signText(signature);
  }

  function usage(wire: WireAnswer): void {
    if (wire.service_tier) serviceTier = wire.service_tier;
    // Moonshot puts the counts into the choice.
    const raw = wire.usage || asObject<WireChoice>(asArray(wire.choices)[0])?.usage;
    const counts = raw ? decodeUsage(raw, serviceTier) : undefined;
    if (counts) {
      hasUsage = true;
      emit({ type: "usage", usage: counts });
    } else if (wire.x_groq !== undefined) {
      fallbackUsage = decodeUsage(asObject<{ usage?: unknown }>(wire.x_groq)?.usage, serviceTier) ?? fallbackUsage;
    } else if (wire.timings !== undefined) {
      fallbackUsage = decodeTimings(wire.timings) ?? fallbackUsage;
    }
  }

  function closeAll(): void {
    splitter?.flush();
    closeContent();
    pieces.finish();
  }

  return {
    outer(wire) {
      if (!isStarted) {
        const isPreamble = asArray(wire.choices).length === 0 && !wire.usage;
        // Azure's first chunk has no id, no model and no choices.
        if (isPreamble && asText(wire.id) === "") return;
        isStarted = true;
        emit({ type: "message-start", id: asText(wire.id) || undefined, model: asText(wire.model) || undefined });
      }
      usage(wire);
      if (wire.search_results || wire.citations) searchResults = wire.search_results ?? wire.citations;
    },
    delta(delta) {
      if (delta.reasoning_content || delta.reasoning || delta.reasoning_details) reasoning(delta);
      if (delta.executed_tools) serverTools.executed(asArray(delta.executed_tools), closeContent);
      if (delta.extra_content) signatures(delta);
      if (delta.content)
        content(delta.content, delta.extra_content !== undefined && isMarkedThought(delta.extra_content));
      if (delta.audio) audio(delta.audio);
      if (delta.annotations) annotations(asArray(delta.annotations));
      if (delta.images) for (const item of asArray(delta.images)) image(asObject<WirePart>(item)?.image_url);
      if (typeof delta.refusal === "string" && delta.refusal !== "") blocks.refusal(delta.refusal);
      if (delta.tool_calls) {
        const calls = asArray(delta.tool_calls);
        for (let i = 0; i < calls.length; i++) if (!pieces.piece(calls[i], i)) return false;
      }
      return delta.function_call ? pieces.legacy(delta.function_call) : true;
    },
    logprobs(value) {
      const tokens = asObject<{ content?: unknown }>(value)?.content;
      if (Array.isArray(tokens) && tokens.length > 0) emit({ type: "logprobs", content: tokens });
    },
    finish(choice) {
      if (finishReason !== "") return;
      finishReason = asText(choice.finish_reason);
      if (typeof choice.stop_reason === "string" && choice.stop_reason !== "") stopSequence = choice.stop_reason;
      closeAll();
    },
    finishReason: () => finishReason,
    hasContent: () => blocks.seen.any || pieces.hasNamed(),
    isComplete: () => pieces.isComplete(),
    end() {
      closeAll();
      if (!hasUsage && fallbackUsage) emit({ type: "usage", usage: fallbackUsage });
      const delivered = {
        hasCalls: pieces.hasCalls(),
        hasRefusal: blocks.seen.refusal,
        hasText: blocks.seen.text,
        stopSequence,
      };
      emit({ type: "message-end", stop: decodeStop(finishReason, delivered, context.loss) });
    },
    abandon() {
      pieces.finishComplete();
    },
  };
}

/** Google wraps thoughts that it marks in tags as well. */
function stripThoughtTags(text: string): string {
  const start = text.startsWith("<thought>") ? "<thought>".length : 0;
  const end = text.endsWith("</thought>") ? text.length - "</thought>".length : text.length;
  return text.slice(start, end) || text;
}
