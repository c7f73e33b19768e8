// Tool-call ids in the form that the other side accepts; calls and results go through the same function.

import type { Dialect } from "./dialect.ts";
import { letters, safeName } from "./digest.ts";

/** Longest id that api.openai.com accepts in chat. */
const OPENAI_LIMIT = 40;
/** What clients accept (clients.md §7). */
const CLIENT_LIMIT = 64;

/** The id for an upstream. Deterministic; unchanged where the server accepts it. */
export function upstreamToolId(id: string, style: Dialect["toolIds"]): string {
  switch (style) {
    case "openai":
      return safeName(id, OPENAI_LIMIT);
    case "mistral":
      // Mistral accepts exactly nine letters and digits.
      return /^[a-zA-Z0-9]{9}$/.test(id) ? id : letters(id, 9);
    case "any":
      return id;
  }
}

/** The id for a client: `^[a-zA-Z0-9_-]{1,64}$`. */
export function clientToolId(id: string): string {
  return safeName(id, CLIENT_LIMIT);
}
