// Turns the samples of a run into Markdown tables: medians over the rounds, least and most in brackets.

import type { BenchCase } from "./cases.ts";
import type { Sample } from "./measure.ts";
import type { StartupResult } from "./startup.ts";
import { median, type Spread, spreadOf } from "./statistics.ts";

export interface ReportInput {
  readonly cases: readonly BenchCase[];
  readonly samples: readonly Sample[];
  readonly startups: readonly StartupResult[];
  /** Gateways' resident memory at the end of the run. */
  readonly endBytes: readonly { readonly name: string; readonly lane: string; readonly bytes: number }[];
  readonly contestants: readonly string[];
  readonly hasNginx: boolean;
  readonly streams: number;
  readonly rounds: number;
}

export function renderReport(input: ReportInput): string {
  return [
    `Medians of ${input.rounds} rounds, [least-most]. One pinned core under test.`,
    "",
    ...cpuTable(input),
    "",
    ...latencyTable(input),
    "",
    ...processTable(input),
    "",
    disturbance(input.samples),
    ...(input.hasNginx ? [] : ["nginx is not installed: its columns are empty."]),
  ].join("\n");
}

function cpuTable(input: ReportInput): string[] {
  const rows = input.cases.flatMap((which) =>
    input.contestants.map((name) => {
      const own = cpuOf(input.samples, which.id, name);
      const nginx = cpuOf(input.samples, which.id, "nginx");
      const ratios = pairs(own, nginx, (a, b) => a / b);
      const aim = name === "gateway" ? which.targetRatio : undefined;
      return [
        which.title,
        name,
        micro(spreadOfMap(own)),
        input.hasNginx ? micro(spreadOfMap(nginx)) : "-",
        input.hasNginx ? times(spreadOf(ratios)) : "-",
        aim === undefined ? "-" : `${aim} ${median(ratios) <= aim ? "met" : "missed"}`,
        shares(input.samples, which.id, name),
        shares(input.samples, which.id, "nginx"),
      ];
    }),
  );
  return table(
    ["CPU time per request or event", "", "us", "nginx us", "x nginx", "aim x", "core used", "nginx core used"],
    rows,
  );
}

function latencyTable(input: ReportInput): string[] {
  const rows = input.cases.flatMap((which) =>
    which.type !== "json" || !input.samples.some((sample) => sample.open && sample.caseId === which.id)
      ? []
      : [...input.contestants, ...(input.hasNginx ? ["nginx"] : [])].map((name) => {
          const added = (pick: (sample: Sample) => number | undefined): string => {
            const own = collect(input.samples, which.id, name, pick);
            const direct = collect(input.samples, which.id, "direct", pick);
            return milli(spreadOf(pairs(own, direct, (a, b) => a - b)));
          };
          const direct = collect(input.samples, which.id, "direct", (sample) => sample.open?.p50Ms);
          return [
            `${which.title}, ${which.perSecond}/s`,
            name,
            added((sample) => sample.open?.p50Ms),
            added((sample) => sample.open?.p99Ms),
            milli(spreadOfMap(direct)),
          ];
        }),
  );
  return table(["latency added to direct", "", "p50 ms", "p99 ms", "direct p50 ms"], rows);
}

function processTable(input: ReportInput): string[] {
  const rows = input.startups.map((each) => {
    const ends = input.endBytes.filter((end) => end.name === each.name);
    return [
      each.name,
      `${each.readyMs.median.toFixed(0)} [${each.readyMs.min.toFixed(0)}-${each.readyMs.max.toFixed(0)}]`,
      mega(each.restBytes),
      mega(each.passThroughBytes),
      mega(each.convertedBytes),
      ends.map((end) => mega(end.bytes)).join(" / "),
    ];
  });
  const streams = `${input.streams} streams`;
  return table(
    [
      "process",
      "ready ms",
      "MB at rest",
      `MB, ${streams} passed`,
      `MB, ${streams} converted`,
      "MB after the run (pass / conv.)",
    ],
    rows,
  );
}

/** What the reader has to know before believing the figures. */
function disturbance(samples: readonly Sample[]): string {
  const foreign = samples.map(({ closed, open, stream }) => (closed ?? open ?? stream)?.foreignShare ?? 0);
  const lags = samples.flatMap(({ open }) => (open ? [open.lagMs] : []));
  const { median: middle, max } = spreadOf(foreign);
  return `Foreign load during the windows: median ${percent(middle)}, most ${percent(max)} of one core. The generator itself is ${median(lags).toFixed(3)} ms late at p50, in every latency alike.`;
}

// --- picking values: one per round, so that rounds can be paired

type ByRound = ReadonlyMap<number, number>;

function collect(
  samples: readonly Sample[],
  caseId: string,
  target: string,
  pick: (sample: Sample) => number | undefined,
): ByRound {
  const values = new Map<number, number>();
  for (const sample of samples) {
    if (sample.caseId !== caseId || sample.target !== target) continue;
    const value = pick(sample);
    if (value !== undefined) values.set(sample.round, value);
  }
  return values;
}

function cpuOf(samples: readonly Sample[], caseId: string, target: string): ByRound {
  return collect(samples, caseId, target, ({ closed, stream }) => (closed ?? stream)?.cpuUs);
}

function pairs(own: ByRound, other: ByRound, join: (a: number, b: number) => number): number[] {
  return [...own].flatMap(([round, value]) => {
    const partner = other.get(round);
    return partner === undefined ? [] : [join(value, partner)];
  });
}

function spreadOfMap(values: ByRound): Spread {
  return spreadOf([...values.values()]);
}

function shares(samples: readonly Sample[], caseId: string, target: string): string {
  const values = collect(samples, caseId, target, ({ closed, stream }) => (closed ?? stream)?.coreShare);
  return values.size === 0 ? "-" : percent(median([...values.values()]));
}

// --- formatting

function micro({ median: middle, min, max }: Spread): string {
  return `${middle.toFixed(1)} [${min.toFixed(1)}-${max.toFixed(1)}]`;
}

function times({ median: middle, min, max }: Spread): string {
  return `${middle.toFixed(2)} [${min.toFixed(2)}-${max.toFixed(2)}]`;
}

function milli({ median: middle, min, max }: Spread): string {
  return `${middle.toFixed(3)} [${min.toFixed(3)}-${max.toFixed(3)}]`;
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** A Markdown table, padded so that it can be read as it is. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)];
}
