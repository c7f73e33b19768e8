// Finds top-level fields of a JSON object in its bytes without parsing it, so that one value can be read or
// exchanged in a large body while every other byte stays as it was.

import { asBuffer } from "./as-buffer.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

/** Half-open byte range of a value: `[start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ScanResult {
  /** Values of the wanted fields; of a repeated field the last one, as JSON.parse does. */
  readonly spans: ReadonlyMap<string, Span>;
  /** Deepest nesting seen; a flat object has 1. */
  readonly depth: number;
}

/** Bytes that may stand outside strings: punctuation, white space, numbers, and the letters of true, false, null. */
const ALLOWED = new Uint8Array(256);
for (const character of '{}[],:" \t\r\n-+.0123456789eEtrufalsn') ALLOWED[character.charCodeAt(0)] = 1;

/**
 * Scans a body. Returns null when it is not one JSON object as far as brackets, strings and bytes outside strings
 * tell; the caller then parses it for an exact message. Numbers and keywords are not checked further, key escapes
 * are not decoded (no field we look for needs one).
 * `maxDepth` is where the scan gives up (null). Linear; strings are skipped with the native search.
 */
export function scanTopLevel(bytes: Uint8Array, wanted: readonly string[], maxDepth = 200): ScanResult | null {
  const buffer = asBuffer(bytes);
  const length = buffer.length;
  const spans = new Map<string, Span>();
  const closers = new Uint8Array(maxDepth + 2);
  let at = skipByteOrderMark(buffer);
  let depth = 0;
  let deepest = 0;
  /** The wanted field whose value is being passed, and where it began; only at depth 1. */
  let field: string | undefined;
  let valueStart = -1;
  let lastEnd = -1;
  let expectKey = false;

  for (; at < length; at++) {
    const byte = buffer[at] as number;
    if (byte === QUOTE) {
      if (depth === 0) return null;
      const end = endOfString(buffer, at);
      if (end < 0) return null;
      if (depth === 1) {
        if (expectKey) {
          field = matchKey(buffer, at + 1, end, wanted);
          expectKey = false;
          valueStart = -1;
        } else if (field !== undefined && valueStart < 0) valueStart = at;
      }
      lastEnd = end + 1;
      at = end;
      continue;
    }
    if (byte <= 0x20) {
      if (ALLOWED[byte] === 0) return null;
      continue;
    }
    switch (byte) {
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (depth === 0) {
          if (byte !== OPEN_BRACE || deepest > 0) return null;
          expectKey = true;
        } else if (depth === 1 && field !== undefined && valueStart < 0) valueStart = at;
        depth += 1;
        if (depth > maxDepth) return null;
        if (depth > deepest) deepest = depth;
        closers[depth] = byte + 2;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (depth === 0 || closers[depth] !== byte) return null;
        depth -= 1;
        if (depth === 0) {
          if (field !== undefined) {
            if (valueStart < 0) return null;
            spans.set(field, { start: valueStart, end: lastEnd });
            field = undefined;
          }
          expectKey = false;
        }
        lastEnd = at + 1;
        break;
      case COMMA:
        if (depth === 0) return null;
        if (depth === 1) {
          if (field !== undefined) {
            if (valueStart < 0) return null;
            spans.set(field, { start: valueStart, end: lastEnd });
            field = undefined;
          }
          expectKey = true;
        }
        break;
      case COLON:
        break;
      default:
        if (ALLOWED[byte] === 0 || depth === 0) return null;
        if (depth === 1 && field !== undefined && valueStart < 0) valueStart = at;
        lastEnd = at + 1;
    }
  }
  return depth === 0 && deepest > 0 ? { spans, depth: deepest } : null;
}

/** The string value at a span, decoded; undefined when the value is not a string. */
export function stringAt(bytes: Uint8Array, span: Span | undefined): string | undefined {
  const value = valueAt(bytes, span);
  return typeof value === "string" ? value : undefined;
}

/** The value at a span, parsed; undefined when there is no span or the bytes are not JSON. */
export function valueAt(bytes: Uint8Array, span: Span | undefined): unknown {
  if (!span) return undefined;
  const text = asBuffer(bytes).toString("utf8", span.start, span.end);
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the scan is lenient about numbers and keywords; such a value is as good as absent
  }
}

/** A copy of `bytes` in which the value at `span` is replaced by `json`; all other bytes are the same. */
export function spliceValue(bytes: Uint8Array, span: Span, json: string): Uint8Array {
  const value = Buffer.from(json, "utf8");
  const out = Buffer.allocUnsafe(bytes.length - (span.end - span.start) + value.length);
  out.set(bytes.subarray(0, span.start), 0);
  out.set(value, span.start);
  out.set(bytes.subarray(span.end), span.start + value.length);
  return out;
}

/**
 * The first element of the array at a span and whether others follow; undefined when there is no array, or its first
 * element is longer than `maxBytes`.
 */
export function firstElement(
  bytes: Uint8Array,
  span: Span | undefined,
  maxBytes: number,
): { readonly element: Span; readonly isOnly: boolean } | undefined {
  if (!span || bytes[span.start] !== OPEN_BRACKET) return undefined;
  const buffer = asBuffer(bytes);
  const limit = Math.min(span.end - 1, span.start + maxBytes);
  let depth = 0;
  let start = -1;
  for (let at = span.start + 1; at < limit; at++) {
    const byte = buffer[at] as number;
    if (byte <= 0x20) continue;
    if (start < 0) start = at;
    if (byte === QUOTE) {
      at = endOfString(buffer, at);
      if (at < 0) return undefined;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    else if (byte === COMMA && depth === 0) return { element: { start, end: at }, isOnly: false };
  }
  return start < 0 || limit < span.end - 1 ? undefined : { element: { start, end: span.end - 1 }, isOnly: true };
}

function skipByteOrderMark(buffer: Buffer): number {
  return buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0;
}

/** Index of the quote that closes the string opened at `start`, or -1. */
function endOfString(buffer: Buffer, start: number): number {
  let end = buffer.indexOf(QUOTE, start + 1);
  while (end > 0) {
    let slashes = 0;
    while (buffer[end - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
    end = buffer.indexOf(QUOTE, end + 1);
  }
  return -1;
}

function matchKey(buffer: Buffer, start: number, end: number, wanted: readonly string[]): string | undefined {
  for (const name of wanted) {
    if (name.length !== end - start || name.charCodeAt(0) !== buffer[start]) continue;
    if (buffer.toString("latin1", start, end) === name) return name;
  }
  return undefined;
}
