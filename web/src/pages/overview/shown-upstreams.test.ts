import { expect, test } from "bun:test";
import type { UpstreamView } from "../../../../src/admin/contract/upstreams.ts";
import { MAX_SHOWN, shownUpstreams } from "./shown-upstreams.ts";

const view = (id: string, priority: number, health: UpstreamView["health"] = "healthy"): UpstreamView => ({
  definition: { id, base_url: "http://a.example", api_format: "openai", priority },
  health,
  keys: [],
  breakers: [],
  running: 0,
  last_hour: {
    attempts: 0,
    failures: 0,
    first_content_p50_ms: null,
    input_tokens: 0,
    output_tokens: 0,
    cost_usd: null,
    last_used_at: null,
  },
  warnings: [],
});
const ids = (views: readonly UpstreamView[]) => shownUpstreams(views).map(({ definition }) => definition.id);

test("upstreams come in the order in which they are tried", () => {
  expect(ids([view("last", 9, "down"), view("first", 1), view("second", 2)])).toEqual(["first", "second", "last"]);
});

test("of many, those in trouble are shown first and the others as far as there is room", () => {
  const many = Array.from({ length: 200 }, (_, index) => view(`u${index}`, index));
  const shown = ids([...many, view("broken", 999, "down"), view("halting", 500, "degraded")]);
  expect(shown).toHaveLength(MAX_SHOWN);
  expect(shown.slice(0, 4)).toEqual(["halting", "broken", "u0", "u1"]);
});
