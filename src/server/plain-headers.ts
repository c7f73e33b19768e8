// A request's headers copied out once: the server's own header object costs a crossing per look-up.

import type { ClientHeaders } from "../upstream/build-call.ts";

/** Copies the headers; names are looked up in lower case. */
export function createPlainHeaders(headers: Headers): ClientHeaders {
  const values = headers.toJSON() as Record<string, string>;
  return { get: (name) => values[name] ?? null };
}
