// How many attempts each upstream has under way, so that one with a limit is passed over while it is full.

import type { UpstreamConfig } from "../config/config.ts";

/** One per process. Holds an entry per upstream with something under way. */
export class UpstreamLoad {
  readonly #running = new Map<string, number>();
  #answeredMs = Number.NEGATIVE_INFINITY;

  /** When any upstream last gave a whole answer; monotonic, minus infinity before the first. */
  get answeredMs(): number {
    return this.#answeredMs;
  }

  /** An upstream has given a whole answer. */
  answered(nowMs: number): void {
    this.#answeredMs = nowMs;
  }

  isFull({ id, maxInflight }: UpstreamConfig): boolean {
    return maxInflight > 0 && this.count(id) >= maxInflight;
  }

  count(upstreamId: string): number {
    return this.#running.get(upstreamId) ?? 0;
  }

  /** A copy: attempts under way by upstream id. */
  counts(): Map<string, number> {
    return new Map(this.#running);
  }

  enter(upstreamId: string): void {
    this.#running.set(upstreamId, this.count(upstreamId) + 1);
  }

  leave(upstreamId: string): void {
    const count = this.count(upstreamId);
    if (count > 1) this.#running.set(upstreamId, count - 1);
    else this.#running.delete(upstreamId);
  }
}
