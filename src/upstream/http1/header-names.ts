// Response header names as servers usually spell them, mapped to lower case: most lines then need no validation and no
// case folding. Purely a speed-up; any other name is handled by the parser.

const COMMON = [
  "Accept-Ranges",
  "Age",
  "Alt-Svc",
  "Cache-Control",
  "CF-Cache-Status",
  "CF-RAY",
  "Connection",
  "Content-Disposition",
  "Content-Encoding",
  "Content-Length",
  "Content-Security-Policy",
  "Content-Type",
  "Date",
  "ETag",
  "Expires",
  "Keep-Alive",
  "Last-Modified",
  "Location",
  "Referrer-Policy",
  "Request-Id",
  "Retry-After",
  "Server",
  "Server-Timing",
  "Set-Cookie",
  "Strict-Transport-Security",
  "Transfer-Encoding",
  "Vary",
  "Via",
  "WWW-Authenticate",
  "X-Content-Type-Options",
  "X-Frame-Options",
  "X-Powered-By",
  "X-RateLimit-Limit-Requests",
  "X-RateLimit-Limit-Tokens",
  "X-RateLimit-Remaining-Requests",
  "X-RateLimit-Remaining-Tokens",
  "X-RateLimit-Reset-Requests",
  "X-RateLimit-Reset-Tokens",
  "X-Request-Id",
  "X-XSS-Protection",
];

/** Wire spelling to lower case, for each common name as listed and in lower case. */
export const KNOWN_HEADER_NAMES: ReadonlyMap<string, string> = new Map(
  COMMON.flatMap((name) => [
    [name, name.toLowerCase()],
    [name.toLowerCase(), name.toLowerCase()],
  ]),
);
