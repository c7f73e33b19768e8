// The client's side of one answer: a response that is either whole or a stream, and knows when the client is gone.

import type { ErrorReply } from "../protocols/protocol.ts";

/** Bytes that may wait for a slow client before the upstream is paused. */
const HIGH_WATER_BYTES = 256 * 1024;

export type ReplyState = "held" | "open" | "ended";

/**
 * One answer. Nothing is visible to the client while `held`; `sendWhole` or `openStream` decides once, later calls
 * are ignored. All methods are safe after the client has gone.
 */
export class ClientReply {
  /** Resolves with the HTTP response when the first of `sendWhole` and `openStream` is called. */
  readonly response: Promise<Response>;
  #resolve!: (response: Response) => void;
  #state: ReplyState = "held";
  #isGone = false;
  #status = 0;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #onGone: (() => void) | undefined;
  #onDrain: (() => void) | undefined;
  readonly #onEnding: (() => void) | undefined;

  /** `onEnding` hears that the last of the answer is about to go out. */
  constructor(signal: AbortSignal, onEnding?: () => void) {
    this.#onEnding = onEnding;
    this.response = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (signal.aborted) this.#gone();
    else signal.addEventListener("abort", () => this.#gone(), { once: true });
  }

  get state(): ReplyState {
    return this.#state;
  }

  /** Status line that went out; 0 while held. */
  get status(): number {
    return this.#status;
  }

  /** The client closed the connection before the end of its answer. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Called once, when the client leaves before the answer has ended. */
  onGone(callback: () => void): void {
    this.#onGone = callback;
    if (this.#isGone) callback();
  }

  /** Called when a client that was too slow has taken what waited for it. */
  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }

  /** Sends a whole answer. */
  sendWhole(status: number, headers: Record<string, string>, body: Uint8Array | string): void {
    if (this.#state !== "held") return;
    this.#state = "ended";
    this.#status = status;
    this.#onEnding?.();
    // The types of Response know no bytes over a shared buffer; ours never are.
    this.#resolve(new Response(body as Uint8Array<ArrayBuffer> | string, { status, headers }));
  }

  sendError(reply: ErrorReply, headers: Record<string, string>): void {
    this.sendWhole(reply.status, { ...headers, "content-type": "application/json" }, JSON.stringify(reply.body));
  }

  /** Sends status line and headers of a streamed answer. */
  openStream(status: number, headers: Record<string, string>): void {
    if (this.#state !== "held") return;
    this.#state = "open";
    this.#status = status;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#onDrain?.(),
        cancel: () => this.#gone(),
      },
      { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
    );
    this.#resolve(new Response(stream, { status, headers }));
  }

  /**
   * Writes to an open stream; the bytes are kept, so they must not change afterwards. Returns false when the client
   * is behind: stop reading from the upstream until `onDrain`.
   */
  write(bytes: Uint8Array): boolean {
    if (this.#state !== "open" || this.#isGone) return true;
    const controller = this.#controller as ReadableStreamDefaultController<Uint8Array>;
    controller.enqueue(bytes);
    return (controller.desiredSize ?? 0) > 0;
  }

  /** Ends a stream in order. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.#onEnding?.();
    if (!this.#isGone) this.#controller?.close();
  }

  /** Breaks an open stream off, so that it cannot be taken for complete. */
  reset(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.#onEnding?.();
    if (!this.#isGone) this.#controller?.error(new Error("upstream broke off"));
  }

  /** Drops a client that takes nothing any more. */
  drop(): void {
    this.#onGone = undefined;
    this.#isGone = true;
    if (this.#state === "open") this.#controller?.error(new Error("client takes nothing"));
    this.#state = "ended";
  }

  #gone(): void {
    if (this.#state === "ended" || this.#isGone) return;
    this.#isGone = true;
    this.#onGone?.();
    // A handler waits for the response even when nobody will read it.
    if (this.#state === "held") this.sendWhole(499, {}, "");
  }
}
