// The HTTP side of an upstream call: URL, authentication, which client headers go along.

import type { UpstreamConfig } from "../config/config.ts";
import type { Protocol } from "../protocols/protocol.ts";

/** Base URLs parsed once per configuration object. A cache on immutable snapshots, not state. */
const parsedBase = new WeakMap<UpstreamConfig, URL>();

/** The upstream's base URL, parsed. */
export function baseUrlOf(upstream: UpstreamConfig): URL {
  let url = parsedBase.get(upstream);
  if (!url) {
    url = new URL(upstream.baseUrl);
    parsedBase.set(upstream, url);
  }
  return url;
}

/**
 * Joins base URL, endpoint path and query. A base URL that already ends with the endpoint is not doubled, as in
 * the seed. `path` begins with `/` and is percent-encoded; the query goes without `?`.
 */
export function buildUrl(upstream: UpstreamConfig, path: string, query: string): URL {
  const base = baseUrlOf(upstream);
  const prefix = base.pathname.endsWith("/") ? base.pathname.slice(0, -1) : base.pathname;
  const url = new URL(base);
  url.pathname = prefix.endsWith(path) ? prefix : prefix + path;
  url.search = query;
  return url;
}

/** Joins two query strings (without `?`), leaving out the client's key and the names that `own` sets already. */
export function joinQuery(own: string, client: string): string {
  if (client === "") return own;
  const taken = new Set(own.split("&").map((pair) => pair.split("=")[0]));
  const kept = client.split("&").filter((pair) => {
    const name = pair.split("=")[0];
    return pair !== "" && name !== "key" && !taken.has(name);
  });
  return [own, ...kept].filter((part) => part !== "").join("&");
}

/** What the request brings along from the client. */
export interface ClientHeaders {
  get(name: string): string | null;
}

/**
 * Headers of an upstream call, lower case. Client headers come first, so that nothing of theirs can replace
 * authentication; only the protocol's list passes, and only towards an upstream of the same protocol.
 */
export function buildHeaders(
  protocol: Protocol,
  upstream: UpstreamConfig,
  key: string,
  callHeaders: Readonly<Record<string, string>>,
  client: ClientHeaders | null,
): Record<string, string> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  Object.assign(
    headers,
    protocol.upstreamHeaders(upstream.auth === "auto" ? key : "", upstream.baseUrl, upstream.quirks),
    callHeaders,
  );
  if (client) {
    for (const name of protocol.forwardHeaders) {
      const value = client.get(name);
      if (value && isHeaderValue(value)) headers[name] = value;
    }
  }
  if (upstream.auth !== "auto" && key !== "") Object.assign(headers, authHeader(upstream.auth, key));
  for (const [name, value] of upstream.headers) headers[name] = value;
  return headers;
}

function authHeader(style: Exclude<UpstreamConfig["auth"], "auto">, key: string): Record<string, string> {
  switch (style) {
    case "bearer":
      return { authorization: `Bearer ${key}` };
    case "none":
      return {};
    default:
      return { [style]: key };
  }
}

function isHeaderValue(value: string): boolean {
  // Printable ASCII, tab and obs-text: what HTTP allows in a field value.
  return value.length <= 8192 && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
