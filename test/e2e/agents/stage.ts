// What a test of one agent run needs: scripted upstreams, a gateway before them, a tap before the gateway; and the
// checks that hold for every run.

import { expect } from "bun:test";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import type { SimRequest } from "../../../src/simulator/sim-request.ts";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";
import { install } from "./install.ts";
import { type RequestTap, startRequestTap, type TappedRequest } from "./request-tap.ts";
import { type AgentPrograms, type AgentRun, MARKER, runAgent } from "./run-agent.ts";
import type { AgentSetup } from "./setups.ts";

/** One upstream format, as config.json spells it, with a model that servers of that format have. */
export interface UpstreamFormat {
  readonly protocol: ProtocolId;
  readonly apiFormat: string;
  readonly basePath: string;
  readonly model: string;
}

/** The four formats by protocol. */
export const FORMATS: Readonly<Record<ProtocolId, UpstreamFormat>> = {
  anthropic: { protocol: "anthropic", apiFormat: "anthropic", basePath: "/v1", model: "claude-sonnet-4-5" },
  "openai-chat": { protocol: "openai-chat", apiFormat: "openai", basePath: "/v1", model: "gpt-5" },
  "openai-responses": { protocol: "openai-responses", apiFormat: "openai_response", basePath: "/v1", model: "gpt-5" },
  gemini: { protocol: "gemini", apiFormat: "gemini", basePath: "/v1beta", model: "gemini-2.5-pro" },
};

/** What the agent gets, and what only the upstreams may see. */
const AGENT_KEY = "sk-agent-0123456789abcdef";
const UPSTREAM_KEY = "sk-upstream-fedcba9876543210";

/** Agents take 0.5-8 s; a busy machine with a cold disk takes longer. */
export const RUN_MS = 60_000;
/** A record comes within milliseconds of its answer; a missing one is for the checks to find. */
const RECORD_MS = 5_000;

/** An entry of `upstreams`, priority by position. */
export interface StagedUpstream {
  readonly url: string;
  readonly format: UpstreamFormat;
}

/** Everything that was seen of one run. */
export interface StagedRun {
  readonly run: AgentRun;
  /** What the agent sent, in order. */
  readonly seen: readonly TappedRequest[];
  readonly records: readonly RequestRecord[];
}

/** Runs an agent once before these upstreams; every model name leads to each upstream's own. */
export async function runStaged(
  setup: AgentSetup,
  programs: AgentPrograms,
  upstreams: readonly StagedUpstream[],
): Promise<StagedRun> {
  const gateway = await startGateway({
    upstreams: upstreams.map(({ url, format }, index) => ({
      id: `upstream-${index + 1}`,
      base_url: url + format.basePath,
      api_format: format.apiFormat,
      keys: [UPSTREAM_KEY],
      model_map: { "*": format.model },
      priority: index + 1,
    })),
    config: { access_control_enabled: true, client_keys: [{ key: AGENT_KEY, label: "agent" }] },
  });
  const tap = await startRequestTap(gateway.app.port);
  try {
    const run = await runAgent(setup, programs, { url: tap.url, key: AGENT_KEY }, RUN_MS);
    return { run, seen: tap.seen, records: await allRecords(gateway, tap) };
  } finally {
    await tap.stop();
    await gateway.stop();
  }
}

/** Records come a moment after the answers: one for every generation and for every refusal. */
async function allRecords(gateway: TestGateway, tap: RequestTap): Promise<readonly RequestRecord[]> {
  const expected = tap.seen.filter(
    ({ request, status }) => request.route.operation === "generate" || (status ?? 0) >= 400,
  ).length;
  if (expected > 0) await Promise.race([gateway.record(expected), Bun.sleep(RECORD_MS)]);
  return gateway.records;
}

/** The task was done: the agent is content, its command ran once, and its last words quote what that printed. */
export function expectDone({ run, seen, records }: StagedRun): void {
  const outcome = { exitCode: run.exitCode, toolRuns: run.toolRuns, quotesOutput: run.stdout.includes(MARKER) };
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

/** What an upstream was asked to generate. */
export function generations(upstream: Pick<Simulator, "requests">): readonly SimRequest[] {
  return upstream.requests.filter((request) => request.route.operation === "generate");
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

/** The programs of every set-up whose packages could be installed; the others are named on the console with the reason. */
export async function findPrograms(setups: readonly AgentSetup[]): Promise<ReadonlyMap<AgentSetup, AgentPrograms>> {
  const found = new Map<AgentSetup, AgentPrograms>();
  const node = await install("node");
  for (const setup of setups) {
    // Without Node there is no need to ask for more: npm is slow to give up on a registry that it cannot reach.
    const agent = node.ok ? await install(setup.package) : node;
    if (agent.ok && node.ok) found.set(setup, { agent: agent.executable, node: node.executable });
    else if (!agent.ok) console.log(`SKIPPED: ${setup.name} was not run: ${agent.reason}`);
  }
  return found;
}
