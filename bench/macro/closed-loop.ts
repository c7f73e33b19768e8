// Closed loop: a fixed number of connections, each sends its next request as soon as its answer is complete.
// For the cost of a request when the process under test has as much to do as it can.

import { RawConnection } from "./raw-connection.ts";
import { type Metered, openWindow, type WindowUse } from "./window.ts";

export interface ClosedLoopOptions extends Metered {
  readonly port: number;
  readonly request: Uint8Array;
  readonly connections: number;
  /** Runs so long before anything is counted. */
  readonly warmMs: number;
  readonly windowMs: number;
}

export interface ClosedLoopResult extends WindowUse {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** CPU time of the process under test per request, microseconds; 0 without a process. */
  readonly cpuUs: number;
}

/** Runs one window. Throws when an answer is no 200 or a connection breaks: such a figure would mean nothing. */
export async function runClosedLoop(options: ClosedLoopOptions): Promise<ClosedLoopResult> {
  const { port, request } = options;
  let count = 0;
  let isRunning = true;
  let fault: string | undefined;
  const handler = {
    answered(connection: RawConnection, status: number) {
      if (status !== 200) fault ??= `status ${status}`;
      count += 1;
      if (isRunning) connection.send(request);
    },
    closed() {
      if (isRunning) fault ??= "a connection was closed";
    },
  };
  const connections = await Promise.all(
    Array.from({ length: options.connections }, () => RawConnection.open(port, handler)),
  );
  for (const connection of connections) connection.send(request);
  await Bun.sleep(options.warmMs);
  const countBefore = count;
  const closeWindow = openWindow(options);
  await Bun.sleep(options.windowMs);
  const requests = count - countBefore;
  const use = closeWindow();
  isRunning = false;
  // What is under way may end, so that nobody sees an aborted request.
  await Bun.sleep(50);
  for (const connection of connections) connection.close();
  if (fault || requests === 0) throw new Error(`closed loop on port ${port}: ${fault ?? "no answer came"}`);
  return {
    ...use,
    requests,
    requestsPerSecond: (requests * 1000) / use.elapsedMs,
    cpuUs: (use.usedMs * 1000) / requests,
  };
}
