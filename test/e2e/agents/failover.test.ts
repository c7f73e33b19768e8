// Real coding agents while their first upstream fails and a second one, of another format, is well: they notice nothing.

import { describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { agentPlan } from "../../../src/simulator/agent-plan.ts";
import type { SimPlan, StreamPoint } from "../../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/simulator.ts";
import { expectDone, expectOwnFormat, expectServed } from "./expectations.ts";
import { COMMAND } from "./run-agent.ts";
import { type AgentSetup, CLAUDE_CODE, CODEX, GEMINI_CLI } from "./setups.ts";
import { FORMATS, findPrograms, RUN_MS, runStaged } from "./stage.ts";

interface Failure {
  readonly name: string;
  /** What the first upstream does; undefined: nobody listens there. */
  readonly plan: Partial<SimPlan> | undefined;
  /** From which step on: 0 is the first request, 1 the one with the command's output. */
  readonly from: 0 | 1;
  /** Outcome in the attempt's record. */
  readonly outcome: string;
  /** What the agent got was enough, so that nothing else is asked. */
  readonly isEnough?: boolean;
}

const OVERLOADED: Partial<SimPlan> = { error: "overloaded", status: 529 };
const CUT: Partial<SimPlan> = cutAt("after-start");

const FAILURES: readonly Failure[] = [
  { name: "answers 529", plan: OVERLOADED, from: 0, outcome: "overloaded" },
  { name: "refuses connections", plan: undefined, from: 0, outcome: "connect_refused" },
  { name: "is cut before any content", plan: CUT, from: 0, outcome: "truncated" },
  {
    name: "sends an error as its first event",
    plan: { errorEventAt: { at: 0, kind: "overloaded" } },
    from: 0,
    outcome: "overloaded",
  },
  { name: "answers 200 with a web page", plan: { html: true }, from: 0, outcome: "wrong_content_type" },
  { name: "answers 529 in the middle of the task", plan: OVERLOADED, from: 1, outcome: "overloaded" },
  { name: "is cut before any content in the middle of the task", plan: CUT, from: 1, outcome: "truncated" },
  { name: "is cut inside its text", plan: cutAt("in-text"), from: 0, outcome: "truncated" },
  { name: "is cut inside a call's arguments", plan: cutAt("in-tool"), from: 0, outcome: "truncated" },
  { name: "is cut after a whole call", plan: cutAt("after-tool"), from: 0, outcome: "truncated", isEnough: true },
  { name: "is cut inside its last text", plan: cutAt("in-text"), from: 1, outcome: "truncated" },
];

/** Each agent's own format fails; the format behind it differs from agent to agent. */
const AGENTS: readonly { readonly setup: AgentSetup; readonly second: ProtocolId }[] = [
  { setup: CLAUDE_CODE, second: "openai-chat" },
  { setup: CODEX, second: "anthropic" },
  { setup: GEMINI_CLI, second: "openai-responses" },
];

const programs = await findPrograms(AGENTS.map(({ setup }) => setup));

for (const { setup, second } of AGENTS) {
  const installed = programs.get(setup);
  describe.skipIf(installed === undefined)(`${setup.name} does its task when its first upstream`, () => {
    test.each(FAILURES)(
      "$name",
      async (failure) => {
        const first = startFailing(failure);
        const healthy = startSimulator({ plan: agentPlan(SCRIPT) });
        try {
          const staged = await runStaged(setup, installed as NonNullable<typeof installed>, [
            { url: first.url, format: FORMATS[setup.protocol] },
            { url: healthy.url, format: FORMATS[second] },
          ]);
          expectDone(staged);
          expectServed(staged, setup);
          expectOwnFormat(first, FORMATS[setup.protocol]);
          expectOwnFormat(healthy, FORMATS[second]);
          const walks = staged.records.map((record) =>
            record.attempts.map((attempt) => `${attempt.upstreamId} ${attempt.outcome}`),
          );
          const failed = `upstream-1 ${failure.outcome}`;
          const failedOver = [failed, "upstream-2 ok"];
          // Two requests, as without any failure: the agent itself repeated nothing.
          expect(walks.length).toBe(2);
          expect(walks[failure.from]).toEqual(failure.isEnough ? [failed] : failedOver);
          if (failure.from === 1) expect(walks[0]).toEqual(["upstream-1 ok"]);
          // An agent that names its session stays where it was served.
          else expect([failedOver, ["upstream-2 ok"]]).toContainEqual(walks[1] as string[]);
        } finally {
          first.stop();
          healthy.stop();
        }
      },
      RUN_MS + 10_000,
    );
  });
}

function cutAt(at: StreamPoint): Partial<SimPlan> {
  return { cutAfterEvents: { at, how: "rst" } };
}

const SCRIPT = { commands: [COMMAND], thinking: "I should run the command that I was given." };

function startFailing({ plan, from }: Failure): Simulator {
  const faults = (step: number) => (step >= from ? plan : undefined);
  const simulator = startSimulator({ plan: agentPlan({ ...SCRIPT, faults }) });
  if (!plan) simulator.stop();
  return simulator;
}
