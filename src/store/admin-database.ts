// data/admin.db: the administrator's sessions and the audit log, apart from the request log, so that a request log that
// is damaged, cleared or moved away takes neither with it.

import { Database } from "bun:sqlite";
import { closeSync, existsSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import { isDamage } from "./request-log-database.ts";

const NAME = "admin.db";

/** Step n brings a database from version n to n + 1; steps are never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    idle_ms INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    password_mark TEXT NOT NULL,
    peer TEXT NOT NULL,
    user_agent TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    peer TEXT NOT NULL,
    author TEXT NOT NULL,
    detail TEXT NOT NULL
  );`,
];

/**
 * Opens or creates the database in `dataDir`, mode 0600. A damaged one is moved aside and reported: everybody has to log
 * in again. Throws what SQLite throws when the disk refuses, and an Error when a newer program wrote it.
 */
export function openAdminDatabase(dataDir: string, wallMs: number, onProblem: (line: string) => void): Database {
  try {
    return openOnce(dataDir);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const target = `${NAME}.corrupt-${wallMs}`;
  for (const suffix of ["-wal", "-shm", ""]) {
    const from = join(dataDir, NAME + suffix);
    if (existsSync(from)) renameSync(from, join(dataDir, target + suffix));
  }
  onProblem(`${NAME} was damaged and is now ${target}; administrators have to log in again`);
  return openOnce(dataDir);
}

function openOnce(dataDir: string): Database {
  const path = join(dataDir, NAME);
  // SQLite would follow the umask; its -wal and -shm files take over the mode of the database.
  closeSync(openSync(path, "a", 0o600));
  const database = new Database(path);
  try {
    database.run("PRAGMA busy_timeout = 200");
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = NORMAL");
    database.run("PRAGMA journal_size_limit = 1048576");
    // What was deleted must be gone: the rows name people's addresses.
    database.run("PRAGMA secure_delete = ON");
    migrate(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function migrate(database: Database): void {
  const row = database.query<{ user_version: number }, []>("PRAGMA user_version").get();
  const version = row?.user_version ?? 0;
  if (version > MIGRATIONS.length)
    throw new Error(`${NAME} has schema ${version}, this program knows ${MIGRATIONS.length}: run the newer program`);
  const upgrade = database.transaction(() => {
    for (const step of MIGRATIONS.slice(version)) database.run(step);
    database.run(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
  if (version < MIGRATIONS.length) upgrade.immediate();
}
