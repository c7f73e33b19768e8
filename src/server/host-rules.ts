// What a Host header may be: its syntax, and the names under which the administrator's routes answer.

import { isLocalHost } from "./peer.ts";

/** Letters, digits, dots, dashes and underscores, or an address in brackets; a port may follow. */
const HOST = /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** Whether a Host header names one host. False for repeated headers, which the runtime joins with a comma. */
export function isValidHost(host: string): boolean {
  return HOST.test(host);
}

/** A Host header without its port, in lower case. */
export function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

/**
 * Whether the administrator's routes answer under this Host header. A page can make a name of its own resolve to any
 * address, this machine's included (DNS rebinding), but it cannot choose what the browser then sends as Host: addresses
 * and local names are safe, every other name has to be in `allowed` (lower case, without ports; `*.example.com` stands
 * for all names below it).
 */
export function isAllowedHost(host: string | null, allowed: readonly string[]): boolean {
  if (host === null || !isValidHost(host)) return false;
  const name = hostNameOf(host);
  if (isLocalHost(host) || name.startsWith("[") || isIpv4(name)) return true;
  return allowed.some((entry) => (entry.startsWith("*.") ? name.endsWith(entry.slice(1)) : name === entry));
}

function isIpv4(name: string): boolean {
  return IPV4.test(name) && name.split(".").every((part) => Number(part) <= 255);
}
