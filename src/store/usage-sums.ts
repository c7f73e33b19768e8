// What requests add up to: sums by five minutes, hour and day for each upstream, model and client key, kept in the log's
// database (collect-usage.ts adds records up). They wait a moment in memory, as many requests add to the same few sums; a
// crash loses that moment. They stay when rows expire. Days are those of UTC.

import type { Database, Statement } from "bun:sqlite";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Stands for model names that nobody knows: clients can make up any number of them. */
export const OTHER_MODEL = "other";
/** Model names that are told apart; an answered request is what makes a name known. */
const MAX_MODELS = 1000;
/** Stretches of time that are summed up, shortest first, and for how long each is kept. */
const SPANS = [
  { name: "5m", stepMs: 300_000, keptMs: 2 * DAY_MS },
  { name: "hour", stepMs: HOUR_MS, keptMs: 62 * DAY_MS },
  { name: "day", stepMs: DAY_MS, keptMs: 1_100 * DAY_MS },
] as const;
/** Sums of this many stretches are read for a total at most, where a longer span has them too. */
const MAX_STEPS = 200;

export interface UsageSums {
  requests: number;
  /** Clients that got an error or a broken answer; those that left do not count. */
  errors: number;
  /** The part of `errors` that was the client's own mistake. */
  clientErrors: number;
  failovers: number;
  attempts: number;
  /** Attempts that ended with neither an answer nor the client's leaving. */
  failedAttempts: number;
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  costUsd: number;
  /** Requests of which a part has a known price, were it nothing. */
  pricedRequests: number;
  /** Requests that cost something whose price is not known. */
  unpricedRequests: number;
  /** Requests whose tokens we counted ourselves, in part or whole. */
  estimatedRequests: number;
  lastUsedAt: number;
  /** Requests by time to first content, in buckets of `latencyBucket`. */
  firstContent: Map<number, number>;
}

export interface UsageFilter {
  /** Milliseconds since the epoch; from inclusive, brought to the start of its bucket; to exclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  /** `total` adds up everything in the time asked for. */
  readonly bucket: "5m" | "hour" | "day" | "total";
  readonly groupBy: "none" | "upstream" | "model" | "client_key";
  readonly upstreamId?: string | undefined;
  readonly model?: string | undefined;
  /** Ids of client keys; any of them. */
  readonly clientKeys?: readonly string[] | undefined;
}

/** Sums of one stretch of time and one group. */
export interface UsageGroup {
  readonly startMs: number;
  /** Id or name of the group; "" where requests had none, or there is no grouping. */
  readonly group: string;
  readonly sums: UsageSums;
}

/** Eight buckets per doubling, so that a percentile is off by 5 % at most. 0 for everything up to a millisecond. */
export function latencyBucket(durationMs: number): number {
  return durationMs <= 1 ? 0 : Math.min(Math.ceil(Math.log2(durationMs) * 8), 255);
}

/** The middle of a bucket in milliseconds. */
export function bucketMs(bucket: number): number {
  return bucket === 0 ? 1 : 2 ** ((bucket - 0.5) / 8);
}

/** The time that the given share (0 to 1) of the requests did not exceed; null when there were none. */
export function percentileMs(buckets: ReadonlyMap<number, number>, share: number): number | null {
  let total = 0;
  for (const count of buckets.values()) total += count;
  if (total === 0) return null;
  let rest = Math.max(1, Math.ceil(total * share));
  for (const [bucket, count] of [...buckets].sort(([a], [b]) => a - b)) {
    rest -= count;
    if (rest <= 0) return bucketMs(bucket);
  }
  return null;
}

export function emptySums(): UsageSums {
  return {
    requests: 0,
    errors: 0,
    clientErrors: 0,
    failovers: 0,
    attempts: 0,
    failedAttempts: 0,
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    costUsd: 0,
    pricedRequests: 0,
    unpricedRequests: 0,
    estimatedRequests: 0,
    lastUsedAt: 0,
    firstContent: new Map(),
  };
}

/** Adds `more` onto `sums`. */
export function addSums(sums: UsageSums, more: UsageSums): void {
  for (const field of COUNTS) sums[field] += more[field];
  sums.lastUsedAt = Math.max(sums.lastUsedAt, more.lastUsedAt);
  for (const [bucket, count] of more.firstContent) {
    sums.firstContent.set(bucket, (sums.firstContent.get(bucket) ?? 0) + count);
  }
}

/** Sums as JSON can hold them. */
export type PackedSums = Omit<UsageSums, "firstContent"> & { readonly firstContent: readonly [number, number][] };

export function packSums(sums: UsageSums): PackedSums {
  return { ...sums, firstContent: [...sums.firstContent] };
}

export function unpackSums(sums: PackedSums): UsageSums {
  return { ...sums, firstContent: new Map(sums.firstContent) };
}

/** What some requests add to the sums of one stretch of time. */
export interface CollectedUsage {
  /** Start of the stretch, milliseconds since the epoch. */
  readonly startMs: number;
  readonly upstreamId: string;
  /** As the clients asked for. */
  readonly model: string;
  readonly clientKey: string;
  /** The requests were answered, which makes the name of their model known. */
  readonly isAnswered: boolean;
  readonly sums: PackedSums;
}

/** Start of the shortest stretch that a time is in. */
export function stretchOf(timeMs: number): number {
  return Math.floor(timeMs / SPANS[0].stepMs) * SPANS[0].stepMs;
}

/** Groups that may wait; beyond that they are written at once. */
const MAX_PENDING = 5000;

interface Pending {
  readonly key: readonly [start: number, upstreamId: string, model: string, clientKey: string];
  readonly sums: UsageSums;
}

/** The sums of one open database. */
export class UsageTable {
  readonly #database: Database;
  readonly #pending = new Map<string, Pending>();
  readonly #models: Set<string>;
  readonly #read: Statement;
  readonly #write: Statement;

  constructor(database: Database) {
    this.#database = database;
    const models = database
      .query<{ model: string }, []>("SELECT DISTINCT model FROM usage_sums WHERE span = 'day'")
      .all();
    this.#models = new Set(models.map(({ model }) => model));
    this.#read = database.prepare(
      `SELECT ${VALUE_COLUMNS} FROM usage_sums
       WHERE span = ? AND start = ? AND upstream_id = ? AND model = ? AND client_key = ?`,
    );
    this.#write = database.prepare(
      `INSERT OR REPLACE INTO usage_sums (span, start, upstream_id, model, client_key, ${VALUE_COLUMNS})
       VALUES (?, ?, ?, ?, ?${", ?".repeat(COUNTS.length + 2)})`,
    );
  }

  /** Counts what a batch adds, whose rows are stored already; `flush` writes. Never throws for the disk. */
  add(collected: readonly CollectedUsage[]): void {
    const groups = this.#pending;
    for (const usage of collected) {
      const key = [usage.startMs, usage.upstreamId, this.#modelOf(usage), usage.clientKey] as const;
      const id = JSON.stringify(key);
      const group = groups.get(id);
      if (group) addSums(group.sums, unpackSums(usage.sums));
      else groups.set(id, { key, sums: unpackSums(usage.sums) });
    }
    if (groups.size <= MAX_PENDING) return;
    try {
      this.flush();
    } catch {
      // They wait for the next flush, which tells: the batch must not seem refused, or it would be stored twice.
    }
  }

  /** Whether sums wait to be written. */
  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Writes what waits in one transaction. Throws what SQLite throws; then it still waits. */
  flush(): void {
    if (this.#pending.size === 0) return;
    this.#database
      .transaction(() => {
        for (const { key, sums } of this.#pending.values()) {
          const [start, ...rest] = key;
          for (const { name, stepMs } of SPANS) this.#merge([name, Math.floor(start / stepMs) * stepMs, ...rest], sums);
        }
      })
      .immediate();
    this.#pending.clear();
  }

  /** `wallMs`: now, by which it is known what is still kept. */
  groups(filter: UsageFilter, wallMs: number): UsageGroup[] {
    const span = spanFor(filter, wallMs);
    const fromMs = Math.floor(filter.fromMs / span.stepMs) * span.stepMs;
    const rows = this.#database
      .query<unknown[], [string, number, number]>(
        `SELECT start, upstream_id, model, client_key, ${VALUE_COLUMNS} FROM usage_sums
         WHERE span = ? AND start >= ? AND start < ? ORDER BY start`,
      )
      .values(span.name, fromMs, filter.toMs);
    const groups = new Map<string, UsageGroup>();
    for (const [start, upstreamId, model, clientKey, ...values] of rows as [number, string, string, string][]) {
      if (filter.upstreamId !== undefined && filter.upstreamId !== upstreamId) continue;
      if (filter.model !== undefined && filter.model !== model) continue;
      if (filter.clientKeys !== undefined && !filter.clientKeys.includes(clientKey)) continue;
      const startMs = filter.bucket === "total" ? fromMs : start;
      const group = { none: "", upstream: upstreamId, model, client_key: clientKey }[filter.groupBy];
      const id = JSON.stringify([startMs, group]);
      let entry = groups.get(id);
      if (!entry) {
        entry = { startMs, group, sums: emptySums() };
        groups.set(id, entry);
      }
      addSums(entry.sums, toSums(values));
    }
    return [...groups.values()];
  }

  /** Deletes what is older than its span is kept; returns how many rows went. */
  sweep(wallMs: number): number {
    const drop = this.#database.query("DELETE FROM usage_sums WHERE span = ? AND start < ?");
    return SPANS.reduce((count, { name, keptMs }) => count + drop.run(name, wallMs - keptMs).changes, 0);
  }

  close(): void {
    this.#read.finalize();
    this.#write.finalize();
  }

  #modelOf({ model, isAnswered }: CollectedUsage): string {
    if (model === "" || this.#models.has(model)) return model;
    if (!isAnswered || this.#models.size >= MAX_MODELS) return OTHER_MODEL;
    this.#models.add(model);
    return model;
  }

  #merge(key: readonly [string, number, string, string, string], sums: UsageSums): void {
    const stored = this.#read.values(...key)[0] as unknown[] | undefined;
    const merged = stored ? toSums(stored) : emptySums();
    addSums(merged, sums);
    const counts = COUNTS.map((field) => merged[field]);
    this.#write.run(...key, ...counts, merged.lastUsedAt, JSON.stringify([...merged.firstContent]));
  }
}

type Span = (typeof SPANS)[number];

/** For a total, the shortest span that still reaches back that far and is no long list. */
function spanFor(filter: UsageFilter, wallMs: number): Span {
  const [, , day] = SPANS;
  const fits = ({ name, stepMs, keptMs }: Span): boolean =>
    filter.bucket === "total"
      ? filter.fromMs >= wallMs - keptMs && filter.toMs - filter.fromMs <= stepMs * MAX_STEPS
      : filter.bucket === name;
  return SPANS.find(fits) ?? day;
}

type Count = Exclude<keyof UsageSums, "firstContent" | "lastUsedAt">;

/** Fields in column order. */
const COUNTS = [
  ...(["requests", "errors", "clientErrors", "failovers", "attempts", "failedAttempts"] as const),
  ...([
    "inputTokens",
    "cacheReadTokens",
    "cacheWriteTokens",
    "outputTokens",
    "reasoningTokens",
    "costUsd",
    "pricedRequests",
  ] as const),
  ...(["unpricedRequests", "estimatedRequests"] as const),
] satisfies readonly Count[];

const VALUE_COLUMNS =
  "requests, errors, client_errors, failovers, attempts, failed_attempts, input_tokens, cache_read_tokens, " +
  "cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, priced_requests, unpriced_requests, " +
  "estimated_requests, last_used_at, first_content";

function toSums(values: readonly unknown[]): UsageSums {
  const sums = emptySums();
  for (const [place, field] of COUNTS.entries()) sums[field] = Number(values[place]);
  sums.lastUsedAt = Number(values[COUNTS.length]);
  sums.firstContent = parseBuckets(values[COUNTS.length + 1]);
  return sums;
}

function parseBuckets(value: unknown): Map<number, number> {
  try {
    return new Map(JSON.parse(String(value)) as [number, number][]);
  } catch {
    return new Map(); // a damaged cell costs its percentiles only
  }
}
