// Idle connections by key (origin and proxy), last in first out, each with a time to go.

import type { Clock } from "../../lib/clock.ts";
import type { Connection, ConnectionHome } from "./connection.ts";

/** A server's announced timeout is cut by this much: a request must not meet the closing of its connection. */
const SAFETY_MS = 1_000;
const SWEEP_EVERY_MS = 1_000;

export interface PoolOptions {
  readonly clock: Clock;
  /** Idle connections kept per key; the oldest goes first. */
  readonly maxIdle: number;
  /** How long a connection may stay idle, milliseconds; the server's `keep-alive: timeout` can only shorten it. */
  readonly idleTimeoutMs: number;
}

export class ConnectionPool implements ConnectionHome {
  readonly #options: PoolOptions;
  readonly #idle = new Map<string, Connection[]>();
  #sweeper: Timer | null = null;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** The connection used last under `key`, or null. It is the caller's now. */
  take(key: string): Connection | null {
    const stack = this.#idle.get(key);
    if (stack === undefined) return null;
    let found: Connection | null = null;
    while (found === null) {
      const connection = stack.pop();
      if (connection === undefined) break;
      if (this.#options.clock.monotonicMs() < connection.idleUntilMs) found = connection;
      else connection.close();
    }
    return found;
  }

  connectionFree(connection: Connection): void {
    const { clock, maxIdle, idleTimeoutMs } = this.#options;
    const announced = connection.keepAliveMs;
    const idleMs = announced === null ? idleTimeoutMs : Math.min(idleTimeoutMs, announced - SAFETY_MS);
    if (this.#isClosed || idleMs <= 0 || maxIdle <= 0) {
      connection.close();
      return;
    }
    connection.idleUntilMs = clock.monotonicMs() + idleMs;
    const stack = this.#idle.get(connection.key);
    if (stack === undefined) this.#idle.set(connection.key, [connection]);
    else stack.push(connection);
    if (stack !== undefined && stack.length > maxIdle) stack.shift()!.close();
    this.#sweeper ??= setInterval(() => this.sweep(), SWEEP_EVERY_MS).unref();
  }

  connectionGone(connection: Connection): void {
    const stack = this.#idle.get(connection.key);
    const at = stack?.lastIndexOf(connection) ?? -1;
    if (at >= 0) stack!.splice(at, 1);
  }

  /** Closes what has been idle too long and forgets empty keys; also runs by itself every second. */
  sweep(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [key, stack] of this.#idle) {
      const fresh = stack.filter((connection) => nowMs < connection.idleUntilMs);
      if (fresh.length < stack.length) {
        for (const connection of stack) if (nowMs >= connection.idleUntilMs) connection.close();
      }
      if (fresh.length === 0) this.#idle.delete(key);
      else this.#idle.set(key, fresh);
    }
    if (this.#idle.size === 0) this.#stopSweeper();
  }

  /** Idle connections under all keys. */
  get idleCount(): number {
    let count = 0;
    for (const stack of this.#idle.values()) count += stack.length;
    return count;
  }

  /** Closes all idle connections; those that become free later are kept. */
  releaseIdle(): void {
    this.#stopSweeper();
    for (const stack of this.#idle.values()) for (const connection of stack) connection.close();
    this.#idle.clear();
  }

  /** Closes all idle connections; those that become free later are closed too. */
  close(): void {
    this.#isClosed = true;
    this.releaseIdle();
  }

  #stopSweeper(): void {
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    this.#sweeper = null;
  }
}
