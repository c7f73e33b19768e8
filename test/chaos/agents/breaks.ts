// The 34 ways in which an upstream breaks under a coding agent, each once in the middle of a task; and one run of it.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { agentPlan } from "../../../src/simulator/agent-plan.ts";
import type { SimPlan, StreamPoint } from "../../../src/simulator/script.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import type { AgentPrograms } from "../../e2e/agents/run-agent.ts";
import { stepCommand } from "../../e2e/agents/run-agent.ts";
import type { AgentSetup } from "../../e2e/agents/setups.ts";
import { CLAUDE_CODE, CODEX, GEMINI_CLI, OPENCODE, QWEN_CODE } from "../../e2e/agents/setups.ts";
import { FORMATS, runStaged } from "../../e2e/agents/stage.ts";
import { judge, type RunResult } from "./judge.ts";

/** The five agents. */
export const AGENTS: readonly AgentSetup[] = [CLAUDE_CODE, CODEX, GEMINI_CLI, OPENCODE, QWEN_CODE];

/** One way of breaking. */
export interface Break {
  readonly name: string;
  readonly plan: Partial<SimPlan>;
}

const POINTS: readonly StreamPoint[] = [
  "after-start",
  "in-thinking",
  "after-thinking",
  "in-text",
  "in-tool",
  "after-tool",
];

const message = (type: string): object => ({ error: { message: "something is wrong here", type, code: null } });

/** Ten statuses; a cut, a clean end and two kinds of error event at six places. */
export const BREAKS: readonly Break[] = [
  { name: "401", plan: { error: "auth", status: 401 } },
  { name: "403", plan: { error: "forbidden" } },
  { name: "408", plan: { status: 408, body: message("timeout") } },
  { name: "409", plan: { status: 409, body: message("conflict") } },
  { name: "429", plan: { error: "rate" } },
  { name: "500", plan: { error: "api_error" } },
  { name: "502 with a page", plan: { html: true, status: 502 } },
  { name: "503", plan: { status: 503, body: message("unavailable") } },
  { name: "504", plan: { status: 504, body: message("gateway timeout") } },
  { name: "529", plan: { error: "overloaded", status: 529 } },
  ...POINTS.flatMap((at): Break[] => [
    { name: `cut ${at}`, plan: { cutAfterEvents: { at, how: "rst" } } },
    { name: `clean end ${at}`, plan: { cutAfterEvents: { at, how: "clean" } } },
    { name: `overload error ${at}`, plan: { errorEventAt: { at, kind: "overloaded" } } },
    { name: `server error ${at}`, plan: { errorEventAt: { at, kind: "api_error" } } },
  ]),
];

/** Upstreams of one run: the agent's own format alone, or two of other formats. */
export type Backing = "one" | "two";

const TWO: Readonly<Record<ProtocolId, readonly [ProtocolId, ProtocolId]>> = {
  anthropic: ["openai-chat", "gemini"],
  "openai-responses": ["anthropic", "gemini"],
  gemini: ["openai-responses", "anthropic"],
  "openai-chat": ["anthropic", "openai-responses"],
};

const STEPS = 3;
const SCRIPT = {
  commands: Array.from({ length: STEPS }, (_, step) => stepCommand(step)),
  thinking: "The user wants me to run the next command. I should do that and look at what it prints.",
};

/** Runs one agent through three steps while its first upstream breaks once, at the second step. */
export async function runBroken(
  setup: AgentSetup,
  programs: AgentPrograms,
  broken: Break,
  backing: Backing,
  timeoutMs: number,
): Promise<RunResult> {
  let isBroken = false;
  const faults = (step: number): Partial<SimPlan> | undefined => {
    if (step !== 1 || isBroken) return undefined;
    isBroken = true;
    return broken.plan;
  };
  const formats = backing === "one" ? [setup.protocol] : TWO[setup.protocol];
  const simulators = formats.map((_, at) =>
    startSimulator({ plan: agentPlan(at === 0 ? { ...SCRIPT, faults } : SCRIPT) }),
  );
  try {
    const upstreams = simulators.map(({ url }, at) => ({ url, format: FORMATS[formats[at] as ProtocolId] }));
    const staged = await runStaged(setup, programs, upstreams, timeoutMs);
    const result = judge(staged, STEPS);
    return isBroken ? result : { ...result, wrong: [...result.wrong, "the break was never reached"] };
  } finally {
    for (const simulator of simulators) simulator.stop();
  }
}
