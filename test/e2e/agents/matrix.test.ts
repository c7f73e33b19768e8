// Real coding agents do a task with one shell call through the gateway, over upstreams of all four formats.
// APIROUTER_AGENTS=all adds the set-ups that fewer people use.

import { describe, expect, test } from "bun:test";
import { agentPlan } from "../../../src/simulator/agent-plan.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { expectDone, expectOwnFormat, expectServed } from "./expectations.ts";
import { COMMAND } from "./run-agent.ts";
import { MORE_SETUPS, SETUPS } from "./setups.ts";
import { FORMATS, findPrograms, generations, RUN_MS, runStaged } from "./stage.ts";

const setups = process.env["APIROUTER_AGENTS"] === "all" ? [...SETUPS, ...MORE_SETUPS] : SETUPS;
const programs = await findPrograms(setups);

for (const setup of setups) {
  const installed = programs.get(setup);
  describe.skipIf(installed === undefined)(setup.name, () => {
    test.each(Object.values(FORMATS))(
      "does its task over an upstream of format $protocol",
      async (format) => {
        const thinking = "I should run the command that I was given.";
        const upstream = startSimulator({ plan: agentPlan({ commands: [COMMAND], thinking }) });
        try {
          const staged = await runStaged(setup, installed as NonNullable<typeof installed>, [
            { url: upstream.url, format },
          ]);
          expectDone(staged);
          expectServed(staged, setup);
          expectOwnFormat(upstream, format);
          const lane = format.protocol === setup.protocol ? "pass-through" : "converted";
          const attempts = staged.records.flatMap((record) => record.attempts);
          expect(new Set(attempts.map((attempt) => attempt.lane))).toEqual(new Set([lane]));
          expect(attempts.length).toBe(generations(upstream).length);
        } finally {
          upstream.stop();
        }
      },
      RUN_MS + 10_000,
    );
  });
}
