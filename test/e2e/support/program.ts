// The real program as a child process, with a data folder of its own.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./waiting.ts";

const MAIN = join(import.meta.dir, "..", "..", "..", "src", "cli", "main.ts");

export interface Program {
  readonly pid: number;
  /** `http://127.0.0.1:port`, known once `ready` resolved. */
  readonly url: string;
  readonly output: string;
  readonly errors: string;
  /** Exit code; undefined while it runs, null after a signal. */
  readonly exitCode: number | null | undefined;
  /** Milliseconds from the start of the process until it said that it listens. */
  ready(): Promise<number>;
  /** Resident memory in bytes. */
  rssBytes(): Promise<number>;
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGINT"): Promise<void>;
}

/** A new data folder with this config.json, and how to remove it. */
export async function createDataDir(config: unknown): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "apirouter-program-"));
  const text = typeof config === "string" ? config : JSON.stringify(config);
  await writeFile(join(dataDir, "config.json"), text, { mode: 0o600 });
  return dataDir;
}

export function removeDataDir(dataDir: string): Promise<void> {
  return rm(dataDir, { recursive: true, force: true });
}

/** A port that nobody listens on, below those that the system gives to outgoing connections. */
export function stablePort(): number {
  for (let port = 20_000 + (process.pid % 10_000); port < 32_000; port++) {
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } }).stop(true);
      return port;
    } catch {
      // Taken: the next one may be free.
    }
  }
  throw new Error("no free port below 32000");
}

/**
 * Starts the program. Port 0 picks a free one; `more` are further arguments; `wrapper` is a command that runs the
 * program's command line, given behind it, in its own place.
 */
export function startProgram(
  dataDir: string,
  port = 0,
  more: readonly string[] = [],
  wrapper: readonly string[] = [],
): Program {
  const startedMs = performance.now();
  let output = "";
  let errors = "";
  let exitCode: number | null | undefined;
  let readyMs: number | undefined;
  const child = Bun.spawn(
    [...wrapper, process.execPath, MAIN, "--host", "127.0.0.1", "--port", String(port), "--data-dir", dataDir, ...more],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe", env: { PATH: process.env["PATH"] ?? "", HOME: tmpdir() } },
  );
  const done = Promise.all([
    child.exited,
    gather(child.stdout, (text) => {
      output += text;
      if (/listening on/.test(output)) readyMs ??= performance.now() - startedMs;
    }),
    gather(child.stderr, (text) => {
      errors += text;
    }),
  ]).then(([code]) => {
    exitCode = child.signalCode === null ? code : null;
  });
  return {
    pid: child.pid,
    get url() {
      return `http://127.0.0.1:${/listening on \S+:(\d+)/.exec(output)?.[1] ?? port}`;
    },
    get output() {
      return output;
    },
    get errors() {
      return errors;
    },
    get exitCode() {
      return exitCode;
    },
    async ready() {
      await until("the program listens or ends", () => readyMs !== undefined || exitCode !== undefined, 15_000);
      if (readyMs === undefined) throw new Error(`the program ended with ${exitCode}: ${errors}${output}`);
      return readyMs;
    },
    async rssBytes() {
      const pages = Number((await readFile(`/proc/${child.pid}/statm`, "utf8")).split(" ")[1]);
      return pages * 4096;
    },
    async kill(signal) {
      child.kill(signal);
      await done;
    },
  };
}

async function gather(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}
