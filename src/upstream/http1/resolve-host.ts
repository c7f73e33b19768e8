// Host names to addresses: simultaneous questions are asked once, answers are kept for a few seconds, failures never.

import { lookup as systemLookup } from "node:dns";
import { isIP } from "node:net";
import type { Clock } from "../../lib/clock.ts";

/** Answers with at least one IP address in order of preference, or with an error. May answer synchronously. */
export type Lookup = (hostname: string, done: (error: Error | null, addresses: readonly string[]) => void) => void;

const KEEP_MS = 5_000;
const MAX_KEPT = 1_000;

interface Answer {
  readonly addresses: readonly string[];
  readonly expiresMs: number;
}

/**
 * Puts the cache and the order of attempts around `lookup` (default: the system's resolver). IP literals are answered
 * at once; other names get their families interleaved, so that a dead IPv6 route costs one attempt and not all.
 */
export function createHostResolver(clock: Clock, lookup: Lookup = lookupBySystem): Lookup {
  const answers = new Map<string, Answer>();
  const waiting = new Map<string, Parameters<Lookup>[1][]>();

  function settle(hostname: string, error: Error | null, addresses: readonly string[]): void {
    const callbacks = waiting.get(hostname) ?? [];
    waiting.delete(hostname);
    const ordered = interleaveFamilies(addresses);
    if (error === null && ordered.length > 0) {
      if (answers.size >= MAX_KEPT) answers.clear();
      answers.set(hostname, { addresses: ordered, expiresMs: clock.monotonicMs() + KEEP_MS });
    }
    const failure = error ?? (ordered.length === 0 ? new Error("no address") : null);
    for (const done of callbacks) done(failure, ordered);
  }

  return (hostname, done) => {
    if (isIP(hostname) !== 0) return done(null, [hostname]);
    const known = answers.get(hostname);
    if (known !== undefined && clock.monotonicMs() < known.expiresMs) return done(null, known.addresses);
    const callbacks = waiting.get(hostname);
    if (callbacks !== undefined) {
      callbacks.push(done);
      return;
    }
    waiting.set(hostname, [done]);
    lookup(hostname, (error, addresses) => settle(hostname, error, addresses));
  };
}

/** The system's order decides which family is first; after that they alternate (RFC 8305, section 4). */
function interleaveFamilies(addresses: readonly string[]): readonly string[] {
  if (addresses.length < 2) return addresses;
  const firstFamily = isIP(addresses[0]!);
  const preferred = addresses.filter((address) => isIP(address) === firstFamily);
  const others = addresses.filter((address) => isIP(address) !== firstFamily);
  const ordered: string[] = [];
  for (let i = 0; i < Math.max(preferred.length, others.length); i++) {
    if (i < preferred.length) ordered.push(preferred[i]!);
    if (i < others.length) ordered.push(others[i]!);
  }
  return ordered;
}

function lookupBySystem(hostname: string, done: (error: Error | null, addresses: readonly string[]) => void): void {
  systemLookup(hostname, { all: true }, (error, entries) => {
    done(error, error === null ? entries.map((entry) => entry.address) : []);
  });
}
