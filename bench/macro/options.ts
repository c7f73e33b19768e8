// Command line of the benchmark.

import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** A checkout whose gateway is measured. */
export interface Contestant {
  readonly name: string;
  readonly tree: string;
}

export interface BenchOptions {
  readonly contestants: readonly Contestant[];
  readonly useBinary: boolean;
  readonly rounds: number;
  /** Only these cases; all when empty. */
  readonly cases: readonly string[];
  readonly starts: number;
  readonly warmMs: number;
  readonly windowMs: number;
  readonly streamWindowMs: number;
  readonly streams: number;
  /** Time over which streams are opened. */
  readonly rampMs: number;
  /** Seconds that may be spent on repeating windows in which others used the machine. */
  readonly patienceSeconds: number;
  readonly outFile: string | undefined;
  readonly isQuick: boolean;
}

const ROOT = resolve(import.meta.dir, "../..");

export const USAGE = `bun bench/run.ts [options]
  --quick            about 40 s: one round, short windows, too little warming up for figures to quote
  --rounds N         rounds of the full run, default 5
  --cases A,B        only these: small, large, converted, stream, stream-converted
  --against DIR      measure the gateway of another checkout beside this one; may be repeated
  --binary           run dist/apirouter instead of the source
  --streams N        streams at once, default 400
  --patience S       seconds to spend on repeating disturbed windows, default 180 (quick: 0)
  --out FILE         JSON result, default bench/results/<time>.json`;

/** Reads the arguments. Throws with a message for people. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      cases: { type: "string", default: "" },
      against: { type: "string", multiple: true, default: [] },
      binary: { type: "boolean", default: false },
      streams: { type: "string", default: "400" },
      patience: { type: "string" },
      out: { type: "string" },
    },
  });
  const { quick } = values;
  const others = values.against.map((folder) => ({ name: folder.replace(/\/$/, ""), tree: resolve(folder) }));
  return {
    contestants: [{ name: "gateway", tree: ROOT }, ...others],
    useBinary: values.binary,
    rounds: whole("rounds", values.rounds ?? (quick ? "1" : "5")),
    cases: values.cases.split(",").filter((name) => name !== ""),
    starts: quick ? 2 : 10,
    // The engine is done with compiling after some 100,000 requests; a window before that is a quarter too dear.
    warmMs: quick ? 3000 : 15_000,
    windowMs: quick ? 700 : 2000,
    streamWindowMs: quick ? 1000 : 4000,
    streams: whole("streams", values.streams),
    rampMs: quick ? 500 : 1000,
    patienceSeconds: whole("patience", values.patience ?? (quick ? "0" : "180"), 0),
    outFile: values.out,
    isQuick: quick,
  };
}

function whole(name: string, text: string, minimum = 1): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < minimum)
    throw new Error(`--${name}: expected a whole number from ${minimum}, found ${JSON.stringify(text)}`);
  return value;
}
