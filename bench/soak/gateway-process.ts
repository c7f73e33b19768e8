// The gateway as a process of its own that can be asked about itself: started with IPC by `soak.ts`, never by hand.
// Tells every finished request as it ends and keeps nothing of it.

import { heapStats } from "bun:jsc";
import { writeSync } from "node:fs";
import { startApp } from "../../src/cli/compose.ts";

/** What the process tells its parent. */
export type GatewayMessage =
  | { readonly type: "ready"; readonly url: string }
  /** One finished request: its session, how it ended, `upstream outcome` per attempt. */
  | {
      readonly type: "record";
      readonly session: string;
      readonly outcome: string;
      readonly attempts: readonly string[];
    }
  | { readonly type: "sample"; readonly rssBytes: number; readonly heapBytes: number; readonly objects: HeapObjects }
  /** How long it waited for requests that should not have been there, milliseconds. */
  | { readonly type: "stopped"; readonly drainMs: number };

/** Live objects after a collection, of the kinds that leak when something is not closed. */
export type HeapObjects = Readonly<Record<string, number>>;

const WATCHED = ["Timeout", "AbortSignal", "ReadableStream", "Promise", "Response", "Request", "TCPSocket", "Attempt"];

const [dataDir = "", consoleFile = ""] = process.argv.slice(2);
const output = Bun.file(consoleFile).writer();
const tell = (message: GatewayMessage): void => void process.send?.(message);

const app = await startApp({
  host: "127.0.0.1",
  port: 0,
  dataDir,
  logFormat: "json",
  version: "soak",
  env: {},
  writeLog: (line) => {
    output.write(line);
  },
  isTerminal: false,
  onRecord: ({ sessionId, outcome, attempts }) =>
    tell({
      type: "record",
      session: sessionId ?? "",
      outcome,
      attempts: attempts.map((attempt) => `${attempt.upstreamId} ${attempt.outcome}`),
    }),
});

process.on("message", (message: "sample" | "stop") => {
  if (message === "sample") sample();
  else void stop();
});
tell({ type: "ready", url: app.url });

function sample(): void {
  Bun.gc(true);
  const { heapSize, objectTypeCounts } = heapStats();
  const objects = Object.fromEntries(WATCHED.map((name) => [name, objectTypeCounts[name] ?? 0]));
  tell({ type: "sample", rssBytes: process.memoryUsage.rss(), heapBytes: heapSize, objects });
}

async function stop(): Promise<void> {
  const startedMs = performance.now();
  try {
    await app.stop(10_000);
    await output.end();
  } catch (error) {
    writeSync(2, `${String(error)}\n`);
  }
  tell({ type: "stopped", drainMs: performance.now() - startedMs });
  process.exit(0);
}
