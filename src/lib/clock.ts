// Time as an argument: pure code never reads a clock by itself, so tests can steer it.

/** Two clocks: `monotonicMs` for durations, `wallMs` for display and HTTP dates. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never jumps when the wall clock is set. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
