// What a page of the request log costs when a million rows are kept, for each filter that the console offers, alone
// and combined, with values that are frequent, rare and absent. Run: bun bench/micro/log-queries.ts [rows]

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AttemptRecord, RequestRecord } from "../../src/core/request-record.ts";
import { createPooledRandom } from "../../src/lib/random.ts";
import { timedId } from "../../src/lib/timed-id.ts";
import { LogStore } from "../../src/store/log-store.ts";
import { packRecords } from "../../src/store/record-batch.ts";
import type { LogFilter } from "../../src/store/request-log.ts";
import { createSeededRandom } from "../data/seeded-random.ts";
import { table } from "../macro/report.ts";
import { percentile } from "../macro/statistics.ts";

export const START_MS = 1_795_000_000_000;
const STEP_MS = 2_000;
const BATCH_ROWS = 500;
const UPSTREAMS = ["anthropic", "backup", "openai", "local"];
const MODELS = ["claude-opus-4-6", "claude-sonnet-4-6", "gpt-5.2", "gemini-3-pro", "deepseek-v4", "kimi-k2"];
const AGENTS = ["claude-cli/2.1.0 (external, cli)", "codex_cli_rs/0.60.0", "GeminiCLI/0.20", "OpenAI/JS 7.57.0"];
const FAILURES = ["upstream-timeout", "upstream-overloaded", "client-invalid-request", "no-upstream-available"];

/** Records as a busy installation makes them: one in twenty fails, one in fifty needs a second attempt. */
export function createRecordSource(seed: number): (index: number) => RequestRecord {
  const random = createSeededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const ids = createPooledRandom((bytes) => {
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.floor(random() * 256);
  });
  return (index) => {
    const startedAt = START_MS + index * STEP_MS;
    const hasFailed = random() < 0.05;
    const isRetried = random() < 0.02;
    // Each client has its program, a few models, and each model its upstreams.
    const client = Math.floor(random() * 40);
    const modelAt = (client + Math.floor(random() * 3)) % MODELS.length;
    const model = MODELS[modelAt] as string;
    const upstreamId = UPSTREAMS[(modelAt + Math.floor(random() * 2)) % UPSTREAMS.length] as string;
    const outcome = hasFailed ? pick(FAILURES) : "ok";
    const usage = { inputTokens: 1200, cacheReadTokens: 40_000, outputTokens: Math.floor(random() * 4000) };
    const attempt: AttemptRecord = {
      upstreamId,
      keyMasked: `sk-${upstreamId}…${Math.floor(random() * 3)}xyz`,
      protocol: "anthropic",
      model,
      url: `https://api.${upstreamId}.example/v1/messages`,
      lane: "pass-through",
      status: hasFailed ? 529 : 200,
      outcome,
      startedMs: 1,
      firstByteMs: 200,
      firstContentMs: 300,
      totalMs: 1200,
      usage,
      costUsd: 0.01,
      lossCount: 0,
    };
    return {
      id: `req_${timedId(ids, startedAt)}`,
      startedAt,
      method: "POST",
      path: "/v1/messages",
      clientProtocol: "anthropic",
      model,
      upstreamModel: model,
      stream: true,
      status: hasFailed ? 503 : 200,
      outcome,
      error: hasFailed ? `upstream ${upstreamId} said no at ${startedAt} (request ${index})` : undefined,
      durationMs: 1234 + (index % 100),
      firstByteMs: 200,
      firstContentMs: 300,
      upstreamId,
      keyMasked: attempt.keyMasked,
      usage,
      costUsd: 0.01,
      sessionId: `session-${Math.floor(index / 40)}-${Math.floor(random() * 8)}`,
      clientKeyLabel: `sk-abc${client}…wxyz`,
      clientKeyId: `00112233445566${10 + client}`,
      losses: [],
      userAgent: AGENTS[client % AGENTS.length],
      attempts: isRetried ? [{ ...attempt, upstreamId: pick(UPSTREAMS) }, attempt] : [attempt],
    };
  };
}

/** A record that exists once, far back, so that filters for it find one row behind all others. */
export function rareRecord(base: RequestRecord): RequestRecord {
  return {
    ...base,
    model: "rare-model",
    outcome: "upstream-empty",
    status: 418,
    error: "the needle in the haystack",
    sessionId: "session-needle",
    userAgent: "needle-agent/1.0",
    clientKeyLabel: "sk-needle…wxyz",
    keyMasked: "sk-needle…wxyz",
  };
}

/** Every filter of the console with a frequent, a rare and an absent value. */
const VALUES: Readonly<Record<string, readonly LogFilter[]>> = {
  upstream: [{ upstreamId: "anthropic" }, { upstreamId: "nobody" }],
  model: [{ model: "claude*" }, { model: "rare-model" }, { model: "absent" }],
  status: [{ status: "ok" }, { status: "5xx" }, { status: "418" }, { status: "error" }],
  outcome: [{ outcome: "upstream-timeout" }, { outcome: "upstream-empty" }],
  clientKey: [{ clientKeys: ["sk-abc7…wxyz"] }, { clientKeys: ["sk-needle…wxyz"] }],
  key: [{ keyMasked: "sk-local…1xyz" }, { keyMasked: "sk-needle…wxyz" }],
  session: [{ sessionId: "session-5-3" }, { sessionId: "session-needle" }],
  retried: [{ isRetried: true }, { isRetried: false }],
  search: [
    { search: "claude" },
    { search: "needle" },
    { search: "said no" },
    { search: "%_%_%" },
    { search: "session-needle" },
    { search: "nowhere at all" },
  ],
  time: [{ fromMs: START_MS + 1000 * STEP_MS, toMs: START_MS + 2000 * STEP_MS }],
};

/** No filter, each alone, and each pair of values of different filters. */
export function filterCombinations(): LogFilter[] {
  const names = Object.keys(VALUES);
  const singles = names.flatMap((name) => VALUES[name] ?? []);
  const pairs = names.flatMap((first, at) =>
    names
      .slice(at + 1)
      .flatMap((second) => (VALUES[first] ?? []).flatMap((a) => (VALUES[second] ?? []).map((b) => ({ ...a, ...b })))),
  );
  return [{}, ...singles, ...pairs];
}

export interface QueryTimes {
  readonly filter: LogFilter;
  /** CPU time, so that a busy machine does not count. */
  readonly ms: number;
  readonly entries: number;
  /** Not finished within its time: the page names where to go on. */
  readonly isPartial: boolean;
}

/** Fills a store in a temporary directory, hands it over and removes it. */
export async function withFilledStore<T>(rows: number, use: (store: LogStore, dataDir: string) => T): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), "apirouter-queries-"));
  const store = new LogStore({ dataDir, wallMs: () => START_MS, onProblem: (line) => console.error(line) });
  try {
    const next = createRecordSource(7);
    for (let start = 0; start < rows; start += BATCH_ROWS) {
      const batch = Array.from({ length: Math.min(BATCH_ROWS, rows - start) }, (_, at) => next(start + at));
      if (start === 0) batch[100] = rareRecord(batch[100] as RequestRecord);
      store.write(packRecords(batch));
    }
    return use(store, dataDir);
  } finally {
    store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The first page of each combination. */
export function timeQueries(store: LogStore, filters: readonly LogFilter[]): QueryTimes[] {
  return filters.map((filter) => {
    const before = process.cpuUsage();
    const page = store.page(filter, 50, undefined);
    const used = process.cpuUsage(before);
    const ms = (used.user + used.system) / 1000;
    return {
      filter,
      ms,
      entries: page.entries.length,
      isPartial: page.nextCursor !== null && page.entries.length < 50,
    };
  });
}

if (import.meta.main) {
  const rows = Number(process.argv[2] ?? 1_000_000);
  const before = process.cpuUsage();
  await withFilledStore(rows, (store, dataDir) => {
    const used = process.cpuUsage(before);
    console.log(
      `${rows} rows, ${((used.user + used.system) / rows).toFixed(1)} CPU us per row with making it, ` +
        `${(statSync(join(dataDir, "apirouter.db")).size / 1e6).toFixed(0)} MB`,
    );
    const times = timeQueries(store, filterCombinations());
    const sorted = times.map(({ ms }) => ms);
    const slowest = times.toSorted((a, b) => b.ms - a.ms).slice(0, 12);
    const lines = table(
      ["combinations", "p50 ms", "p99 ms", "slowest ms", "unfinished"],
      [
        [
          String(times.length),
          percentile(sorted, 0.5).toFixed(2),
          percentile(sorted, 0.99).toFixed(2),
          (slowest[0]?.ms ?? 0).toFixed(2),
          String(times.filter(({ isPartial }) => isPartial).length),
        ],
      ],
    );
    for (const line of lines) console.log(line);
    for (const { filter, ms, entries, isPartial } of slowest) {
      console.log(
        `${ms.toFixed(1)} ms, ${entries} entries${isPartial ? ", unfinished" : ""}: ${JSON.stringify(filter)}`,
      );
    }
    const id = store.page({}, 1, undefined).entries[0]?.id ?? "";
    const countMs = time(() => store.count());
    console.log(`find by id ${time(() => store.find(id)).toFixed(2)} ms, count ${countMs.toFixed(1)} ms`);
  });
}

function time(run: () => unknown): number {
  const startedMs = performance.now();
  run();
  return performance.now() - startedMs;
}
