// A soak: mixed load on a gateway in a process of its own, upstreams that fail by a schedule, configuration saves; at
// the end the books must balance and nothing may have piled up.

import { Database } from "bun:sqlite";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createDataDir, removeDataDir } from "../../test/e2e/support/program.ts";
import { upstreamEntry } from "../../test/e2e/support/upstreams.ts";
import { until } from "../../test/e2e/support/waiting.ts";
import { engineEnvironment } from "../engine-settings.ts";
import type { GatewayMessage, HeapObjects } from "./gateway-process.ts";
import { type LoadCounts, startLoad } from "./load.ts";
import { slopePerMinute } from "./slope.ts";
import { startWeather } from "./weather.ts";

export interface SoakOptions {
  readonly minutes: number;
  /** Minutes at the beginning that say nothing about growth. */
  readonly warmUpMinutes: number;
  readonly requestsPerSecond: number;
  /** So many times as much for the first fifth of the warm-up: what grows with load alone reaches its size. Default 1. */
  readonly rushTimes?: number;
  readonly seed: number;
  /** How long each kind of weather lasts. */
  readonly phaseMs: number;
  readonly say?: (line: string) => void;
}

/** One look at the gateway's process, after a collection. */
export interface SoakSample {
  readonly minute: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly files: number;
}

export interface SoakReport {
  readonly options: Omit<SoakOptions, "say">;
  readonly counts: LoadCounts;
  readonly saves: number;
  readonly rows: number;
  /** Clients that left before the gateway had taken their request: nobody knows of them. */
  readonly unheard: number;
  readonly attempts: number;
  readonly ledger: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly samples: readonly SoakSample[];
  /** Over the samples behind the warm-up. */
  readonly rssMiBPer10Minutes: number;
  readonly heapMiBPer10Minutes: number;
  readonly filesAtRest: readonly [before: number, after: number];
  readonly objectsAtRest: readonly [before: HeapObjects, after: HeapObjects];
  readonly drainMs: number;
  /** What does not balance; empty when all is well. */
  readonly wrong: readonly string[];
}

const SAVE_EVERY_MS = 30_000;
const SAMPLE_EVERY_MS = 10_000;
/** An upstream that goes away takes requests with it that were neither received nor refused. */
const CHANGE_MS = 1_500;
const MIB = 1024 * 1024;

type Recorded = Extract<GatewayMessage, { type: "record" }>;

/** Runs a soak. Rejects only when it could not be run at all. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const say = options.say ?? (() => undefined);
  const weather = startWeather(options.seed, options.phaseMs);
  const entries = weather.upstreams.map(({ id, format, url }, priority) =>
    upstreamEntry(id, format, url, { priority, timeouts: { idle_ms: 5_000, request_ms: 10_000 } }),
  );
  const config = { upstreams: entries, breaker: { open_ms: 3_000 }, mid_stream: "error" };
  const dataDir = await createDataDir(config);
  const gateway = await startGatewayProcess(dataDir);
  try {
    await settle(gateway);
    const before = await gateway.sample();
    const filesBefore = gateway.files();
    const { requestsPerSecond, rushTimes = 1, warmUpMinutes, seed } = options;
    const rush = { times: rushTimes, ms: warmUpMinutes * 12_000 };
    const load = startLoad(gateway.url, { requestsPerSecond, rush, seed });
    const samples: SoakSample[] = [];
    const startedMs = performance.now();
    const endMs = options.minutes * 60_000;
    let saves = 0;
    let nextSaveMs = Math.min(SAVE_EVERY_MS, endMs / 4);
    let nextSampleMs = 0;
    for (let elapsedMs = 0; elapsedMs < endMs; elapsedMs = performance.now() - startedMs) {
      const phase = weather.at(elapsedMs);
      if (elapsedMs >= nextSaveMs) {
        nextSaveMs += SAVE_EVERY_MS;
        if (await save(gateway.url, { upstreams: entries.map((entry) => ({ ...entry, note: `save ${saves}` })) }))
          saves += 1;
      }
      if (elapsedMs >= nextSampleMs) {
        nextSampleMs += SAMPLE_EVERY_MS;
        const { rssBytes, heapBytes } = await gateway.sample();
        samples.push({ minute: elapsedMs / 60_000, rssBytes, heapBytes, files: gateway.files() });
        const { sent, ok } = load.counts();
        say(
          `${(elapsedMs / 60_000).toFixed(1)} min, ${phase}: ${sent} sent, ${ok} ok, ${Math.round(rssBytes / MIB)} MiB`,
        );
      }
      await Bun.sleep(100);
    }
    weather.at(0); // everybody is there again
    const counts = await load.finish();
    await until("every connection is closed", () => weather.openConnections() === 0, 10_000).catch(() => undefined);
    await settle(gateway);
    const after = await gateway.sample();
    const filesAfter = gateway.files();
    const drainMs = await gateway.stop();
    const rows = countRows(dataDir);
    const warm = samples.filter(({ minute }) => minute >= options.warmUpMinutes);
    const heard = new Set(gateway.records.map(({ session }) => session));
    const unheard = new Set([...load.left].filter((session) => !heard.has(session) && !weather.ledger.has(session)));
    // Of a client that leaves while it sends its request, the log knows no session.
    const nameless = gateway.records.filter(({ session }) => session === "").length;
    const report = {
      options: { ...options, say: undefined },
      counts,
      saves,
      rows,
      unheard: unheard.size - nameless,
      attempts: gateway.records.reduce((total, record) => total + record.attempts.length, 0),
      ledger: [...weather.ledger.values()].reduce((total, each) => total + each, 0),
      outcomes: tally(gateway.records.flatMap(({ attempts }) => attempts.map((each) => each.split(" ")[1] ?? ""))),
      samples,
      rssMiBPer10Minutes: slopePerMinute(warm.map(({ minute, rssBytes }) => [minute, rssBytes / MIB])) * 10,
      heapMiBPer10Minutes: slopePerMinute(warm.map(({ minute, heapBytes }) => [minute, heapBytes / MIB])) * 10,
      filesAtRest: [filesBefore, filesAfter],
      objectsAtRest: [before.objects, after.objects],
      drainMs,
    } as const;
    const sent = load.sent.difference(unheard);
    const books = unbalanced(gateway.records, sent, load.startedAt, weather.ledger, weather.changes);
    return { ...report, wrong: [...load.wrong, ...books, ...imbalances(report, gateway.records.length)] };
  } finally {
    gateway.kill();
    weather.stop();
    await removeDataDir(dataDir);
  }
}

interface GatewayProcess {
  readonly url: string;
  readonly records: readonly Recorded[];
  sample(): Promise<Extract<GatewayMessage, { type: "sample" }>>;
  /** Open file descriptors. */
  files(): number;
  /** Ends it in order; how long that took, milliseconds. */
  stop(): Promise<number>;
  kill(): void;
}

async function startGatewayProcess(dataDir: string): Promise<GatewayProcess> {
  const records: Recorded[] = [];
  const waiting = new Map<GatewayMessage["type"], (message: GatewayMessage) => void>();
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "gateway-process.ts"), dataDir, join(dataDir, "console.log")],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: engineEnvironment(),
      ipc(message: GatewayMessage) {
        if (message.type === "record") records.push(message);
        else waiting.get(message.type)?.(message);
      },
    },
  );
  const next = <Type extends GatewayMessage["type"]>(type: Type): Promise<Extract<GatewayMessage, { type: Type }>> => {
    const { promise, resolve, reject } = Promise.withResolvers<Extract<GatewayMessage, { type: Type }>>();
    waiting.set(type, (message) => resolve(message as Extract<GatewayMessage, { type: Type }>));
    const timer = setTimeout(() => reject(new Error(`the gateway's process did not answer: ${type}`)), 30_000);
    return promise.finally(() => clearTimeout(timer));
  };
  const { url } = await next("ready");
  return {
    url,
    records,
    sample() {
      const answer = next("sample");
      child.send("sample");
      return answer;
    },
    files: () => readdirSync(`/proc/${child.pid}/fd`).length,
    async stop() {
      const answer = next("stopped");
      child.send("stop");
      const { drainMs } = await answer;
      await child.exited;
      return drainMs;
    },
    kill: () => child.kill("SIGKILL"),
  };
}

/** Waits until what start-up or load left behind is gone. */
async function settle(gateway: GatewayProcess): Promise<void> {
  for (let i = 0; i < 50; i++) await (await fetch(gateway.url, { keepalive: false })).text();
  for (let i = 0; i < 3; i++) {
    await Bun.sleep(1_000);
    await gateway.sample();
  }
}

async function save(url: string, body: object): Promise<boolean> {
  const headers = { "x-admin-password": "admin" };
  const answer = await fetch(`${url}/admin/config`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
    keepalive: false,
  });
  return answer.ok;
}

function countRows(dataDir: string): number {
  const database = new Database(join(dataDir, "apirouter.db"), { readonly: true });
  try {
    return (database.query("SELECT count(*) AS rows FROM requests").get() as { rows: number }).rows;
  } finally {
    database.close();
  }
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** Requests whose record is missing or doubled, or whose attempts are not what the upstreams saw. */
function unbalanced(
  records: readonly Recorded[],
  sent: ReadonlySet<string>,
  startedAt: ReadonlyMap<string, number>,
  ledger: ReadonlyMap<string, number>,
  changes: readonly number[],
): string[] {
  const bySession = Map.groupBy(records, ({ session }) => session);
  const wrong: string[] = [];
  for (const session of sent) {
    const own = bySession.get(session) ?? [];
    if (own.length !== 1) wrong.push(`${session}: ${own.length} records`);
    const reached = (own[0]?.attempts ?? []).filter((each) => !/connect_|client_closed/.test(each)).length;
    const left = (own[0]?.attempts ?? []).filter((each) => each.endsWith("client_closed")).length;
    const seen = ledger.get(session) ?? 0;
    // A client that leaves at once may be gone before its request has left.
    if (seen >= reached && seen <= reached + left) continue;
    const at = startedAt.get(session) ?? 0;
    if (changes.some((change) => Math.abs(change - at) < CHANGE_MS)) continue;
    wrong.push(`${session}: ${reached} attempts, ${seen} at the upstreams: ${own[0]?.attempts.join(", ")}`);
  }
  return wrong;
}

function imbalances(report: Omit<SoakReport, "wrong">, records: number): string[] {
  const wrong: string[] = [];
  const { counts, rows, unheard, drainMs, filesAtRest, objectsAtRest, saves } = report;
  const answers = counts.ok + counts.refused + counts.shed + counts.broken + counts.aborted + counts.wrong;
  if (counts.sent !== answers) wrong.push(`${counts.sent} requests, ${answers} answers`);
  if (rows !== records) wrong.push(`${records} records, ${rows} rows in the log`);
  if (rows !== counts.sent - unheard)
    wrong.push(`${counts.sent} requests, ${unheard} of them unheard, ${rows} rows in the log`);
  if (counts.refused > 0) wrong.push(`${counts.refused} requests refused although an upstream was well`);
  if (counts.adminFailed > 0) wrong.push(`${counts.adminFailed} of the administrator's requests failed`);
  if (saves === 0) wrong.push("no configuration was saved");
  if (drainMs > 2_000) wrong.push(`requests were still under way: stopping took ${Math.round(drainMs)} ms`);
  if (filesAtRest[1] > filesAtRest[0] + 5) wrong.push(`open files: ${filesAtRest.join(" before, ")} after`);
  for (const [name, after] of Object.entries(objectsAtRest[1])) {
    const before = objectsAtRest[0][name] ?? 0;
    if (after > before + 50) wrong.push(`${name} objects: ${before} before, ${after} after`);
  }
  return wrong;
}
