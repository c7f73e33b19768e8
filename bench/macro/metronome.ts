// Worker that strikes at exact times: timers of the event loop are up to a millisecond late, which is more than a
// gateway may add. It sleeps on a futex instead and reports each strike's number.

import { readlinkSync, writeFileSync } from "node:fs";

declare const self: Worker;

/** What the worker is told. Times are `performance.now()` of the main thread. */
export interface MetronomeOrder {
  readonly timeOrigin: number;
  readonly startMs: number;
  readonly intervalMs: number;
  readonly strikes: number;
}

// The kernel may be 50 us late on purpose unless told otherwise.
const thread = readlinkSync("/proc/thread-self").split("/").at(-1);
writeFileSync(`/proc/${thread}/timerslack_ns`, "1");

const cell = new Int32Array(new SharedArrayBuffer(4));

self.onmessage = (event: MessageEvent<MetronomeOrder>) => {
  const { timeOrigin, startMs, intervalMs, strikes } = event.data;
  const shift = timeOrigin - performance.timeOrigin;
  for (let strike = 0; strike < strikes; strike++) {
    const waitMs = startMs + shift + strike * intervalMs - performance.now();
    if (waitMs > 0) Atomics.wait(cell, 0, 0, waitMs);
    self.postMessage(strike);
  }
};
