// Counts the requests under way, streams until their last byte, so that a shutdown can wait for them.

/** How long requests get to tell their clients once they were interrupted, milliseconds. */
const FAREWELL_MS = 500;

/** The requests under way; one per process. */
export class InflightCounter {
  readonly #running = new Set<() => void>();
  #onIdle: (() => void) | undefined;

  get count(): number {
    return this.#running.size;
  }

  /** A request begins; `interrupt` ends it early. Returns what to call when it has ended. */
  enter(interrupt: () => void): () => void {
    // Each request needs an entry of its own, even where two share a callback.
    const entry = () => interrupt();
    this.#running.add(entry);
    return () => {
      this.#running.delete(entry);
      if (this.#running.size === 0) this.#onIdle?.();
    };
  }

  /**
   * Resolves when nothing is under way. After `graceMs` what still runs is interrupted, so that its client is told,
   * and gets half a second more.
   */
  async whenIdle(graceMs: number): Promise<void> {
    if (await this.#idleWithin(graceMs)) return;
    for (const interrupt of [...this.#running]) interrupt();
    await this.#idleWithin(FAREWELL_MS);
  }

  #idleWithin(ms: number): Promise<boolean> {
    if (this.#running.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
