// The checks that hold for every agent run.

import { expect } from "bun:test";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { MARKER } from "./run-agent.ts";
import type { AgentSetup } from "./setups.ts";
import { AGENT_KEY, generations, type StagedRun, UPSTREAM_KEY, type UpstreamFormat } from "./stage.ts";

/** The task was done: the agent is content, its command ran once, and its last words quote what that printed. */
export function expectDone({ run, seen, records }: StagedRun): void {
  const outcome = { exitCode: run.exitCode, toolRuns: run.trace.length, quotesOutput: run.stdout.includes(MARKER) };
  const isDone = outcome.exitCode === 0 && outcome.toolRuns === 1 && outcome.quotesOutput;
  if (!isDone) {
    const asked = seen.map(({ request, status }) => `${request.method} ${request.path} -> ${status}`);
    const told = records.map(({ path, status, outcome, error }) => `${path} ${status} ${outcome} ${error ?? ""}`);
    console.log(["asked:", ...asked, "records:", ...told, "stdout:", run.stdout, "stderr:", run.stderr].join("\n"));
  }
  expect(outcome).toEqual({ exitCode: 0, toolRuns: 1, quotesOutput: true });
}

/** The gateway refused nothing it should have served, and its records say that all went well, with tokens counted. */
export function expectServed({ seen, records }: StagedRun, setup: AgentSetup): void {
  const refused = seen.filter(({ status }) => status !== 200);
  expect(refused.map(({ status }) => status)).toEqual([...(setup.refusals ?? [])]);
  const served = records.filter((record) => record.status === 200);
  expect(served.length).toBe(records.length - refused.length);
  for (const record of served) {
    expect(record).toMatchObject({ outcome: "ok", clientProtocol: setup.protocol, clientKeyLabel: "agent" });
    // An answer that was cut, but enough, may have been cut before its token counts.
    if (record.attempts.at(-1)?.outcome !== "ok") continue;
    expect(record.usage?.inputTokens).toBeGreaterThan(0);
    expect(record.usage?.outputTokens).toBeGreaterThan(0);
  }
}

/** An upstream heard only its own format, and its own key instead of the agent's. */
export function expectOwnFormat(upstream: Pick<Simulator, "requests">, format: UpstreamFormat): void {
  for (const request of generations(upstream)) {
    expect(request.route.protocol).toBe(format.protocol);
    expect(request.model).toBe(format.model);
  }
  for (const request of upstream.requests) {
    expect(request.key).toBe(UPSTREAM_KEY);
    expect(JSON.stringify(request.headers) + request.text).not.toContain(AGENT_KEY);
  }
}
