// Bodies that are read to their end before anyone looks at them, and how to tell them from streams.

import type { ResponseHead } from "../upstream/transport.ts";

/** What a successful answer's body is, as far as its head tells. */
export type BodyKind = "json" | "sse" | "json-array" | "html";

/** Kind by content type; `unknown` leaves it to the first bytes. `wantsArray`: a stream in JSON-array framing was asked for. */
export function bodyKindOf(head: ResponseHead, wantsArray: boolean): BodyKind | "unknown" {
  const type = (head.headers.get("content-type") ?? "").toLowerCase();
  if (type.startsWith("text/event-stream")) return "sse";
  if (type.includes("json")) return wantsArray ? "json-array" : "json";
  if (type.startsWith("text/html")) return "html";
  return "unknown";
}

/** Kind by the first bytes of a body whose content type says nothing useful. */
export function sniffBodyKind(chunk: Uint8Array): BodyKind {
  let at = 0;
  while (at < chunk.length && (chunk[at] as number) <= 0x20) at += 1;
  const first = chunk[at];
  if (first === 0x7b || first === 0x5b) return "json";
  if (first === 0x3c) return "html";
  return "sse";
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
