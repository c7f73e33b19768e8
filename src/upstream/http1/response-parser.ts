// Incremental HTTP/1.x response parser: bytes in whatever cut go in, head and body chunks come out, synchronously and
// without copying the body. No I/O; reused for every response of a connection.

import type { ResponseHead } from "../transport.ts";
import type { Fault } from "./failure.ts";
import { type ParsedHead, parseHead, STATUS_LINE_PREFIX } from "./response-head.ts";

/** Head bytes over all interim and the final head of one response. */
export const MAX_HEAD_BYTES = 64 * 1024;
const MAX_CHUNK_LINE_BYTES = 4 * 1024;
const MAX_TRAILER_BYTES = 64 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const EMPTY = Buffer.alloc(0);

/** Receives one response; may call `stop()` on the parser from within. */
export interface ResponseSink {
  responseHead(head: ResponseHead): void;
  /** Part of the pushed buffer: valid during the call. Never empty. */
  responseData(chunk: Uint8Array): void;
}

type State =
  | "head"
  | "body-length"
  | "body-close"
  | "chunk-size"
  | "chunk-extension"
  | "chunk-size-lf"
  | "chunk-data"
  | "chunk-data-cr"
  | "chunk-data-lf"
  | "trailer"
  | "complete"
  | "failed"
  | "stopped";

/**
 * Use: `begin`, then `push` for all bytes read, until `isComplete` or a fault. `push` returns how many bytes belong to
 * this response: fewer than given means that the server sent something after it.
 */
export class ResponseParser {
  #sink: ResponseSink | null = null;
  #isHeadRequest = false;
  #state: State = "complete";
  #head: ParsedHead | null = null;
  #fault: Fault | null = null;
  /** Bytes of an unfinished head; only the first `#heldBytes` are filled. */
  #held = EMPTY;
  #heldBytes = 0;
  /** Head bytes of interim responses passed so far. */
  #interimBytes = 0;
  #sawByte = false;
  /** What is left of the body, or of the current chunk. */
  #remaining = 0;
  /** Length of the current chunk-size line or of the trailer so far, and of the trailer's current line. */
  #lineBytes = 0;
  #hexDigits = 0;
  #trailerLine = 0;
  #lastWasCr = false;

  /** Prepares for the next response. `isHeadRequest`: the answer has no body, whatever its headers say. */
  begin(sink: ResponseSink, isHeadRequest: boolean): void {
    this.#sink = sink;
    this.#isHeadRequest = isHeadRequest;
    this.#state = "head";
    this.#head = null;
    this.#fault = null;
    this.#heldBytes = 0;
    this.#interimBytes = 0;
    this.#sawByte = false;
  }

  get isComplete(): boolean {
    return this.#state === "complete";
  }

  /** Whether any byte of a response has come since `begin`. */
  get sawByte(): boolean {
    return this.#sawByte;
  }

  /** Part of a head has come, and its end has not. */
  get isInHead(): boolean {
    return this.#state === "head" && this.#heldBytes > 0;
  }

  /** Set once the final head was read. */
  get head(): ParsedHead | null {
    return this.#head;
  }

  get fault(): Fault | null {
    return this.#fault;
  }

  /** Nothing is delivered any more. */
  stop(): void {
    if (this.#state !== "complete") this.#state = "stopped";
    this.#sink = null;
    this.#held = EMPTY;
  }

  push(bytes: Buffer): number {
    let at = 0;
    if (bytes.length > 0 && this.#state !== "complete") this.#sawByte = true;
    while (at < bytes.length) {
      const before = this.#state;
      if (before === "complete" || before === "failed" || before === "stopped") break;
      at = this.#step(before, bytes, at);
    }
    return at;
  }

  /** The server closed its side. Returns the fault that this is, or null when it completes the response. */
  finish(): Fault | null {
    if (this.#state === "body-close") this.#state = "complete";
    if (this.#state === "complete") return null;
    if (this.#fault !== null) return this.#fault;
    if (!this.#sawByte) return { code: "empty_response", detail: "CLOSED_BEFORE_RESPONSE" };
    return { code: "truncated", detail: this.#head === null ? "CLOSED_IN_HEAD" : "CLOSED_IN_BODY" };
  }

  #step(state: State, bytes: Buffer, at: number): number {
    switch (state) {
      case "head":
        return this.#readHead(bytes, at);
      case "body-length":
      case "chunk-data":
        return this.#readCounted(state, bytes, at);
      case "body-close":
        this.#sink?.responseData(at === 0 ? bytes : bytes.subarray(at));
        return bytes.length;
      case "chunk-size":
        return this.#readChunkSize(bytes, at);
      case "chunk-extension":
        return this.#skipExtension(bytes, at);
      case "chunk-size-lf":
        return this.#expect(bytes, at, LF, this.#remaining === 0 ? "trailer" : "chunk-data");
      case "chunk-data-cr":
        return this.#expect(bytes, at, CR, "chunk-data-lf");
      case "chunk-data-lf":
        return this.#expect(bytes, at, LF, "chunk-size");
      case "trailer":
        return this.#skipTrailer(bytes, at);
      default:
        return at;
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const room = MAX_HEAD_BYTES - this.#interimBytes;
    // The whole head in one read: no copy.
    if (this.#heldBytes === 0) {
      const end = bytes.indexOf("\r\n\r\n", at, "latin1");
      if (end >= 0 && end - at <= room) {
        this.#takeHead(bytes.toString("latin1", at, end), end + 4 - at);
        return end + 4;
      }
    }
    const from = Math.max(0, this.#heldBytes - 3);
    const taken = Math.min(bytes.length - at, room + 4 - this.#heldBytes);
    this.#hold(bytes, at, taken);
    const text = this.#held.subarray(0, this.#heldBytes);
    if (!startsLikeAnswer(text)) return this.#fail("protocol_error", "NOT_HTTP", at);
    const end = text.indexOf("\r\n\r\n", from, "latin1");
    if (end < 0) {
      if (hasBareLineFeed(text, from)) return this.#fail("protocol_error", "BARE_LINE_END", at);
      if (this.#heldBytes >= room + 4) return this.#fail("header_overflow", "HEAD_TOO_LARGE", at);
      return at + taken;
    }
    const surplus = this.#heldBytes - (end + 4);
    this.#heldBytes = 0;
    this.#takeHead(text.toString("latin1", 0, end), end + 4);
    return at + taken - surplus;
  }

  #hold(bytes: Buffer, at: number, count: number): void {
    const needed = this.#heldBytes + count;
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(1024, needed, this.#held.length * 2));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(bytes.subarray(at, at + count), this.#heldBytes);
    this.#heldBytes = needed;
  }

  #takeHead(text: string, headBytes: number): void {
    const parsed = parseHead(text, this.#isHeadRequest);
    if ("code" in parsed) {
      this.#fail(parsed.code, parsed.detail, 0);
      return;
    }
    const { head, framing } = parsed;
    if (head.status === 101) {
      this.#fail("protocol_error", "UNEXPECTED_UPGRADE", 0);
      return;
    }
    if (head.status < 200) {
      this.#interimBytes += headBytes;
      return;
    }
    this.#held = EMPTY;
    this.#head = parsed;
    if (framing.type === "length") {
      this.#remaining = framing.bytes;
      this.#state = framing.bytes === 0 ? "complete" : "body-length";
    } else if (framing.type === "chunked") {
      this.#startChunk();
    } else {
      this.#state = "body-close";
    }
    this.#sink?.responseHead(head);
  }

  #readCounted(state: State, bytes: Buffer, at: number): number {
    const available = bytes.length - at;
    const taken = Math.min(available, this.#remaining);
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#state = state === "chunk-data" ? "chunk-data-cr" : "complete";
    this.#sink?.responseData(taken === bytes.length ? bytes : bytes.subarray(at, at + taken));
    return at + taken;
  }

  #startChunk(): void {
    this.#state = "chunk-size";
    this.#remaining = 0;
    this.#hexDigits = 0;
    this.#lineBytes = 0;
  }

  #readChunkSize(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!;
      const digit = hexValue(byte);
      if (digit >= 0) {
        this.#hexDigits += 1;
        // 13 hexadecimal digits stay below 2^53.
        if (this.#hexDigits > 13) return this.#fail("protocol_error", "CHUNK_SIZE", at);
        this.#remaining = this.#remaining * 16 + digit;
        continue;
      }
      if (this.#hexDigits === 0) return this.#fail("protocol_error", "CHUNK_SIZE", at);
      if (byte === CR) {
        this.#state = "chunk-size-lf";
        return at + 1;
      }
      if (byte !== 0x3b && byte !== 0x20 && byte !== 0x09) return this.#fail("protocol_error", "CHUNK_SIZE", at);
      this.#state = "chunk-extension";
      this.#lineBytes = byte === 0x3b ? 1 : 0;
      return at + 1;
    }
    return bytes.length;
  }

  /** After the size: blanks, then `;` and anything. `#lineBytes` is 0 until the semicolon was seen. */
  #skipExtension(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === CR) {
        this.#state = "chunk-size-lf";
        return at + 1;
      }
      const isAllowed =
        this.#lineBytes > 0 ? byte !== LF && byte !== 0 : byte === 0x3b || byte === 0x20 || byte === 0x09;
      if (!isAllowed) return this.#fail("protocol_error", "CHUNK_EXTENSION", at);
      if (this.#lineBytes > 0 || byte === 0x3b) this.#lineBytes += 1;
      if (this.#lineBytes > MAX_CHUNK_LINE_BYTES) return this.#fail("protocol_error", "CHUNK_EXTENSION", at);
    }
    return bytes.length;
  }

  #expect(bytes: Buffer, at: number, byte: number, next: State): number {
    if (bytes[at] !== byte) return this.#fail("protocol_error", "CHUNK_FRAMING", at);
    if (next === "chunk-size") {
      this.#startChunk();
    } else {
      this.#state = next;
      this.#lineBytes = 0;
      this.#trailerLine = 0;
      this.#lastWasCr = false;
    }
    return at + 1;
  }

  /** Trailers are read and dropped; an empty line ends the response. */
  #skipTrailer(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!;
      this.#lineBytes += 1;
      if (this.#lineBytes > MAX_TRAILER_BYTES) return this.#fail("header_overflow", "TRAILER_TOO_LARGE", at);
      if (this.#lastWasCr !== (byte === LF)) return this.#fail("protocol_error", "TRAILER", at);
      if (byte === CR) {
        this.#lastWasCr = true;
      } else if (byte === LF) {
        this.#lastWasCr = false;
        if (this.#trailerLine === 0) {
          this.#state = "complete";
          return at + 1;
        }
        this.#trailerLine = 0;
      } else {
        this.#trailerLine += 1;
      }
    }
    return bytes.length;
  }

  #fail(code: Fault["code"], detail: string, at: number): number {
    this.#state = "failed";
    this.#fault = { code, detail };
    return at;
  }
}

/** Whether the first bytes can still become a status line. */
function startsLikeAnswer(bytes: Buffer): boolean {
  const count = Math.min(bytes.length, STATUS_LINE_PREFIX.length);
  return STATUS_LINE_PREFIX.startsWith(bytes.toString("latin1", 0, count));
}

function hasBareLineFeed(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (at === 0 || bytes[at - 1] !== CR) return true;
  }
  return false;
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x57;
  if (byte >= 0x41 && byte <= 0x46) return byte - 0x37;
  return -1;
}
