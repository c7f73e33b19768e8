// What the main thread and the log's thread say to each other, as JSON texts: those cross threads without a copy of
// each object.

import type { RequestRecord } from "../core/request-record.ts";
import type { KeyDay, WriteResult } from "./log-store.ts";
import type { PackedBatch } from "./record-batch.ts";
import type { LogFilter, LogPage, RequestLogRetention } from "./request-log.ts";
import type { PackedSums, UsageFilter } from "./usage-sums.ts";

/** What can be asked, with its arguments and answer. */
export interface LogCalls {
  open: {
    arguments: { dataDir: string; retention: RequestLogRetention; sweeps: boolean; wallMs?: number | undefined };
    answer: null;
  };
  write: { arguments: { batch: PackedBatch }; answer: WriteResult };
  recent: { arguments: { limit: number }; answer: RequestRecord[] };
  page: { arguments: { filter: LogFilter; limit: number; cursor?: string | undefined }; answer: LogPage };
  find: { arguments: { id: string }; answer: RequestRecord | null };
  count: { arguments: Record<never, never>; answer: number };
  usage: {
    arguments: { filter: UsageFilter };
    answer: { startMs: number; group: string; sums: PackedSums }[];
  };
  keyDays: { arguments: { fromMs: number }; answer: KeyDay[] };
  clear: { arguments: Record<never, never>; answer: null };
  retention: { arguments: { retention: RequestLogRetention }; answer: null };
  sweep: { arguments: Record<never, never>; answer: number };
  importSeedLog: { arguments: { path: string }; answer: number | null };
  close: { arguments: Record<never, never>; answer: null };
}

export type LogCallName = keyof LogCalls;

/** To the log's thread. */
export type LogQuestion = {
  [N in LogCallName]: { id: number; name: N; arguments: LogCalls[N]["arguments"] };
}[LogCallName];

/** From the log's thread. `isStorage`: the disk refuses for now. */
export type LogReply =
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "failure"; readonly id: number; readonly message: string; readonly isStorage: boolean }
  | { readonly type: "problem"; readonly line: string };
