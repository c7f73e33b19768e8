// What a dead first upstream costs: four gateways side by side, asked in turn, one request at a time.
//
//   bun bench/faults/dead-upstream.ts [rounds]
//
// `alone` has the healthy upstream only, `again` is the same once more and shows the noise, `open` has a dead upstream
// before it whose breaker is open, `refusing` has one that refuses every connection and is tried every time.

import { loadavg } from "node:os";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { clientCall, send } from "../../test/e2e/support/client-calls.ts";
import { createDataDir, type Program, removeDataDir, startProgram } from "../../test/e2e/support/program.ts";
import { upstreamEntry } from "../../test/e2e/support/upstreams.ts";
import { percentile } from "../macro/statistics.ts";

const NAMES = ["alone", "again", "open", "refusing"] as const;
type Name = (typeof NAMES)[number];

const ROUNDS = Number(process.argv[2] ?? 5_000);
const WARM_UP = 500;
/** Nobody listens there. */
const DEAD = "http://127.0.0.1:1";
const HOUR_MS = 3_600_000;

const healthy = startSimulator({ keepRequests: 0, plan: { answer: { text: "Hello there.", id: "bench" } } });
const well = upstreamEntry("well", "anthropic", healthy.url, { priority: 2 });
const dead = upstreamEntry("dead", "anthropic", DEAD, { priority: 1 });
const BREAKERS: Readonly<Record<Name, object>> = {
  alone: {},
  again: {},
  open: { failure_threshold: 1, open_ms: HOUR_MS },
  refusing: { failure_threshold: 1_000, window_min_requests: 1_000_000 },
};

const dataDirs: string[] = [];
const gateways = {} as Record<Name, Program>;
for (const name of NAMES) {
  const upstreams = name === "open" || name === "refusing" ? [dead, well] : [well];
  // Every request of `refusing` is a further attempt; they succeed, so the budget is not charged.
  const dataDir = await createDataDir({ upstreams, breaker: BREAKERS[name] });
  dataDirs.push(dataDir);
  gateways[name] = startProgram(dataDir);
  await gateways[name].ready();
}

try {
  for (const stream of [false, true]) await measure(stream);
} finally {
  for (const name of NAMES) await gateways[name].kill("SIGKILL");
  for (const dataDir of dataDirs) await removeDataDir(dataDir);
  healthy.stop();
}
process.exit(0);

async function measure(stream: boolean): Promise<void> {
  const call = clientCall("anthropic", { stream });
  const times: Record<Name, number[]> = { alone: [], again: [], open: [], refusing: [] };
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    // Another one begins in every round.
    for (let turn = 0; turn < NAMES.length; turn++) {
      const name = NAMES[(turn + round + WARM_UP) % NAMES.length] as Name;
      const startMs = performance.now();
      const { status } = await send(gateways[name].url, call);
      if (status !== 200) throw new Error(`${name}: status ${status}`);
      if (round >= 0) times[name].push(performance.now() - startMs);
    }
  }
  console.log(
    `\n${stream ? "streams" : "whole answers"}, ${ROUNDS} rounds, load ${loadavg()
      .map((each) => each.toFixed(1))
      .join(" ")}\n`,
  );
  console.log("| ms | p50 | p90 | p99 | added at p50 | added at p99 |\n|---|---|---|---|---|---|");
  for (const name of NAMES) {
    const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => percentile(times[name], share)) as [number, number, number];
    const added = [p50 - percentile(times.alone, 0.5), p99 - percentile(times.alone, 0.99)];
    console.log(`| ${name} | ${[p50, p90, p99, ...added].map((each) => each.toFixed(2)).join(" | ")} |`);
  }
}
