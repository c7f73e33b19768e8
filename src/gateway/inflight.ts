// Counts the requests under way, streams until their last byte, so that a shutdown can wait for them.

import { GatewayError } from "../core/errors.ts";
import type { Candidate } from "../routing/plan-attempts.ts";
import type { InboundRequest } from "./inbound.ts";
import type { BodyFacts } from "./read-body.ts";

/** A request under way, as those see it who count, watch or end it. Its fields change as it goes. */
export interface RunningRequest {
  readonly inbound: InboundRequest;
  readonly facts: BodyFacts;
  /** Number of the latest attempt, from 1; 0 before it. */
  readonly attempt: number;
  /** What the latest attempt is made with; undefined before the first. */
  readonly candidate: Candidate | undefined;
  /** `waiting`: no content yet; `answering`: content flows; `restarting`: it broke off, another attempt is to go on. */
  readonly phase: "waiting" | "answering" | "restarting";
  /** Ends it: its client is told this error, in its protocol. */
  stop(error: GatewayError): void;
}

/** What the counter itself needs of a request. */
export type Stoppable = Pick<RunningRequest, "stop">;

/** How long requests get to tell their clients once they were interrupted, milliseconds. */
const FAREWELL_MS = 2_000;

/** The requests under way; one per process. */
export class InflightCounter<Running extends Stoppable = RunningRequest> {
  readonly #running = new Set<Running>();
  /** Requests per client; holds an entry per client with something under way. */
  readonly #byClient = new Map<string, number>();
  #onIdle: (() => void) | undefined;

  get count(): number {
    return this.#running.size;
  }

  /** Oldest first; not to be kept. */
  running(): Iterable<Running> {
    return this.#running;
  }

  /** Requests of one client. */
  countOf(clientId: string): number {
    return this.#byClient.get(clientId) ?? 0;
  }

  /** A request begins; it counts for the client that `clientId` names. Returns what to call when it has ended. */
  enter(request: Running, clientId?: string): () => void {
    this.#running.add(request);
    if (clientId !== undefined) this.#byClient.set(clientId, this.countOf(clientId) + 1);
    return () => {
      if (!this.#running.delete(request)) return;
      if (clientId !== undefined) this.#leave(clientId);
      if (this.#running.size === 0) this.#onIdle?.();
    };
  }

  /**
   * Resolves when nothing is under way. After `graceMs` what still runs is stopped, so that its client is told, and
   * gets two seconds more.
   */
  async whenIdle(graceMs: number): Promise<void> {
    if (await this.#idleWithin(graceMs)) return;
    for (const request of [...this.#running]) request.stop(shuttingDown());
    await this.#idleWithin(FAREWELL_MS);
  }

  #leave(clientId: string): void {
    const count = this.countOf(clientId);
    if (count > 1) this.#byClient.set(clientId, count - 1);
    else this.#byClient.delete(clientId);
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

/** What clients are told while the program stops. */
export function shuttingDown(): GatewayError {
  return new GatewayError("gateway-shutting-down", "the gateway is shutting down", {
    retryAfterMs: 2000,
    shouldRetry: true,
  });
}
