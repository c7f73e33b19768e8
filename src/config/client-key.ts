// Keys that clients authenticate with: only their SHA-256 is kept, with a label that people recognise.

import { maskSecret } from "../lib/secret.ts";

/** SHA-256 of the whole key, lower-case hex; what a key from a request is looked up by. */
export function hashClientKey(key: string): string {
  return new Bun.CryptoHasher("sha256").update(key).digest("hex");
}

/** How a key is shown once it is no longer known: `sk-abcde…wxyz`. */
export function labelClientKey(key: string): string {
  return maskSecret(key);
}
