// What a request log has to do, whatever it is kept in.

import type { RequestRecord } from "../core/request-record.ts";

export interface RequestLogRetention {
  /** Whole days that a record is kept. */
  readonly days: number;
  /** Newest records that are kept. */
  readonly rows: number;
}

/** Which records are wanted; what is absent does not restrict. Texts are compared as they are, without wildcards. */
export interface LogFilter {
  /** Milliseconds since the epoch at which the request came in; from inclusive, to exclusive. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Any attempt of the request went to this upstream. */
  readonly upstreamId?: string | undefined;
  /** Model asked for or sent, without regard to case; `*` stands for any text. At most 256 characters count. */
  readonly model?: string | undefined;
  /** `ok`, `error` (the client got an error or a broken answer), `2xx` to `5xx`, or one status as digits. */
  readonly status?: string | undefined;
  readonly outcome?: string | undefined;
  /** Labels or ids of client keys; any of them. */
  readonly clientKeys?: readonly string[] | undefined;
  /** Masked key of the upstream that the last attempt used. */
  readonly keyMasked?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Whether more than one attempt was made. */
  readonly isRetried?: boolean | undefined;
  /**
   * Part of a model, user agent, outcome or error, without regard to case; or a session or request id, or the
   * beginning of one (of 6 and 11 characters or more). At most 200 characters count.
   */
  readonly search?: string | undefined;
}

/** A record as lists show it: without the attempts and losses themselves. */
export type LogEntry = Omit<RequestRecord, "attempts" | "losses"> & {
  readonly attemptCount: number;
  readonly lossCount: number;
};

export interface LogPage {
  /** Latest arrival first. */
  readonly entries: readonly LogEntry[];
  /**
   * Where the next page begins; null at the end. A page may be short, even empty, with a cursor: the search was
   * interrupted to stay fast, and the next page goes on with it.
   */
  readonly nextCursor: string | null;
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
  /**
   * Records that pass the filter, `limit` (1 to 1000) at a time. `cursor` is the `nextCursor` of the page before; one
   * that is not understood counts as none. Rejects when the store cannot be read.
   */
  page(filter: LogFilter, options: { readonly limit: number; readonly cursor?: string | undefined }): Promise<LogPage>;
  /** One whole record; undefined when there is none (any more). */
  find(id: string): Promise<RequestRecord | undefined>;
  /** How many records are kept. */
  count(): Promise<number>;
  /** Forgets all records for good, but not what they add up to. Rejects when the store refuses; then nothing is forgotten. */
  clear(): Promise<void>;
  setRetention(retention: RequestLogRetention): void;
  /** Records lost so far in this process. */
  readonly droppedCount: number;
  /** Writes what waits and closes; later records count as dropped. May be called twice; never rejects. */
  close(): Promise<void>;
}
