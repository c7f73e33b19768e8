// Lets one request at a time try a candidate whose breaker is open, when all are. One per process.

/** Requests of agents that may wait for somebody's probe at once; the rest are told to come back. */
const MAX_WAITING = 256;

export class ProbeGate {
  #isBusy = false;
  #waiting = 0;

  get isFree(): boolean {
    return !this.#isBusy;
  }

  /** Returns what to call when the probe is decided, more than once if need be; undefined while another one is out. */
  enter(): (() => void) | undefined {
    if (this.#isBusy) return undefined;
    this.#isBusy = true;
    let isMine = true;
    return () => {
      if (isMine) this.#isBusy = false;
      isMine = false;
    };
  }

  /** Takes a place among those who wait; returns how to leave it, or undefined when there is none. */
  wait(): (() => void) | undefined {
    if (this.#waiting >= MAX_WAITING) return undefined;
    this.#waiting += 1;
    return () => {
      this.#waiting -= 1;
    };
  }
}
