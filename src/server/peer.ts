// Whether a request comes from this machine and nobody else's: the ground for what needs no key.

import type { ClientHeaders } from "../upstream/build-call.ts";

/** Who sends a request to the administrator's routes. */
export interface Peer {
  /** The socket's other end, or whom a trusted proxy there names; see trusted-proxies.ts. */
  readonly address: string;
  /** This machine, and nothing in between, not even a trusted proxy; see `isLocalRequest`. */
  readonly isLocal: boolean;
  /** Port that took the request. */
  readonly port: number;
  /** The connection is encrypted up to this program. */
  readonly isTls: boolean;
}

/** Headers that a proxy in between adds; a request that has one is not local, whatever its peer address. */
const PROXY_HEADERS = [
  ...["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "x-client-ip", "via"],
  ...["cf-connecting-ip", "cf-ray", "true-client-ip", "tailscale-user-login"],
];

/** Loopback peer, no proxy in between, and a host name that cannot be rebound. */
export function isLocalRequest(peerAddress: string | undefined, headers: ClientHeaders): boolean {
  if (!isLoopback(peerAddress)) return false;
  for (const name of PROXY_HEADERS) if (headers.get(name) !== null) return false;
  return isLocalHost(headers.get("host"));
}

/** 127/8, ::1, ::ffff:127/104; an unknown address (unix socket) counts as loopback only when it is "". */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.startsWith("::ffff:") ? address.slice(7) : address;
  return plain === "::1" || plain === "" || /^127\.\d+\.\d+\.\d+$/.test(plain);
}

/** `localhost`, `*.localhost`, `127.x.x.x`, `[::1]`, with or without port. */
export function isLocalHost(host: string | null): boolean {
  if (!host) return false;
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(name);
}
