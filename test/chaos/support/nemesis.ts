// Requests of every kind over three upstreams while a seed decides which two of them fail and how: one is always well.

import { readdirSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import type { SimPlan } from "../../../src/simulator/script.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { answerText, type ClientCall, clientCall, PROTOCOLS, send } from "../../e2e/support/client-calls.ts";
import { upstreamEntry } from "../../e2e/support/upstreams.ts";
import { startGateway } from "../../support/gateway.ts";
import { type Judgement, judgeAnswer } from "./judge-answer.ts";
import { type Seeded, seeded } from "./seeded.ts";
import { GOOD, LEAK } from "./seen.ts";

export interface NemesisOptions {
  readonly requests: number;
  readonly seed: number;
  /** Under way at once. */
  readonly width: number;
  readonly say?: (line: string) => void;
}

export interface NemesisReport {
  readonly ok: number;
  /** Told inside the stream, behind content. */
  readonly broken: number;
  readonly attempts: number;
  readonly failedAttempts: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly durationMs: number;
  /** What breaks an invariant; empty when all hold. */
  readonly wrong: readonly string[];
}

type Fault = Partial<SimPlan>;
const BAD_ANSWER = { ...GOOD, text: LEAK, thinking: LEAK };

/** Faults before any content: no client may notice one of them. */
const EARLY: readonly Fault[] = [
  { error: "overloaded", status: 529 },
  { status: 500 },
  { status: 502, html: true },
  { status: 503 },
  { status: 522, body: "" },
  { status: 302, body: "", headers: { location: "http://127.0.0.1:1/" } },
  { html: true },
  { empty: true },
  { body: {} },
  { errorIn200: "overloaded" },
  { errorIn200: "api_error" },
  { cutBeforeHead: "rst" },
  { cutBeforeHead: "fin" },
  { garbage: "\x00 no HTTP\r\n\r\n" },
  { stallBeforeHeadMs: Number.POSITIVE_INFINITY },
  { errorEventAt: { at: 0, kind: "overloaded" } },
  { errorEventAt: { at: "after-start", kind: "api_error" } },
  { answer: BAD_ANSWER, cutAfterEvents: { at: "after-start", how: "rst" } },
  { answer: BAD_ANSWER, cutAfterEvents: { at: "after-start", how: "clean" } },
  { answer: BAD_ANSWER, stallAfterEvents: "after-start" },
];
/** Faults that close the way for minutes; more of them would leave nobody to fail. */
const RESTING: readonly Fault[] = [{ error: "rate" }, { error: "auth" }, { error: "quota" }, { error: "not_found" }];
/** Faults behind content: the client is told. */
const LATE: readonly Fault[] = [
  { cutAfterEvents: { at: "in-text", how: "rst" } },
  { cutAfterEvents: { at: "in-thinking", how: "clean" } },
  { cutAfterEvents: { at: "in-tool", how: "fin" } },
  { errorEventAt: { at: "in-text", kind: "overloaded" } },
  { errorEventAt: { at: "after-text", kind: "api_error" } },
  { garbageAt: { at: "in-text", bytes: 'data: {"half\n\n' } },
  { stallAfterEvents: "in-text" },
];

const FORMATS: readonly ProtocolId[] = ["anthropic", "openai-chat", "gemini"];
const KEYS = ["sk-nemesis-secret-key-0", "sk-nemesis-secret-key-1", "sk-nemesis-secret-key-2"];
/** After so many requests another upstream is well, and the administrator changes the upstreams. */
const ROUND = 250;
const LONGEST_MS = 60_000;
const QUICK = { first_byte_ms: 5_000, first_content_ms: 6_000, idle_ms: 5_000, request_ms: 5_000 };

/** Runs it. */
export async function runNemesis({ requests, seed, width, say }: NemesisOptions): Promise<NemesisReport> {
  const random = seeded(seed);
  let healthy = 0;
  const filesBefore = openFiles();
  const simulators = FORMATS.map((_, at) =>
    startSimulator({ keepRequests: 0, plan: () => ({ answer: GOOD, ...faultOf(random, at === healthy) }) }),
  );
  const entries = (round: number): object[] =>
    simulators.map(({ url }, at) =>
      upstreamEntry(`up-${at}`, FORMATS[at] as ProtocolId, url, {
        priority: at,
        keys: [KEYS[at]],
        timeouts: { ...QUICK, connect_ms: 5_000 + round },
      }),
    );
  const gateway = await startGateway({
    upstreams: entries(0),
    // Requests may take the three upstreams' limits one after the other.
    config: { timeouts: { request_ms: LONGEST_MS }, breaker: { failure_threshold: 20, open_ms: 20 }, debug_mode: true },
  });
  const startedMs = performance.now();
  const wrong: string[] = [];
  const counts = { ok: 0, broken: 0 };
  const answered = new Set<string>();
  let next = 0;
  let endOfRound = 0;

  const worker = async (): Promise<void> => {
    for (let n = next++; n < endOfRound; n = next++) {
      const call = clientCall(random.pick(PROTOCOLS), { stream: random.next() < 0.7, prompt: `question ${n}` });
      const why = await askOnce(call).catch((error: unknown) => String(error));
      if (why) wrong.push(`request ${n}, ${call.protocol} ${call.stream ? "stream" : "whole"}: ${why}`);
    }
  };

  async function askOnce(call: ClientCall): Promise<string | undefined> {
    const answer = await send(gateway.url, call, { "user-agent": "plain-client/1.0" });
    const id = answer.headers.get("x-request-id") ?? "";
    if (answered.has(id) || id === "") return `request id ${id} was given twice`;
    answered.add(id);
    if (KEYS.some((key) => answer.text.includes(key))) return "an upstream's key in the answer";
    if (answer.text.includes(LEAK)) return "bytes of a failed attempt";
    return count(judgeAnswer(call, answer), answerText(call, answer.text));
  }

  function count(judgement: Judgement, text: string): string | undefined {
    if (judgement.type === "wrong") return judgement.why;
    if (judgement.type === "refused") return `refused with ${judgement.status} although an upstream was well`;
    if (judgement.type === "ok" && text !== GOOD.text) return `whole, but its text is ${JSON.stringify(text)}`;
    if (!GOOD.text.startsWith(text)) return `its text is ${JSON.stringify(text)}`;
    counts[judgement.type] += 1;
    return undefined;
  }

  try {
    while (endOfRound < requests) {
      // Mostly the second or the third: with the first one well nobody would ask the others.
      healthy = random.next() < 0.1 ? 0 : 1 + random.below(FORMATS.length - 1);
      // A changed upstream starts with fresh breakers: a quota or an unknown model would rest it for the whole run.
      wrong.push(...(await save(gateway.url, entries(1 + endOfRound / ROUND))));
      next = endOfRound;
      endOfRound = Math.min(requests, endOfRound + ROUND);
      await Promise.all(Array.from({ length: width }, worker));
      say?.(`${endOfRound} requests, ${counts.ok} whole, ${counts.broken} broken and told, ${wrong.length} wrong`);
    }
    await gateway.record(requests);
    const durationMs = performance.now() - startedMs;
    wrong.push(...recordFaults(gateway.records, answered));
    gateway.app.flush();
    wrong.push(...(await leakedKeys(gateway.dataDir, gateway.lines)));
    const attempts = gateway.records.flatMap((record) => record.attempts);
    const outcomes: Record<string, number> = {};
    for (const { outcome } of attempts) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const failedAttempts = attempts.length - (outcomes["ok"] ?? 0);
    await gateway.stop();
    for (const simulator of simulators) simulator.stop();
    // Sockets that our own fetch keeps go when it finds them closed.
    const files = openFiles();
    if (files > filesBefore + width) wrong.push(`${filesBefore} files open before, ${files} after`);
    return { ...counts, attempts: attempts.length, failedAttempts, outcomes, durationMs, wrong };
  } finally {
    await gateway.stop().catch(() => undefined);
    for (const simulator of simulators) simulator.stop();
  }
}

async function save(url: string, upstreams: readonly object[]): Promise<string[]> {
  const headers = { "x-admin-password": "admin" };
  const answer = await fetch(`${url}/admin/config`, { method: "POST", headers, body: JSON.stringify({ upstreams }) });
  return answer.ok ? [] : [`a save was refused: ${answer.status}`];
}

/** Half of the calls of an upstream that is not well fail, most of them early. */
function faultOf(random: Seeded, isHealthy: boolean): Fault | undefined {
  if (isHealthy || random.next() < 0.5) return undefined;
  const kind = random.next();
  return random.pick(kind < 0.02 ? RESTING : kind < 0.8 ? EARLY : LATE);
}

/** Every request has one record that says what its client saw. */
function recordFaults(records: readonly RequestRecord[], answered: ReadonlySet<string>): string[] {
  const wrong: string[] = [];
  if (records.length !== answered.size) wrong.push(`${answered.size} answers, ${records.length} records`);
  if (new Set(records.map(({ id }) => id)).size !== records.length) wrong.push("a request has two records");
  for (const { id, status, attempts } of records) {
    if (!answered.has(id)) wrong.push(`${id} was never answered`);
    if (status !== 200) wrong.push(`${id}: status ${status}: ${attempts.map((each) => each.outcome).join(", ")}`);
    if (attempts.filter((attempt) => attempt.outcome === "ok").length > 1) wrong.push(`${id}: answered twice`);
  }
  return wrong;
}

function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Files and console lines that hold an upstream's key; config.json and its copies are where they belong. */
async function leakedKeys(dataDir: string, lines: readonly string[]): Promise<string[]> {
  const wrong: string[] = [];
  if (KEYS.some((key) => lines.some((line) => line.includes(key)))) wrong.push("a key on the console");
  for (const name of await readdir(dataDir)) {
    if (/^config|history/.test(name) || !/\.(db|db-wal|log|json)$/.test(name)) continue;
    const text = await readFile(join(dataDir, name), "latin1");
    if (KEYS.some((key) => text.includes(key))) wrong.push(`a key in ${name}`);
  }
  return wrong;
}
