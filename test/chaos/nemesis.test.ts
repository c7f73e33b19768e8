// A random schedule of faults over three upstreams of which one is always well: no client sees a failure before content,
// and every failure behind it is told. APIROUTER_NEMESIS_SEED repeats a run, APIROUTER_CHAOS_ALL=1 makes it 10,000.

import { expect, test } from "bun:test";
import { runNemesis } from "./support/nemesis.ts";

const COUNT = process.env["APIROUTER_CHAOS_ALL"] === "1" ? 10_000 : 1_500;
const SEED = Number(process.env["APIROUTER_NEMESIS_SEED"] ?? 20_261_128);

test(
  `${COUNT} mixed requests under random faults, one of three upstreams well: nobody notices before content (seed ${SEED})`,
  async () => {
    const report = await runNemesis({ requests: COUNT, seed: SEED, width: 24 });
    console.log(
      `nemesis: ${report.ok} whole, ${report.broken} broken behind content and told, ` +
        `${report.failedAttempts} of ${report.attempts} attempts failed, ${Math.round(report.durationMs / 1000)} s`,
    );
    expect(report.wrong.slice(0, 10)).toEqual([]);
    expect(report.ok + report.broken).toBe(COUNT);
    expect(report.failedAttempts).toBeGreaterThan(COUNT / 20);
    expect(report.broken).toBeGreaterThan(0);
  },
  COUNT * 100,
);
