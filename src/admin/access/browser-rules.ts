// What browsers may do at the administrator's routes: nothing for pages of other sites, and no change without proof that
// our own page wants it.

import { hostNameOf } from "../../server/host-rules.ts";

/** Methods that change nothing; everything else does. */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** Set by our page; a page of another site would have to ask for permission first, which it does not get. */
export const CSRF_HEADER = "x-apirouter-csrf";

export function changesSomething(request: Request): boolean {
  return !SAFE.has(request.method);
}

/**
 * Whether a page of another site sends this. `allowedHosts` are the names under which the gateway is reached through a
 * proxy that puts another Host in place of them.
 */
export function isForeignPage(request: Request, allowedHosts: readonly string[]): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = request.headers.get("origin");
  if (origin === null) return false;
  const host = origin.replace(/^https?:\/\//, "");
  return host === origin || (host !== request.headers.get("host") && !allowedHosts.includes(hostNameOf(host)));
}

/** Whether a change that a cookie would authorise carries the proof that our own page asked for it. */
export function hasCsrfProof(request: Request): boolean {
  return (request.headers.get(CSRF_HEADER) ?? "") !== "";
}
