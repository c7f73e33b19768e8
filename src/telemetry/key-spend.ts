// What each client key has used today and this month, for budgets: a small view in memory that is filled from the
// usage tables once at start and kept up to date by each finished request. Days and months are those of UTC.

import type { RequestRecord } from "../core/request-record.ts";
import { type IrUsage, totalInputTokens } from "../core/usage.ts";

/** Keys that are remembered; of more, those with the longest silence are forgotten until the next start. */
const MAX_KEYS = 20_000;

/** Sums over one day or month. */
export interface Spend {
  readonly requests: number;
  /** Input with cache reads and writes, and output, of all attempts, estimated ones included. */
  readonly tokens: number;
  /** Of the attempts whose price is known. */
  readonly costUsd: number;
  /** Requests that cost something whose price is not known, and so are not in `costUsd`. */
  readonly unpricedRequests: number;
}

export interface KeySpendTotals {
  readonly today: Spend;
  readonly month: Spend;
  /** When the latest request of the key ended, milliseconds since the epoch; undefined when none is known. */
  readonly lastUsedAt: number | undefined;
}

/** Sums of one key of one day, as the usage tables give them. */
export interface DailySpend extends Spend {
  readonly clientKeyId: string;
  /** Start of the day in UTC, milliseconds since the epoch. */
  readonly dayStart: number;
  readonly lastUsedAt: number;
}

/**
 * Budgets ask here before a request is let in: `of(id, now).today.costUsd >= budget`. Cheap enough for every request
 * (one map look-up, no I/O). A request counts when it has ended, so requests under way at once may together go beyond
 * a budget by what they cost. The sums survive a restart (a crash loses the last two seconds or so); between the start
 * and the end of `ready`, a few milliseconds, only what this process has seen is counted.
 */
export interface KeySpend {
  /** Sums of a client key (`clientKeyId` of the request record, first 16 hex digits of the key's SHA-256). Never throws. */
  of(clientKeyId: string, wallMs: number): KeySpendTotals;
  /** Resolves when earlier days are counted in, or could not be read; never rejects. */
  readonly ready: Promise<void>;
}

/** The side that is fed: by compose with each finished, priced record, and once with the days of this month. */
export interface KeySpendBook extends KeySpend {
  /** Counts a finished request; requests without a client key are ignored. */
  add(record: RequestRecord): void;
  /** Adds earlier days and resolves `ready`; days of other months only tell the last use. Call once. */
  load(days: readonly DailySpend[], wallMs: number): void;
}

const DAY_MS = 86_400_000;
const NOTHING: Spend = Object.freeze({ requests: 0, tokens: 0, costUsd: 0, unpricedRequests: 0 });

interface MutableSpend {
  requests: number;
  tokens: number;
  costUsd: number;
  unpricedRequests: number;
}

interface Entry {
  /** Start of the day and the month that the sums belong to. */
  day: number;
  month: number;
  today: MutableSpend;
  thisMonth: MutableSpend;
  lastUsedAt: number;
}

/** An empty book. */
export function createKeySpend(): KeySpendBook {
  const entries = new Map<string, Entry>();
  const { promise: ready, resolve } = Promise.withResolvers<void>();

  function entryFor(clientKeyId: string, wallMs: number): Entry {
    const day = startOfDay(wallMs);
    const month = startOfMonth(wallMs);
    let entry = entries.get(clientKeyId);
    if (entry === undefined) {
      entry = { day, month, today: { ...NOTHING }, thisMonth: { ...NOTHING }, lastUsedAt: 0 };
      if (entries.size >= MAX_KEYS) forgetSilent(entries);
      entries.set(clientKeyId, entry);
    }
    // A wall clock that is set back must not empty the sums.
    if (month > entry.month) {
      entry.month = month;
      entry.thisMonth = { ...NOTHING };
    }
    if (day > entry.day) {
      entry.day = day;
      entry.today = { ...NOTHING };
    }
    return entry;
  }

  return {
    ready,
    of(clientKeyId, wallMs) {
      const entry = entries.get(clientKeyId);
      if (entry === undefined) return { today: NOTHING, month: NOTHING, lastUsedAt: undefined };
      return {
        today: startOfDay(wallMs) > entry.day ? NOTHING : entry.today,
        month: startOfMonth(wallMs) > entry.month ? NOTHING : entry.thisMonth,
        lastUsedAt: entry.lastUsedAt === 0 ? undefined : entry.lastUsedAt,
      };
    },
    add(record) {
      if (record.clientKeyId === undefined) return;
      const endedAt = record.startedAt + record.durationMs;
      const entry = entryFor(record.clientKeyId, endedAt);
      entry.lastUsedAt = Math.max(entry.lastUsedAt, endedAt);
      const spend = spendOf(record);
      addTo(entry.today, spend);
      addTo(entry.thisMonth, spend);
    },
    load(days, wallMs) {
      for (const row of days) {
        const entry = entryFor(row.clientKeyId, wallMs);
        entry.lastUsedAt = Math.max(entry.lastUsedAt, row.lastUsedAt);
        if (row.dayStart === entry.day) addTo(entry.today, row);
        if (startOfMonth(row.dayStart) === entry.month) addTo(entry.thisMonth, row);
      }
      resolve();
    },
  };
}

/** What one request adds: all its attempts. */
export function spendOf(record: RequestRecord): Spend {
  let tokens = 0;
  let costUsd = 0;
  let isUnpriced = false;
  for (const attempt of record.attempts) {
    if (attempt.usage !== undefined) tokens += allTokens(attempt.usage);
    if (attempt.costUsd === null) isUnpriced = true;
    else costUsd += attempt.costUsd ?? 0;
  }
  return { requests: 1, tokens, costUsd, unpricedRequests: isUnpriced ? 1 : 0 };
}

/** Input with caches, and output. */
function allTokens(usage: IrUsage): number {
  return (totalInputTokens(usage) ?? 0) + (usage.outputTokens ?? 0);
}

/** Start of the day in UTC. */
export function startOfDay(wallMs: number): number {
  return Math.floor(wallMs / DAY_MS) * DAY_MS;
}

/** Start of the month in UTC. */
export function startOfMonth(wallMs: number): number {
  const date = new Date(wallMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

function addTo(sums: MutableSpend, spend: Spend): void {
  sums.requests += spend.requests;
  sums.tokens += spend.tokens;
  sums.costUsd += spend.costUsd;
  sums.unpricedRequests += spend.unpricedRequests;
}

function forgetSilent(entries: Map<string, Entry>): void {
  const silent = [...entries].toSorted(([, a], [, b]) => a.lastUsedAt - b.lastUsedAt).slice(0, MAX_KEYS / 10);
  for (const [id] of silent) entries.delete(id);
}
