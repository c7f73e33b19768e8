// Keeps administrators' sessions. Knows neither cookies nor passwords: an id arrives hashed.

import type { Database } from "bun:sqlite";

/** Sessions kept; the longest unused one makes room. */
export const MAX_SESSIONS = 1000;

export interface StoredSession {
  /** SHA-256 of the cookie's value, hex. */
  readonly idHash: string;
  /** Times are milliseconds since the epoch. */
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** Silence after which it ends. */
  readonly idleMs: number;
  /** When it ends in any case. */
  readonly expiresAt: number;
  /** Which password it was opened with; see `passwordMark`. */
  readonly passwordMark: string;
  readonly peer: string;
  readonly userAgent: string;
}

/** Every method may throw what SQLite throws; a caller that cannot read a session must deny. */
export interface SessionStore {
  get(idHash: string): StoredSession | undefined;
  put(session: StoredSession): void;
  touch(idHash: string, lastUsedAt: number): void;
  remove(idHash: string): void;
  /** Newest use first. */
  list(): StoredSession[];
  /** Removes all, or all but one; returns how many went. */
  removeAll(exceptIdHash?: string): number;
  /** The password has been stored in another form, without having changed. */
  moveMark(from: string, to: string): void;
}

interface Row {
  id_hash: string;
  created_at: number;
  last_used_at: number;
  idle_ms: number;
  expires_at: number;
  password_mark: string;
  peer: string;
  user_agent: string;
}

export function createSessionStore(database: Database): SessionStore {
  const get = database.query<Row, [string]>("SELECT * FROM sessions WHERE id_hash = ?");
  const list = database.query<Row, []>("SELECT * FROM sessions ORDER BY last_used_at DESC, id_hash");
  const put = database.query("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const expire = database.query("DELETE FROM sessions WHERE expires_at <= ?1 OR last_used_at + idle_ms <= ?1");
  const trim = database.query(
    `DELETE FROM sessions WHERE id_hash IN
      (SELECT id_hash FROM sessions ORDER BY last_used_at DESC, id_hash LIMIT -1 OFFSET ${MAX_SESSIONS})`,
  );
  const touch = database.query("UPDATE sessions SET last_used_at = ? WHERE id_hash = ?");
  const remove = database.query("DELETE FROM sessions WHERE id_hash = ?");
  const removeAll = database.query("DELETE FROM sessions WHERE id_hash <> ?");
  const moveMark = database.query("UPDATE sessions SET password_mark = ?2 WHERE password_mark = ?1");
  return {
    get: (idHash) => fromRow(get.get(idHash)),
    put(session) {
      const { idHash, createdAt, lastUsedAt, idleMs, expiresAt, passwordMark, peer, userAgent } = session;
      expire.run(createdAt);
      put.run(idHash, createdAt, lastUsedAt, idleMs, expiresAt, passwordMark, peer, userAgent);
      trim.run();
    },
    touch: (idHash, lastUsedAt) => void touch.run(lastUsedAt, idHash),
    remove: (idHash) => void remove.run(idHash),
    list: () => list.all().flatMap((row) => fromRow(row) ?? []),
    removeAll: (exceptIdHash = "") => removeAll.run(exceptIdHash).changes,
    moveMark: (from, to) => void moveMark.run(from, to),
  };
}

function fromRow(row: Row | null): StoredSession | undefined {
  if (!row) return undefined;
  return {
    idHash: row.id_hash,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    idleMs: row.idle_ms,
    expiresAt: row.expires_at,
    passwordMark: row.password_mark,
    peer: row.peer,
    userAgent: row.user_agent,
  };
}
