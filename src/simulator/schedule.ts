// One timer for all waits that are due in the same millisecond: hundreds of paced streams cost little.

/** Runs callbacks at points of `performance.now()` time. */
export interface Schedule {
  /** `due` may lie in the past: then it runs as soon as possible, never synchronously. */
  at(due: number, run: () => void): void;
  /** Forgets everything. */
  stop(): void;
}

/** Creates a schedule with its own timers. */
export function createSchedule(): Schedule {
  const buckets = new Map<number, { readonly timer: Timer; readonly runs: (() => void)[] }>();
  return {
    at(due, run) {
      const now = performance.now();
      const slot = Math.ceil(Math.max(due, now));
      const bucket = buckets.get(slot);
      if (bucket) {
        bucket.runs.push(run);
        return;
      }
      const runs = [run];
      const fire = (): void => {
        buckets.delete(slot);
        for (const each of runs) each();
      };
      buckets.set(slot, { timer: setTimeout(fire, slot - now), runs });
    },
    stop() {
      for (const bucket of buckets.values()) clearTimeout(bucket.timer);
      buckets.clear();
    },
  };
}

type Timer = ReturnType<typeof setTimeout>;
