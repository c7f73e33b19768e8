// Ids that begin with their time, so that what they stand for can be found by time without an index on ids.

import { BASE62, fillWithDigits, type Random } from "./random.ts";

/** Base-62 digits of a time in milliseconds: enough until the year 2081. */
export const TIME_DIGITS = 7;

/**
 * `length` characters of `[0-9A-Za-z]`: seven for the time, the others random. Ids of later milliseconds are greater
 * in byte order. 24 characters hold about 101 random bits.
 */
export function timedId(random: Random, wallMs: number, length = 24): string {
  const id = Buffer.allocUnsafe(length);
  let rest = Math.max(0, Math.round(wallMs));
  for (let at = TIME_DIGITS - 1; at >= 0; at--) {
    id[at] = BASE62.charCodeAt(rest % 62);
    rest = Math.floor(rest / 62);
  }
  fillWithDigits(random, id, TIME_DIGITS);
  return id.toString("latin1");
}

/** The time that an id, or its beginning of at least seven characters, was made for; undefined for other text. */
export function timeOfId(id: string): number | undefined {
  if (id.length < TIME_DIGITS) return undefined;
  let time = 0;
  for (let at = 0; at < TIME_DIGITS; at++) {
    const digit = BASE62.indexOf(id.charAt(at));
    if (digit < 0) return undefined;
    time = time * 62 + digit;
  }
  return time;
}
