// A request's headers copied out once: the server's own header object costs a crossing per look-up.

import type { ClientHeaders } from "../upstream/build-call.ts";

/** Copies the headers; names are looked up in lower case, repeated ones are joined with ", ". */
export function createPlainHeaders(headers: Headers): ClientHeaders {
  const values = new Map<string, string>();
  headers.forEach((value, name) => {
    values.set(name, value);
  });
  return { get: (name) => values.get(name) ?? null };
}
