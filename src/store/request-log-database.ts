// Opens data/apirouter.db: file mode, pragmas, schema and its migrations, and what to do with a damaged file.

import { Database } from "bun:sqlite";
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "./file-system.ts";

const NAME = "apirouter.db";

/**
 * Step n brings a database from version n to n + 1; steps are never changed once released. What requests have in
 * common is kept once, as a facet (see facets.ts); the indices are on values that grow with time within each facet and
 * session, so that new entries land beside each other. One on the random request id would cost more than the row.
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
  `CREATE TABLE facets (
    no INTEGER PRIMARY KEY,
    is_open INTEGER NOT NULL,
    method TEXT NOT NULL,
    client_protocol TEXT NOT NULL,
    model TEXT,
    upstream_model TEXT,
    stream INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    upstream_id TEXT,
    tried TEXT NOT NULL,
    key_masked TEXT,
    client_key_label TEXT,
    client_key_id TEXT,
    user_agent TEXT,
    is_retried INTEGER NOT NULL
  );
  INSERT INTO facets (is_open, method, client_protocol, model, upstream_model, stream, status, outcome, upstream_id,
      tried, key_masked, client_key_label, user_agent, is_retried)
    SELECT DISTINCT 0, method, client_protocol, model, upstream_model, stream, status, outcome, upstream_id,
      CASE WHEN upstream_id IS NULL THEN '[]' ELSE json_array(upstream_id) END, key_masked, client_key_label,
      user_agent, coalesce(json_array_length(attempts), 0) > 1
    FROM requests;
  CREATE INDEX facets_while_moving ON facets (model, status, outcome, upstream_id, user_agent);
  ALTER TABLE requests RENAME TO old_requests;
  DROP INDEX requests_by_time;
  CREATE TABLE requests (
    seq INTEGER PRIMARY KEY,
    facet INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    id TEXT NOT NULL,
    path TEXT NOT NULL,
    open_model TEXT,
    open_upstream_model TEXT,
    open_user_agent TEXT,
    error TEXT,
    duration_ms INTEGER NOT NULL,
    first_byte_ms INTEGER,
    first_content_ms INTEGER,
    input_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    cache_write_1h_tokens INTEGER,
    output_tokens INTEGER,
    reasoning_tokens INTEGER,
    web_searches INTEGER,
    service_tier TEXT,
    is_estimated INTEGER,
    cost_usd REAL,
    session_id TEXT,
    attempt_count INTEGER NOT NULL,
    restart_count INTEGER,
    loss_count INTEGER NOT NULL,
    losses TEXT,
    attempts TEXT
  );
  INSERT INTO requests (seq, facet, started_at, id, path, error, duration_ms, first_byte_ms, first_content_ms,
      input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
      web_searches, service_tier, session_id, attempt_count, loss_count, losses, attempts)
    SELECT o.seq, f.no, o.started_at, o.id, o.path, o.error, o.duration_ms, o.first_byte_ms, o.first_content_ms,
      o.input_tokens, o.cache_read_tokens, o.cache_write_tokens, o.cache_write_1h_tokens, o.output_tokens,
      o.reasoning_tokens, o.web_searches, o.service_tier, o.session_id, coalesce(json_array_length(o.attempts), 0),
      coalesce(json_array_length(o.losses), 0), o.losses, o.attempts
    FROM old_requests o JOIN facets f ON f.model IS o.model AND f.status IS o.status AND f.outcome IS o.outcome
      AND f.upstream_id IS o.upstream_id AND f.user_agent IS o.user_agent AND f.method IS o.method
      AND f.client_protocol IS o.client_protocol AND f.upstream_model IS o.upstream_model AND f.stream IS o.stream
      AND f.key_masked IS o.key_masked AND f.client_key_label IS o.client_key_label
      AND f.is_retried IS (coalesce(json_array_length(o.attempts), 0) > 1);
  DROP TABLE old_requests;
  DROP INDEX facets_while_moving;
  CREATE INDEX requests_by_time ON requests (started_at, facet);
  CREATE INDEX requests_by_facet ON requests (facet, started_at);
  CREATE INDEX requests_with_texts
    ON requests (started_at, facet, error, open_model, open_upstream_model, open_user_agent)
    WHERE error IS NOT NULL OR open_model IS NOT NULL;
  CREATE INDEX requests_by_session ON requests (session_id, started_at) WHERE session_id IS NOT NULL;
  CREATE TABLE usage_sums (
    span TEXT NOT NULL,
    start INTEGER NOT NULL,
    upstream_id TEXT NOT NULL,
    model TEXT NOT NULL,
    client_key TEXT NOT NULL,
    requests INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    client_errors INTEGER NOT NULL,
    failovers INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    failed_attempts INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    priced_requests INTEGER NOT NULL,
    unpriced_requests INTEGER NOT NULL,
    estimated_requests INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    first_content TEXT NOT NULL,
    PRIMARY KEY (span, start, upstream_id, model, client_key)
  ) WITHOUT ROWID;
  CREATE TABLE imports (name TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;`,
  `ALTER TABLE requests ADD COLUMN stopped_by TEXT`,
];

/** Byte of a database file at which SQLite keeps `user_version`, four bytes, big end first. */
const USER_VERSION_OFFSET = 60;

/** Newest schema this program knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

export interface OpenedDatabase {
  readonly database: Database;
  /** Where a damaged file was moved; undefined when all was well. */
  readonly movedTo?: string | undefined;
}

/**
 * Opens or creates the database in `dataDir`. A damaged one is moved aside and a new one started. Throws what SQLite
 * throws when the disk refuses, and NewerDatabaseError when the file was written by a newer program.
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

/**
 * Throws when the log was written by a newer program. Looks at the file's first bytes only, so it costs nothing to do
 * at start, before the log is opened elsewhere; what cannot be read is left for the opening to tell.
 */
export function refuseNewerDatabase(dataDir: string): void {
  let version: number;
  try {
    const file = openSync(join(dataDir, NAME), "r");
    try {
      const header = Buffer.alloc(USER_VERSION_OFFSET + 4);
      if (readSync(file, header, 0, header.length, 0) < header.length) return;
      if (header.toString("latin1", 0, 15) !== "SQLite format 3") return;
      version = header.readUInt32BE(USER_VERSION_OFFSET);
    } finally {
      closeSync(file);
    }
  } catch {
    return; // not there yet, or not readable: opening it tells
  }
  if (version > SCHEMA_VERSION) throw new NewerDatabaseError(version);
}

/** The log belongs to a newer program; it is left alone. */
export class NewerDatabaseError extends Error {
  constructor(version: number) {
    super(
      `${NAME} has schema ${version}, this program knows ${SCHEMA_VERSION}: run the newer program or move the file away`,
    );
    this.name = "NewerDatabaseError";
  }
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

/** Tells the file of `dataDir` from any that takes its place; undefined when there is none. Throws what the system throws. */
export function identifyDatabase(dataDir: string): string | undefined {
  const found = statSync(join(dataDir, NAME), { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

function openOnce(dataDir: string): Database {
  const path = join(dataDir, NAME);
  // The directory may have been deleted while the program runs.
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // SQLite would follow the umask; its -wal and -shm files take over the mode of the database.
  closeSync(openSync(path, "a", 0o600));
  const database = new Database(path);
  try {
    // A lock held by someone else must not hold up readers: the writer tries again later.
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
  if (version > SCHEMA_VERSION) throw new NewerDatabaseError(version);
  if (version === SCHEMA_VERSION) return;
  const upgrade = database.transaction(() => {
    for (const step of MIGRATIONS.slice(version)) database.run(step);
    database.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
  upgrade.immediate();
}
