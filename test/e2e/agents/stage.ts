// What one agent run needs: scripted upstreams, a gateway before them, a tap before the gateway.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import type { SimRequest } from "../../../src/simulator/sim-request.ts";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";
import { install } from "./install.ts";
import { type RequestTap, startRequestTap, type TappedRequest } from "./request-tap.ts";
import { type AgentPrograms, type AgentRun, runAgent } from "./run-agent.ts";
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
export const AGENT_KEY = "sk-agent-0123456789abcdef";
export const UPSTREAM_KEY = "sk-upstream-fedcba9876543210";

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
  timeoutMs = RUN_MS,
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
    const run = await runAgent(setup, programs, { url: tap.url, key: AGENT_KEY }, timeoutMs);
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

/** What an upstream was asked to generate. */
export function generations(upstream: Pick<Simulator, "requests">): readonly SimRequest[] {
  return upstream.requests.filter((request) => request.route.operation === "generate");
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
