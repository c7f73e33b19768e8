// Which extra request headers an upstream may be given, and what their values may hold.

/** Names that the gateway or its transport sets itself: authentication, hop-by-hop, length, encoding and type. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...["authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "proxy-authorization"],
  ...[
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ],
  ...["host", "content-length", "content-type", "content-encoding", "accept-encoding", "expect"],
]);

const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const VALUE = /^[\x20-\x7e]{0,4096}$/;
const SECRET_NAME = /key|token|secret|auth|password|cookie/;

/** What a header name has to be, or null when `name` (lower case) is allowed. */
export function headerNameFault(name: string): string | null {
  if (!NAME.test(name)) return "a header name of letters, digits and dashes";
  if (FORBIDDEN.has(name)) return "a header that the gateway does not set itself";
  return null;
}

/** As `headerNameFault`, for the collector of traces and metrics: there, authentication is the operator's to set. */
export function collectorHeaderFault(name: string): string | null {
  if (!NAME.test(name)) return "a header name of letters, digits and dashes";
  const isOurs = FORBIDDEN.has(name) && !isSecretName(name);
  return isOurs ? "a header that the gateway does not set itself" : null;
}

/** What a header value has to be, or null when `value` (trimmed) is allowed. */
export function headerValueFault(value: string): string | null {
  return VALUE.test(value) ? null : "up to 4096 printable ASCII characters on one line";
}

/** Whether a header or field of this name is likely to hold a credential. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.toLowerCase());
}
