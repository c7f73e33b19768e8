// The benchmark of the product: gateway, nginx as a plain proxy and the direct path, side by side on one machine.
// Progress goes to stderr, Markdown tables to stdout, all samples to a JSON file. Linux only.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chooseCases } from "./macro/cases.ts";
import { Measurement } from "./macro/measure.ts";
import { type BenchOptions, readOptions, USAGE } from "./macro/options.ts";
import { residentBytes } from "./macro/process-meter.ts";
import { OTHER_CORE, type Program, pinSelf, startUpstream } from "./macro/programs.ts";
import { renderReport } from "./macro/report.ts";
import { renderRequests } from "./macro/requests.ts";
import { startSession } from "./macro/session.ts";
import { measureStartup, type StartupResult } from "./macro/startup.ts";

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = readOptions(args);
    chooseCases(options.cases);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  pinSelf(OTHER_CORE);
  const folder = mkdtempSync(join(tmpdir(), "apirouter-bench-"));
  const upstream = await startUpstream(folder);
  try {
    await bench(options, folder, upstream);
    return 0;
  } finally {
    await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bench(options: BenchOptions, folder: string, upstream: Program): Promise<void> {
  const startedAt = new Date();
  const requests = renderRequests();
  const cases = chooseCases(options.cases);
  const startups: StartupResult[] = [];
  for (const contestant of options.contestants) {
    say(`starting and stopping: ${contestant.name}`);
    startups.push(await measureStartup(options, contestant, requests, folder, upstream));
  }
  const session = await startSession(options, requests, folder, upstream);
  try {
    if (!session.hasNginx) say("nginx is not installed: its columns are skipped");
    const measurement = new Measurement(options, session, [process.pid, upstream.pid], say);
    await measurement.warmUp(cases);
    for (let round = 1; round <= options.rounds; round++) await measurement.round(round, cases);
    const endBytes = session.gateways.map(({ name, lane, program }) => ({
      name,
      lane,
      bytes: residentBytes(program.pid),
    }));
    const { samples } = measurement;
    const { streams, rounds } = options;
    const contestants = options.contestants.map(({ name }) => name);
    const { hasNginx } = session;
    console.log(renderReport({ cases, samples, startups, endBytes, contestants, hasNginx, streams, rounds }));
    save(options, startedAt, { startedAt, bun: Bun.version, options, startups, endBytes, samples });
  } finally {
    await session.stop();
  }
}

function save(options: BenchOptions, startedAt: Date, result: unknown): void {
  const name = `${startedAt.toISOString().replace(/[:.]/g, "-")}.json`;
  const file = options.outFile ?? join(import.meta.dir, "results", name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
  say(`samples: ${file}`);
}

function say(line: string): void {
  console.error(line);
}

process.exit(await main(process.argv.slice(2)));
