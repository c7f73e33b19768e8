// A whole gateway for a test: the real program's object graph on a free port, with a data folder of its own.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, type AppOptions, startApp } from "../../src/cli/compose.ts";
import type { RequestRecord } from "../../src/core/request-record.ts";
import { findSecrets, secretsOf } from "./find-secrets.ts";

export interface TestGatewayOptions {
  /** As in config.json. */
  readonly upstreams: readonly object[];
  /** Further fields of config.json. */
  readonly config?: object;
  /** Environment variables that the program would see; default none. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the command line would say. */
  readonly app?: Partial<AppOptions>;
  /** Of an earlier gateway; default a new one. */
  readonly dataDir?: string;
}

export interface TestGateway {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly dataDir: string;
  readonly app: App;
  /** Finished requests, oldest first. */
  readonly records: readonly RequestRecord[];
  /** Console lines so far. */
  readonly lines: readonly string[];
  /** Waits for the n-th finished request (1 is the first); a client may see its answer a moment earlier. */
  record(n: number): Promise<RequestRecord>;
  /** Ends it. Rejects when a configured secret was left where none belongs. */
  stop(): Promise<void>;
}

/** Starts a gateway before these upstreams. */
export async function startGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "apirouter-test-")));
  const document = { upstreams: options.upstreams, ...options.config };
  await writeFile(join(dataDir, "config.json"), JSON.stringify(document), { mode: 0o600 });
  const records: RequestRecord[] = [];
  const waiting: { n: number; resolve: (record: RequestRecord) => void }[] = [];
  const lines: string[] = [];
  const app = await startApp({
    host: "127.0.0.1",
    port: 0,
    dataDir,
    logFormat: "text",
    version: "test",
    env: options.env ?? {},
    writeLog: (line) => lines.push(line),
    isTerminal: false,
    onRecord(record) {
      records.push(record);
      for (const wait of waiting) if (wait.n === records.length) wait.resolve(record);
    },
    ...options.app,
  });
  return {
    url: app.url,
    dataDir,
    app,
    records,
    lines,
    record(n) {
      const known = records[n - 1];
      return known ? Promise.resolve(known) : new Promise((resolve) => waiting.push({ n, resolve }));
    },
    async stop() {
      await app.stop(0);
      const leaks = await findSecrets(secretsOf(document), dataDir, lines);
      await rm(dataDir, { recursive: true, force: true });
      if (leaks.length > 0) throw new Error(`secrets were found: ${leaks.join("; ")}`);
    },
  };
}
