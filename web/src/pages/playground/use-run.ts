// Sends a request whose answer is a stream of playground events, and keeps what has come.

import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlaygroundEvent } from "../../../../src/admin/contract/playground.ts";
import { callRaw } from "../../api/client.ts";
import { describeFailure } from "../../api/describe-failure.ts";
import { createEventReader } from "../../lib/event-stream.ts";
import { IDLE, type Run, STARTED, stopRun, takeEvents } from "./run-state.ts";

export interface RunControl {
  readonly run: Run;
  readonly isRunning: boolean;
  /** Begins a run; one that is under way is stopped. */
  start(path: string, body: unknown): void;
  stop(): void;
}

/** One run at a time; it stops when the component goes. */
export function useRun(): RunControl {
  const { t } = useTranslation();
  const [run, setRun] = useState<Run>(IDLE);
  const controller = useRef<AbortController>(undefined);
  const startedMs = useRef(0);

  const stop = useCallback(() => {
    controller.current?.abort();
    // What still waits for the next frame belongs to nobody any more.
    controller.current = undefined;
    setRun((current) => stopRun(current, performance.now() - startedMs.current, null));
  }, []);

  const start = useCallback(
    (path: string, body: unknown) => {
      controller.current?.abort();
      const own = new AbortController();
      controller.current = own;
      startedMs.current = performance.now();
      setRun(STARTED);
      const update = (change: (current: Run) => Run) => {
        if (controller.current === own) setRun(change);
      };
      const fail = (reason: string) =>
        update((current) => stopRun(current, performance.now() - startedMs.current, reason));
      readRun(path, body, own.signal, (events) => update((current) => takeEvents(current, events))).then(
        // An end that was not told is none.
        () => fail(t("error.offline")),
        (error: unknown) => {
          if (!own.signal.aborted) fail(describeFailure(error, t));
        },
      );
    },
    [t],
  );

  useEffect(() => () => controller.current?.abort(), []);
  return { run, start, stop, isRunning: run.phase === "waiting" || run.phase === "answering" };
}

/** Hands over events as they come, gathered to one change per painted frame. */
async function readRun(
  path: string,
  body: unknown,
  signal: AbortSignal,
  onEvents: (events: readonly PlaygroundEvent[]) => void,
): Promise<void> {
  const response = await callRaw("POST", path, { body, signal });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const events = createEventReader();
  let gathered: PlaygroundEvent[] = [];
  let frame = 0;
  const flush = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    if (gathered.length > 0) onEvents(gathered);
    gathered = [];
  };
  try {
    for (;;) {
      const piece = await reader?.read();
      if (!piece || piece.done) break;
      for (const { data } of events.push(decoder.decode(piece.value, { stream: true }))) {
        // Sent by our own server, from the same schema.
        gathered.push(JSON.parse(data) as PlaygroundEvent);
      }
      if (frame === 0) frame = requestAnimationFrame(flush);
    }
  } finally {
    flush();
  }
}
