// One HTTP/1.x response head: from its text to status, headers and the framing of the body that follows. Pure.

import type { ResponseHead } from "../transport.ts";
import type { Fault } from "./failure.ts";
import { KNOWN_HEADER_NAMES } from "./header-names.ts";

export const MAX_HEADERS = 200;

/** How the end of the body is found: a byte count, chunks, or the end of the connection. */
export type BodyFraming = { readonly type: "length"; readonly bytes: number } | { readonly type: "chunked" | "close" };

export interface ParsedHead {
  readonly head: ResponseHead;
  readonly framing: BodyFraming;
  /** Whether the connection may carry another exchange after this one. */
  readonly keepAlive: boolean;
  /** The server's `keep-alive: timeout=N`, in milliseconds; null when it gave none. */
  readonly keepAliveMs: number | null;
}

const CHUNKED: BodyFraming = { type: "chunked" };
const CLOSE: BodyFraming = { type: "close" };
const NO_BODY: BodyFraming = { type: "length", bytes: 0 };

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const DIGITS = /^[0-9]{1,15}$/;

/** `"HTTP/1."`: what a response's first seven bytes must be. */
export const STATUS_LINE_PREFIX = "HTTP/1.";

/**
 * Parses the text between the start of a status line and the empty line (exclusive of both line ends), read as latin1.
 * `isHead` is set for answers that carry no body whatever their headers say. Strict: bare CR or LF, NUL, obsolete
 * folding, spaces before the colon, length together with chunks, differing lengths and any transfer coding other than
 * `chunked` are a protocol_error. Never throws.
 */
export function parseHead(text: string, isHead: boolean): ParsedHead | Fault {
  if (text.includes("\0")) return broken("NUL_IN_HEAD");
  const statusEnd = lineEndFrom(text, 0);
  if (statusEnd < 0) return broken("BARE_LINE_END");
  const status = parseStatus(text, statusEnd);
  if (status < 0) return broken("STATUS_LINE");

  const headers = new Map<string, string>();
  let count = 0;
  for (let at = statusEnd + 2; at < text.length; ) {
    const end = lineEndFrom(text, at);
    if (end < 0) return broken("BARE_LINE_END");
    count += 1;
    if (count > MAX_HEADERS) return { code: "header_overflow", detail: "TOO_MANY_HEADERS" };
    const colon = text.indexOf(":", at);
    if (colon < 0 || colon >= end) return broken("HEADER_LINE");
    const name = headerName(text.slice(at, colon));
    if (name === null) return broken("HEADER_NAME");
    if (name !== "set-cookie") {
      const value = trimmed(text, colon + 1, end);
      const earlier = headers.get(name);
      headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
    }
    at = end + 2;
  }
  return describe(status, text.charCodeAt(7) === 0x31, headers, isHead);
}

function describe(
  status: number,
  isVersion11: boolean,
  headers: ReadonlyMap<string, string>,
  isHead: boolean,
): ParsedHead | Fault {
  const framing = bodyFraming(status, headers, isHead);
  if ("code" in framing) return framing;
  const connection = headers.get("connection")?.toLowerCase();
  // Chunks in a 1.0 answer: readable, but such a connection is not to be trusted further (RFC 9112, section 6.1).
  let keepAlive = isVersion11 || (connection === "keep-alive" && framing.type !== "chunked");
  if (framing.type === "close") keepAlive = false;
  else if (connection !== undefined && connection !== "keep-alive" && hasToken(connection, "close")) keepAlive = false;
  const hint = headers.get("keep-alive");
  return { head: { status, headers }, framing, keepAlive, keepAliveMs: hint === undefined ? null : timeoutOf(hint) };
}

function bodyFraming(status: number, headers: ReadonlyMap<string, string>, isHead: boolean): BodyFraming | Fault {
  const coding = headers.get("transfer-encoding");
  const lengthText = headers.get("content-length");
  if (coding !== undefined) {
    if (lengthText !== undefined) return broken("LENGTH_AND_CHUNKED");
    if (coding.toLowerCase() !== "chunked") return broken("TRANSFER_CODING");
  }
  const length = lengthText === undefined ? -1 : parseLength(lengthText);
  if (lengthText !== undefined && length < 0) return broken("CONTENT_LENGTH");
  if (isHead || status === 204 || status === 304 || status < 200) return NO_BODY;
  if (coding !== undefined) return CHUNKED;
  return length < 0 ? CLOSE : { type: "length", bytes: length };
}

/** Position of the CRLF (or the end of the text) that ends the line at `from`; -1 for a CR or LF standing alone. */
function lineEndFrom(text: string, from: number): number {
  const cr = text.indexOf("\r", from);
  const lf = text.indexOf("\n", from);
  if (cr < 0) return lf < 0 ? text.length : -1;
  return lf === cr + 1 ? cr : -1;
}

/** -1 unless the line is `HTTP/1.0` or `HTTP/1.1`, a space, three digits, and a space or the end. */
function parseStatus(text: string, end: number): number {
  if (!text.startsWith(STATUS_LINE_PREFIX) || end < 12) return -1;
  const minor = text.charCodeAt(7);
  if ((minor !== 0x30 && minor !== 0x31) || text.charCodeAt(8) !== 0x20) return -1;
  if (end > 12 && text.charCodeAt(12) !== 0x20) return -1;
  let status = 0;
  for (let i = 9; i < 12; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    status = status * 10 + digit;
  }
  return status < 100 ? -1 : status;
}

function headerName(wire: string): string | null {
  const known = KNOWN_HEADER_NAMES.get(wire);
  if (known !== undefined) return known;
  return TOKEN.test(wire) ? wire.toLowerCase() : null;
}

function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Repeated equal lengths count as one, as RFC 9110 allows; -1 for anything else. */
function parseLength(value: string): number {
  if (DIGITS.test(value)) return Number(value);
  const parts = value.split(",").map((part) => part.trim());
  const first = parts[0]!;
  return DIGITS.test(first) && parts.every((part) => part === first) ? Number(first) : -1;
}

function hasToken(list: string, token: string): boolean {
  return list.split(",").some((part) => part.trim() === token);
}

function timeoutOf(hint: string): number | null {
  const match = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,9})/i.exec(hint);
  return match === null ? null : Number(match[1]) * 1000;
}

function broken(detail: string): Fault {
  return { code: "protocol_error", detail };
}
