// Checks the administrator's password, slowly enough that guessing does not pay.

import { timingSafeEqual } from "node:crypto";
import { SEED_PASSWORD_HASH } from "../config/defaults.ts";
import type { Clock } from "../lib/clock.ts";

const FREE_TRIES = 5;
const MAX_WAIT_MS = 60_000;
/** Checks that may wait for their turn; each costs memory and a core for a while. */
const MAX_QUEUE = 10;

export type AuthResult =
  | { readonly type: "ok" }
  | { readonly type: "wrong" }
  | { readonly type: "wait"; readonly retryAfterMs: number };

export interface AdminAuth {
  /** Checks a password against a stored hash. `isLocal` peers have a throttle of their own. */
  verify(password: string | null, storedHash: string, isLocal: boolean): Promise<AuthResult>;
}

interface Throttle {
  failures: number;
  blockedUntilMs: number;
}

/** Creates the checker. One hash is computed at a time; wrong tries wait longer and longer, never for ever. */
export function createAdminAuth(clock: Clock): AdminAuth {
  const throttles = { local: { failures: 0, blockedUntilMs: 0 }, remote: { failures: 0, blockedUntilMs: 0 } };
  let queue: Promise<unknown> = Promise.resolve();
  let queued = 0;

  function inTurn(check: () => Promise<boolean>): Promise<boolean> {
    queued += 1;
    const result = queue.then(check).finally(() => {
      queued -= 1;
    });
    queue = result.catch(() => undefined); // a failed check must not block the next one
    return result;
  }

  return {
    async verify(password, storedHash, isLocal) {
      const throttle: Throttle = isLocal ? throttles.local : throttles.remote;
      const now = clock.monotonicMs();
      if (now < throttle.blockedUntilMs) return { type: "wait", retryAfterMs: throttle.blockedUntilMs - now };
      if (!password || password.length > 256) return { type: "wrong" };
      if (queued >= MAX_QUEUE) return { type: "wait", retryAfterMs: 1000 };
      // A file without a hash has the default password, as in the seed; it opens nothing from outside.
      const hash = storedHash === "" ? SEED_PASSWORD_HASH : storedHash;
      const isUsable = isLocal || hash.toLowerCase() !== SEED_PASSWORD_HASH;
      const isRight = isUsable && (await inTurn(() => matches(password, hash)));
      if (isRight) {
        throttle.failures = 0;
        return { type: "ok" };
      }
      throttle.failures += 1;
      if (throttle.failures > FREE_TRIES) {
        throttle.blockedUntilMs =
          clock.monotonicMs() + Math.min(MAX_WAIT_MS, 1000 * 2 ** (throttle.failures - FREE_TRIES - 1));
      }
      return { type: "wrong" };
    },
  };
}

async function matches(password: string, storedHash: string): Promise<boolean> {
  if (/^[0-9a-f]{64}$/i.test(storedHash)) {
    const given = new Bun.CryptoHasher("sha256").update(password).digest();
    return timingSafeEqual(given, Buffer.from(storedHash, "hex"));
  }
  if (!storedHash.startsWith("$argon2")) return false; // no password, or one that nobody can have: closed
  return await Bun.password.verify(password, storedHash);
}
