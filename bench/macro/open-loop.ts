// Open loop: requests leave at a fixed rate whatever becomes of the earlier ones. Latency counts from the time a
// request was meant to leave, so that a stall is seen by every request it delayed.

import type { MetronomeOrder } from "./metronome.ts";
import { RawConnection } from "./raw-connection.ts";
import { percentile } from "./statistics.ts";
import { type Metered, openWindow, type WindowUse } from "./window.ts";

export interface OpenLoopOptions extends Metered {
  readonly port: number;
  readonly request: Uint8Array;
  readonly perSecond: number;
  readonly windowMs: number;
}

export interface OpenLoopResult extends WindowUse {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** How late the generator itself sent, median: in every latency, also in the direct one. */
  readonly lagMs: number;
}

/** Connections that wait for their turn; more than are ever busy at the rates in use. */
const CONNECTIONS = 64;
/** Share of the requests at the beginning that is not counted. */
const WARM_SHARE = 0.15;

/** Runs one window. Throws when an answer is no 200, is missing, or a connection breaks. */
export async function runOpenLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { port, request } = options;
  const intervalMs = 1000 / options.perSecond;
  const strikes = Math.round(options.windowMs / intervalMs);
  const warm = Math.floor(strikes * WARM_SHARE);
  const latencies: number[] = [];
  const lags: number[] = [];
  const idle: RawConnection[] = [];
  const late: number[] = [];
  let fault: string | undefined;
  let answers = 0;
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });

  function send(connection: RawConnection, intendedMs: number): void {
    connection.intendedMs = intendedMs;
    lags.push(performance.now() - intendedMs);
    connection.send(request);
  }
  const handler = {
    answered(connection: RawConnection, status: number) {
      if (status !== 200) fault ??= `status ${status}`;
      latencies.push(performance.now() - connection.intendedMs);
      answers += 1;
      const waiting = late.shift();
      if (waiting === undefined) idle.push(connection);
      else send(connection, waiting);
      if (answers === strikes) finish();
    },
    closed: () => {
      fault ??= "a connection was closed";
      finish();
    },
  };
  idle.push(...(await Promise.all(Array.from({ length: CONNECTIONS }, () => RawConnection.open(port, handler)))));
  const connections = [...idle];

  const worker = new Worker(new URL("./metronome.ts", import.meta.url).href);
  const order: MetronomeOrder = {
    timeOrigin: performance.timeOrigin,
    startMs: performance.now() + 150,
    intervalMs,
    strikes,
  };
  worker.onmessage = (event: MessageEvent<number>) => {
    const intendedMs = order.startMs + event.data * intervalMs;
    const connection = idle.pop();
    if (connection) send(connection, intendedMs);
    else late.push(intendedMs);
  };
  worker.postMessage(order);
  const closeWindow = openWindow(options);
  await Promise.race([finished, Bun.sleep(options.windowMs + 5000)]);
  const use = closeWindow();
  const isComplete = answers === strikes;
  const trouble = fault;
  worker.terminate();
  for (const connection of connections) connection.close();
  if (trouble || !isComplete)
    throw new Error(`open loop on port ${port}: ${trouble ?? `${strikes - answers} answers are missing`}`);
  const counted = latencies.slice(warm);
  return {
    ...use,
    requests: counted.length,
    p50Ms: percentile(counted, 0.5),
    p99Ms: percentile(counted, 0.99),
    maxMs: percentile(counted, 1),
    lagMs: percentile(lags.slice(warm), 0.5),
  };
}
