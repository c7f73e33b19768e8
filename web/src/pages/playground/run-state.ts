// What a playground run has shown so far: takes the gateway's events one by one and keeps what the page draws.

import type { LogRow } from "../../../../src/admin/contract/logs.ts";
import type { PlaygroundEvent } from "../../../../src/admin/contract/playground.ts";

export interface Run {
  readonly phase: "idle" | "waiting" | "answering" | "done" | "failed" | "stopped";
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string | null;
  readonly text: string;
  readonly thinking: string;
  readonly tools: string;
  /** What a client of the protocol gets, up to `MAX_RAW` characters. */
  readonly raw: string;
  readonly rawIsCut: boolean;
  readonly error: string | null;
  readonly firstByteMs: number | null;
  readonly firstContentMs: number | null;
  readonly totalMs: number | null;
  readonly row: LogRow | null;
}

export const IDLE: Run = {
  phase: "idle",
  status: null,
  headers: {},
  requestId: null,
  text: "",
  thinking: "",
  tools: "",
  raw: "",
  rawIsCut: false,
  error: null,
  firstByteMs: null,
  firstContentMs: null,
  totalMs: null,
  row: null,
};

/** A run that has just been sent. */
export const STARTED: Run = { ...IDLE, phase: "waiting" };

/** Raw text that is kept; a long answer must not fill the page's memory. */
export const MAX_RAW = 500_000;

/** The run after one more event. */
export function takeEvent(run: Run, event: PlaygroundEvent): Run {
  switch (event.type) {
    case "head":
      return {
        ...run,
        status: event.status,
        headers: event.headers,
        requestId: event.request_id,
        firstByteMs: run.firstByteMs ?? event.at_ms,
      };
    case "raw": {
      const room = MAX_RAW - run.raw.length;
      return { ...run, raw: run.raw + event.text.slice(0, room), rawIsCut: run.rawIsCut || event.text.length > room };
    }
    case "delta": {
      const started = { ...run, phase: "answering" as const, firstContentMs: run.firstContentMs ?? event.at_ms };
      if (event.kind === "text") return { ...started, text: run.text + event.text };
      if (event.kind === "thinking") return { ...started, thinking: run.thinking + event.text };
      return { ...started, tools: run.tools + event.text };
    }
    case "error":
      return { ...run, phase: "failed", error: event.message, totalMs: event.at_ms };
    case "end":
      return { ...run, phase: run.phase === "failed" ? "failed" : "done", totalMs: event.at_ms, row: event.row };
  }
}

/** Several events that came together, as one change. */
export function takeEvents(run: Run, events: readonly PlaygroundEvent[]): Run {
  return events.reduce(takeEvent, run);
}

/** The person has stopped it, or the page's connection broke with `error`. */
export function stopRun(run: Run, elapsedMs: number, error: string | null): Run {
  if (run.phase !== "waiting" && run.phase !== "answering") return run;
  return { ...run, phase: error === null ? "stopped" : "failed", error, totalMs: run.totalMs ?? elapsedMs };
}

/**
 * Output tokens per second from the first content to the end; null when the upstream reported none, or when the answer
 * came in one piece and a speed would mean nothing.
 */
export function tokensPerSecond({ row, firstContentMs, totalMs }: Run): number | null {
  const tokens = row?.usage?.output_tokens;
  if (tokens === undefined || tokens === null || firstContentMs === null || totalMs === null) return null;
  const seconds = (totalMs - firstContentMs) / 1000;
  return seconds < 0.05 || tokens < 2 ? null : tokens / seconds;
}
