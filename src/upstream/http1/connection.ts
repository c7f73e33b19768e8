// One established connection: writes a request, feeds the parser, and after a complete response goes back to the pool.
// No retries, no decoding: those belong to the exchange.

import type { ExchangeProgress } from "../transport.ts";
import { errorDetail, type Fault } from "./failure.ts";
import { ResponseParser, type ResponseSink } from "./response-parser.ts";
import { abandon, closeOrderly, type OwnedSocket, type SocketOwner } from "./socket-owner.ts";

/** Whoever runs an exchange on the connection. Exactly one of the two ends is called, unless it aborts. */
export interface ConnectionUser extends ResponseSink {
  /** The response is complete; the connection is no longer this user's. */
  responseEnd(): void;
  /** The connection is gone. `sawByte`: some of a response had come. */
  connectionLost(fault: Fault, sawByte: boolean): void;
}

/** Where connections live between exchanges. */
export interface ConnectionHome {
  /** May be used again; the home owns it now. */
  connectionFree(connection: Connection): void;
  /** An idle connection was closed by the server or sent bytes nobody asked for. */
  connectionGone(connection: Connection): void;
}

export class Connection implements SocketOwner {
  /** Pool key: connections with the same one are interchangeable. */
  readonly key: string;
  /** Set by the home: when an idle connection is to be closed, in its clock's milliseconds. */
  idleUntilMs = 0;
  readonly #socket: OwnedSocket;
  readonly #home: ConnectionHome;
  /** Shared by all connections: written out before `start` returns. */
  readonly #scratch: Buffer;
  readonly #parser = new ResponseParser();
  #user: ConnectionUser | null = null;
  #served = 0;
  /** Bytes of the first write that did not fit, then the body from `#bodyOffset`. */
  #rest: Uint8Array | null = null;
  #body: Uint8Array | null = null;
  #bodyOffset = 0;
  #hasSent = false;
  #isPaused = false;

  constructor(key: string, socket: OwnedSocket, home: ConnectionHome, scratch: Buffer) {
    this.key = key;
    this.#socket = socket;
    this.#home = home;
    this.#scratch = scratch;
    socket.data = this;
  }

  /** Whether it has carried an earlier exchange. */
  get isReused(): boolean {
    return this.#served > 0;
  }

  /** Whether any byte of the current request was handed to the system. */
  get hasSent(): boolean {
    return this.#hasSent;
  }

  /** What the last response's `keep-alive` header allows, milliseconds; null when it said nothing. */
  get keepAliveMs(): number | null {
    return this.#parser.head?.keepAliveMs ?? null;
  }

  /**
   * Writes a request; the user hears of the response later, never during the call. `head` holds one byte per character;
   * `body` is kept by reference until written. Returns false when the socket turns out to be closed: the connection is
   * then of no use and the user is not called.
   */
  start(user: ConnectionUser, head: string, body: Uint8Array | null, isHeadRequest: boolean): boolean {
    this.#parser.begin(user, isHeadRequest);
    const headBytes = head.length;
    const first = headBytes <= this.#scratch.length ? this.#scratch : Buffer.allocUnsafe(headBytes);
    first.write(head, 0, "latin1");
    let total = headBytes;
    if (body !== null) {
      const room = first.length - headBytes;
      first.set(body.length <= room ? body : body.subarray(0, room), headBytes);
      this.#bodyOffset = Math.min(body.length, room);
      total += this.#bodyOffset;
    }
    const written = this.#socket.write(first, 0, total);
    this.#hasSent = written > 0;
    if (written < 0) {
      abandon(this.#socket);
      return false;
    }
    this.#user = user;
    if (written < total) this.#rest = Buffer.from(first.subarray(written, total));
    if (body !== null && this.#bodyOffset < body.length) this.#body = body;
    if (this.#rest === null && this.#body !== null) this.#writeMore();
    return true;
  }

  /** How far the running exchange has got. */
  progress(): ExchangeProgress {
    const unsentBytes = (this.#rest?.length ?? 0) + (this.#body === null ? 0 : this.#body.length - this.#bodyOffset);
    return { unsentBytes, headStarted: this.#parser.isInHead };
  }

  /** Stops reading; the server is held back once the system's buffers are full. */
  pause(): void {
    if (this.#isPaused || this.#user === null) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** Drops the running exchange and resets the connection; its user is not called any more. */
  abort(): void {
    if (this.#user === null) return;
    this.#release();
    abandon(this.#socket);
  }

  /** Closes an idle connection. */
  close(): void {
    closeOrderly(this.#socket);
  }

  socketData(_socket: OwnedSocket, bytes: Buffer): void {
    if (this.#user === null) {
      this.#home.connectionGone(this);
      abandon(this.#socket);
      return;
    }
    const used = this.#parser.push(bytes);
    if (this.#user === null) return;
    if (this.#parser.fault !== null) this.#lose(this.#parser.fault);
    else if (this.#parser.isComplete) this.#complete(used === bytes.length);
  }

  socketDrained(): void {
    if (this.#user !== null) this.#writeMore();
  }

  socketClosed(_socket: OwnedSocket, error: Error | null): void {
    if (this.#user === null) {
      this.#home.connectionGone(this);
      return;
    }
    const fault = error === null ? this.#parser.finish() : this.#brokenBy(error);
    if (fault === null) this.#complete(false);
    else this.#lose(fault);
  }

  #writeMore(): void {
    if (this.#rest !== null) {
      const written = this.#socket.write(this.#rest);
      if (written <= 0) return;
      this.#hasSent = true;
      this.#rest = written < this.#rest.length ? this.#rest.subarray(written) : null;
      if (this.#rest !== null) return;
    }
    const body = this.#body;
    if (body === null) return;
    while (this.#bodyOffset < body.length) {
      const written = this.#socket.write(
        body as Uint8Array<ArrayBuffer>,
        this.#bodyOffset,
        body.length - this.#bodyOffset,
      );
      // Full, or closed: then the close event says the rest.
      if (written <= 0) return;
      this.#bodyOffset += written;
    }
    this.#body = null;
  }

  #complete(isAtEnd: boolean): void {
    const user = this.#user!;
    const isWritten = this.#rest === null && this.#body === null;
    const mayStay = isAtEnd && isWritten && this.#parser.head?.keepAlive === true;
    this.#release();
    this.#served += 1;
    if (mayStay) this.#home.connectionFree(this);
    else if (isWritten) this.close();
    else abandon(this.#socket);
    user.responseEnd();
  }

  #lose(fault: Fault): void {
    const user = this.#user!;
    const sawByte = this.#parser.sawByte;
    this.#release();
    abandon(this.#socket);
    user.connectionLost(fault, sawByte);
  }

  #release(): void {
    this.#user = null;
    this.#rest = null;
    this.#body = null;
    this.#parser.stop();
    this.resume();
  }

  /** Errors of the system and of TLS carry a code; one without was thrown by a handler of ours. */
  #brokenBy(error: Error): Fault {
    if (!("code" in error)) return { code: "local_fault", detail: errorDetail(error, "HANDLER_FAILED") };
    const detail = errorDetail(error, "ECONNRESET");
    return { code: this.#parser.sawByte ? "truncated" : "empty_response", detail };
  }
}
