// The request log in SQLite, as the main thread sees it: rows wait in memory and go in batches to a thread that writes
// them between requests. When the disk fails the queue fills up, then records are dropped and counted.

import type { RequestRecord } from "../core/request-record.ts";
import { errorMessage } from "./file-system.ts";
import type { LogCalls } from "./log-protocol.ts";
import type { KeyDay } from "./log-store.ts";
import { LogThread } from "./log-thread.ts";
import { RecordBatch } from "./record-batch.ts";
import type { LogFilter, LogPage, RequestLog, RequestLogRetention } from "./request-log.ts";
import { refuseNewerDatabase } from "./request-log-database.ts";
import { type UsageFilter, type UsageGroup, unpackSums } from "./usage-sums.ts";

const FLUSH_MS = 100;
const BATCH_ROWS = 500;
const QUEUE_ROWS = 10_000;
/** Characters of captured bodies that may wait; debug mode must not eat the memory while the disk is away. */
const QUEUE_CAPTURE_LENGTH = 33_554_432;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

export interface SqliteRequestLogOptions {
  /** Must exist; the database is `apirouter.db` in it. */
  readonly dataDir: string;
  readonly retention: RequestLogRetention;
  /** One line for people: damage, a disk that refuses, and that it works again. Each state is told once. */
  readonly onProblem: (line: string) => void;
  /** Whether retention works by itself, a little every now and then. Default true. */
  readonly sweeps?: boolean | undefined;
  /** A wall clock that stands still, for tests. */
  readonly wallMs?: number | undefined;
}

/** What only this implementation offers. */
export interface SqliteRequestLog extends RequestLog {
  /** Opens the database now instead of with the first record or question. Never rejects: the disk is tried again. */
  open(): Promise<void>;
  /** Writes what waits, now. Resolves to whether nothing waits any more; never rejects. */
  flush(): Promise<boolean>;
  /** Deletes one small batch of what retention no longer keeps; resolves to how many rows went. */
  sweep(): Promise<number>;
  /** What requests add up to. Rejects when the store cannot be read. */
  usage(filter: UsageFilter): Promise<UsageGroup[]>;
  /** Sums of each client key by day from `fromMs` on; one entry of earlier time tells the last use. */
  keyDays(fromMs: number): Promise<KeyDay[]>;
  /** Takes over the log of the Rust program, once. Resolves to the number of entries; null when there was nothing to do. */
  importSeedLog(path: string): Promise<number | null>;
}

/**
 * Opens the log; its thread starts with the first record or question. A damaged file is moved aside with a loud line; a
 * disk that refuses is told and tried again, as a gateway without a log is better than none. Throws only when the file
 * belongs to a newer program.
 */
export function openSqliteRequestLog(options: SqliteRequestLogOptions): SqliteRequestLog {
  refuseNewerDatabase(options.dataDir);
  return new SqliteLog(options);
}

interface Queued {
  readonly batch: RecordBatch;
  /** Characters of captured bodies in it. */
  captured: number;
  /** Takes no more records: it is being written, or was refused. */
  isSealed: boolean;
  /** The thread ended before it said whether it had written it. */
  isUncertain: boolean;
}

class SqliteLog implements SqliteRequestLog {
  readonly #options: SqliteRequestLogOptions;
  readonly #thread: LogThread;
  /** What a new thread begins with. */
  #opening: LogCalls["open"]["arguments"];
  /** Oldest first; records join the last batch until it is full, or sealed because it is being written. */
  #queue: Queued[] = [];
  #queuedRows = 0;
  #queuedCaptures = 0;
  #dropped = 0;
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  /** The batch or the clearing under way; one at a time, so that the order stays. */
  #writing: Promise<boolean> | undefined;
  /** Wait before the next try while the disk refuses; 0 when all is well. */
  #retryMs = 0;
  #isClosed = false;

  constructor(options: SqliteRequestLogOptions) {
    this.#options = options;
    const { dataDir, retention, sweeps = true, wallMs } = options;
    this.#opening = { dataDir, retention, sweeps, wallMs };
    this.#thread = new LogThread({ opening: () => this.#opening, onProblem: options.onProblem });
  }

  get droppedCount(): number {
    return this.#dropped;
  }

  append(record: RequestRecord): void {
    if (this.#isClosed || !this.#enqueue(record)) {
      this.#dropped += 1;
      return;
    }
    if (this.#writing !== undefined) return;
    if (this.#flushTimer === undefined) this.#scheduleFlush(Math.max(FLUSH_MS, this.#retryMs));
    else if (this.#queuedRows === BATCH_ROWS && this.#retryMs === 0) this.#scheduleFlush(0);
  }

  async open(): Promise<void> {
    try {
      await this.#thread.ask("open", this.#opening);
    } catch (error) {
      this.#fail(errorMessage(error));
    }
  }

  async recent(limit: number): Promise<RequestRecord[]> {
    await this.#bringUpToDate();
    // What is being written would be given twice, from here and from there.
    while (this.#writing !== undefined) await this.#writing;
    const newest: RequestRecord[] = [];
    for (const { batch } of this.#queue.toReversed()) newest.push(...batch.newest(limit - newest.length));
    if (newest.length >= limit) return newest;
    return [...newest, ...(await this.#thread.ask("recent", { limit: limit - newest.length }))];
  }

  async page(filter: LogFilter, options: { limit: number; cursor?: string | undefined }): Promise<LogPage> {
    await this.#bringUpToDate();
    return await this.#thread.ask("page", { filter, ...options });
  }

  async find(id: string): Promise<RequestRecord | undefined> {
    for (const { batch } of this.#queue) {
      const waiting = batch.find(id);
      if (waiting) return waiting;
    }
    return (await this.#thread.ask("find", { id })) ?? undefined;
  }

  async count(): Promise<number> {
    return (await this.#thread.ask("count", {})) + this.#queuedRows;
  }

  async usage(filter: UsageFilter): Promise<UsageGroup[]> {
    await this.#bringUpToDate();
    const groups = await this.#thread.ask("usage", { filter });
    return groups.map((group) => ({ ...group, sums: unpackSums(group.sums) }));
  }

  keyDays(fromMs: number): Promise<KeyDay[]> {
    return this.#thread.ask("keyDays", { fromMs });
  }

  importSeedLog(path: string): Promise<number | null> {
    return this.#thread.ask("importSeedLog", { path });
  }

  async clear(): Promise<void> {
    await this.#bringUpToDate();
    while (this.#writing !== undefined) await this.#writing;
    const forgotten = [...this.#queue];
    for (const queued of forgotten) queued.isSealed = true;
    const clearing = this.#thread.ask("clear", {}).then(() => {
      for (const queued of forgotten) this.#dequeue(queued);
    });
    // Nothing is written meanwhile: it would stand behind what is cleared.
    this.#writing = clearing
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        this.#writing = undefined;
        this.#scheduleRest();
      });
    await clearing;
  }

  setRetention(retention: RequestLogRetention): void {
    this.#opening = { ...this.#opening, retention };
    this.#thread.ask("retention", { retention }).catch((error: unknown) => {
      if (!this.#isClosed) this.#options.onProblem(`request log: retention was not changed: ${errorMessage(error)}`);
    });
  }

  sweep(): Promise<number> {
    return this.#thread.ask("sweep", {});
  }

  async flush(): Promise<boolean> {
    this.#stopFlushTimer();
    // What is under way may have begun before the last record came.
    await this.#writing;
    while (this.#queue.length > 0 && (await this.#writeBatch())) {
      // Each round writes one batch.
    }
    this.#scheduleRest();
    return this.#queue.length === 0;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.flush();
    this.#stopFlushTimer();
    if (this.#queuedRows > 0) this.#options.onProblem(`request log: ${this.#queuedRows} records could not be written`);
    this.#dropped += this.#queuedRows;
    this.#queue = [];
    this.#queuedRows = 0;
    try {
      await this.#thread.close();
    } catch (error) {
      this.#options.onProblem(`request log could not be closed: ${errorMessage(error)}`);
    }
  }

  /** A disk that refuses is tried by the timer only, or each look at the log would lengthen its wait. */
  async #bringUpToDate(): Promise<void> {
    if (this.#retryMs === 0) await this.flush();
  }

  /** Writes the oldest records in one transaction. Resolves to whether more may be written; never rejects. */
  #writeBatch(): Promise<boolean> {
    this.#writing ??= this.#writeOldest().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeOldest(): Promise<boolean> {
    const queued = this.#queue[0];
    if (!queued) return true;
    queued.isSealed = true;
    try {
      if (!queued.isUncertain || !(await this.#isStored(queued))) {
        const result = await this.#thread.ask("write", { batch: queued.batch.packed() });
        if (result.type === "refused") {
          this.#fail(result.message);
          return false;
        }
        this.#dropped += result.droppedCount;
      }
    } catch (error) {
      queued.isUncertain = true;
      this.#fail(errorMessage(error));
      return false;
    }
    this.#dequeue(queued);
    if (this.#retryMs > 0) this.#options.onProblem(`request log works again, ${this.#dropped} records were lost`);
    this.#retryMs = 0;
    return true;
  }

  /** Batches are written as a whole: one row stands for all. */
  async #isStored({ batch }: Queued): Promise<boolean> {
    const [last] = batch.newest(1);
    return last !== undefined && (await this.#thread.ask("find", { id: last.id })) !== null;
  }

  /** Puts a record into the last batch that takes one. False when it is dropped: there is no room, or it is no record. */
  #enqueue(record: RequestRecord): boolean {
    const captured = captureLength(record);
    if (this.#queuedRows >= QUEUE_ROWS || this.#queuedCaptures + captured > QUEUE_CAPTURE_LENGTH) return false;
    let last = this.#queue[this.#queue.length - 1];
    if (!last || last.isSealed || last.batch.size >= BATCH_ROWS) {
      last = { batch: new RecordBatch(), captured: 0, isSealed: false, isUncertain: false };
      this.#queue.push(last);
    }
    try {
      last.batch.add(record);
    } catch (error) {
      this.#options.onProblem(`request log: a record could not be stored: ${errorMessage(error)}`);
      return false;
    }
    last.captured += captured;
    this.#queuedCaptures += captured;
    this.#queuedRows += 1;
    return true;
  }

  /** Takes a batch out that is written or forgotten; another may have taken it out before. */
  #dequeue(queued: Queued): void {
    const at = this.#queue.indexOf(queued);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#queuedRows -= queued.batch.size;
    this.#queuedCaptures -= queued.captured;
  }

  #fail(message: string): void {
    if (this.#retryMs === 0) {
      this.#options.onProblem(`request log cannot be written, requests go on without it: ${message}`);
    }
    this.#retryMs = Math.min(Math.max(this.#retryMs * 2, FIRST_RETRY_MS), LAST_RETRY_MS);
  }

  /** One batch at a time: what is put into one message is work for this thread. */
  async #flushOnce(): Promise<void> {
    this.#stopFlushTimer();
    if (this.#queue.length > 0) await this.#writeBatch();
    this.#scheduleRest();
  }

  #scheduleRest(): void {
    if (this.#queue.length === 0 || this.#isClosed || this.#flushTimer !== undefined) return;
    this.#scheduleFlush(this.#retryMs > 0 ? this.#retryMs : this.#queuedRows >= BATCH_ROWS ? 0 : FLUSH_MS);
  }

  #scheduleFlush(delayMs: number): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = setTimeout(() => void this.#flushOnce(), delayMs);
  }

  #stopFlushTimer(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
  }
}

function captureLength(record: RequestRecord): number {
  let length = 0;
  for (const { capture } of record.attempts) {
    if (capture !== undefined) length += (capture.requestBody?.length ?? 0) + (capture.responseBody?.length ?? 0);
  }
  return length;
}
