// Short deterministic names for values that are too long or hold characters a server refuses.

import { createHash } from "node:crypto";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** SHA-256 in 64 hexadecimal digits. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** `length` letters and digits that depend on nothing but the text. */
export function letters(text: string, length: number): string {
  const bytes = createHash("sha256").update(text).digest();
  let out = "";
  for (let i = 0; i < length; i++) out += BASE62[(bytes[i] ?? 0) % 62];
  return out;
}

/**
 * The text if it holds only `[a-zA-Z0-9_-]` and at most `limit` characters; otherwise the same with other
 * characters replaced by `_`, cut, and eight digits of a hash of the original, so that different texts stay different.
 */
export function safeName(text: string, limit: number): string {
  if (text.length <= limit && text !== "" && /^[a-zA-Z0-9_-]+$/.test(text)) return text;
  const cleaned = text.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, limit - 9);
  return `${cleaned}_${sha256Hex(text).slice(0, 8)}`;
}
