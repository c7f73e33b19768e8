// A keep-alive HTTP/1.1 connection of the load generator: sends rendered requests, tells when answers are complete.
// As little work per answer as can be, because it shares a core with the upstream.

import type { Socket } from "bun";

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("\r\n0\r\n\r\n");

/** Hears of a connection's answers. */
export interface AnswerHandler {
  /** The answer is complete. */
  answered(connection: RawConnection, status: number): void;
  /** Body bytes, chunked framing included; only for handlers that want to look at them. */
  data?(connection: RawConnection, bytes: Buffer): void;
  /** The connection ended, asked for or not. */
  closed(connection: RawConnection): void;
}

/** One connection with at most one request under way. */
export class RawConnection {
  /** For the handler's use: when the request was meant to be sent. */
  intendedMs = 0;
  readonly #handler: AnswerHandler;
  #socket!: Socket<RawConnection>;
  #unsent: Uint8Array | undefined;
  #head = Buffer.alloc(0);
  #status = 0;
  /** Body bytes still to come; -1 means chunked, undefined that the head is not complete. */
  #remaining: number | undefined;
  #tail = Buffer.alloc(0);

  private constructor(handler: AnswerHandler) {
    this.#handler = handler;
  }

  static async open(port: number, handler: AnswerHandler): Promise<RawConnection> {
    const connection = new RawConnection(handler);
    connection.#socket = await Bun.connect<RawConnection>({
      hostname: "127.0.0.1",
      port,
      data: connection,
      socket: {
        data: (socket, bytes) => socket.data.#read(bytes),
        drain: (socket) => socket.data.#drain(),
        close: (socket) => handler.closed(socket.data),
        error: () => undefined, // `close` follows
      },
    });
    connection.#socket.setNoDelay(true);
    return connection;
  }

  send(request: Uint8Array): void {
    this.#remaining = undefined;
    const written = this.#socket.write(request);
    if (written < request.length) this.#unsent = request.subarray(Math.max(0, written));
  }

  close(): void {
    this.#socket.terminate();
  }

  #drain(): void {
    if (!this.#unsent) return;
    const rest = this.#unsent;
    this.#unsent = undefined;
    const written = this.#socket.write(rest);
    if (written < rest.length) this.#unsent = rest.subarray(Math.max(0, written));
  }

  #read(bytes: Buffer): void {
    let body = bytes;
    if (this.#remaining === undefined) {
      const all = this.#head.length > 0 ? Buffer.concat([this.#head, bytes]) : bytes;
      const end = all.indexOf(HEAD_END);
      if (end < 0) {
        this.#head = Buffer.from(all);
        return;
      }
      this.#head = Buffer.alloc(0);
      const head = all.toString("latin1", 0, end);
      this.#status = Number(head.slice(9, 12));
      const length = /\r\ncontent-length: *(\d+)/i.exec(head);
      this.#remaining = length ? Number(length[1]) : -1;
      // The end of the head serves as the line end before a last chunk that comes first.
      body = all.subarray(end + (length ? 4 : 2));
    }
    this.#handler.data?.(this, body);
    if (this.#remaining < 0) this.#readChunked(body);
    else {
      this.#remaining -= body.length;
      if (this.#remaining <= 0) this.#handler.answered(this, this.#status);
    }
  }

  /** Looks for the last chunk only: answers of the benchmark hold no such bytes inside. */
  #readChunked(bytes: Buffer): void {
    const isWhole = bytes.length >= LAST_CHUNK.length;
    const tail = isWhole
      ? bytes.subarray(-LAST_CHUNK.length)
      : Buffer.concat([this.#tail, bytes]).subarray(-LAST_CHUNK.length);
    if (tail.equals(LAST_CHUNK)) {
      this.#tail = Buffer.alloc(0);
      this.#handler.answered(this, this.#status);
    } else this.#tail = Buffer.from(tail);
  }
}
