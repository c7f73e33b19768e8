// Reads HTTP/1.1 requests from a byte stream: keep-alive, pipelining, content-length and chunked bodies. No sockets.

/** What a reader reports. */
export interface HttpReaderHandler {
  /** A whole request; `head` has no final blank line, `body` is the reader's to give away. */
  request(head: string, body: Buffer): void;
  /** The client waits for `100 Continue` before it sends the body. */
  expectContinue(): void;
  /** Not HTTP, or too large; the reader takes nothing after that. */
  refuse(status: 400 | 413): void;
}

/** Receives bytes in any cut. */
export interface HttpReader {
  push(bytes: Buffer): void;
}

const MAX_HEAD_BYTES = 65_536;
const HEAD_END = Buffer.from("\r\n\r\n");
const EMPTY = Buffer.alloc(0);

/** Creates a reader for one connection. `maxBodyBytes` bounds one request's body, inclusive. */
export function createHttpReader(handler: HttpReaderHandler, maxBodyBytes: number): HttpReader {
  let held = EMPTY;
  let head: string | undefined;
  /** Body of a known length, and how much of it is there. */
  let body: Buffer | undefined;
  let filled = 0;
  let chunks: ChunkedBody | undefined;
  let isDead = false;

  /** Takes what it can from `bytes` and returns the rest that has to wait for more. */
  function take(bytes: Buffer): Buffer {
    let at = 0;
    while (!isDead && at < bytes.length) {
      if (head === undefined) {
        const end = bytes.indexOf(HEAD_END, at);
        if (end < 0) {
          if (bytes.length - at > MAX_HEAD_BYTES) refuse(400);
          return bytes.subarray(at);
        }
        startBody(bytes.toString("latin1", at, end));
        at = end + 4;
        if (body?.length === 0) finish(EMPTY);
      } else if (body) {
        const part = bytes.subarray(at, at + body.length - filled);
        body.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === body.length) finish(body);
      } else if (chunks) {
        const used = chunks.take(bytes, at);
        if (used < 0 || chunks.size > maxBodyBytes) refuse(used < 0 ? 400 : 413);
        else if (chunks.isDone) {
          at = used;
          finish(chunks.join());
        } else return bytes.subarray(used);
      }
    }
    return EMPTY;
  }

  function startBody(text: string): void {
    head = text;
    if (/\r\ntransfer-encoding:[^\r]*chunked/i.test(text)) chunks = new ChunkedBody();
    else {
      const length = Number(/\r\ncontent-length:\s*(\d+)/i.exec(text)?.[1] ?? 0);
      if (length > maxBodyBytes) {
        refuse(413);
        return;
      }
      body = length === 0 ? EMPTY : Buffer.allocUnsafe(length);
      filled = 0;
    }
    if (/\r\nexpect:\s*100-continue/i.test(text)) handler.expectContinue();
  }

  function finish(bytes: Buffer): void {
    const text = head ?? "";
    head = undefined;
    body = undefined;
    chunks = undefined;
    handler.request(text, bytes);
  }

  function refuse(status: 400 | 413): void {
    isDead = true;
    held = EMPTY;
    handler.refuse(status);
  }

  return {
    push(bytes) {
      if (isDead) return;
      const rest = take(held.length > 0 ? Buffer.concat([held, bytes]) : bytes);
      // The socket's buffer may be used again: what waits is copied.
      held = rest.length > 0 && !isDead ? Buffer.from(rest) : EMPTY;
    },
  };
}

/** Undoes chunked transfer encoding. */
class ChunkedBody {
  isDone = false;
  size = 0;
  readonly #parts: Buffer[] = [];
  /** Bytes of the current chunk still to come; 0 means a size line is next. */
  #need = 0;
  #inTrailer = false;

  /** Reads from `at` on and returns the place of the first byte not used, or -1 when the framing is broken. */
  take(bytes: Buffer, from: number): number {
    let at = from;
    while (!this.isDone) {
      if (this.#need > 0) {
        const part = bytes.subarray(at, at + this.#need);
        if (part.length === 0) return at;
        this.#parts.push(Buffer.from(part));
        this.size += part.length;
        this.#need -= part.length;
        at += part.length;
        continue;
      }
      const lineEnd = bytes.indexOf("\r\n", at);
      if (lineEnd < 0) return at;
      const line = bytes.toString("latin1", at, lineEnd);
      at = lineEnd + 2;
      if (this.#inTrailer) this.isDone = line === "";
      else if (line !== "" || this.#parts.length === 0) {
        const size = /^[0-9a-f]+/i.exec(line);
        if (!size) return -1;
        this.#need = Number.parseInt(size[0], 16);
        this.#inTrailer = this.#need === 0;
      }
    }
    return at;
  }

  join(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
