// Makes guessing slow: wrong tries of one peer wait longer and longer, those of all peers together are few per minute.
// Nobody is ever locked out for good, and this machine has a bucket of its own that no stranger can fill.

import type { Clock } from "../../lib/clock.ts";
import type { Peer } from "../../server/peer.ts";

const FREE_TRIES = 5;
const MAX_WAIT_MS = 60_000;
/** Wrong tries of all other machines together within a minute. */
const MAX_REMOTE_PER_MINUTE = 30;
const MINUTE_MS = 60_000;
/** Peers remembered; the longest silent one is forgotten first. */
const MAX_PEERS = 10_000;
/** Silence after which a peer's failures are forgotten. */
const FORGET_MS = 3_600_000;

export interface LoginThrottle {
  /** How long this peer has to wait before its next try, milliseconds; 0 when it may try now. */
  waitMs(peer: Peer): number;
  failed(peer: Peer): void;
  /** Forgets the peer's failures, and lets it past the limit of all peers for an hour. */
  succeeded(peer: Peer): void;
  /** Peers remembered, for tests of the bound. */
  readonly size: number;
}

interface Entry {
  failures: number;
  blockedUntilMs: number;
  seenMs: number;
  isKnown: boolean;
}

/** Creates the throttle; everything is forgotten with the process. */
export function createLoginThrottle(clock: Clock): LoginThrottle {
  const entries = new Map<string, Entry>();
  /** Times of remote failures, oldest first, at most MAX_REMOTE_PER_MINUTE. */
  const recent: number[] = [];

  function find(peer: Peer): Entry | undefined {
    const entry = entries.get(peerKey(peer));
    return entry && clock.monotonicMs() - entry.seenMs < FORGET_MS ? entry : undefined;
  }

  function touch(peer: Peer): Entry {
    const key = peerKey(peer);
    const entry = find(peer) ?? { failures: 0, blockedUntilMs: 0, seenMs: 0, isKnown: false };
    entry.seenMs = clock.monotonicMs();
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size > MAX_PEERS) forgetOldest();
    return entry;
  }

  /** A tenth at a time: finding the first entry of a map that always loses its first entry is slow. */
  function forgetOldest(): void {
    let left = MAX_PEERS / 10;
    for (const key of entries.keys()) {
      if (left-- <= 0) return;
      entries.delete(key);
    }
  }

  return {
    waitMs(peer) {
      const now = clock.monotonicMs();
      const entry = find(peer);
      const own = Math.max(0, (entry?.blockedUntilMs ?? 0) - now);
      if (peer.isLocal || entry?.isKnown === true) return own;
      const oldest = recent[0];
      const shared = recent.length < MAX_REMOTE_PER_MINUTE || oldest === undefined ? 0 : oldest + MINUTE_MS - now;
      return Math.max(own, shared, 0);
    },
    failed(peer) {
      const entry = touch(peer);
      entry.failures += 1;
      const over = entry.failures - FREE_TRIES;
      if (over > 0) entry.blockedUntilMs = clock.monotonicMs() + Math.min(MAX_WAIT_MS, 1000 * 2 ** (over - 1));
      if (peer.isLocal) return;
      recent.push(clock.monotonicMs());
      if (recent.length > MAX_REMOTE_PER_MINUTE) recent.shift();
    },
    succeeded(peer) {
      const entry = touch(peer);
      entry.failures = 0;
      entry.blockedUntilMs = 0;
      entry.isKnown = true;
    },
    get size() {
      return entries.size;
    },
  };
}

/**
 * What counts as one peer: this machine, an IPv4 address, or an IPv6 network of 64 bits, since one household or server
 * commands all addresses of such a network.
 */
export function peerKey(peer: Peer): string {
  if (peer.isLocal) return "local";
  const address = peer.address.toLowerCase().replace(/%.*$/, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return address.includes(":") ? firstHalf(address) : address;
}

/** The first four groups of an IPv6 address. */
function firstHalf(address: string): string {
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
