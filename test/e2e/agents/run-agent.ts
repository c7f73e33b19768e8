// Runs one agent once: empty home, empty work folder, invented key, nothing else of the caller's environment.

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AgentSettings, AgentSetup } from "./setups.ts";

/** What the agent is told to do; the scripted upstream does not read it. */
const PROMPT = "Run the command that you are given and tell me what it printed.";

/** One line per run in the agent's work folder. */
const TRACE = "ran.log";

/**
 * A shell command that leaves a trace, and prints a word that it does not contain. Gemini CLI refuses `$(…)`; Qwen Code
 * loses the output of a command that ends at once, now and then, and prints `%d` as NaN.
 */
export const COMMAND = `echo ran >> ${TRACE} && printf 'marker-%x-%x\\n' 66 2457 && sleep 0.3`;
export const MARKER = "marker-42-999";

/** The n-th command of a task with several steps, from 0; its trace says which one it was. */
export function stepCommand(step: number): string {
  return `echo step-${step} >> ${TRACE} && printf 'marker-%x-%x\\n' ${0x42 + step} 2457 && sleep 0.3`;
}

/** What the n-th command prints. */
export function stepMarker(step: number): string {
  return `marker-${(0x42 + step).toString(16)}-999`;
}

/** How a run ended. */
export interface AgentRun {
  /** Undefined when the time was over. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** One line per command that ran, in order: `ran`, or `step-0` and so on. */
  readonly trace: readonly string[];
  readonly durationMs: number;
}

/** Where the programs are. */
export interface AgentPrograms {
  readonly agent: string;
  readonly node: string;
}

/** Runs an agent to its end, or until `timeoutMs`; then it is killed with everything it started. */
export async function runAgent(
  setup: AgentSetup,
  programs: AgentPrograms,
  settings: AgentSettings,
  timeoutMs: number,
): Promise<AgentRun> {
  const folder = await mkdtemp(join(tmpdir(), `apirouter-${setup.package}-`));
  try {
    for (const name of ["home", "work", "tmp"]) await mkdir(join(folder, name));
    for (const [path, text] of Object.entries(setup.files(settings))) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const started = performance.now();
    const child = Bun.spawn([programs.agent, ...setup.args(PROMPT)], {
      cwd: join(folder, "work"),
      env: { ...BASE_ENV, ...places(folder, programs.node), ...setup.env(settings) },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      // A process group of its own, so that it can be ended with its children.
      detached: true,
    });
    let isOverdue = false;
    const timer = setTimeout(() => {
      isOverdue = true;
      killGroup(child.pid);
    }, timeoutMs);
    const [stdout, stderr, exitCode] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    clearTimeout(timer);
    const durationMs = performance.now() - started;
    killGroup(child.pid);
    const trace = join(folder, "work", TRACE);
    const ran = existsSync(trace) ? (await readFile(trace, "utf8")).trim().split("\n") : [];
    return { exitCode: isOverdue ? undefined : exitCode, stdout, stderr, trace: ran, durationMs };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A proxy that refuses keeps agents from calling home; the gateway is reached past it. */
const BASE_ENV = {
  LANG: "C.UTF-8",
  TERM: "dumb",
  HTTPS_PROXY: "http://127.0.0.1:9",
  HTTP_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "127.0.0.1,localhost",
};

function places(folder: string, node: string): Record<string, string> {
  return {
    HOME: join(folder, "home"),
    TMPDIR: join(folder, "tmp"),
    PATH: `${dirname(node)}:/usr/local/bin:/usr/bin:/bin`,
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
