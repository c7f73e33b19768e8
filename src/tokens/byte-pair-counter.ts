// Counts tokens of text by byte-pair merging over a vocabulary. Counts only: no token ids, no strings kept.

import type { Vocabulary } from "./vocabulary.ts";

/** Counts the tokens of a piece of text; a few thousand characters at a time, so that callers can pause in between. */
export type TextCounter = (text: string) => number;

/**
 * Bytes merged at once. Merging is quadratic, so a longer run without a break (base64, a line of dashes) is cut here,
 * which adds at most one token per cut.
 */
const MAX_PIECE_BYTES = 512;
const NO_RANK = 0x7fffffff;

/** Creates a counter. `pattern` cuts text into the pieces that merging stays within; it must have the flag `g`. */
export function createTextCounter(vocabulary: Vocabulary, pattern: RegExp): TextCounter {
  const { rankOf } = vocabulary;
  const encoder = new TextEncoder();
  const starts = new Int32Array(MAX_PIECE_BYTES + 1);
  const ranks = new Int32Array(MAX_PIECE_BYTES + 1);
  let scratch = new Uint8Array(1024);

  /** Writes a piece's UTF-8 bytes to `scratch` and returns how many there are. */
  function encodePiece(piece: string): number {
    if (piece.length * 3 > scratch.length) scratch = new Uint8Array(piece.length * 3);
    // Most pieces are a short ASCII word; the encoder's call costs more than they do.
    if (piece.length > 24) return encoder.encodeInto(piece, scratch).written;
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (code > 0x7f) return encoder.encodeInto(piece, scratch).written;
      scratch[at] = code;
    }
    return piece.length;
  }

  /** Tokens of `scratch[from, to)`: merges the neighbours of lowest rank until none is a token. */
  function mergePieces(from: number, to: number): number {
    let count = to - from;
    for (let at = 0; at <= count; at++) starts[at] = from + at;
    for (let at = 0; at < count; at++) ranks[at] = pairRank(at, count);
    for (;;) {
      let lowest = NO_RANK;
      let best = 0;
      for (let at = 0; at < count - 1; at++) {
        if ((ranks[at] as number) < lowest) {
          lowest = ranks[at] as number;
          best = at;
        }
      }
      if (lowest === NO_RANK) return count;
      starts.copyWithin(best + 1, best + 2, count + 1);
      ranks.copyWithin(best, best + 1, count);
      count -= 1;
      ranks[best] = pairRank(best, count);
      if (best > 0) ranks[best - 1] = pairRank(best - 1, count);
    }
  }

  function pairRank(at: number, count: number): number {
    if (at + 2 > count) return NO_RANK;
    const rank = rankOf(scratch, starts[at] as number, starts[at + 2] as number);
    return rank < 0 ? NO_RANK : rank;
  }

  return (text) => {
    let tokens = 0;
    for (const [piece] of text.matchAll(pattern)) {
      const length = encodePiece(piece);
      if (rankOf(scratch, 0, length) >= 0) {
        tokens += 1;
        continue;
      }
      for (let from = 0; from < length; from += MAX_PIECE_BYTES) {
        tokens += mergePieces(from, Math.min(length, from + MAX_PIECE_BYTES));
      }
    }
    return tokens;
  };
}
