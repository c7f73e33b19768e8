// How many attempts each upstream has under way, so that one with a limit is passed over while it is full, and whether
// its latest one was good.

import type { UpstreamConfig } from "../config/config.ts";

/** How long a failure speaks against its upstream. */
const UNWELL_MS = 10_000;
/** Removed upstreams stay in the list until it is as long as this. */
const MAX_FAILED = 10_000;

/** One per process. Holds an entry per upstream with something under way. */
export class UpstreamLoad {
  readonly #running = new Map<string, number>();
  /** When upstreams whose latest attempt has failed did so. */
  readonly #failedMs = new Map<string, number>();
  #answeredMs = Number.NEGATIVE_INFINITY;

  /** When any upstream last gave a whole answer; monotonic, minus infinity before the first. */
  get answeredMs(): number {
    return this.#answeredMs;
  }

  /** An upstream has given a whole answer. */
  answered(upstreamId: string, nowMs: number): void {
    this.#answeredMs = nowMs;
    this.#failedMs.delete(upstreamId);
  }

  /** An attempt at an upstream has failed. */
  failed(upstreamId: string, nowMs: number): void {
    if (this.#failedMs.size >= MAX_FAILED) this.#failedMs.clear();
    this.#failedMs.set(upstreamId, nowMs);
  }

  /** Whether an upstream's latest attempt was good, or failed too long ago to speak for now, or never was. */
  mayBeWell(upstreamId: string, nowMs: number): boolean {
    return nowMs - (this.#failedMs.get(upstreamId) ?? Number.NEGATIVE_INFINITY) >= UNWELL_MS;
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
