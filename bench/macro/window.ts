// Meters one window of a load: what the process under test used, and what others took from the machine meanwhile.

import { busyMs, cpuMs } from "./process-meter.ts";

/** Which processes belong to the benchmark. */
export interface Metered {
  /** Process under test; undefined when nothing stands between generator and upstream. */
  readonly pid: number | undefined;
  /** Generator and upstream. */
  readonly companions: readonly number[];
}

export interface WindowUse {
  readonly elapsedMs: number;
  /** CPU time of the process under test; 0 without one. */
  readonly usedMs: number;
  /** Share of its core that the process used, 0 to 1. */
  readonly coreShare: number;
  /** CPU time of everybody else on both cores, in shares of one core: the more, the less the figures are worth. */
  readonly foreignShare: number;
}

/** Starts a window; the returned function ends it. */
export function openWindow({ pid, companions }: Metered): () => WindowUse {
  const used = () => (pid === undefined ? 0 : cpuMs(pid));
  const own = () => companions.reduce((total, companion) => total + cpuMs(companion), used());
  const before = { at: performance.now(), used: used(), own: own(), busy: busyMs() };
  return () => {
    const elapsedMs = performance.now() - before.at;
    const usedMs = used() - before.used;
    const foreignMs = busyMs() - before.busy - (own() - before.own);
    return { elapsedMs, usedMs, coreShare: usedMs / elapsedMs, foreignShare: Math.max(0, foreignMs) / elapsedMs };
  };
}
