// Two minutes of mixed load while upstreams fail by a schedule and the configuration is saved; then the books must
// balance. bench/soak/run.ts runs half an hour of the same and watches memory. APIROUTER_SOAK_MINUTES changes the time.

import { expect, test } from "bun:test";
import { runSoak } from "../../bench/soak/soak.ts";

const MINUTES = Number(process.env["APIROUTER_SOAK_MINUTES"] ?? 2);
const MIB = 1024 * 1024;
const WARM_UP_MINUTES = MINUTES / 2;

test(
  `${MINUTES} minutes of mixed load over failing upstreams lose nothing, leave nothing and refuse nobody`,
  async () => {
    const report = await runSoak({
      minutes: MINUTES,
      warmUpMinutes: WARM_UP_MINUTES,
      requestsPerSecond: 25,
      seed: 7,
      phaseMs: 10_000,
    });
    const { counts } = report;
    expect(report.wrong.slice(0, 10)).toEqual([]);
    expect(counts.sent).toBe(counts.ok + counts.shed + counts.broken + counts.aborted);
    // On a machine that is too busy for it the gateway turns some away; that is not what is asked here.
    expect(counts.shed).toBeLessThan(counts.sent / 10);
    expect(counts.aborted).toBeGreaterThan(0);
    expect(report.rows).toBe(counts.sent - report.unheard);
    // A minute is too short for a slope of 1 MiB per 10 minutes; a leak per request would be seen.
    const warm = report.samples.filter(({ minute }) => minute >= WARM_UP_MINUTES);
    const growth = ((warm.at(-1)?.heapBytes ?? 0) - (warm[0]?.heapBytes ?? 0)) / MIB;
    expect(growth).toBeLessThan(16);
    console.log(
      `soak: ${counts.sent} requests, ${report.attempts} attempts, ${counts.broken} broken and told, ` +
        `${counts.aborted} left, ${report.saves} saves, heap ${growth.toFixed(1)} MiB in the second half`,
    );
  },
  (MINUTES + 1.5) * 60_000,
);
