// What is going on right now, from the gateway's event stream: one connection for the whole console.

import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from "react";
import type { LiveEvent, RunningRequest } from "../../../src/admin/contract/live.ts";
import type { LogRow } from "../../../src/admin/contract/logs.ts";
import type { BreakerRow } from "../../../src/admin/contract/upstreams.ts";
import { API_ROOT } from "./client.ts";
import { applyLiveEvent, EMPTY_LIVE, type LiveState } from "./live-state.ts";

/** What the live view is asked for. */
export interface LiveSource {
  subscribe(listener: () => void): () => void;
  state(): LiveState;
  /** Hears of every finished request. */
  onRequestEnd(listener: (row: LogRow) => void): () => void;
}

const EVENT_TYPES: readonly LiveEvent["type"][] = ["snapshot", "request", "request-end", "breaker", "config"];
const RETRY_MS = 3000;

const LiveContext = createContext<LiveSource | undefined>(undefined);

/** Keeps the connection while it is mounted and refreshes what the events make old. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const connection = useMemo(createConnection, []);
  useEffect(() => {
    const stop = connection.start(
      (event) => {
        if (event.type === "config") {
          for (const name of ["upstreams", "keys", "settings", "history", "models"])
            void client.invalidateQueries({ queryKey: [name] });
        }
        if (event.type === "breaker") void client.invalidateQueries({ queryKey: ["upstreams"] });
      },
      () => void client.invalidateQueries({ queryKey: ["session"] }),
      // What failed to load meanwhile is asked for again, and what was loaded before may be old.
      () => void client.invalidateQueries(),
    );
    return stop;
  }, [client, connection]);
  return createElement(LiveContext, { value: connection.source }, children);
}

/** Running requests, breakers, and whether the connection stands. Renders anew with every event. */
export function useLive(): LiveState {
  const source = useLiveSource();
  return useSyncExternalStore(source.subscribe, source.state);
}

/** Calls the listener for every request that ends while the component is mounted. */
export function useRequestEnd(listener: (row: LogRow) => void): void {
  const source = useLiveSource();
  useEffect(() => source.onRequestEnd(listener), [source, listener]);
}

export type { BreakerRow, LiveState, RunningRequest };

function useLiveSource(): LiveSource {
  const source = useContext(LiveContext);
  if (!source) throw new Error("useLive is used outside LiveProvider");
  return source;
}

function createConnection(): {
  source: LiveSource;
  start(onEvent: (event: LiveEvent) => void, onRefused: () => void, onReturn: () => void): () => void;
} {
  const listeners = new Set<() => void>();
  const endListeners = new Set<(row: LogRow) => void>();
  let state = EMPTY_LIVE;

  const set = (next: LiveState) => {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };

  return {
    source: {
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      state: () => state,
      onRequestEnd(listener) {
        endListeners.add(listener);
        return () => endListeners.delete(listener);
      },
    },
    start(onEvent, onRefused, onReturn) {
      let source: EventSource | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let isStopped = false;
      const receive = (message: MessageEvent<string>) => {
        // Sent by our own server, from the same schema.
        const event = JSON.parse(message.data) as LiveEvent;
        const isBack = state.isLost;
        set(applyLiveEvent(state, event, Date.now()));
        if (event.type === "request-end") for (const listener of endListeners) listener(event.row);
        onEvent(event);
        if (isBack) onReturn();
      };
      const open = () => {
        if (isStopped) return;
        source = new EventSource(`${API_ROOT}/live`);
        for (const type of EVENT_TYPES) source.addEventListener(type, receive);
        source.onerror = () => {
          const isRefused = source?.readyState === EventSource.CLOSED;
          set({ ...state, isConnected: false, isLost: !isRefused });
          if (!isRefused) return; // the browser tries again by itself
          onRefused();
          timer = setTimeout(open, RETRY_MS);
        };
      };
      open();
      return () => {
        isStopped = true;
        clearTimeout(timer);
        source?.close();
        set(EMPTY_LIVE);
      };
    },
  };
}
