// Spreads what is going on to whoever listens. The request path knows nothing of it: requests under way are looked at
// four times a second while somebody listens, and never otherwise; ended ones come with their record.

import type { RequestRecord } from "../../core/request-record.ts";
import type { RunningRequest } from "../../gateway/inflight.ts";
import type { Clock } from "../../lib/clock.ts";
import type { LiveEvent, RunningRequest as RunningView } from "../contract/live.ts";
import type { LogRow } from "../contract/logs.ts";
import type { BreakerRow } from "../contract/upstreams.ts";
import { runningView } from "./running-view.ts";

const LOOK_EVERY_MS = 250;
/** Running requests that are told of, the oldest; a list of thousands helps nobody. */
const MAX_RUNNING = 500;
/** More listeners are refused: each costs a copy of every event. */
const MAX_LISTENERS = 50;

export interface LiveHubOptions {
  readonly running: () => Iterable<RunningRequest>;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly toLogRow: (record: RequestRecord) => LogRow;
}

/** Takes an event; must not throw. */
export type LiveListener = (event: LiveEvent) => void;

export interface LiveHub {
  /** Begins to listen; returns what ends it, or undefined when too many listen already. */
  listen(listener: LiveListener): (() => void) | undefined;
  /** The requests under way, oldest first, 500 at most. */
  running(): RunningView[];
  /** A request has ended. */
  ended(record: RequestRecord): void;
  breaker(breaker: () => BreakerRow): void;
  config(version: () => string, source: string): void;
  /** The record of a request that is under way, as soon as it has ended. `forget` stops waiting. */
  whenEnded(id: string): { readonly record: Promise<RequestRecord>; readonly forget: () => void };
  close(): void;
}

export function createLiveHub(options: LiveHubOptions): LiveHub {
  const listeners = new Set<LiveListener>();
  const awaited = new Map<string, (record: RequestRecord) => void>();
  /** What listeners know of each running request. */
  let told = new Map<string, string>();
  let timer: ReturnType<typeof setInterval> | undefined;

  function emit(event: LiveEvent): void {
    for (const listener of [...listeners]) listener(event);
  }

  function running(): RunningView[] {
    const views: RunningView[] = [];
    const now = options.clock.monotonicMs();
    for (const request of options.running()) {
      if (views.length >= MAX_RUNNING) break;
      views.push(runningView(request, now));
    }
    return views;
  }

  function look(): void {
    const now = new Map<string, string>();
    for (const request of running()) {
      const state = `${request.attempt} ${request.phase} ${request.upstream_id}`;
      now.set(request.id, state);
      if (told.get(request.id) !== state) emit({ type: "request", request });
    }
    told = now;
  }

  function stopLooking(): void {
    clearInterval(timer);
    timer = undefined;
    told.clear();
  }

  return {
    listen(listener) {
      if (listeners.size >= MAX_LISTENERS) return undefined;
      listeners.add(listener);
      timer ??= setInterval(look, LOOK_EVERY_MS);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stopLooking();
      };
    },
    running,
    ended(record) {
      if (awaited.size > 0) {
        awaited.get(record.id)?.(record);
        awaited.delete(record.id);
      }
      if (listeners.size > 0) emit({ type: "request-end", id: record.id, row: options.toLogRow(record) });
    },
    breaker(breaker) {
      if (listeners.size > 0) emit({ type: "breaker", breaker: breaker() });
    },
    config(version, source) {
      if (listeners.size > 0) emit({ type: "config", version: version(), source });
    },
    whenEnded(id) {
      const record = new Promise<RequestRecord>((resolve) => awaited.set(id, resolve));
      return { record, forget: () => void awaited.delete(id) };
    },
    close() {
      listeners.clear();
      awaited.clear();
      stopLooking();
    },
  };
}
