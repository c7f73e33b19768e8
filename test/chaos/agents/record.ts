// Runs every agent under every break and in the storm, and writes docs/measurements/agents-under-fire.md.
//
//   bun test/chaos/agents/record.ts            # all: about half an hour
//   bun test/chaos/agents/record.ts --again    # only what failed or is missing since the last time
//
// Results are kept in .cache/agents-under-fire.json, run by run, so that a stopped recording can go on.

import { mkdir } from "node:fs/promises";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import type { AgentPrograms } from "../../e2e/agents/run-agent.ts";
import type { AgentSetup } from "../../e2e/agents/setups.ts";
import { findPrograms } from "../../e2e/agents/stage.ts";
import { PACKAGES } from "../../e2e/agents/versions.ts";
import { AGENTS, type Backing, BREAKS, runBroken } from "./breaks.ts";
import type { RunResult } from "./judge.ts";
import { FAILING_SHARE, MOST_TIMES, ORDERS, runStorm } from "./storm.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
const KEPT = join(ROOT, ".cache", "agents-under-fire.json");
const PAGE = join(ROOT, "docs", "measurements", "agents-under-fire.md");
const BACKINGS: readonly Backing[] = ["one", "two"];
const SEEDS = [1, 2];
const TIMEOUT_MS = 120_000;

type Kept = Record<string, RunResult>;
interface Job {
  readonly id: string;
  run(): Promise<RunResult>;
}

if (import.meta.main) await main(process.argv.includes("--again"));

async function main(isAgain: boolean): Promise<void> {
  const programs = await findPrograms(AGENTS);
  if (programs.size < AGENTS.length) throw new Error("not every agent could be installed");
  const kept: Kept = isAgain && (await Bun.file(KEPT).exists()) ? await Bun.file(KEPT).json() : {};
  await work(breakJobs(programs), kept, 2);
  // One at a time: their durations are compared.
  await work(stormJobs(programs), kept, 1);
  await mkdir(dirname(PAGE), { recursive: true });
  await Bun.write(PAGE, page(kept));
  const failed = Object.entries(kept).filter(([, result]) => result.wrong.length > 0);
  for (const [id, result] of failed) console.log(`\n=== ${id}: ${result.wrong.join("; ")}\n${result.story}`);
  console.log(`${Object.keys(kept).length - failed.length} of ${Object.keys(kept).length} as they should be`);
  process.exit(failed.length > 0 ? 1 : 0);
}

/** Runs the jobs that are not done yet, `width` at a time, and keeps every result at once. */
async function work(jobs: readonly Job[], kept: Kept, width: number): Promise<void> {
  const waiting = jobs.filter(({ id }) => (kept[id]?.wrong.length ?? 1) > 0);
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const result = await job.run();
      kept[job.id] = result;
      await Bun.write(KEPT, JSON.stringify(kept, null, 1));
      const seconds = (result.durationMs / 1000).toFixed(1);
      console.log(`${job.id}: ${result.wrong.length === 0 ? "done" : result.wrong.join("; ")} (${seconds} s)`);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

function breakJobs(programs: ReadonlyMap<AgentSetup, AgentPrograms>): Job[] {
  return AGENTS.flatMap((setup) =>
    BREAKS.flatMap((broken) =>
      BACKINGS.map((backing) => ({
        id: `${setup.name} | ${broken.name} | ${backing}`,
        run: () => runBroken(setup, programs.get(setup) as AgentPrograms, broken, backing, TIMEOUT_MS),
      })),
    ),
  );
}

function stormJobs(programs: ReadonlyMap<AgentSetup, AgentPrograms>): Job[] {
  return AGENTS.flatMap((setup) =>
    ORDERS.flatMap((order) =>
      [0, ...SEEDS].map((seed) => ({
        id: stormId(setup, order, seed),
        run: () =>
          runStorm(setup, programs.get(setup) as AgentPrograms, {
            order,
            seed,
            share: seed === 0 ? 0 : FAILING_SHARE,
            timeoutMs: TIMEOUT_MS,
          }),
      })),
    ),
  );
}

function stormId(setup: AgentSetup, order: readonly string[], seed: number): string {
  return `${setup.name} | storm ${seed} | ${order[0]}`;
}

function page(kept: Kept): string {
  const breaks = BREAKS.map(({ name }) => [
    name,
    ...AGENTS.flatMap((setup) => BACKINGS.map((backing) => cell(kept[`${setup.name} | ${name} | ${backing}`]))),
  ]);
  const breakResults = Object.entries(kept).filter(([id]) => !id.includes("| storm "));
  const storms = AGENTS.flatMap((setup) => ORDERS.map((order) => stormRow(kept, setup, order)));
  const versions = AGENTS.map((setup) => `${setup.name} ${PACKAGES[setup.package].version}`).join(", ");
  return `# Agents under fire

Written by \`bun test/chaos/agents/record.ts\` on ${new Date().toISOString().slice(0, 10)}; ${versions}. Load average at the end: ${loadavg()
    .map((each) => each.toFixed(1))
    .join(" ")}.

## One break in the middle of a task

Every agent does a task of three shell commands, thinking on. At the second one the first upstream breaks, once, in one of ${BREAKS.length} ways. *One*: a single upstream of the agent's own format. *Two*: two upstreams of other formats. A cell is the run's duration in seconds when the agent ended content, every command ran exactly once and in order, and its last words quoted the last command's output; otherwise it says what was wrong.

**${breakResults.filter(([, result]) => result.wrong.length === 0).length} of ${breakResults.length} runs did their task.**

| break | ${AGENTS.flatMap(({ name }) => BACKINGS.map((backing) => `${name}, ${backing}`)).join(" | ")} |
| --- |${" --- |".repeat(AGENTS.length * BACKINGS.length)}
${breaks.map((row) => `| ${row.join(" | ")} |`).join("\n")}

## Four of ten upstream calls fail

Every agent does a task of eight shell commands over four upstreams of four formats, in four orders of priority, with two seeds each. ${FAILING_SHARE * 100} % of the upstream calls fail at random: 429, 529, 500, a web page, a cut before and inside the answer, an empty 200, an error as first event, after the start and in the middle, garbage, a slow first byte. *Failed attempts* of all attempts; *told* is how many errors reached the agent; *times* compares with the same run without faults (at most ${MOST_TIMES}).

| agent | first format | without faults | ${SEEDS.map((seed) => `seed ${seed}: duration, times, failed of attempts, told`).join(" | ")} |
| --- | --- | --- |${" --- |".repeat(SEEDS.length)}
${storms.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
}

function cell(result: RunResult | undefined): string {
  if (!result) return "not run";
  return result.wrong.length === 0 ? seconds(result) : `**${result.wrong.join("; ")}**`;
}

function stormRow(kept: Kept, setup: AgentSetup, order: readonly string[]): string[] {
  const calm = kept[stormId(setup, order, 0)];
  const stormy = SEEDS.map((seed) => {
    const result = kept[stormId(setup, order, seed)];
    if (!result || !calm) return "not run";
    const times = (result.durationMs / calm.durationMs).toFixed(1);
    const verdict = result.wrong.length === 0 ? "" : ` **${result.wrong.join("; ")}**`;
    return `${seconds(result)} s, ${times}, ${result.failures} of ${result.attempts}, ${result.told}${verdict}`;
  });
  return [setup.name, order[0] ?? "", calm ? `${seconds(calm)} s` : "not run", ...stormy];
}

function seconds(result: RunResult): string {
  return (result.durationMs / 1000).toFixed(1);
}
