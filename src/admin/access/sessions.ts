// Opens, checks and ends administrators' sessions. Time and randomness are arguments, the rows are in a store.

import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { SessionStore, StoredSession } from "../../store/session-store.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Silence that ends a session, without and with "remember me". */
const IDLE_MS = { short: 30 * MINUTE_MS, remembered: 7 * DAY_MS } as const;
/** When it ends in any case. */
export const ABSOLUTE_MS = 30 * DAY_MS;
/** A use is written down at most this often. */
const TOUCH_EVERY_MS = MINUTE_MS;
const MAX_USER_AGENT = 200;

/** A session that holds. */
export interface Session {
  /** For people and for the routes that end one; not the cookie's value. */
  readonly id: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** When it ends if it is not used again. */
  readonly expiresAt: number;
  readonly peer: string;
  readonly userAgent: string;
}

export interface Sessions {
  /** Opens one and returns the cookie's value, which is kept nowhere. */
  open(options: OpenOptions): { readonly token: string; readonly session: Session };
  /** The session of a cookie's value; undefined when there is none, or it has ended. `isUse` prolongs it. */
  find(token: string | undefined, passwordMark: string, isUse: boolean): Session | undefined;
  list(passwordMark: string): Session[];
  end(id: string): boolean;
  /** Ends all, or all but one; returns how many. */
  endAll(exceptId?: string): number;
  /** The same password is stored in another form now. */
  moveMark(from: string, to: string): void;
}

export interface OpenOptions {
  readonly passwordMark: string;
  readonly isRemembered: boolean;
  readonly peer: string;
  readonly userAgent: string;
}

/** What ties sessions to a password: they end when the stored hash becomes another one, by whatever hand. */
export function passwordMark(storedHash: string): string {
  return sha256(`mark:${storedHash}`);
}

export function createSessions(store: SessionStore, clock: Clock, random: Random): Sessions {
  function holds(stored: StoredSession, mark: string): boolean {
    if (stored.passwordMark !== mark) return false;
    const now = clock.wallMs();
    // A clock that was set back must not make sessions immortal.
    return now < endOf(stored) && now >= stored.createdAt - DAY_MS;
  }

  return {
    open({ passwordMark: mark, isRemembered, peer, userAgent }) {
      const token = Buffer.from(random.bytes(32)).toString("base64url");
      const now = clock.wallMs();
      const stored: StoredSession = {
        idHash: sha256(token),
        createdAt: now,
        lastUsedAt: now,
        idleMs: isRemembered ? IDLE_MS.remembered : IDLE_MS.short,
        expiresAt: now + ABSOLUTE_MS,
        passwordMark: mark,
        peer,
        userAgent: userAgent.slice(0, MAX_USER_AGENT),
      };
      store.put(stored);
      return { token, session: shown(stored) };
    },
    find(token, mark, isUse) {
      if (token === undefined || token.length !== 43) return undefined;
      const stored = store.get(sha256(token));
      if (!stored) return undefined;
      if (!holds(stored, mark)) {
        store.remove(stored.idHash);
        return undefined;
      }
      const now = clock.wallMs();
      if (!isUse || now - stored.lastUsedAt < TOUCH_EVERY_MS) return shown(stored);
      try {
        store.touch(stored.idHash, now);
      } catch {
        return shown(stored); // a disk that is full must not log out whoever comes to see to it
      }
      return shown({ ...stored, lastUsedAt: now });
    },
    list: (mark) =>
      store
        .list()
        .filter((stored) => holds(stored, mark))
        .map(shown),
    end(id) {
      const found = store.list().find((stored) => idOf(stored) === id);
      if (found) store.remove(found.idHash);
      return found !== undefined;
    },
    endAll(exceptId) {
      const kept = exceptId === undefined ? undefined : store.list().find((stored) => idOf(stored) === exceptId);
      return store.removeAll(kept?.idHash);
    },
    moveMark: (from, to) => store.moveMark(from, to),
  };
}

function endOf({ lastUsedAt, idleMs, expiresAt }: StoredSession): number {
  return Math.min(lastUsedAt + idleMs, expiresAt);
}

function shown(stored: StoredSession): Session {
  const { createdAt, lastUsedAt, peer, userAgent } = stored;
  return { id: idOf(stored), createdAt, lastUsedAt, expiresAt: endOf(stored), peer, userAgent };
}

function idOf(stored: StoredSession): string {
  return sha256(`id:${stored.idHash}`).slice(0, 16);
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
