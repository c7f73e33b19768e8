// What the live events add up to.

import type { LiveEvent, RunningRequest } from "../../../src/admin/contract/live.ts";
import type { BreakerRow } from "../../../src/admin/contract/upstreams.ts";

/** The state of the gateway as far as events have told. */
export interface LiveState {
  readonly isConnected: boolean;
  /** The gateway gave no answer when it was asked last. */
  readonly isLost: boolean;
  /** Oldest first. */
  readonly running: readonly RunningRequest[];
  readonly breakers: readonly BreakerRow[];
  /** Of the configuration; null before the first event. */
  readonly version: string | null;
  /** When the last event came, so that elapsed times can be counted on. Milliseconds since 1970. */
  readonly receivedAtMs: number;
}

export const EMPTY_LIVE: LiveState = {
  isConnected: false,
  isLost: false,
  running: [],
  breakers: [],
  version: null,
  receivedAtMs: 0,
};

/** The state after one more event. */
export function applyLiveEvent(state: LiveState, event: LiveEvent, nowMs: number): LiveState {
  const base = { ...state, isConnected: true, isLost: false, receivedAtMs: nowMs };
  switch (event.type) {
    case "snapshot":
      return { ...base, running: byStart(event.running), breakers: event.breakers, version: event.version };
    case "request":
      return { ...base, running: byStart([...without(state.running, event.request.id), event.request]) };
    case "request-end":
      return { ...base, running: without(state.running, event.id) };
    case "breaker":
      return { ...base, breakers: withBreaker(state.breakers, event.breaker) };
    case "config":
      return { ...base, version: event.version };
    default:
      return base; // a newer server may tell more
  }
}

function byStart(requests: readonly RunningRequest[]): RunningRequest[] {
  return requests.toSorted((a, b) => a.at.localeCompare(b.at));
}

function without(requests: readonly RunningRequest[], id: string): RunningRequest[] {
  return requests.filter((request) => request.id !== id);
}

function withBreaker(breakers: readonly BreakerRow[], changed: BreakerRow): BreakerRow[] {
  const others = breakers.filter(({ scope, id }) => scope !== changed.scope || id !== changed.id);
  return changed.state === "closed" ? others : [...others, changed];
}
