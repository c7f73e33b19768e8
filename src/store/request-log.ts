// What a request log has to do, whatever it is kept in.

import type { RequestRecord } from "../core/request-record.ts";

export interface RequestLogRetention {
  /** Whole days that a record is kept. */
  readonly days: number;
  /** Newest records that are kept. */
  readonly rows: number;
}

/**
 * Keeps what happened to each request. A failing disk never reaches the caller of `append`: records wait in a bounded
 * queue and are then dropped and counted.
 */
export interface RequestLog {
  /** Takes a record; returns at once and never throws. The record must not change afterwards. */
  append(record: RequestRecord): void;
  /** The newest records first, those included that are not on the disk yet. Rejects when the store cannot be read. */
  recent(limit: number): Promise<RequestRecord[]>;
  /** Forgets all records for good. Rejects when the store refuses; then nothing is forgotten. */
  clear(): Promise<void>;
  setRetention(retention: RequestLogRetention): void;
  /** Records lost so far in this process. */
  readonly droppedCount: number;
  /** Writes what waits and closes; later records count as dropped. May be called twice; never rejects. */
  close(): Promise<void>;
}
