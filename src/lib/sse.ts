// Splits a byte stream into whole server-sent events, without ever decoding half a character.
// Follows the WHATWG grammar: CR, LF or CRLF line ends, comments, multi-line data, optional space, leading BOM.

const LF = 0x0a;
const CR = 0x0d;

/** One whole event. `raw` is the event's bytes on the wire including its blank line and any comments before it. */
export type SseHandler = (name: string, data: string, raw: Uint8Array) => void;

/** Receives bytes in any cut; calls the handler once per whole event, synchronously. */
export interface SseSplitter {
  /** Returns false when an event grew beyond `maxEventBytes`; the splitter must not be used after that. */
  push(chunk: Uint8Array): boolean;
  /** The stream ended: a last event without its blank line is delivered too, as lenient clients do. */
  end(): void;
  /** Bytes held back because their event is not complete yet. */
  pendingBytes(): number;
}

/**
 * Creates a splitter. Events without any `data:` line (comments, `event:` alone, `retry:`) are handed over with
 * data `""`, so that a relay can forward or count them. `maxEventBytes` bounds what is kept for one event.
 * Cost is linear in the bytes pushed, however they are cut.
 */
export function createSseSplitter(handler: SseHandler, maxEventBytes: number): SseSplitter {
  /** Bytes of the unfinished event; only the first `held` are filled. */
  let store = Buffer.alloc(0);
  let held = 0;
  /** Where the search for the end of the unfinished event goes on: start of its current line, next byte to look at. */
  let lineStart = 0;
  let next = 0;
  let atStart = true;
  /** Set once a CR without LF was seen: such streams are rare and are searched byte by byte. */
  let loneCr = false;
  let lastWasCr = false;

  function noteLineEnds(chunk: Buffer): void {
    if (loneCr) return;
    if (lastWasCr && chunk[0] !== LF) loneCr = true;
    for (let at = chunk.indexOf(CR); at >= 0; at = chunk.indexOf(CR, at + 1)) {
      if (at + 1 < chunk.length && chunk[at + 1] !== LF) loneCr = true;
    }
    lastWasCr = chunk[chunk.length - 1] === CR;
    // Line ends before this chunk may have been passed over: search the unfinished event again.
    if (loneCr) next = lineStart;
  }

  /** Delivers the whole events in `bytes` and returns where the unfinished one begins. */
  function scan(bytes: Buffer): number {
    let start = 0;
    for (;;) {
      const lineEnd = loneCr ? indexOfLineEnd(bytes, next) : bytes.indexOf(LF, next);
      if (lineEnd < 0) break;
      const isBlank = lineEnd === lineStart || (lineEnd === lineStart + 1 && bytes[lineStart] === CR);
      let after = lineEnd + 1;
      if (bytes[lineEnd] === CR) {
        if (after === bytes.length) {
          // The LF that may belong to this CR has not come yet.
          next = lineEnd;
          return start;
        }
        if (bytes[after] === LF) after += 1;
      }
      lineStart = after;
      next = after;
      if (isBlank) {
        deliver(start === 0 && after === bytes.length ? bytes : bytes.subarray(start, after));
        start = after;
      }
    }
    next = bytes.length;
    return start;
  }

  function deliver(raw: Buffer): void {
    let text = raw;
    if (atStart) {
      atStart = false;
      if (raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf) text = raw.subarray(3);
    }
    parseEvent(text.toString("utf8"), raw, handler);
  }

  function keep(bytes: Buffer, start: number): void {
    const rest = bytes.length - start;
    lineStart -= start;
    next -= start;
    if (rest > store.length) store = Buffer.allocUnsafe(Math.max(rest * 2, 1024));
    bytes.copy(store, 0, start);
    held = rest;
  }

  function append(chunk: Buffer): void {
    if (held + chunk.length > store.length) {
      const grown = Buffer.allocUnsafe((held + chunk.length) * 2);
      store.copy(grown, 0, 0, held);
      store = grown;
    }
    chunk.copy(store, held);
    held += chunk.length;
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return true;
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      noteLineEnds(bytes);
      if (held === 0) {
        const start = scan(bytes);
        if (start < bytes.length) keep(bytes, start);
        else reset();
      } else {
        append(bytes);
        const start = scan(store.subarray(0, held));
        // Handlers may keep `raw`: never move bytes under a delivered event, start a new store instead.
        if (start > 0) {
          const old = store.subarray(0, held);
          store = Buffer.alloc(0);
          held = 0;
          if (start < old.length) keep(old, start);
          else reset();
        }
      }
      return held <= maxEventBytes;
    },
    end() {
      if (held === 0) return;
      const rest = store.subarray(0, held);
      store = Buffer.alloc(0);
      reset();
      deliver(rest);
    },
    pendingBytes: () => held,
  };

  function reset(): void {
    held = 0;
    lineStart = 0;
    next = 0;
  }
}

function indexOfLineEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === LF || byte === CR) return at;
  }
  return -1;
}

/** Reads one event's fields and hands it over. `text` is `raw` decoded, without a BOM. */
function parseEvent(text: string, raw: Buffer, handler: SseHandler): void {
  if (parseUsualEvent(text, raw, handler)) return;
  let name = "";
  let data: string | undefined;
  let at = 0;
  while (at < text.length) {
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    let line = text.slice(at, end);
    at = end + 1;
    if (line.includes("\r")) {
      // CRLF, or lone CRs that end lines of their own.
      if (line.endsWith("\r")) line = line.slice(0, -1);
      if (line.includes("\r")) {
        for (const part of line.split("\r")) readField(part);
        continue;
      }
    }
    readField(line);
  }
  handler(name, data ?? "", raw);

  function readField(line: string): void {
    if (line.startsWith("data:")) {
      const value = line.charCodeAt(5) === 0x20 ? line.slice(6) : line.slice(5);
      data = data === undefined ? value : `${data}\n${value}`;
    } else if (line.startsWith("event:")) {
      name = line.charCodeAt(6) === 0x20 ? line.slice(7) : line.slice(6);
    } else if (line === "data") {
      data = data === undefined ? "" : `${data}\n`;
    }
  }
}

/** Reads an event as nearly all servers spell it: perhaps a name, one line of data, LF. False for any other. */
function parseUsualEvent(text: string, raw: Buffer, handler: SseHandler): boolean {
  let at = 0;
  let name = "";
  if (text.startsWith("event: ")) {
    const end = text.indexOf("\n", 7);
    name = text.slice(7, end);
    at = end + 1;
  }
  const last = text.length - 2;
  if (!text.startsWith("data: ", at) || text.indexOf("\n", at) !== last || text.includes("\r")) return false;
  handler(name, text.slice(at + 6, last), raw);
  return true;
}

/** One SSE frame with an event name. `data` must hold no line break. */
export function sseFrame(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}

/** One SSE frame without a name. `data` must hold no line break. */
export function sseData(data: string): string {
  return `data: ${data}\n\n`;
}
