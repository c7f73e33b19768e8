// Starts and ends the programs of a run, each pinned to its core.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { engineEnvironment } from "../engine-settings.ts";
import { freePort } from "./free-port.ts";
import { nginxConfig } from "./nginx-config.ts";

/** Core of the process under test; generator and upstream share the other one. */
export const TESTED_CORE = 0;
export const OTHER_CORE = 1;

/** A program that runs until it is stopped. */
export interface Program {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Moves this process with all its threads. Throws where `taskset` is missing. */
export function pinSelf(core: number): void {
  const done = Bun.spawnSync(["taskset", "-a", "-p", "-c", String(core), String(process.pid)]);
  if (!done.success) throw new Error(`taskset failed: ${done.stderr.toString()}`);
}

/** The simulator as upstream. */
export async function startUpstream(folder: string): Promise<Program> {
  const script = resolve(import.meta.dir, "upstream-main.ts");
  const child = Bun.spawn(["taskset", "-c", String(OTHER_CORE), process.execPath, script], {
    stdout: "pipe",
    stderr: Bun.file(join(folder, "upstream.err")),
  });
  for await (const chunk of child.stdout) {
    const port = Number(Buffer.from(chunk).toString("utf8").trim());
    if (port > 0) return { pid: child.pid, port, stop: () => end(child) };
  }
  throw new Error("the upstream did not start");
}

export interface GatewayOptions {
  /** Checkout that is run: `src/cli/main.ts` below it, or its binary `dist/apirouter` when asked for. */
  readonly tree: string;
  readonly useBinary: boolean;
  /** For data folder and console log. */
  readonly folder: string;
  readonly upstreamPort: number;
  readonly apiFormat: "anthropic" | "openai";
}

/** The gateway as users run it: console lines to a file, request log on. Resolves when it answers. */
export async function startGateway(options: GatewayOptions): Promise<Program & { readonly readyMs: number }> {
  const { tree, folder, upstreamPort, apiFormat } = options;
  const port = freePort();
  const dataDir = join(folder, `data-${port}`);
  mkdirSync(dataDir, { mode: 0o700 });
  const upstream = {
    id: "simulator",
    base_url: `http://127.0.0.1:${upstreamPort}/v1`,
    api_format: apiFormat,
    keys: ["sk-bench-0123456789abcdef"],
  };
  writeFileSync(join(dataDir, "config.json"), JSON.stringify({ upstreams: [upstream] }), { mode: 0o600 });
  const logFile = join(folder, `gateway-${port}.out`);
  const program = options.useBinary
    ? [join(tree, "dist/apirouter")]
    : [process.execPath, join(tree, "src/cli/main.ts")];
  const args = ["--host", "127.0.0.1", "--port", String(port), "--data-dir", dataDir];
  const startedMs = performance.now();
  const child = Bun.spawn(["taskset", "-c", String(TESTED_CORE), ...program, ...args], {
    env: options.useBinary ? process.env : engineEnvironment(),
    stdout: Bun.file(logFile),
    stderr: Bun.file(`${logFile}.err`),
  });
  const isUp = await answers(port, "/ready", 10_000);
  const readyMs = performance.now() - startedMs;
  if (!isUp) {
    await end(child);
    throw new Error(`the gateway did not start: ${readFileSync(`${logFile}.err`, "utf8").slice(0, 1000)}`);
  }
  return { pid: child.pid, port, readyMs, stop: () => end(child) };
}

export interface PinnedProgram {
  readonly command: readonly string[];
  readonly env: Record<string, string | undefined>;
  readonly port: number;
  /** Answers 200 once the program is ready. */
  readonly readyPath: string;
  /** For what it prints. */
  readonly folder: string;
  readonly patienceMs: number;
}

/** Any other program on the core of the process under test. Throws with what it printed when it does not get ready. */
export async function startPinned(program: PinnedProgram): Promise<Program> {
  const { command, env, port, readyPath, folder, patienceMs } = program;
  const output = join(folder, `program-${port}.out`);
  const child = Bun.spawn(["taskset", "-c", String(TESTED_CORE), ...command], {
    env,
    stdout: Bun.file(output),
    stderr: Bun.file(`${output}.err`),
  });
  if (await answers(port, readyPath, patienceMs)) return { pid: child.pid, port, stop: () => end(child) };
  await end(child);
  const printed = `${readFileSync(output, "utf8")}\n${readFileSync(`${output}.err`, "utf8")}`;
  throw new Error(`${command.join(" ")} did not get ready: ${printed.slice(-1000)}`);
}

/** nginx before the same upstream, or undefined where it is not installed. */
export async function startNginx(folder: string, upstreamPort: number): Promise<Program | undefined> {
  const binary = Bun.which("nginx", { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin` });
  if (!binary) return undefined;
  const port = freePort();
  const own = join(folder, `nginx-${port}`);
  mkdirSync(own);
  const file = join(own, "nginx.conf");
  writeFileSync(file, nginxConfig(own, port, upstreamPort));
  const child = Bun.spawn(
    ["taskset", "-c", String(TESTED_CORE), binary, "-p", own, "-c", file, "-e", `${own}/start.log`],
    {
      stdout: "ignore",
      stderr: Bun.file(join(own, "nginx.err")),
    },
  );
  if (await answers(port, "/health", 5000)) return { pid: child.pid, port, stop: () => end(child) };
  await end(child);
  throw new Error(`nginx did not start: ${readFileSync(join(own, "nginx.err"), "utf8").slice(0, 1000)}`);
}

/** Asks until the path answers 200. */
async function answers(port: number, path: string, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      await response.bytes();
      if (response.status === 200) return true;
    } catch {
      // Not listening yet.
    }
    await Bun.sleep(1);
  }
  return false;
}

/** The first signal lets the gateway finish what runs, the second ends it at once. */
async function end(child: Bun.Subprocess): Promise<void> {
  for (const [signal, waitMs] of [
    ["SIGTERM", 100],
    ["SIGTERM", 1000],
    ["SIGKILL", 1000],
  ] as const) {
    child.kill(signal);
    const isOver = await Promise.race([child.exited.then(() => true), Bun.sleep(waitMs).then(() => false)]);
    if (isOver) return;
  }
}
