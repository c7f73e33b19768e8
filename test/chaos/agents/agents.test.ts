// Real coding agents while their upstreams break: the task is done all the same, every step once.
// APIROUTER_CHAOS_ALL=1 runs every break under every agent (340 runs, about 25 minutes) instead of a few.

import { describe, expect, test } from "bun:test";
import type { AgentPrograms } from "../../e2e/agents/run-agent.ts";
import { CLAUDE_CODE, CODEX, OPENCODE } from "../../e2e/agents/setups.ts";
import { findPrograms, RUN_MS } from "../../e2e/agents/stage.ts";
import { AGENTS, type Backing, BREAKS, runBroken } from "./breaks.ts";
import type { RunResult } from "./judge.ts";
import { FAILING_SHARE, MOST_TIMES, ORDERS, runStorm } from "./storm.ts";

const IS_ALL = process.env["APIROUTER_CHAOS_ALL"] === "1";
/** One of each kind: a status without a second upstream, an error behind the thinking, a cut inside the call. */
const QUICK: ReadonlySet<string> = new Set(["401 one", "overload error after-thinking one", "cut in-tool two"]);
const STORMY = IS_ALL ? AGENTS : [CLAUDE_CODE, CODEX, OPENCODE];

const CELLS = BREAKS.flatMap((broken) =>
  (["one", "two"] as const).map((backing: Backing) => ({ broken, backing, name: `${broken.name} ${backing}` })),
).filter(({ name }) => IS_ALL || QUICK.has(name));

const programs = await findPrograms(AGENTS);

/** Nothing was wrong; otherwise the story is printed. */
function expectDone(result: RunResult): void {
  if (result.wrong.length > 0) console.log(result.story);
  expect(result.wrong).toEqual([]);
}

for (const setup of AGENTS) {
  const installed = programs.get(setup);
  describe.skipIf(installed === undefined)(`${setup.name} does its three steps, each once,`, () => {
    test.each(CELLS)(
      "when an upstream breaks: $name",
      async ({ broken, backing }) => {
        expectDone(await runBroken(setup, installed as AgentPrograms, broken, backing, RUN_MS));
      },
      RUN_MS + 10_000,
    );
  });
}

for (const setup of STORMY) {
  const installed = programs.get(setup);
  describe.skipIf(installed === undefined)(`${setup.name} does its eight steps, each once and in order,`, () => {
    const orders = IS_ALL ? ORDERS : ORDERS.slice(AGENTS.indexOf(setup) % 2, (AGENTS.indexOf(setup) % 2) + 1);
    test.each(orders.map((order) => ({ order, first: order[0] })))(
      `while ${FAILING_SHARE * 100} % of the calls fail, $first first, in at most ${MOST_TIMES} times the time`,
      async ({ order }) => {
        const options = { order, seed: 1, timeoutMs: 2 * RUN_MS };
        const calm = await runStorm(setup, installed as AgentPrograms, { ...options, share: 0 });
        const stormy = await runStorm(setup, installed as AgentPrograms, { ...options, share: FAILING_SHARE });
        expectDone(calm);
        expectDone(stormy);
        expect(stormy.failures).toBeGreaterThan(0);
        expect(stormy.durationMs).toBeLessThan(MOST_TIMES * calm.durationMs);
      },
      4 * RUN_MS + 20_000,
    );
  });
}
