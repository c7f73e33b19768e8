// The database of the request log and of what requests add up to, used by one thread: batches in, pages out, retention.
// Everything here is synchronous; log-worker.ts runs it off the main thread.

import type { Database, Statement } from "bun:sqlite";
import type { RequestRecord } from "../core/request-record.ts";
import { deleteUnusedFacets, type Facet, FacetTable, type FacetValues, facetValues } from "./facets.ts";
import { errorMessage } from "./file-system.ts";
import { LogReader } from "./log-page.ts";
import { type PackedBatch, unpackFacets } from "./record-batch.ts";
import type { LogFilter, LogPage, RequestLogRetention } from "./request-log.ts";
import {
  identifyDatabase,
  isDamage,
  isStorageFailure,
  moveAside,
  NewerDatabaseError,
  openDatabase,
} from "./request-log-database.ts";
import { COLUMNS, fromRow, type RowValue, type StoredRow, storedRow, toRow } from "./request-row.ts";
import { readSeedLog } from "./seed-log-import.ts";
import { DAY_MS, type UsageFilter, type UsageGroup, UsageTable } from "./usage-sums.ts";

const SWEEP_ROWS = 500;
const VACUUM_PAGES = 500;

export interface LogStoreOptions {
  /** Must exist; the database is `apirouter.db` in it. */
  readonly dataDir: string;
  readonly wallMs: () => number;
  /** One line for people: damage, a record that cannot be stored. */
  readonly onProblem: (line: string) => void;
}

/** How a batch fared. `refused`: the disk does not take it now, nothing was written. */
export type WriteResult =
  | { readonly type: "written"; readonly droppedCount: number }
  | { readonly type: "refused"; readonly message: string };

/** Sums of one client key on one day. */
export interface KeyDay {
  readonly clientKeyId: string;
  readonly dayStart: number;
  readonly requests: number;
  readonly tokens: number;
  readonly costUsd: number;
  readonly unpricedRequests: number;
  readonly lastUsedAt: number;
}

interface Opened {
  readonly database: Database;
  readonly identity: string | undefined;
  readonly insert: Statement;
  readonly reader: LogReader;
  facets: FacetTable;
  usage: UsageTable;
}

export class LogStore {
  readonly #options: LogStoreOptions;
  #opened: Opened | undefined;

  constructor(options: LogStoreOptions) {
    this.#options = options;
  }

  /** Opens the database, if that has not happened. Throws what SQLite throws, and NewerDatabaseError. */
  open(): void {
    this.#open();
  }

  write(batch: PackedBatch): WriteResult {
    try {
      this.#guard((opened) => this.#writeAll(opened, batch));
      return { type: "written", droppedCount: 0 };
    } catch (error) {
      if (isStorageFailure(error) || error instanceof NewerDatabaseError)
        return { type: "refused", message: errorMessage(error) };
    }
    return { type: "written", droppedCount: this.#writeOneByOne(batch) };
  }

  recent(limit: number): RequestRecord[] {
    return this.#guard(({ database, facets }) =>
      database
        .query<StoredRow, [number]>(`SELECT ${COLUMNS.join(", ")} FROM requests ORDER BY seq DESC LIMIT ?`)
        .all(Math.max(limit, 0))
        .map((row) => fromRow(row, facets.byNo(Number(row.facet)))),
    );
  }

  page(filter: LogFilter, limit: number, cursor: string | undefined): LogPage {
    return this.#guard(({ reader, facets }) => reader.page(facets, filter, limit, cursor));
  }

  find(id: string): RequestRecord | undefined {
    return this.#guard(({ reader, facets }) => reader.find(facets, id));
  }

  count(): number {
    return this.#guard(
      ({ database }) => database.query<{ n: number }, []>("SELECT count(*) AS n FROM requests").get()?.n ?? 0,
    );
  }

  usage(filter: UsageFilter): UsageGroup[] {
    return this.#guard(({ usage }) => {
      usage.flush();
      return usage.groups(filter, this.#options.wallMs());
    });
  }

  /** Writes the sums that wait in memory. Throws what SQLite throws; then they still wait. */
  flushUsage(): void {
    if (this.#opened?.usage.hasPending) this.#guard(({ usage }) => usage.flush());
  }

  /** Days of each client key from `fromMs` on, and the last use of those that have none since. */
  keyDays(fromMs: number): KeyDay[] {
    const days = this.#usageByKey({ fromMs, toMs: Number.MAX_SAFE_INTEGER, bucket: "day", groupBy: "client_key" });
    const earlier = this.#usageByKey({ fromMs: 0, toMs: fromMs, bucket: "total", groupBy: "client_key" });
    return [...days, ...earlier];
  }

  /** Deletes all records, rolls nothing back that they add up to, and gives the space back. */
  clear(): void {
    this.#guard((opened) => {
      opened.database.transaction(() => {
        opened.database.run("DELETE FROM requests");
        opened.database.run("DELETE FROM facets");
      })();
      this.#reloadFacets(opened);
      this.#shrink(opened.database);
    });
  }

  /** Deletes one small batch of what retention no longer keeps; returns how many rows went. */
  sweep(retention: RequestLogRetention): number {
    const now = this.#options.wallMs();
    return this.#guard((opened) => {
      const { database } = opened;
      const byAge = database
        .query(`DELETE FROM requests WHERE seq IN (SELECT seq FROM requests WHERE started_at < ? LIMIT ${SWEEP_ROWS})`)
        .run(Math.floor(now - retention.days * DAY_MS)).changes;
      const byCount = database
        .query(
          `DELETE FROM requests WHERE seq IN (
            SELECT seq FROM requests WHERE seq <= (SELECT max(seq) FROM requests) - ? ORDER BY seq LIMIT ${SWEEP_ROWS})`,
        )
        .run(retention.rows).changes;
      const isDone = byAge < SWEEP_ROWS && byCount < SWEEP_ROWS;
      if (byAge + byCount > 0 && isDone && deleteUnusedFacets(database) > 0) this.#reloadFacets(opened);
      const sums = isDone ? opened.usage.sweep(now) : 0;
      if (byAge + byCount + sums > 0) database.run(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
      return byAge + byCount;
    });
  }

  /**
   * Takes over the log of the Rust program, once: newest entries up to its own limit. Returns how many came over;
   * undefined when it has been done before or there is none.
   */
  importSeedLog(path: string): number | undefined {
    return this.#guard((opened) => {
      const { database } = opened;
      if (database.query("SELECT 1 FROM imports WHERE name = 'logs.json'").get()) return undefined;
      const records = readSeedLog(path);
      if (records === undefined) return undefined;
      database
        .transaction(() => {
          // Its entries are not added up: they tell no tokens.
          for (const record of records) {
            const values = facetValues(record);
            opened.insert.run(...(storedRow(opened.facets.of(values), values, toRow(record)) as [RowValue]));
          }
          database.query("INSERT INTO imports (name, at) VALUES ('logs.json', ?)").run(this.#options.wallMs());
        })
        .immediate();
      return records.length;
    });
  }

  close(): void {
    try {
      this.flushUsage();
    } catch (error) {
      this.#options.onProblem(`request log: the last sums of usage could not be written: ${errorMessage(error)}`);
    }
    this.#disconnect();
  }

  #disconnect(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (!opened) return;
    opened.insert.finalize();
    opened.reader.close();
    opened.facets.close();
    opened.usage.close();
    opened.database.close();
  }

  /** Where they cannot be read, the database is opened anew with the next task: rows must not refer to facets that are gone. */
  #reloadFacets(opened: Opened): void {
    try {
      opened.facets = opened.facets.reload();
    } catch (error) {
      this.#disconnect();
      throw error;
    }
  }

  #usageByKey(filter: UsageFilter): KeyDay[] {
    return this.usage(filter)
      .filter(({ group }) => group !== "")
      .map(({ group, startMs, sums }) => ({
        clientKeyId: group,
        dayStart: startMs,
        requests: sums.requests,
        tokens: sums.inputTokens + sums.cacheReadTokens + sums.cacheWriteTokens + sums.outputTokens,
        costUsd: sums.costUsd,
        unpricedRequests: sums.unpricedRequests,
        lastUsedAt: sums.lastUsedAt,
      }));
  }

  #writeAll(opened: Opened, batch: PackedBatch): void {
    const { rowFacets, rows, usage } = batch;
    const facets = unpackFacets(batch);
    try {
      opened.database
        .transaction(() => {
          const known = facets.map((values) => opened.facets.of(values));
          for (const [at, row] of rows.entries()) {
            const place = rowFacets[at] as number;
            const stored = storedRow(known[place] as Facet, facets[place] as FacetValues, row);
            opened.insert.run(...(stored as [RowValue]));
          }
        })
        .immediate();
      opened.usage.add(usage);
    } catch (error) {
      // Facets that were made in the transaction are gone with it.
      this.#reloadFacets(opened);
      throw error;
    }
  }

  /** One record that cannot be stored must not hold up the others for ever. Returns how many were dropped. */
  #writeOneByOne(batch: PackedBatch): number {
    const facets = unpackFacets(batch);
    let dropped = 0;
    for (const [at, row] of batch.rows.entries()) {
      const own = facets[batch.rowFacets[at] as number];
      const single = { facets: JSON.stringify([own]), rowFacets: [0], rows: [row], usage: [] };
      try {
        this.#guard((opened) => this.#writeAll(opened, single));
      } catch (error) {
        dropped += 1;
        this.#options.onProblem(`request log: a record could not be stored: ${errorMessage(error)}`);
      }
    }
    this.#opened?.usage.add(batch.usage);
    return dropped;
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

  #open(): Opened {
    if (this.#opened && !this.#isReplaced(this.#opened)) return this.#opened;
    if (this.#opened) {
      this.#options.onProblem(
        "request log was deleted or replaced while in use: it goes on in the file that is there now",
      );
      this.#disconnect();
    }
    const { database, movedTo } = openDatabase(this.#options.dataDir, this.#options.wallMs());
    if (movedTo !== undefined) this.#tellDamage(movedTo);
    this.#opened = {
      database,
      identity: identifyDatabase(this.#options.dataDir),
      insert: database.prepare(
        `INSERT INTO requests (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
      ),
      reader: new LogReader(database),
      facets: new FacetTable(database),
      usage: new UsageTable(database),
    };
    return this.#opened;
  }

  /** The open file is no longer the one of that name: what is written to it would be gone with the program. */
  #isReplaced({ identity }: Opened): boolean {
    try {
      return identity === undefined || identifyDatabase(this.#options.dataDir) !== identity;
    } catch {
      return false; // the directory cannot be looked into, which says nothing about the open file
    }
  }

  /** Runs a task on the database; a damaged one is replaced and the task run once more on the new one. */
  #guard<T>(task: (opened: Opened) => T): T {
    try {
      return task(this.#open());
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    this.#disconnect();
    this.#tellDamage(moveAside(this.#options.dataDir, this.#options.wallMs()));
    return task(this.#open());
  }

  #tellDamage(movedTo: string): void {
    this.#options.onProblem(`request log is damaged: moved to ${movedTo}, a new one is started`);
  }
}
