// Runs numbered cases: names the seed of the one that fails, bounds the time of each, and kills the process when one hangs.

import { type Chooser, createChooser, ONLY_CASE, SEED } from "./settings.ts";

/** Time that one case may take; a hundred times what the slowest needs, because the machine is shared. */
const MAX_CASE_MS = 5000;
/** Failures that are collected before a run gives up; `APIROUTER_FUZZ_FAILURES` for more. */
const MAX_FAILURES = Number(process.env["APIROUTER_FUZZ_FAILURES"] ?? 10);

/**
 * Runs cases 0 to `count` - 1 of a kind and throws one error that lists the failed ones with the command that repeats
 * them. A case that never returns ends the process from a watching thread, which names the case.
 */
export async function runCases(
  kind: string,
  count: number,
  run: (choose: Chooser, caseNumber: number) => void | Promise<void>,
): Promise<void> {
  const watchdog = startWatchdog(kind);
  const failures: string[] = [];
  try {
    const numbers = ONLY_CASE === undefined ? Array.from({ length: count }, (_, at) => at) : [ONLY_CASE];
    for (const number of numbers) {
      watchdog.begin(number);
      const startedMs = performance.now();
      try {
        await run(createChooser(kind, number), number);
        const tookMs = performance.now() - startedMs;
        if (tookMs > MAX_CASE_MS) throw new Error(`took ${Math.round(tookMs)} ms`);
      } catch (error) {
        failures.push(`${repeatCommand(kind, number)}\n${error instanceof Error ? error.stack : String(error)}`);
        if (failures.length >= MAX_FAILURES) break;
      }
    }
  } finally {
    watchdog.stop();
  }
  if (failures.length > 0) throw new Error(`${failures.length} cases of ${kind} failed:\n\n${failures.join("\n\n")}`);
}

function repeatCommand(kind: string, number: number): string {
  return `APIROUTER_FUZZ_SEED=${SEED} APIROUTER_FUZZ_CASE=${number} bun test test/fuzz -t "${kind}"`;
}

/** A thread that notices when the main one no longer gets from case to case. */
function startWatchdog(kind: string): { begin(number: number): void; stop(): void } {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL("./watchdog.ts", import.meta.url).href);
  worker.postMessage({ shared, kind, seed: SEED });
  return {
    begin(number) {
      Atomics.store(shared, 0, number);
      Atomics.add(shared, 1, 1);
    },
    stop() {
      Atomics.store(shared, 0, -1);
      worker.terminate();
    },
  };
}
