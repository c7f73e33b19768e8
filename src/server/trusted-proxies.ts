// The address of who sends a request, seen through proxies that the operator trusts to tell it.

import { BlockList, isIP } from "node:net";
import type { ClientHeaders } from "../upstream/build-call.ts";

/** Hops that are looked at; a chain of proxies is short. */
const MAX_HOPS = 20;

// A cache on immutable snapshots, not state: entries go with their configuration.
const trusted = new WeakMap<readonly string[], BlockList>();

/**
 * The socket's other end, or, where that is one of the trusted proxies, the last address in `X-Forwarded-For` that is
 * none of them: each proxy appends whom it got the request from, so whatever a client has written itself stands before
 * that. An entry that is no address ends the search at the proxy that passed it on. `proxies` as in the configuration.
 */
export function clientAddress(peerAddress: string, headers: ClientHeaders, proxies: readonly string[]): string {
  if (proxies.length === 0) return peerAddress;
  let address = peerAddress;
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").slice(-MAX_HOPS);
  for (let at = hops.length - 1; at >= 0 && isTrusted(address, proxies); at--) {
    const hop = bareAddress(hops[at] as string);
    if (isIP(hop) === 0) break;
    address = hop;
  }
  return address;
}

function isTrusted(address: string, proxies: readonly string[]): boolean {
  let list = trusted.get(proxies);
  if (!list) {
    list = compile(proxies);
    trusted.set(proxies, list);
  }
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}

function compile(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = "", prefix] = proxy.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

/** Without the port that some proxies write: `1.2.3.4:567`, `[::1]:567`. */
function bareAddress(text: string): string {
  const hop = text.trim();
  return /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
}
