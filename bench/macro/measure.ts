// Runs the rounds: every case, every target, in alternating order, so that slow changes of the machine hit all alike.

import type { BenchCase, JsonCase } from "./cases.ts";
import { type ClosedLoopResult, runClosedLoop } from "./closed-loop.ts";
import { type OpenLoopResult, runOpenLoop } from "./open-loop.ts";
import type { BenchOptions } from "./options.ts";
import type { Session, Target } from "./session.ts";
import { runStreamLoad, type StreamLoadResult } from "./stream-load.ts";
import type { WindowUse } from "./window.ts";

/** One measured window. */
export interface Sample {
  readonly round: number;
  readonly caseId: string;
  readonly target: string;
  readonly closed?: ClosedLoopResult;
  readonly open?: OpenLoopResult;
  readonly stream?: StreamLoadResult;
}

/** More foreign load than this, in shares of one core, makes a window worth repeating. */
const DISTURBED = 0.12;
const MAX_REPEATS = 4;

export class Measurement {
  readonly samples: Sample[] = [];
  readonly #options: BenchOptions;
  readonly #session: Session;
  readonly #companions: readonly number[];
  readonly #say: (line: string) => void;
  #patienceMs: number;

  constructor(options: BenchOptions, session: Session, companions: readonly number[], say: (line: string) => void) {
    this.#options = options;
    this.#session = session;
    this.#companions = companions;
    this.#say = say;
    this.#patienceMs = options.patienceSeconds * 1000;
  }

  /** Lets just-in-time compilers finish before anything is counted. */
  async warmUp(cases: readonly BenchCase[]): Promise<void> {
    for (const which of cases) {
      for (const target of this.#session.targets(which, false)) {
        if (target.name === "nginx") continue; // has nothing to warm
        this.#say(`warming up: ${which.id}, ${target.name}`);
        if (which.type === "json") await this.#closed(which, target, this.#options.warmMs);
        else await this.#stream(target, this.#options.warmMs);
      }
    }
  }

  async round(round: number, cases: readonly BenchCase[]): Promise<void> {
    for (const which of cases) {
      for (const target of this.#inTurn(round, this.#session.targets(which, false))) {
        this.#say(`round ${round}: ${which.id}, ${target.name}`);
        if (which.type === "json") {
          const closed = await this.#undisturbed(() => this.#closed(which, target, this.#options.windowMs));
          this.samples.push({ round, caseId: which.id, target: target.name, closed });
        } else {
          const stream = await this.#undisturbed(() => this.#stream(target, this.#options.streamWindowMs));
          this.samples.push({ round, caseId: which.id, target: target.name, stream });
        }
      }
      const isWanted = !this.#options.isQuick || which.id === "small";
      if (which.type === "json" && isWanted) await this.#latencies(round, which);
    }
  }

  async #latencies(round: number, which: JsonCase): Promise<void> {
    for (const target of this.#inTurn(round, this.#session.targets(which, true))) {
      this.#say(`round ${round}: ${which.id}, latency, ${target.name}`);
      const open = await this.#undisturbed(() =>
        runOpenLoop({ ...this.#path(target), perSecond: which.perSecond, windowMs: this.#options.windowMs }),
      );
      this.samples.push({ round, caseId: which.id, target: target.name, open });
    }
  }

  #closed(which: JsonCase, target: Target, windowMs: number): Promise<ClosedLoopResult> {
    return runClosedLoop({ ...this.#path(target), connections: which.connections, warmMs: 300, windowMs });
  }

  #stream(target: Target, windowMs: number): Promise<StreamLoadResult> {
    const { streams, rampMs } = this.#options;
    return runStreamLoad({ ...this.#path(target), streams, rampMs, windowMs });
  }

  #path({ port, request, pid }: Target) {
    return { port, request, pid, companions: this.#companions };
  }

  #inTurn(round: number, targets: Target[]): Target[] {
    return round % 2 === 0 ? targets.toReversed() : targets;
  }

  /** Repeats a window in which others used the machine while there is patience left; the quietest one counts. */
  async #undisturbed<T extends WindowUse>(run: () => Promise<T>): Promise<T> {
    let best = await run();
    for (let repeat = 0; repeat < MAX_REPEATS && best.foreignShare > DISTURBED && this.#patienceMs > 0; repeat++) {
      const startedMs = performance.now();
      await Bun.sleep(1000);
      const next = await run();
      if (next.foreignShare < best.foreignShare) best = next;
      this.#patienceMs -= performance.now() - startedMs;
    }
    return best;
  }
}
