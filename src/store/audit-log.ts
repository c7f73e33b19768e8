// Who did what as administrator. Entries are kept in a fixed number and never changed.

import type { Database } from "bun:sqlite";

/** Entries kept; the oldest make room. */
const MAX_ENTRIES = 20_000;
const MAX_DETAIL = 2000;

export interface AuditEntry {
  /** `login`, `login-failed`, `password-changed`, `upstreams-changed`, `key-revealed`, … */
  readonly action: string;
  /** Address of the caller. */
  readonly peer: string;
  /** `session 1a2b3c4d`, `x-admin-password`, or "" for callers that nobody knows. */
  readonly author: string;
  /** One sentence without secrets. */
  readonly detail: string;
}

export interface AuditRow extends AuditEntry {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface AuditLog {
  /** Never throws: what cannot be written is reported. */
  record(entry: AuditEntry): void;
  /** Newest first, older than `beforeSeq` when given. */
  page(limit: number, beforeSeq?: number): AuditRow[];
}

export interface AuditLogOptions {
  readonly database: Database;
  readonly wallMs: () => number;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
  readonly onProblem: (line: string) => void;
}

export function createAuditLog({ database, wallMs, redact, onProblem }: AuditLogOptions): AuditLog {
  const insert = database.query("INSERT INTO audit (at, action, peer, author, detail) VALUES (?, ?, ?, ?, ?)");
  const trim = database.query(`DELETE FROM audit WHERE seq <= (SELECT max(seq) FROM audit) - ${MAX_ENTRIES}`);
  const page = database.query<AuditRow, [number, number]>(
    "SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?",
  );
  return {
    record({ action, peer, author, detail }) {
      try {
        insert.run(wallMs(), action, peer, author, redact(detail).slice(0, MAX_DETAIL));
        trim.run();
      } catch (error) {
        onProblem(`the audit log cannot be written: ${error instanceof Error ? error.message : "unknown error"}`);
      }
    },
    page: (limit, beforeSeq = Number.MAX_SAFE_INTEGER) => page.all(beforeSeq, limit),
  };
}
