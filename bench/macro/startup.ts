// Time to ready and memory of a fresh gateway.

import type { BenchOptions, Contestant } from "./options.ts";
import { residentBytes } from "./process-meter.ts";
import type { Program } from "./programs.ts";
import type { RequestSet } from "./requests.ts";
import { startContestant } from "./session.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { runStreamLoad } from "./stream-load.ts";

export interface StartupResult {
  readonly name: string;
  /** From starting the process until `/ready` answers 200. */
  readonly readyMs: Spread;
  readonly restBytes: number;
  /** With all streams under way, in a process that has done nothing else before. */
  readonly passThroughBytes: number;
  readonly convertedBytes: number;
}

/** Starts and stops the gateway several times, then loads two fresh ones with streams. */
export async function measureStartup(
  options: BenchOptions,
  contestant: Contestant,
  requests: RequestSet,
  folder: string,
  upstream: Program,
): Promise<StartupResult> {
  const { name, tree } = contestant;
  const times: number[] = [];
  // The first start fills the page cache and is not counted.
  for (let start = 0; start <= options.starts; start++) {
    const program = await startContestant(options, tree, "converted", folder, upstream.port);
    if (start > 0) times.push(program.readyMs);
    await program.stop();
  }
  let restBytes = 0;
  const underStreams = { "pass-through": 0, converted: 0 };
  for (const lane of ["pass-through", "converted"] as const) {
    const program = await startContestant(options, tree, lane, folder, upstream.port);
    await Bun.sleep(500);
    restBytes = residentBytes(program.pid);
    const load = await runStreamLoad({
      port: program.port,
      request: requests.streamMessages,
      streams: options.streams,
      rampMs: options.rampMs,
      windowMs: options.streamWindowMs,
      pid: program.pid,
      companions: [],
    });
    underStreams[lane] = load.residentBytes;
    await program.stop();
  }
  return {
    name,
    readyMs: spreadOf(times),
    restBytes,
    passThroughBytes: underStreams["pass-through"],
    convertedBytes: underStreams.converted,
  };
}
