// Opens data/apirouter.db: file mode, pragmas, schema and its migrations, and what to do with a damaged file.

import { Database } from "bun:sqlite";
import { closeSync, existsSync, openSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "./file-system.ts";

const NAME = "apirouter.db";

/**
 * Step n brings a database from version n to n + 1; steps are never changed once released. Only time has an index:
 * a second one on the random id would triple the cost of a row (10 instead of 4 us), because each row then lands on a
 * page of its own.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE requests (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    client_protocol TEXT NOT NULL,
    model TEXT NOT NULL,
    upstream_model TEXT,
    stream INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    error TEXT,
    duration_ms INTEGER NOT NULL,
    first_byte_ms INTEGER,
    first_content_ms INTEGER,
    upstream_id TEXT,
    key_masked TEXT,
    input_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    cache_write_1h_tokens INTEGER,
    output_tokens INTEGER,
    reasoning_tokens INTEGER,
    web_searches INTEGER,
    service_tier TEXT,
    session_id TEXT,
    client_key_label TEXT,
    losses TEXT,
    user_agent TEXT,
    attempts TEXT
  );
  CREATE INDEX requests_by_time ON requests (started_at);`,
];

/** Newest schema this program knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

export interface OpenedDatabase {
  readonly database: Database;
  /** Where a damaged file was moved; undefined when all was well. */
  readonly movedTo?: string | undefined;
}

/**
 * Opens or creates the database in `dataDir`. A damaged one is moved aside and a new one started. Throws what SQLite
 * throws when the disk refuses, and an Error when the file was written by a newer program.
 */
export function openDatabase(dataDir: string, wallMs: number): OpenedDatabase {
  try {
    return { database: openOnce(dataDir) };
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const movedTo = moveAside(dataDir, wallMs);
  return { database: openOnce(dataDir), movedTo };
}

/** Whether an error says that the file's content is broken, not that the disk is full or away. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(errorCode(error));
}

/** Whether an error will go away or has to be waited for: lock, full disk, lost disk, permissions. */
export function isStorageFailure(error: unknown): boolean {
  const code = errorCode(error);
  return /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PERM|NOMEM|PROTOCOL)/.test(code) || /^E[A-Z]+$/.test(code);
}

/** Renames the database and its companions to `apirouter.db.corrupt-<time>`; returns the new path. */
export function moveAside(dataDir: string, wallMs: number): string {
  const time = new Date(wallMs).toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "");
  let target = join(dataDir, `${NAME}.corrupt-${time}`);
  for (let round = 2; existsSync(target); round += 1) target = join(dataDir, `${NAME}.corrupt-${time}-${round}`);
  for (const suffix of ["-wal", "-shm", ""]) {
    const from = join(dataDir, NAME + suffix);
    if (existsSync(from)) renameSync(from, target + suffix);
  }
  return target;
}

function openOnce(dataDir: string): Database {
  const path = join(dataDir, NAME);
  // SQLite would follow the umask; its -wal and -shm files take over the mode of the database.
  closeSync(openSync(path, "a", 0o600));
  const database = new Database(path);
  try {
    // A lock held by someone else must not stop the event loop: the writer tries again later.
    database.run("PRAGMA busy_timeout = 0");
    // Only a database without content takes this; on others it would be a pointless write at each start.
    if (statSync(path).size === 0) database.run("PRAGMA auto_vacuum = INCREMENTAL");
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = NORMAL");
    database.run("PRAGMA journal_size_limit = 16777216");
    migrate(database);
    // Reads both ends of the table and of the index, which finds a file that was cut or overwritten.
    database.query("SELECT * FROM requests ORDER BY seq DESC LIMIT 1").get();
    database.query("SELECT * FROM requests ORDER BY started_at LIMIT 1").get();
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function migrate(database: Database): void {
  const row = database.query<{ user_version: number }, []>("PRAGMA user_version").get();
  const version = row?.user_version ?? 0;
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `${NAME} has schema ${version}, this program knows ${SCHEMA_VERSION}: run the newer program or move the file away`,
    );
  }
  if (version === SCHEMA_VERSION) return;
  const upgrade = database.transaction(() => {
    for (const step of MIGRATIONS.slice(version)) database.run(step);
    database.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
  upgrade.immediate();
}
