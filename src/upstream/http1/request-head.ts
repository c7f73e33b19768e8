// The text of a request head. Refuses every character that could end a line early, so that nothing a client or a
// configuration supplies can add a header or a second request.

import type { TransportRequest } from "../transport.ts";

/** Headers the transport writes itself or must not pass on; a caller's value for them is left out. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Header text is written as latin1: a character above U+00FF would lose its high byte and could become a line end. */
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** How a plain-http request to a proxy differs: absolute target and, where the proxy wants one, a password. */
export interface ForwardProxy {
  /** `proxy-authorization` value, null for none. */
  readonly authorization: string | null;
}

/**
 * Builds the head, ending in its empty line, one byte per character. A body gives `content-length`, and so does its
 * absence for methods that usually have one. Throws a TypeError (naming the header, never its value) for a header name
 * that is not a token or a value with control characters or characters above U+00FF.
 */
export function requestHead(request: TransportRequest, forwardProxy: ForwardProxy | null): string {
  const { method, url, headers, body } = request;
  const target = url.pathname + url.search;
  let head =
    forwardProxy === null
      ? `${method} ${target} HTTP/1.1\r\nhost: ${url.host}\r\n`
      : `${method} ${url.origin}${target} HTTP/1.1\r\nhost: ${url.host}\r\n`;
  for (const name in headers) {
    if (OWN_HEADERS.has(name)) continue;
    const value = headers[name]!;
    if (!TOKEN.test(name)) throw new TypeError("request header: expected a token as name");
    if (FORBIDDEN_IN_VALUE.test(value)) throw new TypeError(`request header ${name}: value has a forbidden character`);
    head += `${name}: ${value}\r\n`;
  }
  if (forwardProxy !== null && forwardProxy.authorization !== null) {
    head += `proxy-authorization: ${forwardProxy.authorization}\r\n`;
  }
  if (body !== null) head += `content-length: ${body.length}\r\n`;
  else if (method === "POST" || method === "PUT" || method === "PATCH") head += "content-length: 0\r\n";
  return `${head}accept-encoding: identity\r\nconnection: keep-alive\r\n\r\n`;
}

/** `proxy-authorization` for the user and password in a proxy's URL, null where it has none. */
export function proxyAuthorization(proxy: URL): string | null {
  if (proxy.username === "" && proxy.password === "") return null;
  const credentials = `${decode(proxy.username)}:${decode(proxy.password)}`;
  return `Basic ${Buffer.from(credentials, "utf8").toString("base64")}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare percent sign: the user meant it literally.
    return text;
  }
}
