// Counts what happened within the last minute, in as many numbers as it has seconds, however much that is.

const SECONDS = 60;

/** A sliding minute in steps of one second. Times are monotonic milliseconds and must not go back. */
export class SlidingMinute {
  readonly #counts = new Float64Array(SECONDS);
  #sum = 0;
  /** Second that the latest count belongs to. */
  #second = 0;

  /** Adds an amount; negative ones take back, never below nothing. */
  add(amount: number, nowMs: number): void {
    this.#forget(nowMs);
    const at = this.#second % SECONDS;
    const before = this.#counts[at] ?? 0;
    // What is taken back may have been added in an earlier second.
    const after = Math.max(before + amount, before - this.#sum);
    this.#counts[at] = after;
    this.#sum += after - before;
  }

  /** Amount of the last minute. */
  sum(nowMs: number): number {
    this.#forget(nowMs);
    return this.#sum;
  }

  /** Milliseconds until the amount is below `limit`; 0 when it is already. */
  waitMs(limit: number, nowMs: number): number {
    this.#forget(nowMs);
    let left = this.#sum;
    if (left < limit) return 0;
    for (let age = SECONDS - 1; age >= 0; age--) {
      left -= this.#counts[(this.#second - age + SECONDS * 2) % SECONDS] ?? 0;
      if (left < limit) return (this.#second - age + SECONDS) * 1000 - nowMs;
    }
    return SECONDS * 1000;
  }

  #forget(nowMs: number): void {
    const second = Math.max(this.#second, Math.floor(nowMs / 1000));
    const passed = second - this.#second;
    this.#second = second;
    if (passed === 0) return;
    if (passed >= SECONDS) {
      this.#counts.fill(0);
      this.#sum = 0;
      return;
    }
    for (let step = 0; step < passed; step++) {
      const at = (second - step) % SECONDS;
      this.#sum -= this.#counts[at] ?? 0;
      this.#counts[at] = 0;
    }
  }
}
