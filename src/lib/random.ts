// Randomness as an argument, and the ids made from it.

/** A source of random bytes. */
export interface Random {
  /** Fills and returns a new array of `length` bytes. */
  bytes(length: number): Uint8Array;
  /** One byte. */
  byte(): number;
}

/** Bytes fetched from the system at once; a call per id would cost more than the id. */
const POOL_BYTES = 4096;

/** A cryptographic generator that fetches its bytes from `fill` in blocks and hands each of them out once. */
export function createPooledRandom(fill: (bytes: Uint8Array) => void): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let next = POOL_BYTES;
  return {
    byte() {
      if (next >= POOL_BYTES) {
        fill(pool);
        next = 0;
      }
      return pool[next++] as number;
    },
    bytes(length) {
      if (length > POOL_BYTES) {
        const large = new Uint8Array(length);
        fill(large);
        return large;
      }
      if (next + length > POOL_BYTES) {
        fill(pool);
        next = 0;
      }
      next += length;
      return pool.slice(next - length, next);
    },
  };
}

/** The machine's cryptographic generator. */
export const systemRandom: Random = createPooledRandom((bytes) => void crypto.getRandomValues(bytes));

/** Digits of ids, in the order of their character codes. */
export const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CODES = Buffer.from(BASE62, "latin1");

/** `length` characters of `[0-9A-Za-z]`; 24 characters hold about 142 bits. */
export function randomId(random: Random, length = 24): string {
  const id = Buffer.allocUnsafe(length);
  fillWithDigits(random, id, 0);
  return id.toString("latin1");
}

/** Writes random digits from `from` to the end: a text that grows digit by digit would be a chain of as many pieces. */
export function fillWithDigits(random: Random, id: Buffer, from: number): void {
  // Modulo favours the first eight letters by 1 in 62: no matter for the entropy that ids need.
  for (let at = from; at < id.length; at++) id[at] = CODES[random.byte() % 62] as number;
}

/** `length` hex digits, not all of them 0. */
export function randomHex(random: Random, length: number): string {
  let text = "";
  for (let at = 0; at < length; at += 2) text += random.byte().toString(16).padStart(2, "0");
  return /^0*$/.test(text) ? `${text.slice(0, -1)}1` : text.slice(0, length);
}
