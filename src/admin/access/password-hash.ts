// Hashes and checks the administrator's password. One computation at a time and few in the queue: each costs 19 MiB and
// a core for a while, which a flood of log-ins must not turn into a load that running answers feel.

import { timingSafeEqual } from "node:crypto";
import { SEED_PASSWORD_HASH } from "../../config/defaults.ts";

/** Checks that may wait, of this machine and of all others; beyond them the answer is "busy". */
const MAX_QUEUE = 10;
/** @source OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. */
const ARGON2 = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;

/** The argon2id string of a password, with a salt of its own. Runs beside the event loop. */
export function hashPassword(password: string): Promise<string> {
  return Bun.password.hash(password, ARGON2);
}

/**
 * Whether nobody has chosen a password yet: no hash, or the one of the seed's first password. Everything else, a damaged
 * hash as well, counts as chosen: it opens nothing.
 */
export function isFreshHash(storedHash: string): boolean {
  return storedHash === "" || storedHash.toLowerCase() === SEED_PASSWORD_HASH;
}

/** Whether a hash is of the seed's kind, to be replaced at the next log-in. */
export function isLegacyHash(storedHash: string): boolean {
  return /^[0-9a-f]{64}$/i.test(storedHash);
}

export interface PasswordChecker {
  /**
   * `busy` when too many checks wait already; `lane` keeps strangers from filling this machine's queue. `throttle` is
   * asked when the turn has come, `blocked` being the answer when it says no, and told of a wrong password before the
   * next turn begins.
   */
  check(
    password: string,
    storedHash: string,
    lane: "local" | "remote",
    throttle?: { isAllowed(): boolean; wrong(): void },
  ): Promise<"right" | "wrong" | "busy" | "blocked">;
  /** Hashes computed so far, for tests of the bounds. */
  readonly computedCount: number;
}

/** Creates the checker. `verify` computes one check and is replaced in tests only. */
export function createPasswordChecker(
  verify: (password: string, hash: string) => Promise<boolean> = matches,
): PasswordChecker {
  const waiting = { local: 0, remote: 0 };
  let turn: Promise<unknown> = Promise.resolve();
  let computedCount = 0;
  return {
    async check(password, storedHash, lane, throttle) {
      if (waiting[lane] >= MAX_QUEUE) return "busy";
      waiting[lane] += 1;
      const result = turn.then(async () => {
        if (throttle && !throttle.isAllowed()) return "blocked";
        computedCount += 1;
        if (await verify(password, storedHash === "" ? SEED_PASSWORD_HASH : storedHash)) return "right";
        throttle?.wrong();
        return "wrong";
      });
      // A check that failed must not stop the next one.
      turn = result.catch(() => undefined);
      try {
        return await result;
      } finally {
        waiting[lane] -= 1;
      }
    },
    get computedCount() {
      return computedCount;
    },
  };
}

async function matches(password: string, storedHash: string): Promise<boolean> {
  if (isLegacyHash(storedHash)) {
    const given = new Bun.CryptoHasher("sha256").update(password).digest();
    return timingSafeEqual(given, Buffer.from(storedHash, "hex"));
  }
  if (!storedHash.startsWith("$argon2id$")) return false; // no hash that we write: closed
  try {
    return await Bun.password.verify(password, storedHash);
  } catch {
    return false; // a hash that looks like one and is none: closed
  }
}
