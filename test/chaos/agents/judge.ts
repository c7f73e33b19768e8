// Whether an agent did its task: content, every step once and in order, its last words quoting the last output.

import { stepMarker } from "../../e2e/agents/run-agent.ts";
import type { StagedRun } from "../../e2e/agents/stage.ts";

/** What is said of one run. */
export interface RunResult {
  /** Empty when the task was done. */
  readonly wrong: readonly string[];
  readonly durationMs: number;
  /** Requests of the agent, and what they became upstream. */
  readonly requests: number;
  readonly attempts: number;
  /** Attempts that failed. */
  readonly failures: number;
  /** Errors that the agent itself was told. */
  readonly told: number;
  /** For people: what was asked and answered. */
  readonly story: string;
}

/** Judges a run of `steps` steps. */
export function judge({ run, seen, records }: StagedRun, steps: number): RunResult {
  const wrong: string[] = [];
  const expected = Array.from({ length: steps }, (_, step) => `step-${step}`).join(" ");
  const ran = run.trace.join(" ");
  if (run.exitCode === undefined) wrong.push(`not done after ${Math.round(run.durationMs / 1000)} s`);
  else if (run.exitCode !== 0) wrong.push(`exit code ${run.exitCode}`);
  if (ran !== expected) wrong.push(`steps that ran: ${ran || "none"}`);
  if (!run.stdout.includes(stepMarker(steps - 1))) wrong.push("the last words do not quote the last output");
  const attempts = records.flatMap((record) => record.attempts);
  const walks = records.map(({ path, status, outcome, error, attempts: tried }) => {
    const walk = tried.map((each) => `${each.upstreamId} ${each.outcome} ${Math.round(each.totalMs)}ms`).join(", ");
    return `${path} ${status} ${outcome} [${walk}] ${error ?? ""}`;
  });
  return {
    wrong,
    durationMs: run.durationMs,
    requests: records.length,
    attempts: attempts.length,
    failures: attempts.filter((attempt) => attempt.outcome !== "ok").length,
    told: records.filter((record) => record.outcome !== "ok").length,
    story: [
      ...seen.map(({ request, status }) => `asked: ${request.method} ${request.path} -> ${status}`),
      ...walks,
      `stdout: ${run.stdout.slice(-1500)}`,
      `stderr: ${run.stderr.slice(-1500)}`,
    ].join("\n"),
  };
}
