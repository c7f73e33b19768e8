// Turns new requests away while the program itself is in trouble, so that those under way can be finished.

import type { Limits } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";

export interface LoadGuardOptions {
  /** How late the program is with what it has to do. */
  readonly lagMs: () => number;
  /** Resident memory; asked once a second at most. */
  readonly memoryBytes: () => number;
  /** Memory that the program's container may use; undefined without such a limit. */
  readonly containerBytes: number | undefined;
  /** Tries to give memory back; called when it is short, every ten seconds at most. */
  readonly collect: () => void;
  /** No file descriptor is left. */
  readonly isOutOfFiles: () => boolean;
  /** Few are left, or none. */
  readonly isTightOfFiles: () => boolean;
  readonly monotonicMs: () => number;
}

const SHARE = 0.85;
const LOOK_EVERY_MS = 1_000;
const COLLECT_EVERY_MS = 10_000;

/** One per process. */
export class LoadGuard {
  readonly #options: LoadGuardOptions;
  #memoryBytes = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #collectedMs = Number.NEGATIVE_INFINITY;

  constructor(options: LoadGuardOptions) {
    this.#options = options;
  }

  /** Whether clients should give their connections up behind an answer: they hold descriptors. */
  get wantsFewerConnections(): boolean {
    return this.#options.isTightOfFiles();
  }

  /** What a new request is told; undefined when it may come in. */
  refusal({ maxLoopDelayMs, maxMemoryBytes }: Limits): GatewayError | undefined {
    if (this.#options.isOutOfFiles()) return overloaded("is out of connections");
    if (maxLoopDelayMs > 0 && this.#options.lagMs() > maxLoopDelayMs) return overloaded("is late with its work");
    const limitBytes = maxMemoryBytes || this.#options.containerBytes;
    if (limitBytes && this.#isMemoryShort(limitBytes * SHARE)) return overloaded("is short of memory");
    return undefined;
  }

  #isMemoryShort(bytes: number): boolean {
    const now = this.#options.monotonicMs();
    if (now - this.#lookedMs >= LOOK_EVERY_MS) this.#look(now);
    if (this.#memoryBytes <= bytes) return false;
    if (now - this.#collectedMs >= COLLECT_EVERY_MS) {
      this.#collectedMs = now;
      this.#options.collect();
      this.#look(now);
    }
    return this.#memoryBytes > bytes;
  }

  #look(nowMs: number): void {
    this.#lookedMs = nowMs;
    this.#memoryBytes = this.#options.memoryBytes();
  }
}

function overloaded(what: string): GatewayError {
  return new GatewayError("gateway-overloaded", `the gateway ${what}`, { retryAfterMs: 1000, shouldRetry: true });
}
