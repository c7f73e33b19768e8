// The HTTP side of an upstream call: URL, authentication, which client headers go along.

import type { UpstreamConfig } from "../config/config.ts";
import type { Protocol } from "../protocols/protocol.ts";
import { PROTOCOLS } from "../protocols/registry.ts";

/** What an upstream's calls have in common, worked out once per configuration object. */
interface Prepared {
  readonly base: URL;
  /** Finished URLs by path and query; a handful, as only a model in the path makes them differ. */
  readonly urls: Map<string, URL>;
  /** Authentication and configured headers by key. */
  readonly headers: Map<string, Readonly<Record<string, string>>>;
}

const MAX_URLS = 64;

/** A cache on immutable snapshots, not state: entries go with their configuration. */
const prepared = new WeakMap<UpstreamConfig, Prepared>();

function prepare(upstream: UpstreamConfig): Prepared {
  let known = prepared.get(upstream);
  if (!known) {
    known = { base: baseOf(upstream), urls: new Map(), headers: new Map() };
    prepared.set(upstream, known);
  }
  return known;
}

/** The base URL without the path of the endpoint for answers, which people copy along from documentation. */
function baseOf({ baseUrl, protocol }: UpstreamConfig): URL {
  const base = new URL(baseUrl);
  const endpoint = PROTOCOLS[protocol].upstreamPath("generate", "model", false)?.path;
  const path = base.pathname.replace(/\/$/, "");
  if (endpoint && path.endsWith(endpoint)) base.pathname = path.slice(0, -endpoint.length);
  return base;
}

/**
 * Joins base URL, endpoint path and query. A base URL that already ends with the endpoint is not doubled, as in
 * the seed. `path` begins with `/` and is percent-encoded; the query goes without `?`.
 */
export function buildUrl(upstream: UpstreamConfig, path: string, query: string): URL {
  const { base, urls } = prepare(upstream);
  const id = query === "" ? path : `${path}?${query}`;
  const known = urls.get(id);
  if (known) return known;
  const prefix = base.pathname.endsWith("/") ? base.pathname.slice(0, -1) : base.pathname;
  const url = new URL(base);
  url.pathname = prefix.endsWith(path) ? prefix : prefix + path;
  url.search = query;
  if (urls.size >= MAX_URLS) urls.clear();
  urls.set(id, url);
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
 * Headers of an upstream call, lower case: the protocol's, the call's, the client's as far as the protocol lets them
 * pass (towards the same protocol only), then authentication and configured ones, which nothing can replace.
 */
export function buildHeaders(
  protocol: Protocol,
  upstream: UpstreamConfig,
  key: string,
  callHeaders: Readonly<Record<string, string>>,
  client: ClientHeaders | null,
): Record<string, string> {
  const fixed = fixedHeaders(protocol, upstream, key);
  const headers: Record<string, string> = { "content-type": "application/json", ...fixed, ...callHeaders };
  if (client) {
    for (const name of protocol.forwardHeaders) {
      const value = client.get(name);
      if (value && !isAuthentication(name) && isHeaderValue(value)) headers[name] = value;
    }
  }
  for (const [name, value] of upstream.headers) headers[name] = value;
  return headers;
}

function fixedHeaders(protocol: Protocol, upstream: UpstreamConfig, key: string): Readonly<Record<string, string>> {
  const { headers } = prepare(upstream);
  let known = headers.get(key);
  if (!known) {
    const isAuto = upstream.auth === "auto";
    known = {
      ...protocol.upstreamHeaders(isAuto ? key : "", upstream.baseUrl, upstream.quirks),
      ...(isAuto || key === "" ? {} : authHeader(upstream.auth, key)),
    };
    headers.set(key, known);
  }
  return known;
}

/** Headers that a client may never set, whatever a protocol lists. */
function isAuthentication(name: string): boolean {
  return name === "authorization" || name === "x-api-key" || name === "x-goog-api-key" || name === "api-key";
}

function authHeader(style: UpstreamConfig["auth"], key: string): Record<string, string> {
  switch (style) {
    case "bearer":
      return { authorization: `Bearer ${key}` };
    case "auto":
    case "none":
      return {};
    default:
      return { [style]: key };
  }
}

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a client's header may be passed on as it is. */
export function isHeaderValue(value: string): boolean {
  // Printable ASCII, tab and obs-text: what HTTP allows in a field value.
  return value.length <= 8192 && HEADER_VALUE.test(value);
}
