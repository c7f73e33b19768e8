// Cuts bytes into pieces: fixed sizes, or random sizes that a seed repeats.

import type { SimCut } from "./script.ts";

/** Pieces of `cut` bytes each, of one byte (`bytes`), or of seeded random sizes from 1 to `maxBytes` (default 40). */
export function cutBytes(bytes: Uint8Array, cut: SimCut | number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const nextSize = sizes(cut);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + nextSize());
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

function sizes(cut: SimCut | number): () => number {
  if (typeof cut === "number") return () => Math.max(1, cut);
  if (cut === "bytes" || cut === "events") return () => 1;
  const random = seededRandom(cut.seed);
  const maxBytes = Math.max(1, cut.maxBytes ?? 40);
  return () => 1 + Math.floor(random() * maxBytes);
}

/** Text as UTF-8, bytes as they are. */
export function toBytes(value: string | Uint8Array): Buffer {
  return typeof value === "string" ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Numbers in [0, 1) that the seed repeats (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
