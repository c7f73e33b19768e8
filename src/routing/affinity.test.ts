import { expect, test } from "bun:test";
import { Affinity } from "./affinity.ts";
import type { Candidate } from "./plan-attempts.ts";

const candidate = (upstreamId: string, keyId: string) =>
  ({ ids: { upstreamId, keyId, model: "m" } }) as unknown as Candidate;
const names = (candidates: readonly Candidate[]) => candidates.map(({ ids }) => `${ids.upstreamId}${ids.keyId}`);
const plan = () => [candidate("a", "1"), candidate("a", "2"), candidate("b", "3")];

test("a conversation goes back to the upstream and key that served it", () => {
  const affinity = new Affinity({ maxSessions: 10, ttlMs: 1000 });
  affinity.remember("s", { upstreamId: "b", keyId: "3", model: "m" }, 0);
  expect(names(affinity.prefer(plan(), "s", 500))).toEqual(["b3", "a1", "a2"]);
  expect(names(affinity.prefer(plan(), "other", 500))).toEqual(["a1", "a2", "b3"]);
});

test("is forgotten after a while, and when its upstream is gone", () => {
  const affinity = new Affinity({ maxSessions: 10, ttlMs: 1000 });
  affinity.remember("s", { upstreamId: "b", keyId: "3", model: "m" }, 0);
  expect(names(affinity.prefer(plan(), "s", 1001))).toEqual(["a1", "a2", "b3"]);
  expect(names(affinity.prefer([candidate("a", "1")], "s", 500))).toEqual(["a1"]);
});

test("remembers a bounded number of conversations, the latest", () => {
  const affinity = new Affinity({ maxSessions: 3, ttlMs: 1000 });
  for (let n = 0; n < 100; n++) affinity.remember(`s${n}`, { upstreamId: "b", keyId: "3", model: "m" }, 0);
  expect(affinity.size).toBe(3);
  expect(names(affinity.prefer(plan(), "s99", 0))[0]).toBe("b3");
  expect(names(affinity.prefer(plan(), "s0", 0))[0]).toBe("a1");
});

test("knows when a conversation is asked somewhere else, and what was left out for whom", () => {
  const affinity = new Affinity({ maxSessions: 10, ttlMs: 1000 });
  const [a, b] = [candidate("a", "1").ids, candidate("b", "3").ids];
  expect([affinity.isElsewhere("s", a, 0), affinity.refusedUpTo("s", a, 0)]).toEqual([false, undefined]);
  affinity.remember("s", a, 0);
  expect([affinity.isElsewhere("s", a, 1), affinity.isElsewhere("s", b, 1)]).toEqual([false, true]);
  expect(affinity.isElsewhere("s", candidate("a", "2").ids, 1)).toBe(true);
  affinity.remember("s", b, 2, "mark");
  expect([affinity.refusedUpTo("s", b, 3), affinity.refusedUpTo("s", a, 3)]).toEqual(["mark", undefined]);
  affinity.remember("s", b, 4);
  expect(affinity.refusedUpTo("s", b, 5)).toBe("mark");
  expect(affinity.refusedUpTo("s", b, 1005)).toBeUndefined();
  affinity.remember("s", a, 6);
  affinity.remember("s", b, 7);
  expect(affinity.refusedUpTo("s", b, 8)).toBeUndefined();
});
