// The client's stream over all attempts of one request: at most one start, frames in whole events, one end.
// Attempts come and go beneath it; what was never shown to the client can be taken back by not writing it.

import type { GatewayError } from "../core/errors.ts";
import type { IrEvent } from "../core/event.ts";
import { type CallIds, createCallIds } from "../core/fresh-call-ids.ts";
import type { IrUsage } from "../core/usage.ts";
import type { Protocol, ReplyContext, StreamEncoder } from "../protocols/protocol.ts";
import type { ClientReply } from "./client-reply.ts";
import { STOP_AFTER_CALL, type TurnGuard } from "./turn-guard.ts";

/** What agents show of the seam, where they show thinking at all. */
const SEAM_TEXT = "The connection to the model broke off; the answer was begun anew.";

export interface StreamReplyOptions {
  readonly reply: ClientReply;
  readonly protocol: Protocol;
  /** Made when the first frame is encoded; throws as `decodeRequest` does. */
  readonly replyContext: () => ReplyContext;
  /** Set for clients whose answers are restarted when they break off. */
  readonly guard?: TurnGuard | undefined;
  /** The time when this is made, on the monotonic clock. */
  readonly nowMs: number;
}

/**
 * Writes frames to the client. Two sources mix: bytes of a same-protocol upstream (`writeRaw`) and our encoder
 * (`writeEvent`). Once our encoder has written the start, everything must go through it: `encodes` tells.
 */
export class StreamReply {
  readonly #options: StreamReplyOptions;
  #encoder: StreamEncoder | undefined;
  #callIds: CallIds | undefined;
  #frames: string[] = [];
  #raws: Uint8Array[] = [];
  #lastWriteMs: number;
  /** Since `silentMs` was asked last: asking the time with every event costs more than this. */
  #hasWritten = false;
  #hasRelayed = false;
  /** Where an upstream's own bytes have led; see StreamDecoder. */
  trail: unknown;
  /** The id under which the upstream keeps the answer, if it speaks the client's protocol; see ReplyContext. */
  answerId: string | undefined;

  constructor(options: StreamReplyOptions) {
    this.#options = options;
    this.#lastWriteMs = options.nowMs;
  }

  /** Our encoder has written, or is about to: raw frames of an upstream no longer fit in. */
  get encodes(): boolean {
    return this.#encoder !== undefined;
  }

  get isOpen(): boolean {
    return this.#options.reply.state === "open";
  }

  /** How long the client has got nothing, to within the time since it was asked last. */
  silentMs(nowMs: number): number {
    if (this.#hasWritten) {
      this.#hasWritten = false;
      this.#lastWriteMs = nowMs;
    }
    return nowMs - this.#lastWriteMs;
  }

  /** Sends status line and headers; does nothing when that has happened. */
  open(headers: () => Record<string, string>): void {
    if (this.#options.reply.state === "held") this.#options.reply.openStream(200, headers());
  }

  writeEvent(event: IrEvent): void {
    this.#encoderOf().event(event.type === "block-start" ? this.#withFreshId(event) : event);
  }

  #withFreshId(event: Extract<IrEvent, { readonly type: "block-start" }>): IrEvent {
    const { request, mintId, loss } = this.#options.replyContext();
    this.#callIds ??= createCallIds(request, mintId, loss);
    return { ...event, block: this.#callIds.start(event.block) };
  }

  /** `bytes` are whole frames and are copied on the way out. */
  writeRaw(bytes: Uint8Array): void {
    this.#hasRelayed = true;
    this.#raws.push(bytes);
  }

  /** Hands everything written to the client in one piece. Returns false when the client is behind. */
  flush(): boolean {
    let bytes: Uint8Array | undefined;
    if (this.#frames.length > 0) {
      bytes = Buffer.from(this.#frames.length === 1 ? (this.#frames[0] as string) : this.#frames.join(""), "utf8");
      this.#frames = [];
    } else if (this.#raws.length > 0) {
      bytes = this.#raws.length === 1 ? Buffer.from(this.#raws[0] as Uint8Array) : Buffer.concat(this.#raws);
      this.#raws = [];
    }
    if (!bytes) return true;
    this.#hasWritten = true;
    return this.#options.reply.write(bytes);
  }

  /** Opens the stream before any content and keeps it alive; the upstream underneath may still be exchanged. */
  openEarly(headers: () => Record<string, string>): void {
    this.open(headers);
    if (this.#options.protocol.keepAlive.needsStart) this.#encoderOf().keepAlive();
    else this.#pushKeepAlive();
    this.flush();
  }

  /** Keeps an open, silent stream alive. Only between whole events, which is where all writing here happens. */
  keepAlive(): void {
    if (this.#encoder) this.#encoder.keepAlive();
    else this.#pushKeepAlive();
    this.flush();
  }

  get guard(): TurnGuard | undefined {
    return this.#options.guard;
  }

  /**
   * Joins the answer of another attempt to what the client has: closes what is open and marks the seam. From here on
   * our encoder writes.
   */
  seam(guard: TurnGuard): void {
    const { seam } = this.#options.protocol;
    this.#catchUp(guard);
    const closing = guard.closing();
    const isMarked = guard.isAtSeam || closing.some((event) => event.type === "block-delta");
    for (const event of closing) this.writeEvent(event);
    if (seam === "marker" && !isMarked) for (const event of guard.marker(SEAM_TEXT)) this.writeEvent(event);
    if (seam === "blank-line" && !guard.isAtSeam) for (const event of guard.separator()) this.writeEvent(event);
    guard.isAtSeam = true;
    guard.restarts += 1;
  }

  /** Joins an answer that goes on where the one before broke off: nothing is closed and nothing marked. */
  join(guard: TurnGuard): void {
    this.#catchUp(guard);
    guard.restarts += 1;
  }

  /** Ends an answer that broke off behind a delivered tool call as if it had ended there. */
  closeAfterCall(guard: TurnGuard, usage: IrUsage | undefined): void {
    this.#catchUp(guard);
    for (const event of guard.closing()) this.writeEvent(event);
    if (usage) this.writeEvent({ type: "usage", usage });
    this.writeEvent({ type: "message-end", stop: STOP_AFTER_CALL });
    this.finish();
  }

  /** Brings our encoder to where the upstream's own bytes have left the client, without writing anything. */
  #catchUp(guard: TurnGuard): boolean {
    this.flush();
    if (this.#encoder || !this.#hasRelayed) return true;
    const context: ReplyContext = { ...this.#options.replyContext(), resume: guard.trail };
    const encoder = this.#createEncoder(context);
    for (const event of guard.remembered) encoder.event(event);
    const canFollow = encoder.resumed?.() !== false;
    this.#frames = [];
    if (canFollow) this.#encoder = encoder;
    return canFollow;
  }

  /** Whether our encoder can go on where the upstream's own bytes have left off. */
  canGoOn(guard: TurnGuard): boolean {
    return this.#catchUp(guard);
  }

  /** Ends the stream after a failure that the client has to be told inside it. */
  fail(error: GatewayError): void {
    this.flush();
    const { guard, protocol, reply } = this.#options;
    const ending = guard && isWorthRepeating(guard, error) ? protocol.brokenEnding : "error";
    if (ending === "reset") {
      reply.reset();
      return;
    }
    if (ending === "end") {
      reply.close();
      return;
    }
    // Without restarts nothing was remembered: the trail tells enough to end with an error.
    if (guard?.hasContent && guard.mode !== "error") this.#catchUp(guard);
    const trail = this.trail ?? guard?.trail;
    if (!this.#encoder && trail !== undefined) {
      this.#encoder = this.#createEncoder({ ...this.#options.replyContext(), resume: trail });
      this.#encoder.resumed?.();
    }
    const encoder = this.#encoderOf();
    encoder.error(error);
    encoder.close();
    this.flush();
    this.#options.reply.close();
  }

  /** Ends the stream after a complete answer. */
  finish(): void {
    this.#encoder?.close();
    this.flush();
    this.#options.reply.close();
  }

  #pushKeepAlive(): void {
    const { protocol, replyContext } = this.#options;
    const { framing } = replyContext();
    this.#raws.push(Buffer.from(protocol.keepAlive.frame(framing)));
  }

  #encoderOf(): StreamEncoder {
    this.#encoder ??= this.#createEncoder({ ...this.#options.replyContext(), answerId: this.answerId });
    return this.#encoder;
  }

  #createEncoder(context: ReplyContext): StreamEncoder {
    return this.#options.protocol.createStreamEncoder((frame) => {
      this.#frames.push(frame);
    }, context);
  }
}

/** Kinds of errors that are about the request itself: sent again, it would meet them again. */
const FINAL_KINDS: ReadonlySet<GatewayError["kind"]> = new Set([
  "bad-request",
  "client-auth",
  "forbidden",
  "not-found",
  "too-large",
]);

/** Whether the client's agent should send its request again: not for a refused request, not behind a delivered call. */
function isWorthRepeating(guard: TurnGuard, error: GatewayError): boolean {
  const isRestarted = guard.mode === "restart" || (guard.mode === "continue" && guard.isAgent);
  return isRestarted && !guard.hasDeliveredCall && !FINAL_KINDS.has(error.kind);
}
