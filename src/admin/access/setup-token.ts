// The one-time token with which another machine claims a fresh installation: printed where only its owner reads.

import { timingSafeEqual } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";

const LIFE_MS = 30 * 60_000;
const MAX_TRIES = 5;
/** 128 bits, five to a character. */
const LENGTH = 26;
/** No letters that are taken for digits when they are read aloud or copied by hand. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

export interface SetupToken {
  /** Makes a token and has it printed, unless the latest one still holds. */
  ensure(): void;
  /** Compares; a wrong try counts, and after five a new token is printed. */
  check(given: string): "right" | "wrong" | "expired";
  /** No token holds any longer. */
  discard(): void;
}

export interface SetupTokenOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Shows a new token to whoever reads the console or the journal. */
  readonly print: (token: string) => void;
}

/** Creates the keeper; only the token's hash is kept. */
export function createSetupToken(options: SetupTokenOptions): SetupToken {
  let current: { hash: Uint8Array; untilMs: number; triesLeft: number } | undefined;

  function issue(): void {
    const token = mint(options.random);
    current = { hash: hashOf(token), untilMs: options.clock.monotonicMs() + LIFE_MS, triesLeft: MAX_TRIES };
    options.print(token);
  }

  function holds(): boolean {
    return current !== undefined && options.clock.monotonicMs() < current.untilMs;
  }

  return {
    ensure() {
      if (!holds()) issue();
    },
    check(given) {
      if (!current || !holds()) {
        issue();
        return "expired";
      }
      if (timingSafeEqual(hashOf(given), current.hash)) return "right";
      current.triesLeft -= 1;
      if (current.triesLeft === 0) issue();
      return "wrong";
    },
    discard() {
      current = undefined;
    },
  };
}

/** `xxxxx-xxxxx-xxxxx-xxxxx-xxxxxx` */
function mint(random: Random): string {
  let text = "";
  for (let at = 0; at < LENGTH; at++) text += ALPHABET[random.byte() & 31];
  return text.replace(/^(.{5})(.{5})(.{5})(.{5})/, "$1-$2-$3-$4-");
}

/** Case, dashes and blanks do not matter, nor do the letters that look like digits. */
function hashOf(token: string): Uint8Array {
  const plain = token.slice(0, 256).toLowerCase().replace(/[\s-]/g, "").replaceAll("o", "0").replace(/[il]/g, "1");
  return new Bun.CryptoHasher("sha256").update(plain).digest();
}
