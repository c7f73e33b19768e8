// The session's cookie: its name, its flags, and reading it back.

import type { Peer } from "../../server/peer.ts";

/**
 * Whether the browser talks TLS, to us or to the proxy before us. A client that claims TLS without having it only makes
 * its own browser keep the cookie to itself.
 */
export function isSecure(request: Request, peer: Peer): boolean {
  return peer.isTls || request.headers.get("x-forwarded-proto")?.split(",")[0]?.trim() === "https";
}

/**
 * The cookie's name. Cookies are shared by all ports of a host, so the port is part of it; `__Host-` makes browsers
 * insist on TLS, this host and the whole path.
 */
function cookieName(secure: boolean, port: number): string {
  return `${secure ? "__Host-" : ""}apirouter_session_${port}`;
}

/** The value of our cookie; undefined when there is none. Only the name that fits the connection counts. */
export function readCookie(request: Request, peer: Peer): string | undefined {
  const header = request.headers.get("cookie");
  if (header === null || header.length > 16_384) return undefined;
  const name = cookieName(isSecure(request, peer), peer.port);
  for (const part of header.split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}

/** `Set-Cookie` for a token; `maxAgeSeconds` undefined keeps it until the browser closes, `token` "" removes it. */
export function writeCookie(request: Request, peer: Peer, token: string, maxAgeSeconds: number | undefined): string {
  const secure = isSecure(request, peer);
  const parts = [`${cookieName(secure, peer.port)}=${token}`, "Path=/", "HttpOnly", "SameSite=Strict"];
  if (secure) parts.push("Secure");
  if (token === "") parts.push("Max-Age=0");
  else if (maxAgeSeconds !== undefined) parts.push(`Max-Age=${maxAgeSeconds}`);
  return parts.join("; ");
}
