// Takes a request's path and query apart, and refuses what no honest client sends. Routing and authentication both work
// on this one result, so that they can never disagree.

/** Path and query of a request. */
export interface RequestTarget {
  /** Begins with `/`; as the runtime gives it, which has resolved dot segments, encoded ones too, and nothing else. */
  readonly path: string;
  /** Without `?`; "" when there is none. */
  readonly query: string;
}

/**
 * Reads the target out of `Request.url`. Null for targets without a path (`CONNECT host:port`). An absolute target
 * (`GET http://other/path`) gives its path: the runtime puts our `Host` in place of the other one.
 * Without a usable `Host` header the runtime gives the bare path as the URL (Bun 1.4.5).
 */
export function readTarget(url: string): RequestTarget | null {
  let target = url;
  if (url.startsWith("http://") || url.startsWith("https://")) {
    const slash = url.indexOf("/", url.indexOf("//") + 2);
    target = slash < 0 ? "/" : url.slice(slash);
  }
  if (!target.startsWith("/")) return null;
  const queryAt = target.indexOf("?");
  return queryAt < 0
    ? { path: target, query: "" }
    : { path: target.slice(0, queryAt), query: target.slice(queryAt + 1) };
}
