// Forty of a hundred upstream calls fail at random, over four upstreams of four formats; an agent works through eight steps.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { agentPlan } from "../../../src/simulator/agent-plan.ts";
import type { SimPlan } from "../../../src/simulator/script.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { type AgentPrograms, stepCommand } from "../../e2e/agents/run-agent.ts";
import type { AgentSetup } from "../../e2e/agents/setups.ts";
import { FORMATS, runStaged } from "../../e2e/agents/stage.ts";
import { seeded } from "../support/seeded.ts";
import { judge, type RunResult } from "./judge.ts";

/** In which order of priority the four formats stand. */
export const ORDERS: readonly (readonly ProtocolId[])[] = [
  ["anthropic", "openai-chat", "openai-responses", "gemini"],
  ["openai-chat", "gemini", "anthropic", "openai-responses"],
  ["openai-responses", "anthropic", "gemini", "openai-chat"],
  ["gemini", "openai-responses", "openai-chat", "anthropic"],
];

/** Everything the storm can do, in equal parts. */
export const STORM_FAULTS: readonly { readonly name: string; readonly plan: Partial<SimPlan> }[] = [
  { name: "429", plan: { error: "rate" } },
  { name: "529", plan: { error: "overloaded", status: 529 } },
  { name: "500", plan: { error: "api_error", status: 500 } },
  { name: "a page", plan: { html: true } },
  { name: "cut before the answer", plan: { cutBeforeHead: "rst" } },
  { name: "cut inside the answer", plan: { cutAfterEvents: { at: "in-text", how: "rst" } } },
  { name: "empty 200", plan: { empty: true } },
  { name: "error as first event", plan: { errorEventAt: { at: 0, kind: "overloaded" } } },
  { name: "error after the start", plan: { errorEventAt: { at: "after-start", kind: "api_error" } } },
  { name: "error in the middle", plan: { errorEventAt: { at: "in-tool", kind: "api_error" } } },
  { name: "garbage", plan: { garbage: "\x00\x01 no HTTP at all\r\n\r\n" } },
  { name: "a slow first byte", plan: { stallBeforeHeadMs: 400 } },
];

const STEPS = 8;
export const FAILING_SHARE = 0.4;
/** A run may take so many times as long as without faults. */
export const MOST_TIMES = 3;
const SCRIPT = {
  commands: Array.from({ length: STEPS }, (_, step) => stepCommand(step)),
  thinking: "The user wants me to run the next command. I should do that and look at what it prints.",
};

/** Runs an agent through eight steps. A share of 0 is the run to compare with. Same seed, same sequence of faults. */
export async function runStorm(
  setup: AgentSetup,
  programs: AgentPrograms,
  { order, seed, share, timeoutMs }: StormOptions,
): Promise<RunResult> {
  const random = seeded(seed);
  const faults = (): Partial<SimPlan> | undefined =>
    random.next() < share ? random.pick(STORM_FAULTS).plan : undefined;
  const simulators = order.map(() => startSimulator({ plan: agentPlan({ ...SCRIPT, faults }) }));
  try {
    const upstreams = simulators.map(({ url }, at) => ({ url, format: FORMATS[order[at] as ProtocolId] }));
    return judge(await runStaged(setup, programs, upstreams, timeoutMs), STEPS);
  } finally {
    for (const simulator of simulators) simulator.stop();
  }
}

export interface StormOptions {
  readonly order: readonly ProtocolId[];
  readonly seed: number;
  /** Share of upstream calls that fail. */
  readonly share: number;
  readonly timeoutMs: number;
}
