// Times small pieces of code in this process: warmed up, in short rounds that alternate between the candidates.
// The best round counts: on a shared machine all others tell more of the neighbours. Rounds are shorter than the time
// that the system gives a program at once.

export interface Candidate {
  readonly name: string;
  /** One call; returns something, so that its work cannot be left out. */
  readonly run: () => unknown;
}

const ROUNDS = 200;
const ROUND_MS = 4;
const WARM_MS = 1500;

let sink: unknown;

/** Microseconds per call in the best round, in the order of the candidates. */
export function compare(candidates: readonly Candidate[]): number[] {
  const calls = candidates.map(({ run }) => calibrate(run));
  const times: number[][] = candidates.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    candidates.forEach(({ run }, at) => {
      times[at]?.push(timeCalls(run, calls[at] ?? 1));
    });
  }
  return times.map((all) => Math.min(...all));
}

/** Warms up and returns how many calls fill a round. */
function calibrate(run: () => unknown): number {
  const startedMs = performance.now();
  let calls = 0;
  while (performance.now() - startedMs < WARM_MS || calls < 3) {
    sink = run();
    calls += 1;
  }
  return Math.max(1, Math.round((calls * ROUND_MS) / (performance.now() - startedMs)));
}

function timeCalls(run: () => unknown, calls: number): number {
  const startedMs = performance.now();
  for (let call = 0; call < calls; call++) sink = run();
  return ((performance.now() - startedMs) * 1000) / calls;
}

/** What the last call returned; read it once to keep engines honest. */
export function lastResult(): unknown {
  return sink;
}
