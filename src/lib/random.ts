// Randomness as an argument, and the ids made from it.

/** A source of random bytes. */
export interface Random {
  /** Fills and returns a new array of `length` bytes. */
  bytes(length: number): Uint8Array;
}

/** The machine's cryptographic generator. */
export const systemRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** `length` characters of `[0-9A-Za-z]`; 24 characters hold about 142 bits. */
export function randomId(random: Random, length = 24): string {
  const bytes = random.bytes(length);
  let id = "";
  for (const byte of bytes) id += BASE62[byte % 62];
  return id;
}
