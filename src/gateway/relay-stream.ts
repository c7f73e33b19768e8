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
import { bareFrame } from "./bare-frame.ts";
import type { StreamReply } from "./stream-reply.ts";
import type { TurnGuard } from "./turn-guard.ts";

const CLOSE_BRACKET = 0x5d;
const LF = 0x0a;
const CR = 0x0d;
const DATA_FIELD = "data:";
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
  /** How many of them came with bytes before the event under way. */
  #heldBefore = 0;
  #heldRaws: Uint8Array[] = [];
  #isCommitted = false;
  /** Content has come, but bytes that the decoder cannot tell of yet stand before it. */
  #isCommitDue = false;
  /** Calls under way among what is held before the commit. */
  readonly #heldCalls = new Set<number>();
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
  /** The upstream's own closing bracket: it goes out when it is known that the answer is whole. */
  #arrayEnd: Uint8Array | undefined;
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
      this.#releaseWhole();
    }
    if (!this.#outcome) this.#fail({ message: "upstream ended its answer without finishing it", truncated: true });
    this.#noteTrail();
    this.#options.stream.flush();
  }

  /** The upstream ended behind its finish reason, without its usual last frame. */
  #closeRaw(isBroken: boolean): void {
    const { upstreamProtocol, stream, framing } = this.#options;
    const { closing } = upstreamProtocol;
    const frame = closing.frame(framing);
    if (this.#outcome?.type !== "complete" || this.#encodes()) return;
    if (stream.guard) this.#release(stream.guard);
    if (this.#arrayEnd) stream.writeRaw(this.#arrayEnd);
    else if (frame !== "" && (isBroken || !closing.isOptional)) stream.writeRaw(Buffer.from(frame));
  }

  /** The upstream is silent: an answer that has its finish reason is taken for finished. */
  settle(): void {
    if (!this.#outcome && this.#decoder.isComplete?.()) this.end(true);
  }

  /** Only while bytes are relayed does the trail tell where they have led. */
  #noteTrail(): void {
    const { stream } = this.#options;
    const { guard } = stream;
    if (!this.#isCommitted || this.#encodes()) return;
    if (!guard) stream.trail = this.#decoder.trail?.();
    else if (this.#openCalls.size === 0) guard.trail = this.#decoder.trail?.();
  }

  #onWire(name: string, data: string, raw: Uint8Array): void {
    if (this.#outcome) return;
    this.#heldBefore = this.#heldEvents.length;
    if (data !== "") this.#decoder.event(name, data);
    else if (this.#options.framing === "json-array" && raw.includes(CLOSE_BRACKET)) this.#arrayEnd = raw;
    if (!this.#options.isPassThrough || this.#options.stream.encodes) return;
    if (this.#isCommitDue && !this.#isCommitted && this.#heldCalls.size === 0 && !this.#isAhead()) this.#commit();
    // An error event is not passed on as it came: whoever decides about the attempt says how it ends.
    if ((this.#outcome as StreamEnd | undefined)?.type === "failed") this.#releaseWhole();
    else if (this.#decoder.hasStrayEnd?.()) this.#closeRaw(true);
    else if (data === "" || this.#decoder.isExtra?.() !== true) this.#relay(data, raw);
  }

  /** Passes an event's bytes on, or holds them. */
  #relay(data: string, raw: Uint8Array): void {
    const { stream, framing, upstreamProtocol } = this.#options;
    // Half an event, cut off in its name: what follows it would be read as part of it.
    if (this.#isEnding && data === "") return;
    const isUnfinished = this.#isEnding && framing === "sse";
    const finished = isUnfinished ? wholeFrame(raw) : raw;
    const isBare = upstreamProtocol.wantsBareFrames === true && framing === "sse" && data !== "";
    const whole = isBare ? bareFrame(finished, data) : finished;
    if (!this.#isCommitted) {
      if (data !== "") this.#heldRaws.push(Buffer.from(whole));
      return;
    }
    if (this.#isHolding()) {
      this.#holdRaw(whole);
      return;
    }
    if (stream.guard) this.#release(stream.guard);
    stream.writeRaw(whole);
  }

  /** What comes now waits for a call to be whole, or for bytes that the decoder cannot tell of yet. */
  #isHolding(): boolean {
    const { guard } = this.#options.stream;
    return guard !== undefined && (this.#openCalls.size > 0 || (!guard.isGivenUp && this.#isAhead()));
  }

  #isAhead(): boolean {
    return !this.#encodes() && this.#decoder.isAhead?.() === true;
  }

  /** At the end of a broken stream: some servers tell by nothing else that their calls are whole. */
  #releaseWhole(): void {
    const { guard } = this.#options.stream;
    if (guard && this.#isCommitted && !this.#encodes() && !this.#isHolding()) this.#release(guard);
  }

  #onEvent(event: IrEvent): void {
    if (this.#outcome) return;
    switch (event.type) {
      case "error":
        this.#fail(event.error);
        return;
      case "message-start":
        if (this.#options.isPassThrough) this.#options.stream.answerId = event.id;
        this.#usage = mergeUsage(this.#usage, event.usage);
        break;
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
    if (!this.#isCommitted && isContent(event)) this.#commitOrWait();
    this.#forward(event);
    if (event.type === "message-end") this.#outcome = { type: "complete", stop: event.stop };
  }

  #measure(delta: IrDelta): void {
    if (delta.type !== "text" && delta.type !== "arguments") return;
    this.#contentLength += delta.text.length;
    if (this.#sample.length < SAMPLE_LENGTH) this.#sample += delta.text;
  }

  #commitOrWait(): void {
    const { guard } = this.#options.stream;
    if (guard && !guard.isGivenUp && this.#isAhead()) this.#isCommitDue = true;
    else this.#commit();
  }

  #onMessageEnd(stop: IrStop): void {
    if (this.#isCommitted) return;
    if (this.#isCommitDue || mayBeEmpty(stop)) this.#commit();
    else this.#outcome = { type: "empty", stop };
  }

  #forward(event: IrEvent): void {
    if (!this.#isCommitted) this.#hold(event);
    else if (this.#options.stream.guard) this.#guarded(event, this.#options.stream.guard);
    else if (this.#encodes()) this.#options.stream.writeEvent(event);
  }

  #hold(event: IrEvent): void {
    this.#heldEvents.push(event);
    if (event.type === "block-start" && event.block.type === "tool-call") this.#heldCalls.add(event.index);
    else if (event.type === "block-end") this.#heldCalls.delete(event.index);
  }

  #encodes(): boolean {
    return !this.#options.isPassThrough || this.#options.stream.encodes;
  }

  /** Holds a tool call back until it is whole; everything else goes out at once, or with the bytes that tell of it. */
  #guarded(original: IrEvent, guard: TurnGuard): void {
    const event = this.#shifted(original);
    const encodes = this.#encodes();
    const wasHolding = this.#openCalls.size > 0;
    if (event.type === "block-start" && event.block.type === "tool-call" && !guard.isGivenUp) {
      // From here on the decoder knows of more than the client has seen.
      if (!wasHolding && !encodes) guard.trail = structuredClone(this.#decoder.trail?.());
      this.#openCalls.add(event.index);
    } else if (event.type === "block-end") this.#openCalls.delete(event.index);
    if (encodes && !wasHolding && this.#openCalls.size === 0) {
      this.#deliver(event, guard);
      return;
    }
    this.#tailEvents.push(event);
    // Chat servers end a call by beginning another: the bytes of the whole one need not wait for that.
    if (wasHolding && !this.#isHolding() && (encodes || this.#tailRaws.length > 0)) this.#release(guard);
  }

  #deliver(event: IrEvent, guard: TurnGuard): void {
    // The message has started with an earlier attempt.
    if (event.type === "message-start" && this.#isContinuation) return;
    if (event.type === "block-start" && event.block.type === "tool-call") guard.hasDeliveredCall = true;
    if (guard.isContinuing && this.#isContinuation) {
      this.#deliverJoined(event, guard);
      return;
    }
    const encodes = this.#encodes();
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

  /** Gives out what was held: it is whole. */
  #release(guard: TurnGuard): void {
    for (const event of this.#tailEvents) this.#deliver(event, guard);
    for (const raw of this.#tailRaws) this.#options.stream.writeRaw(raw);
    if (this.#tailEvents.length > 0) this.#tailEvents = [];
    if (this.#tailRaws.length > 0) this.#tailRaws = [];
    this.#tailBytes = 0;
  }

  #holdRaw(raw: Uint8Array): void {
    this.#tailRaws.push(Buffer.from(raw));
    this.#tailBytes += raw.length;
    const { guard } = this.#options.stream;
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
    const relays = isPassThrough && !stream.encodes;
    if (relays) for (const raw of this.#heldRaws) stream.writeRaw(raw);
    const events = this.#heldEvents;
    this.#heldEvents = [];
    this.#heldRaws = [];
    if (!guard && relays) return;
    events.forEach((event, at) => {
      if (guard && relays && at < this.#heldBefore) this.#deliver(event, guard);
      else this.#forward(event);
    });
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

/** The last event of a broken stream, with an end; a line cut off in its field name or in the event's name is left out. */
function wholeFrame(raw: Uint8Array): Uint8Array {
  const lastLine = Buffer.from(raw.subarray(raw.lastIndexOf(LF) + 1));
  const kept =
    lastLine.toString("latin1", 0, DATA_FIELD.length) === DATA_FIELD
      ? raw
      : raw.subarray(0, raw.length - lastLine.length);
  return Buffer.concat([kept, Buffer.from(missingEnd(kept))]);
}

/** What an event without its blank line lacks; one line end too many would begin a frame that some clients drop. */
function missingEnd(raw: Uint8Array): string {
  const last = raw[raw.length - 1];
  if (last === CR) return raw[raw.length - 2] === LF ? "\n" : "\n\r\n";
  if (last !== LF) return "\n\n";
  return raw[raw.length - 2] === CR ? "\r\n" : "\n";
}
