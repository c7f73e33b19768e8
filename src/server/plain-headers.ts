// A request's headers copied out once: the server's own header object costs a crossing per look-up.

import type { ClientHeaders } from "../upstream/build-call.ts";

/** Copies the headers; names are looked up in lower case, repeated ones are joined with ", ". */
export function createPlainHeaders(headers: Headers): ClientHeaders {
  // Bun's own method, in one crossing: half the price of `forEach` for the 16 headers of an SDK (1.6 against 3.1 us).
  const values: Readonly<Record<string, unknown>> = headers.toJSON();
  return {
    get: (name) => {
      const value = values[name];
      // Names that every object has are no headers.
      return typeof value === "string" ? value : null;
    },
  };
}
