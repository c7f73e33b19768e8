// Which browser pages may use the API routes.

import type { Config } from "../config/config.ts";
import type { ClientHeaders } from "../upstream/build-call.ts";
import { isLocalHost } from "./peer.ts";

const EXPOSED = "request-id, x-request-id, retry-after, retry-after-ms, x-should-retry";

/**
 * CORS headers for an answer on an API route, or undefined for none. With access control on, any page may call: it
 * needs a key. With it off there are none, so that a page on the web cannot spend the owner's money, but for the origins
 * that the operator has named.
 */
export function corsHeaders(config: Config, headers: ClientHeaders): Record<string, string> | undefined {
  const origin = headers.get("origin");
  if (origin === null) return undefined;
  if (config.accessControlEnabled)
    return { "access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED };
  if (!isNamedOrigin(config, origin)) return undefined;
  return { "access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED, vary: "origin" };
}

/**
 * With access control off: whether a browser sends this on behalf of another site's page. Simple requests need no
 * preflight, so they have to be refused here.
 */
export function isForeignBrowser(config: Config, headers: ClientHeaders): boolean {
  if (config.accessControlEnabled) return false;
  if (isNamedOrigin(config, headers.get("origin"))) return false;
  const site = headers.get("sec-fetch-site");
  if (site === "cross-site" || site === "same-site") return true;
  const origin = headers.get("origin");
  if (origin === null) return false;
  return origin.replace(/^https?:\/\//, "") !== headers.get("host") || !isLocalHost(headers.get("host"));
}

function isNamedOrigin(config: Config, origin: string | null): boolean {
  return origin !== null && config.allowedOrigins.includes(origin.toLowerCase());
}
