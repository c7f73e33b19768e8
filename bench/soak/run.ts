// A soak by hand: `bun bench/soak/run.ts` runs half an hour and prints a report in Markdown; `--minutes 12` another time,
// `--rush 1` without the rush at the beginning, `--out FILE` writes it. Ends with exit code 1 when the books do not balance
// or memory grows.

import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { runSoak, type SoakReport } from "./soak.ts";

const MIB = 1024 * 1024;
/** The most that resident memory may grow, MiB per 10 minutes behind the warm-up. */
const MOST_GROWTH = 1;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    "warm-up": { type: "string", default: "10" },
    rate: { type: "string", default: "40" },
    rush: { type: "string", default: "8" },
    seed: { type: "string", default: "1" },
    out: { type: "string" },
  },
});

const startedAt = new Date();
const report = await runSoak({
  minutes: Number(values.minutes),
  warmUpMinutes: Number(values["warm-up"]),
  requestsPerSecond: Number(values.rate),
  rushTimes: Number(values.rush),
  seed: Number(values.seed),
  phaseMs: 60_000,
  say: (line) => console.error(line),
});
const text = render(report);
if (values.out === undefined) console.log(text);
else await Bun.write(values.out, text);
const isFlat = report.rssMiBPer10Minutes <= MOST_GROWTH;
console.error(`${report.wrong.length} imbalances, ${report.rssMiBPer10Minutes.toFixed(2)} MiB per 10 minutes`);
process.exit(report.wrong.length === 0 && isFlat ? 0 : 1);

function render(soak: SoakReport): string {
  const { counts, options, samples } = soak;
  const objects = Object.entries(soak.objectsAtRest[1]).map(
    ([name, after]) => `| ${name} objects | ${soak.objectsAtRest[0][name] ?? 0} | ${after} |`,
  );
  const shown = samples.filter((_, at) => at % Math.max(1, Math.floor(samples.length / 15)) === 0);
  return `# Soak

Written by \`bun bench/soak/run.ts\` on ${startedAt.toISOString().slice(0, 10)}: ${options.minutes} minutes at ${options.requestsPerSecond} requests a second (${options.rushTimes ?? 1} times as many in the first ${options.warmUpMinutes / 5} minutes), seed ${options.seed}, Bun ${Bun.version}, ${cpus()[0]?.model ?? "unknown processor"}, load average at the end ${loadavg()
    .map((each) => each.toFixed(1))
    .join(" ")} (others used the machine).

70 % streams, 25 % whole answers, 5 % requests of the administrator; 2 % of the clients leave early; the configuration is saved every 30 seconds. Three upstreams of three formats; the first two fail by a schedule that changes every minute: away, 10 % resets, 10 % cuts inside the answer, 5 % stalls, bursts of 429, a wave of 529, events of 1 MiB. Clients are no agents, so an answer that breaks behind its first content is told and not begun anew.

## Books

| | |
| --- | --- |
| requests sent | ${counts.sent} |
| whole answers | ${counts.ok} |
| refused before any content | ${counts.refused} |
| turned away because the machine was too busy for the gateway | ${counts.shed} |
| broken behind content, and told so | ${counts.broken} |
| left by the client | ${counts.aborted} |
| anything else | ${counts.wrong} |
| rows in the request log | ${soak.rows} |
| clients gone before their request was taken | ${soak.unheard} |
| attempts | ${soak.attempts} |
| requests that the upstreams counted | ${soak.ledger} |
| administrator's requests, failed ones | ${counts.admin}, ${counts.adminFailed} |
| configurations saved | ${soak.saves} |
| left to wait for at the end | ${Math.round(soak.drainMs)} ms |

Attempts by outcome: ${Object.entries(soak.outcomes)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(
      ", ",
    )}. Attempts that were refused a connection, and clients that left at once, are not in the upstreams' count; every other request was compared one by one.

${soak.wrong.length === 0 ? "Everything balances." : soak.wrong.map((each) => `- ${each}`).join("\n")}

## What stays

Resident memory grew by **${soak.rssMiBPer10Minutes.toFixed(2)} MiB per 10 minutes** behind the first ${options.warmUpMinutes} minutes (line through a sample every 10 seconds, each behind a collection; at most ${MOST_GROWTH} is accepted), the heap by ${soak.heapMiBPer10Minutes.toFixed(2)}.

| at rest | before | after |
| --- | --- | --- |
| open files | ${soak.filesAtRest.join(" | ")} |
${objects.join("\n")}

| minute | resident MiB | heap MiB | open files |
| --- | --- | --- | --- |
${shown
  .map(
    ({ minute, rssBytes, heapBytes, files }) =>
      `| ${minute.toFixed(1)} | ${(rssBytes / MIB).toFixed(1)} | ${(heapBytes / MIB).toFixed(1)} | ${files} |`,
  )
  .join("\n")}
`;
}
