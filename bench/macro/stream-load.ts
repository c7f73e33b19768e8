// Many slow streams at once: opens them one after another, so that their events do not fall together, and counts the
// events that arrive while all are open.

import { residentBytes } from "./process-meter.ts";
import { RawConnection } from "./raw-connection.ts";
import { type Metered, openWindow, type WindowUse } from "./window.ts";

export const EVENTS_PER_SECOND = 50;
/** How long the upstream's streams go on; windows have to end before. */
export const LONGEST_STREAM_SECONDS = 30;

export interface StreamLoadOptions extends Metered {
  readonly port: number;
  readonly request: Uint8Array;
  readonly streams: number;
  /** Time over which the streams are opened. */
  readonly rampMs: number;
  readonly windowMs: number;
}

export interface StreamLoadResult extends WindowUse {
  readonly events: number;
  /** Events that arrived as a share of those the upstream is paced to send. */
  readonly deliveredShare: number;
  readonly cpuUs: number;
  /** Resident memory at the end of the window, bytes. */
  readonly residentBytes: number;
}

const EVENT_END = Buffer.from("\n\n");

/** Runs one window, then drops the streams. Throws when a stream ends or breaks before its time. */
export async function runStreamLoad(options: StreamLoadOptions): Promise<StreamLoadResult> {
  const { port, request, streams, pid } = options;
  let events = 0;
  let isRunning = true;
  let fault: string | undefined;
  const handler = {
    data(_connection: RawConnection, bytes: Buffer) {
      for (let at = bytes.indexOf(EVENT_END); at >= 0; at = bytes.indexOf(EVENT_END, at + 2)) events += 1;
    },
    answered: (_connection: RawConnection, status: number) => {
      if (isRunning) fault ??= `a stream ended with status ${status}`;
    },
    closed: () => {
      if (isRunning) fault ??= "a stream broke off";
    },
  };
  const connections: RawConnection[] = [];
  const startedMs = performance.now();
  for (let opened = 0; opened < streams; opened++) {
    const dueMs = startedMs + (opened * options.rampMs) / streams;
    if (dueMs > performance.now()) await Bun.sleep(dueMs - performance.now());
    const connection = await RawConnection.open(port, handler);
    connection.send(request);
    connections.push(connection);
  }
  await Bun.sleep(500);
  const eventsBefore = events;
  const closeWindow = openWindow(options);
  await Bun.sleep(options.windowMs);
  const counted = events - eventsBefore;
  const use = closeWindow();
  const resident = pid === undefined ? 0 : residentBytes(pid);
  isRunning = false;
  for (const connection of connections) connection.close();
  await Bun.sleep(300);
  if (fault || counted === 0) throw new Error(`streams on port ${port}: ${fault ?? "no event came"}`);
  return {
    ...use,
    events: counted,
    deliveredShare: counted / ((streams * EVENTS_PER_SECOND * use.elapsedMs) / 1000),
    cpuUs: (use.usedMs * 1000) / counted,
    residentBytes: resident,
  };
}
