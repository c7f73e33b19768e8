// Bodies that are read to their end before anyone looks at them, and how to tell them from streams.

import type { ResponseHead } from "../upstream/transport.ts";

/** What a successful answer's body is, as far as its head tells. */
export type BodyKind = "json" | "sse" | "json-array" | "html";

/** Kind by content type; undefined when that says nothing useful. `wantsArray`: a stream in JSON-array framing was asked for. */
export function bodyKindOf(head: ResponseHead, wantsArray: boolean): BodyKind | undefined {
  const type = (head.headers.get("content-type") ?? "").toLowerCase();
  if (type.startsWith("text/event-stream")) return "sse";
  if (type.includes("json")) return wantsArray ? "json-array" : "json";
  if (type.startsWith("text/html")) return "html";
  return undefined;
}

/**
 * Kind by content type and the first bytes of a body, which go first where they are unmistakable: relays send events
 * as `application/json` or `text/html`, and errors or whole answers as `text/event-stream`.
 */
export function sniffBodyKind(declared: BodyKind | undefined, chunk: Uint8Array): BodyKind {
  let at = chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0;
  while (at < chunk.length && (chunk[at] as number) <= 0x20) at += 1;
  const first = chunk[at];
  if (first === 0x7b || first === 0x5b) return declared === "json-array" ? declared : "json";
  if (first === 0x3c) return "html";
  if (declared === undefined || beginsEvent(chunk, at)) return "sse";
  return declared;
}

const FIELDS = ["data:", "event:", ":", "id:", "retry:"].map((field) => Buffer.from(field));

function beginsEvent(chunk: Uint8Array, at: number): boolean {
  return FIELDS.some((field) => field.every((byte, offset) => chunk[at + offset] === byte));
}

/** Collects a body up to a limit. */
export class WholeBody {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Copies the chunk; returns false when the body is larger than the limit, and drops what is over. */
  push(chunk: Uint8Array): boolean {
    const room = this.#maxBytes - this.#length;
    if (chunk.length > room) {
      // The beginning without a gap: what follows finds no room either.
      if (room > 0) this.push(chunk.subarray(0, room));
      return false;
    }
    // Half the price of Buffer.from for the 2 kB of a small answer.
    const copy = Buffer.allocUnsafeSlow(chunk.length);
    copy.set(chunk);
    this.#chunks.push(copy);
    this.#length += chunk.length;
    return true;
  }

  bytes(): Buffer {
    return this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
  }
}
