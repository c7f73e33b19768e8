// Brings one attempt's streamed answer to the client: splits it into events, watches or converts them, and lets
// nothing through before the first content (the commit gate).

import type { IrDelta, IrEvent } from "../core/event.ts";
import type { IrStop } from "../core/stop.ts";
import { addUsage, type IrUsage, mergeUsage } from "../core/usage.ts";
import type { WireError } from "../core/wire-error.ts";
import { createJsonArraySplitter } from "../lib/json-array.ts";
import { createSseSplitter } from "../lib/sse.ts";
import type { DecodeContext, Protocol, StreamDecoder, StreamFraming } from "../protocols/protocol.ts";
import { estimateTextTokens } from "../tokens/estimate-request-tokens.ts";
import { isContent, mayBeEmpty } from "./answer-content.ts";
import type { StreamReply } from "./stream-reply.ts";
import type { TurnGuard } from "./turn-guard.ts";

const CLOSE_BRACKET = 0x5d;
const BLANK_LINE = Buffer.from("\n\n");
/** Characters that tell what the rest of an answer is like. */
const SAMPLE_LENGTH = 2_048;
/** Tool calls are held up to this many times the size of the largest event. */
const HELD_EVENTS = 4;

export interface StreamRelayOptions {
  readonly stream: StreamReply;
  readonly upstreamProtocol: Protocol;
  readonly decodeContext: DecodeContext;
  /** Same protocol on both sides: the upstream's bytes are the client's. */
  readonly isPassThrough: boolean;
  readonly framing: StreamFraming;
  readonly maxEventBytes: number;
  /** Headers for the client, asked for when the stream opens. */
  readonly headers: () => Record<string, string>;
}

/** How a stream ended. `delivered`: the client has seen content of it. */
export type StreamEnd =
  | { readonly type: "complete"; readonly stop: IrStop }
  | { readonly type: "empty"; readonly stop: IrStop }
  | { readonly type: "failed"; readonly error: WireError; readonly delivered: boolean };

/** One attempt's stream. `push` and `end` are called by the transport; `outcome` is set once it has ended. */
export class StreamRelay {
  readonly #options: StreamRelayOptions;
  readonly #decoder: StreamDecoder;
  readonly #splitter: { push(chunk: Uint8Array): boolean; end(): void };
  /** What came before the first content, in both forms: which one goes out is decided at the commit. */
  #heldEvents: IrEvent[] = [];
  #heldRaws: Uint8Array[] = [];
  #isCommitted = false;
  /** A tool call under way and whatever came since it began, until it is whole. */
  readonly #openCalls = new Set<number>();
  #tailEvents: IrEvent[] = [];
  #tailRaws: Uint8Array[] = [];
  #tailBytes = 0;
  /** Added to the upstream's block indices, so that they follow those of an attempt before. */
  #indexBase = 0;
  #isContinuation = false;
  /** The text block of an earlier attempt that the first one of this attempt continues; its start is left out. */
  #joinedIndex: number | undefined;
  /** The text so far ended in white space, which this attempt was not shown and may begin with again. */
  #dropsSpace = false;
  /** Characters that came, and the first of them: what an answer that breaks off is judged by. */
  #contentLength = 0;
  #sample = "";
  /** The body is over: what the splitter still hands out had no blank line behind it. */
  #isEnding = false;
  /** The upstream's own closing bracket has come. */
  #sawArrayEnd = false;
  #usage: IrUsage | undefined;
  #outcome: StreamEnd | undefined;

  constructor(options: StreamRelayOptions) {
    this.#options = options;
    this.#decoder = options.upstreamProtocol.createStreamDecoder(
      (event) => this.#onEvent(event),
      options.decodeContext,
    );
    const handler = (name: string, data: string, raw: Uint8Array) => this.#onWire(name, data, raw);
    this.#splitter =
      options.framing === "sse"
        ? createSseSplitter(handler, options.maxEventBytes)
        : createJsonArraySplitter(handler, options.maxEventBytes);
  }

  /** The client has seen, or is about to see, content of this attempt. */
  get isCommitted(): boolean {
    return this.#isCommitted;
  }

  get outcome(): StreamEnd | undefined {
    return this.#outcome;
  }

  /** Token counts reported so far. */
  get usage(): IrUsage | undefined {
    return this.#usage;
  }

  /** Output tokens of what has come, estimated. */
  get estimatedTokens(): number {
    if (this.#sample === "") return 0;
    return Math.ceil((estimateTextTokens(this.#sample) / this.#sample.length) * this.#contentLength);
  }

  /** Takes bytes of the body. Returns false when the client is behind and the upstream should pause. */
  push(chunk: Uint8Array): boolean {
    if (this.#outcome) return true;
    if (!this.#splitter.push(chunk) && !this.#outcome) {
      this.#fail({ message: "upstream sent an event larger than is accepted", malformed: true });
    }
    this.#noteTrail();
    return this.#options.stream.flush();
  }

  /** The body has ended, or its connection has broken. */
  end(isBroken = false): void {
    this.#isEnding = true;
    if (!this.#outcome) this.#splitter.end();
    if (!this.#outcome) {
      this.#decoder.end();
      this.#closeRaw(isBroken);
    }
    if (!this.#outcome) this.#fail({ message: "upstream ended its answer without finishing it", truncated: true });
    this.#options.stream.flush();
  }

  /** The upstream ended behind its finish reason, without its usual last frame. */
  #closeRaw(isBroken: boolean): void {
    const { upstreamProtocol, stream, framing } = this.#options;
    const { closing } = upstreamProtocol;
    const frame = closing.frame(framing);
    if (this.#outcome?.type !== "complete" || this.#encodes() || frame === "" || this.#sawArrayEnd) return;
    if (isBroken || !closing.isOptional) stream.writeRaw(Buffer.from(frame));
  }

  /** The upstream is silent: an answer that has its finish reason is taken for finished. */
  settle(): void {
    if (!this.#outcome && this.#decoder.isComplete?.()) this.end(true);
  }

  /** Only while bytes are relayed does the trail tell where they have led. */
  #noteTrail(): void {
    const { stream } = this.#options;
    const { guard } = stream;
    if (!guard && this.#isCommitted && !this.#encodes()) stream.trail = this.#decoder.trail?.();
    if (guard && this.#isCommitted && this.#openCalls.size === 0 && !this.#encodes())
      guard.trail = this.#decoder.trail?.();
  }

  #onWire(name: string, data: string, raw: Uint8Array): void {
    if (this.#outcome) return;
    if (data !== "") this.#decoder.event(name, data);
    else if (this.#options.framing === "json-array" && raw.includes(CLOSE_BRACKET)) this.#sawArrayEnd = true;
    if (!this.#options.isPassThrough || this.#options.stream.encodes) return;
    // An error event is not passed on as it came: whoever decides about the attempt says how it ends.
    if ((this.#outcome as StreamEnd | undefined)?.type === "failed") return;
    const isUnfinished = this.#isEnding && this.#options.framing === "sse";
    // Half an event, cut off in its name: what follows it would be read as part of it.
    if (isUnfinished && data === "") return;
    if (this.#isCommitted && this.#openCalls.size > 0) this.#holdRaw(raw);
    else if (this.#isCommitted) {
      this.#options.stream.writeRaw(raw);
      if (isUnfinished) this.#options.stream.writeRaw(BLANK_LINE);
    } else if (data !== "") this.#heldRaws.push(Buffer.from(raw));
  }

  #onEvent(event: IrEvent): void {
    if (this.#outcome) return;
    switch (event.type) {
      case "error":
        this.#fail(event.error);
        return;
      case "message-start":
      case "usage":
        this.#usage = mergeUsage(this.#usage, event.usage);
        break;
      case "block-delta":
        this.#measure(event.delta);
        break;
      case "message-end":
        this.#onMessageEnd(event.stop);
        if (this.#outcome) return;
        break;
      default:
    }
    if (!this.#isCommitted && isContent(event)) this.#commit();
    this.#forward(event);
    if (event.type === "message-end") this.#outcome = { type: "complete", stop: event.stop };
  }

  #measure(delta: IrDelta): void {
    if (delta.type !== "text" && delta.type !== "arguments") return;
    this.#contentLength += delta.text.length;
    if (this.#sample.length < SAMPLE_LENGTH) this.#sample += delta.text;
  }

  #onMessageEnd(stop: IrStop): void {
    if (this.#isCommitted) return;
    if (mayBeEmpty(stop)) this.#commit();
    else this.#outcome = { type: "empty", stop };
  }

  #forward(event: IrEvent): void {
    if (!this.#isCommitted) this.#heldEvents.push(event);
    else if (this.#options.stream.guard) this.#guarded(event, this.#options.stream.guard);
    else if (this.#encodes()) this.#options.stream.writeEvent(event);
  }

  #encodes(): boolean {
    return !this.#options.isPassThrough || this.#options.stream.encodes;
  }

  /** Holds a tool call back until it is whole; everything else goes out at once. */
  #guarded(original: IrEvent, guard: TurnGuard): void {
    const event = this.#shifted(original);
    if (event.type === "block-start" && event.block.type === "tool-call" && !guard.isGivenUp) {
      // From here on the decoder knows of more than the client has seen.
      if (this.#openCalls.size === 0 && !this.#encodes()) guard.trail = structuredClone(this.#decoder.trail?.());
      this.#openCalls.add(event.index);
    }
    if (this.#openCalls.size === 0) {
      this.#deliver(event, guard);
      return;
    }
    this.#tailEvents.push(event);
    if (event.type === "block-end" && this.#openCalls.delete(event.index) && this.#openCalls.size === 0)
      this.#release(guard);
  }

  #deliver(event: IrEvent, guard: TurnGuard): void {
    // The message has started with an earlier attempt.
    if (event.type === "message-start" && this.#isContinuation) return;
    const encodes = this.#encodes();
    if (guard.isContinuing && this.#isContinuation) {
      this.#deliverJoined(event, guard);
      return;
    }
    guard.note(event, !encodes);
    if (encodes) this.#options.stream.writeEvent(event);
  }

  /** The client sees one answer: one text block where two attempts wrote, and one sum of what they used. */
  #deliverJoined(event: IrEvent, guard: TurnGuard): void {
    const { stream } = this.#options;
    if (event.type === "usage") return;
    if (event.type === "block-start" && event.index === this.#joinedIndex) return;
    if (event.type === "message-end") {
      const usage = addUsage(guard.continuedUsage, this.#usage);
      if (usage) stream.writeEvent({ type: "usage", usage });
    }
    const shown = this.#withoutRepeatedSpace(event);
    if (!shown) return;
    guard.note(shown, false);
    stream.writeEvent(shown);
  }

  #withoutRepeatedSpace(event: IrEvent): IrEvent | undefined {
    if (!this.#dropsSpace || event.type !== "block-delta" || event.delta.type !== "text") return event;
    const text = event.delta.text.trimStart();
    if (text === "") return undefined;
    this.#dropsSpace = false;
    return { ...event, delta: { type: "text", text } };
  }

  /** Gives out what was held: the call is whole. */
  #release(guard: TurnGuard): void {
    for (const event of this.#tailEvents) this.#deliver(event, guard);
    for (const raw of this.#tailRaws) this.#options.stream.writeRaw(raw);
    this.#tailEvents = [];
    this.#tailRaws = [];
    this.#tailBytes = 0;
    guard.hasDeliveredCall = true;
  }

  #holdRaw(raw: Uint8Array): void {
    this.#tailRaws.push(Buffer.from(raw));
    this.#tailBytes += raw.length;
    const guard = this.#options.stream.guard;
    if (!guard || this.#tailBytes <= this.#options.maxEventBytes * HELD_EVENTS) return;
    // Too large to be held: this answer is passed on as it comes, and ends as it breaks.
    guard.giveUp();
    this.#openCalls.clear();
    this.#release(guard);
  }

  #shifted(event: IrEvent): IrEvent {
    if (this.#indexBase === 0 || !("index" in event)) return event;
    return { ...event, index: event.index + this.#indexBase };
  }

  #commit(): void {
    const { stream, isPassThrough, headers } = this.#options;
    this.#isCommitted = true;
    stream.open(headers);
    const { guard } = stream;
    if (guard?.hasContent) {
      this.#isContinuation = true;
      if (guard.isContinuing) this.#join(guard);
      else {
        stream.seam(guard);
        this.#indexBase = guard.nextIndex;
      }
    }
    if (isPassThrough && !stream.encodes) for (const raw of this.#heldRaws) stream.writeRaw(raw);
    const events = this.#heldEvents;
    this.#heldEvents = [];
    this.#heldRaws = [];
    if (guard || this.#encodes()) for (const event of events) this.#forward(event);
  }

  /** The first text block goes on in the one that broke off; anything else comes behind it. */
  #join(guard: TurnGuard): void {
    const { stream } = this.#options;
    stream.join(guard);
    const open = guard.openText;
    const first = this.#heldEvents.findLast((event) => event.type === "block-start");
    this.#dropsSpace = /\s$/.test(guard.textSoFar);
    if (open !== undefined && first?.block.type === "text") {
      this.#joinedIndex = open;
      this.#indexBase = open - first.index;
      return;
    }
    this.#indexBase = guard.nextIndex;
    for (const event of guard.closing()) stream.writeEvent(event);
  }

  #fail(error: WireError): void {
    this.#outcome = { type: "failed", error, delivered: this.#isCommitted };
  }
}
