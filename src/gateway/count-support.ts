// Remembers which upstreams cannot count tokens, so that a burst of counts (editors send fifty at once) costs one try.

import type { UpstreamConfig } from "../config/config.ts";
import type { UpstreamAnswer } from "./ask-upstream.ts";

/** How long an upstream without the endpoint, and one that did not answer, is left alone. */
const UNSUPPORTED_MS = 10 * 60_000;
const SILENT_MS = 30_000;
/** Statuses that say the endpoint does not exist. */
const UNSUPPORTED: ReadonlySet<number> = new Set([404, 405, 501]);

interface Knowledge {
  /** Not before this, monotonic milliseconds. */
  notBeforeMs: number;
  /** It has answered before. */
  isProven: boolean;
  /** The first call, which the others wait for while nothing is known. */
  firstCall: Promise<void> | undefined;
}

/** Knowledge per upstream of a configuration; it goes when the configuration does. */
export class CountSupport {
  readonly #known = new WeakMap<UpstreamConfig, Knowledge>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether an upstream is known to be no use just now. */
  isUseless(upstream: UpstreamConfig): boolean {
    return this.#nowMs() < this.#of(upstream).notBeforeMs;
  }

  /**
   * Makes a call and learns from its answer; while nothing is known of the upstream, calls wait for the first one.
   * Null when that one has shown that there is no use. `signal` tells a client that left from a silent upstream. With
   * `hasHops` nothing is waited for: what came through a gateway may be the first call itself, come round in a circle.
   */
  async ask(
    upstream: UpstreamConfig,
    signal: AbortSignal,
    call: () => Promise<UpstreamAnswer>,
    hasHops = false,
  ): Promise<UpstreamAnswer | null> {
    const knowledge = this.#of(upstream);
    while (!hasHops && !knowledge.isProven && knowledge.firstCall) await knowledge.firstCall;
    if (this.isUseless(upstream)) return null;
    const answer = call();
    const learnt = answer.then((received) => this.#learn(knowledge, received, signal.aborted));
    knowledge.firstCall ??= learnt;
    await learnt;
    return answer;
  }

  #learn(knowledge: Knowledge, answer: UpstreamAnswer, isClientGone: boolean): void {
    knowledge.firstCall = undefined;
    if (answer.type === "none") {
      if (!isClientGone) knowledge.notBeforeMs = this.#nowMs() + SILENT_MS;
    } else if (UNSUPPORTED.has(answer.status)) knowledge.notBeforeMs = this.#nowMs() + UNSUPPORTED_MS;
    else knowledge.isProven = true;
  }

  #of(upstream: UpstreamConfig): Knowledge {
    let knowledge = this.#known.get(upstream);
    if (!knowledge) {
      knowledge = { notBeforeMs: Number.NEGATIVE_INFINITY, isProven: false, firstCall: undefined };
      this.#known.set(upstream, knowledge);
    }
    return knowledge;
  }
}
