// A streamed answer of a Messages upstream: wire events to IR events.
// On the hot path there is one JSON.parse per event, no closure and no regex.

import type { IrBlock } from "../../core/block.ts";
import type { IrBlockStart, IrEvent } from "../../core/event.ts";
import { parseJsonText, parseMessageText } from "../../core/json-depth.ts";
import { type IrUsage, mergeUsage } from "../../core/usage.ts";
import { unwrapInput } from "../../core/wrapped-input.ts";
import type { DecodeContext, StreamDecoder } from "../protocol.ts";
import { decodeCitation } from "./citations.ts";
import { decodeAnswerBlock, toolCallId } from "./decode-response.ts";
import { decodeInBandError, isErrorBody } from "./errors.ts";
import { playBlock } from "./play-block.ts";
import { decodeServerToolCall, isServerToolCall } from "./server-tools.ts";
import { decodeStop } from "./stop-reason.ts";
import { parseObject } from "./tool-arguments.ts";
import { identifyTool } from "./tool-names.ts";
import { createTrail, noteTrail, type Trail } from "./trail.ts";
import { decodeUsage, keepEarlierInput } from "./usage.ts";
import { arrayOf, isObject, numberOf, stringOf, textOf, type WireObject } from "./wire.ts";

/** What an open block is, which decides what its deltas mean. */
type OpenKind = "text" | "reasoning" | "tool" | "custom-tool" | "server-call" | "held" | "done";

/** A block between its start and its stop. */
interface OpenBlock {
  kind: OpenKind;
  /** Index in the IR; -1 for blocks that are emitted whole at their stop or not at all. */
  index: number;
  readonly wire: WireObject;
  /** Arguments of tools that are emitted at the stop. */
  readonly parts: string[];
  /** Arguments were streamed, so those in the start count no more. */
  hasDelta: boolean;
  /** Fields that deltas add to a held block. */
  readonly patch: Record<string, unknown>;
  signature: string | undefined;
}

/**
 * Creates a decoder. Tolerated: missing `message_start`, text before its block's start, deltas that do not fit their
 * block, repeated `message_delta`, blocks inside `message_start`, `[DONE]`, unknown events. The end without
 * `message_stop` is an end if a stop reason came, and `truncated` otherwise.
 */
export function createStreamDecoder(emit: (event: IrEvent) => void, context: DecodeContext): StreamDecoder {
  return new AnthropicStreamDecoder(emit, context);
}

type Handler = (decoder: AnthropicStreamDecoder, event: WireObject) => void;

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["content_block_delta", (decoder, event) => decoder.blockDelta(event)],
  ["content_block_start", (decoder, event) => decoder.blockStart(event)],
  ["content_block_stop", (decoder, event) => decoder.blockStop(event)],
  ["message_start", (decoder, event) => decoder.messageStart(event)],
  ["message_delta", (decoder, event) => decoder.messageDelta(event)],
  ["message_stop", (decoder) => decoder.messageStop()],
  ["error", (decoder, event) => decoder.fail(event)],
]);

class AnthropicStreamDecoder implements StreamDecoder {
  readonly #emit: (event: IrEvent) => void;
  readonly #context: DecodeContext;
  /** Open blocks by wire index. */
  readonly #open = new Map<number, OpenBlock>();
  readonly #trail = createTrail();
  /** How things stood before a block began that is told of when it is whole. */
  #trailBefore: Trail | undefined;
  /** How a delta of the latest block begins when it holds nothing but its text, up to that text; empty for none. */
  #deltaHead = "";
  #deltaIndex = 0;
  #deltaKind: OpenKind = "text";
  #nextIndex = 0;
  #isStarted = false;
  #isEnded = false;
  #hasStrayEnd = false;
  #hasToolCall = false;
  #usage: IrUsage | undefined;
  #stopReason: unknown;
  #stopSequence: unknown;
  #stopDetails: unknown;

  constructor(emit: (event: IrEvent) => void, context: DecodeContext) {
    this.#emit = emit;
    this.#context = context;
  }

  event(name: string, data: string): void {
    if (this.#isEnded || data === "" || data === "[DONE]") return;
    if (this.#deltaHead !== "" && data.startsWith(this.#deltaHead) && data.endsWith('"}}')) {
      const text = parseString(data.slice(this.#deltaHead.length, -2));
      if (text !== undefined) {
        this.#plainDelta(textOf(text));
        return;
      }
      this.#deltaHead = ""; // this server writes more than the text: no use trying again
    }
    // Input of tools mostly comes as text, and as a value where a block begins.
    const event = data.includes('"input"') ? parseMessageText(data) : parseJsonText(data);
    if (event === undefined) {
      // Cut off or damaged behind the stop reason: the answer itself is there.
      if (textOf(this.#stopReason) !== undefined) this.#strayEnd();
      else this.#malformed("an event was not valid JSON");
      return;
    }
    if (!isObject(event)) {
      this.#malformed("an event was not a JSON object");
      return;
    }
    const handler = HANDLERS.get(stringOf(event["type"]) ?? name);
    if (handler) handler(this, event);
    else if (isErrorBody(event)) this.fail(event);
    noteTrail(this.#trail, event);
  }

  trail(): Trail {
    return this.#trailBefore ?? this.#trail;
  }

  isAhead(): boolean {
    return this.#trailBefore !== undefined;
  }

  hasStrayEnd(): boolean {
    return this.#hasStrayEnd;
  }

  end(): void {
    if (this.#isEnded) return;
    if (textOf(this.#stopReason) !== undefined) {
      this.messageStop();
      return;
    }
    this.#isEnded = true;
    this.#emit({ type: "error", error: { message: "the stream ended before message_stop", truncated: true } });
  }

  messageStart(event: WireObject): void {
    if (this.#isStarted) return;
    const message = isObject(event["message"]) ? event["message"] : {};
    this.#isStarted = true;
    this.#usage = decodeUsage(message["usage"]);
    this.#emit({
      type: "message-start",
      id: textOf(message["id"]),
      model: textOf(message["model"]),
      usage: this.#usage,
    });
    this.#takeStop(message);
    for (const item of arrayOf(message["content"])) {
      const block = isObject(item) ? decodeAnswerBlock(item, "message.content", this.#context) : undefined;
      if (block) this.#emitWhole(block);
    }
  }

  blockStart(event: WireObject): void {
    this.#ensureStarted();
    const wireIndex = numberOf(event["index"]) ?? this.#nextIndex;
    // A server that gives every block the same index ends one with the next.
    if (this.#open.has(wireIndex)) this.#close(wireIndex);
    const wire = isObject(event["content_block"]) ? event["content_block"] : {};
    const open = this.#openBlock(wire);
    this.#open.set(wireIndex, open);
    this.#deltaHead = deltaHead(wireIndex, open.kind);
    this.#deltaIndex = wireIndex;
    this.#deltaKind = open.kind;
    if (comesWhole(open)) this.#trailBefore ??= structuredClone(this.#trail);
  }

  blockDelta(event: WireObject): void {
    const { delta } = event;
    if (!isObject(delta)) return;
    const wireIndex = numberOf(event["index"]) ?? 0;
    switch (delta["type"]) {
      case "text_delta":
        this.#textDelta(wireIndex, "text", textOf(delta["text"]));
        break;
      case "input_json_delta":
        this.#argumentsDelta(wireIndex, textOf(delta["partial_json"]));
        break;
      case "thinking_delta":
        this.#textDelta(wireIndex, "reasoning", textOf(delta["thinking"]));
        break;
      case "signature_delta":
        this.#signatureDelta(wireIndex, textOf(delta["signature"]));
        break;
      case "citations_delta":
        this.#citationDelta(wireIndex, delta["citation"]);
        break;
      default:
        this.#otherDelta(wireIndex, delta);
    }
  }

  /** A delta of which only the text was parsed, because all around it is known. */
  #plainDelta(text: string | undefined): void {
    if (this.#deltaKind === "tool") this.#argumentsDelta(this.#deltaIndex, text);
    else this.#textDelta(this.#deltaIndex, this.#deltaKind === "text" ? "text" : "reasoning", text);
  }

  blockStop(event: WireObject): void {
    this.#close(numberOf(event["index"]) ?? 0);
  }

  messageDelta(event: WireObject): void {
    this.#ensureStarted();
    if (isObject(event["delta"])) this.#takeStop(event["delta"]);
    const usage = decodeUsage(event["usage"]);
    if (!usage) return;
    keepEarlierInput(this.#usage, usage);
    this.#usage = mergeUsage(this.#usage, usage);
    this.#emit({ type: "usage", usage });
  }

  messageStop(): void {
    this.#ensureStarted();
    for (const wireIndex of [...this.#open.keys()]) this.#close(wireIndex);
    this.#isEnded = true;
    const stop = { reason: this.#stopReason, sequence: this.#stopSequence, details: this.#stopDetails };
    this.#emit({ type: "message-end", stop: decodeStop(stop, this.#hasToolCall) });
  }

  fail(event: WireObject): void {
    // Behind the stop reason nothing of the answer can be missing.
    if (textOf(this.#stopReason) !== undefined && this.#nextIndex > 0) {
      this.#strayEnd();
      return;
    }
    this.#isEnded = true;
    this.#emit({ type: "error", error: decodeInBandError(event) });
  }

  #strayEnd(): void {
    this.#hasStrayEnd = true;
    this.messageStop();
  }

  #malformed(message: string): void {
    this.#isEnded = true;
    this.#emit({ type: "error", error: { message, malformed: true } });
  }

  #ensureStarted(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#emit({ type: "message-start" });
  }

  #takeStop(fields: WireObject): void {
    if (textOf(fields["stop_reason"]) === undefined) return;
    this.#stopReason = fields["stop_reason"];
    this.#stopSequence = fields["stop_sequence"];
    this.#stopDetails = fields["stop_details"];
  }

  #openBlock(wire: WireObject): OpenBlock {
    const open: OpenBlock = {
      kind: "held",
      index: -1,
      wire,
      parts: [],
      hasDelta: false,
      patch: {},
      signature: undefined,
    };
    switch (wire["type"]) {
      case "text":
        this.#begin(open, "text", { type: "text" });
        this.#emitText(open.index, textOf(wire["text"]));
        for (const citation of arrayOf(wire["citations"])) this.#emitCitation(open.index, citation);
        break;
      case "thinking":
        this.#begin(open, "reasoning", { type: "reasoning" });
        this.#emitText(open.index, textOf(wire["thinking"]));
        open.signature = textOf(wire["signature"]);
        break;
      case "tool_use":
        this.#beginTool(open);
        break;
      default:
        open.kind = isServerToolCall(stringOf(wire["type"]) ?? "") ? "server-call" : "held";
    }
    return open;
  }

  #begin(open: OpenBlock, kind: OpenKind, block: IrBlockStart): void {
    open.kind = kind;
    open.index = this.#nextIndex++;
    this.#emit({ type: "block-start", index: open.index, block });
  }

  #beginTool(open: OpenBlock): void {
    const name = textOf(open.wire["name"]);
    if (name === undefined) {
      open.kind = "done";
      this.#context.loss({
        kind: "dropped",
        path: "content_block",
        feature: "tool-call",
        detail: "a call without a name",
      });
      return;
    }
    const identity = identifyTool(name, this.#context);
    this.#hasToolCall = true;
    this.#begin(open, identity.kind === "custom" ? "custom-tool" : "tool", {
      type: "tool-call",
      id: toolCallId(open.wire, "content_block", this.#context),
      name: identity.name,
      namespace: identity.namespace,
      kind: identity.kind,
    });
  }

  /** Text or thinking; a delta that does not fit its block ends that block and begins one that fits. */
  #textDelta(wireIndex: number, kind: "text" | "reasoning", text: string | undefined): void {
    if (text === undefined) return;
    let open = this.#open.get(wireIndex);
    if (open?.kind !== kind) {
      this.#ensureStarted();
      if (open) this.#close(wireIndex);
      open = this.#openBlock(kind === "text" ? { type: "text" } : { type: "thinking" });
      this.#open.set(wireIndex, open);
    }
    this.#emit({ type: "block-delta", index: open.index, delta: { type: "text", text } });
  }

  #argumentsDelta(wireIndex: number, text: string | undefined): void {
    const open = this.#open.get(wireIndex);
    if (!open || text === undefined) return;
    open.hasDelta = true;
    if (open.kind === "tool")
      this.#emit({ type: "block-delta", index: open.index, delta: { type: "arguments", text } });
    else open.parts.push(text);
  }

  #signatureDelta(wireIndex: number, signature: string | undefined): void {
    const open = this.#open.get(wireIndex);
    if (open?.kind === "reasoning" && signature !== undefined) open.signature = signature;
  }

  #citationDelta(wireIndex: number, citation: unknown): void {
    const open = this.#open.get(wireIndex);
    if (open?.kind === "text") this.#emitCitation(open.index, citation);
  }

  /** Deltas of beta blocks (compaction): their fields complete the block. */
  #otherDelta(wireIndex: number, delta: WireObject): void {
    const open = this.#open.get(wireIndex);
    if (open?.kind !== "held") return;
    for (const [key, value] of Object.entries(delta)) {
      if (key === "type" || value === null) continue;
      const before = open.patch[key];
      open.patch[key] = typeof before === "string" && typeof value === "string" ? before + value : value;
    }
  }

  #emitText(index: number, text: string | undefined): void {
    if (text !== undefined) this.#emit({ type: "block-delta", index, delta: { type: "text", text } });
  }

  #emitCitation(index: number, value: unknown): void {
    const citation = decodeCitation(value);
    if (citation) this.#emit({ type: "block-delta", index, delta: { type: "citation", citation } });
  }

  #close(wireIndex: number): void {
    const open = this.#open.get(wireIndex);
    if (!open) return;
    this.#open.delete(wireIndex);
    if (comesWhole(open)) {
      if (![...this.#open.values()].some(comesWhole)) this.#trailBefore = undefined;
      const block = open.kind === "held" ? this.#heldBlock(open) : serverCall(open);
      if (block) this.#emitWhole(block);
      return;
    }
    if (open.index < 0) return;
    if (open.kind === "tool") this.#finishTool(open);
    else if (open.kind === "custom-tool") this.#finishCustomTool(open);
    else if (open.signature !== undefined) {
      const opaque = { payload: open.signature, origin: this.#context.origin };
      this.#emit({ type: "block-delta", index: open.index, delta: { type: "opaque", opaque } });
    }
    this.#emit({ type: "block-end", index: open.index });
  }

  #heldBlock(open: OpenBlock): IrBlock | undefined {
    const wire = Object.keys(open.patch).length > 0 ? { ...open.wire, ...open.patch } : open.wire;
    return decodeAnswerBlock(wire, "content_block", this.#context);
  }

  /** A call whose input came whole with its start, or that has none. */
  #finishTool(open: OpenBlock): void {
    if (open.hasDelta) return;
    const input = open.wire["input"];
    const text = isObject(input) ? JSON.stringify(input) : (textOf(input) ?? "{}");
    this.#emit({ type: "block-delta", index: open.index, delta: { type: "arguments", text } });
  }

  #finishCustomTool(open: OpenBlock): void {
    const input = open.wire["input"];
    const text = unwrapInput(open.hasDelta || !isObject(input) ? open.parts.join("") : JSON.stringify(input));
    if (text !== "") this.#emit({ type: "block-delta", index: open.index, delta: { type: "arguments", text } });
  }

  #emitWhole(block: IrBlock): void {
    if (block.type === "tool-call") this.#hasToolCall = true;
    playBlock(block, this.#nextIndex++, this.#emit);
  }
}

/** See `#deltaHead`; the spelling is Anthropic's own, other spellings are parsed whole. */
function deltaHead(index: number, kind: OpenKind): string {
  const fields =
    kind === "text"
      ? '"text_delta","text":'
      : kind === "reasoning"
        ? '"thinking_delta","thinking":'
        : kind === "tool"
          ? '"input_json_delta","partial_json":'
          : "";
  return fields === "" ? "" : `{"type":"content_block_delta","index":${index},"delta":{"type":${fields}`;
}

/** The string that a JSON text is; undefined for anything else, as for a string with fields behind it. */
function parseString(json: string): string | undefined {
  try {
    return stringOf(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** Whether a block is told of at its end only. */
function comesWhole(open: OpenBlock): boolean {
  return open.kind === "server-call" || open.kind === "held";
}

function serverCall(open: OpenBlock): IrBlock {
  const text = open.parts.join("");
  if (text === "") return decodeServerToolCall(open.wire);
  return decodeServerToolCall(open.wire, parseObject(text) ?? { _raw: text });
}
