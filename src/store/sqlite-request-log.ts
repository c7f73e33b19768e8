// The request log in SQLite. Records wait in memory and are written in batches between requests; retention deletes a
// few rows at a time. When the disk fails the queue fills up, then records are dropped and counted.

import type { Database, Statement } from "bun:sqlite";
import type { RequestRecord } from "../core/request-record.ts";
import type { Clock } from "../lib/clock.ts";
import { errorMessage } from "./file-system.ts";
import type { RequestLog, RequestLogRetention } from "./request-log.ts";
import { isDamage, isStorageFailure, moveAside, openDatabase } from "./request-log-database.ts";
import { COLUMNS, fromRow, type RowValue, type StoredRow, toRow } from "./request-row.ts";

const FLUSH_MS = 100;
const BATCH_ROWS = 500;
const QUEUE_ROWS = 10_000;
/** Characters of captured bodies that may wait; debug mode must not eat the memory while the disk is away. */
const QUEUE_CAPTURE_LENGTH = 33_554_432;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;
const SWEEP_EVERY_MS = 600_000;
const SWEEP_ROWS = 500;
const SWEEP_PAUSE_MS = 50;
const DAY_MS = 86_400_000;

export interface SqliteRequestLogOptions {
  /** Must exist; the database is `apirouter.db` in it. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly retention: RequestLogRetention;
  /** One line for people: damage, a disk that refuses, and that it works again. Each state is told once. */
  readonly onProblem: (line: string) => void;
}

/** What only this implementation offers. */
export interface SqliteRequestLog extends RequestLog {
  /** Writes what waits, now. Returns whether nothing waits any more. */
  flush(): boolean;
  /** Deletes one small batch of what retention no longer keeps; returns how many rows went. */
  sweep(): number;
}

/**
 * Opens the log. A damaged file is moved aside with a loud line; a disk that refuses is told and tried again, as a
 * gateway without a log is better than none. Throws only when the file belongs to a newer program.
 */
export function openSqliteRequestLog(options: SqliteRequestLogOptions): SqliteRequestLog {
  const log = new SqliteLog(options);
  log.start();
  return log;
}

class SqliteLog implements SqliteRequestLog {
  readonly #options: SqliteRequestLogOptions;
  #retention: RequestLogRetention;
  #database: Database | undefined;
  #insert: Statement | undefined;
  #queue: RequestRecord[] = [];
  #queuedCaptures = 0;
  #dropped = 0;
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  #sweepTimer: ReturnType<typeof setTimeout> | undefined;
  /** Wait before the next try while the disk refuses; 0 when all is well. */
  #retryMs = 0;
  #isClosed = false;

  constructor(options: SqliteRequestLogOptions) {
    this.#options = options;
    this.#retention = options.retention;
  }

  start(): void {
    try {
      this.#open();
    } catch (error) {
      if (!isStorageFailure(error)) throw error;
      this.#fail(error);
    }
    this.#scheduleSweep(SWEEP_PAUSE_MS);
  }

  get droppedCount(): number {
    return this.#dropped;
  }

  append(record: RequestRecord): void {
    const captured = captureLength(record);
    const isFull = this.#queue.length >= QUEUE_ROWS || this.#queuedCaptures + captured > QUEUE_CAPTURE_LENGTH;
    if (this.#isClosed || isFull) {
      this.#dropped += 1;
      return;
    }
    this.#queuedCaptures += captured;
    const waiting = this.#queue.push(record);
    if (this.#flushTimer === undefined) this.#scheduleFlush(Math.max(FLUSH_MS, this.#retryMs));
    else if (waiting === BATCH_ROWS && this.#retryMs === 0) this.#scheduleFlush(0);
  }

  async recent(limit: number): Promise<RequestRecord[]> {
    // A disk that refuses is tried by the timer only, or each look at the log would lengthen its wait.
    if (this.#retryMs === 0) this.flush();
    const newest = this.#queue.slice(-limit).toReversed();
    const rest = limit - newest.length;
    if (rest <= 0) return newest.slice(0, Math.max(limit, 0));
    const rows = this.#guard((database) =>
      database.query<StoredRow, [number]>("SELECT * FROM requests ORDER BY seq DESC LIMIT ?").all(rest),
    );
    return [...newest, ...rows.map(fromRow)];
  }

  async clear(): Promise<void> {
    this.#guard((database) => {
      database.run("DELETE FROM requests");
      this.#shrink(database);
    });
    this.#queue = [];
    this.#queuedCaptures = 0;
  }

  setRetention(retention: RequestLogRetention): void {
    this.#retention = retention;
    this.#scheduleSweep(SWEEP_PAUSE_MS);
  }

  flush(): boolean {
    this.#stopFlushTimer();
    while (this.#queue.length > 0 && this.#writeBatch()) {
      // Each round writes one batch.
    }
    this.#scheduleRest();
    return this.#queue.length === 0;
  }

  sweep(): number {
    const oldest = Math.floor(this.#options.clock.wallMs() - this.#retention.days * DAY_MS);
    return this.#guard((database) => {
      const byAge = database
        .query(`DELETE FROM requests WHERE seq IN (SELECT seq FROM requests WHERE started_at < ? LIMIT ${SWEEP_ROWS})`)
        .run(oldest).changes;
      const byCount = database
        .query(
          `DELETE FROM requests WHERE seq IN (
            SELECT seq FROM requests WHERE seq <= (SELECT max(seq) FROM requests) - ? ORDER BY seq LIMIT ${SWEEP_ROWS})`,
        )
        .run(this.#retention.rows).changes;
      if (byAge + byCount > 0) database.run(`PRAGMA incremental_vacuum(${SWEEP_ROWS})`);
      return byAge + byCount;
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#sweepTimer);
    this.flush();
    if (this.#queue.length > 0)
      this.#options.onProblem(`request log: ${this.#queue.length} records could not be written`);
    this.#dropped += this.#queue.length;
    this.#queue = [];
    try {
      this.#disconnect();
    } catch (error) {
      this.#options.onProblem(`request log could not be closed: ${errorMessage(error)}`);
    }
  }

  /** Deleted rows would stay readable in free pages and in the write-ahead log. */
  #shrink(database: Database): void {
    try {
      database.run("VACUUM");
      database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      this.#options.onProblem(`request log is empty, but its file could not be shrunk: ${errorMessage(error)}`);
    }
  }

  #open(): Database {
    if (this.#database) return this.#database;
    const { database, movedTo } = openDatabase(this.#options.dataDir, this.#options.clock.wallMs());
    if (movedTo !== undefined) this.#tellDamage(movedTo);
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO requests (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
    );
    return database;
  }

  #disconnect(): void {
    const database = this.#database;
    this.#database = undefined;
    this.#insert?.finalize();
    this.#insert = undefined;
    database?.close();
  }

  /** Runs a task on the database; a damaged one is replaced and the task run once more on the new one. */
  #guard<T>(task: (database: Database) => T): T {
    try {
      return task(this.#open());
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    this.#disconnect();
    this.#tellDamage(moveAside(this.#options.dataDir, this.#options.clock.wallMs()));
    return task(this.#open());
  }

  #tellDamage(movedTo: string): void {
    this.#options.onProblem(`request log is damaged: moved to ${movedTo}, a new one is started`);
  }

  /** Writes the oldest records in one transaction. Returns whether the queue may hold more that can be written. */
  #writeBatch(): boolean {
    const batch = this.#queue.slice(0, BATCH_ROWS);
    try {
      this.#guard((database) => database.transaction(() => this.#insertAll(batch)).immediate());
    } catch (error) {
      if (isStorageFailure(error)) {
        this.#fail(error);
        return false;
      }
      this.#dropUnwritable(batch);
    }
    this.#queue = this.#queue.slice(batch.length);
    for (const record of batch) this.#queuedCaptures -= captureLength(record);
    if (this.#retryMs > 0) this.#options.onProblem(`request log works again, ${this.#dropped} records were lost`);
    this.#retryMs = 0;
    return true;
  }

  #insertAll(batch: readonly RequestRecord[]): void {
    const insert = this.#insert;
    if (!insert) throw new Error("request log is not open");
    for (const record of batch) insert.run(...(toRow(record) as [RowValue]));
  }

  /** One record that cannot be stored must not hold up the others for ever. */
  #dropUnwritable(batch: readonly RequestRecord[]): void {
    for (const record of batch) {
      try {
        this.#guard(() => this.#insertAll([record]));
      } catch (error) {
        this.#dropped += 1;
        this.#options.onProblem(`request log: a record could not be stored: ${errorMessage(error)}`);
      }
    }
  }

  #fail(error: unknown): void {
    if (this.#retryMs === 0) {
      this.#options.onProblem(`request log cannot be written, requests go on without it: ${errorMessage(error)}`);
    }
    this.#retryMs = Math.min(Math.max(this.#retryMs * 2, FIRST_RETRY_MS), LAST_RETRY_MS);
  }

  /** One batch per turn of the event loop, so that a full queue does not hold up the requests. */
  #flushOnce(): void {
    this.#stopFlushTimer();
    if (this.#queue.length > 0) this.#writeBatch();
    this.#scheduleRest();
  }

  #scheduleRest(): void {
    if (this.#queue.length === 0 || this.#isClosed) return;
    this.#scheduleFlush(this.#retryMs > 0 ? this.#retryMs : this.#queue.length >= BATCH_ROWS ? 0 : FLUSH_MS);
  }

  #scheduleFlush(delayMs: number): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = setTimeout(() => this.#flushOnce(), delayMs);
  }

  #stopFlushTimer(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
  }

  #scheduleSweep(delayMs: number): void {
    clearTimeout(this.#sweepTimer);
    if (this.#isClosed) return;
    this.#sweepTimer = setTimeout(() => this.#sweepOnce(), delayMs);
    this.#sweepTimer.unref();
  }

  #sweepOnce(): void {
    let deleted = 0;
    try {
      deleted = this.sweep();
    } catch {
      // The writer tells about a failing disk; deleting waits for the next turn.
    }
    this.#scheduleSweep(deleted > 0 ? SWEEP_PAUSE_MS : SWEEP_EVERY_MS);
  }
}

function captureLength(record: RequestRecord): number {
  let length = 0;
  for (const { capture } of record.attempts) {
    if (capture !== undefined) length += (capture.requestBody?.length ?? 0) + (capture.responseBody?.length ?? 0);
  }
  return length;
}
