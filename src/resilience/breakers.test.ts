import { describe, expect, test } from "bun:test";
import { DEFAULT_BREAKER } from "../config/defaults.ts";
import type { ErrorCode } from "../core/errors.ts";
import { type BreakerChange, type BreakersSnapshot, createBreakers } from "./breakers.ts";
import { DECISIONS } from "./decision-table.ts";

const ids = (upstreamId: string, keyId = "k1", model = "m") => ({ upstreamId, model, keyId });

function subject() {
  const changes: BreakerChange[] = [];
  const breakers = createBreakers(
    () => DEFAULT_BREAKER,
    (change) => changes.push(change),
  );
  const fail = (target: ReturnType<typeof ids>, code: ErrorCode, retryAfterMs?: number, now = 0) =>
    breakers.record(target, now, now, { type: "failure", code, decision: DECISIONS[code], retryAfterMs });
  return { breakers, changes, fail };
}

describe("createBreakers", () => {
  test("a dead upstream closes all its keys and models, and no other upstream", () => {
    const { breakers, fail } = subject();
    for (let n = 0; n < 3; n++) fail(ids("a"), "upstream-transport");
    expect(breakers.view(ids("a", "k2", "other"), 0).type).toBe("open");
    expect(breakers.view(ids("b"), 0).type).toBe("closed");
  });

  test("a bad key closes only itself", () => {
    const { breakers, fail } = subject();
    for (let n = 0; n < 3; n++) fail(ids("a"), "upstream-key-invalid");
    expect(breakers.view(ids("a", "k1"), 0)).toMatchObject({ type: "open", scope: "key" });
    expect(breakers.view(ids("a", "k2"), 0).type).toBe("closed");
  });

  test("a missing model closes only itself, at once", () => {
    const { breakers, fail } = subject();
    fail(ids("a"), "upstream-model-missing");
    expect(breakers.view(ids("a"), 0)).toMatchObject({ type: "open", scope: "model", untilMs: 600_000 });
    expect(breakers.view(ids("a", "k1", "other"), 0).type).toBe("closed");
  });

  test("a wait told by the upstream goes before the table, up to its cap", () => {
    const { breakers, fail } = subject();
    fail(ids("a"), "upstream-rate-limited", 20_000);
    expect(breakers.view(ids("a"), 0)).toMatchObject({ untilMs: 20_000 });
    fail(ids("b"), "upstream-rate-limited", 1e9);
    expect(breakers.view(ids("b"), 0)).toMatchObject({ untilMs: 900_000 });
  });

  test("a refused request says nothing about the upstream: it neither counts nor heals", () => {
    const { breakers, fail } = subject();
    fail(ids("a"), "upstream-transport");
    fail(ids("a"), "upstream-transport");
    fail(ids("a"), "upstream-request-rejected");
    expect(breakers.view(ids("a"), 0).type).toBe("closed");
    fail(ids("a"), "upstream-transport");
    expect(breakers.view(ids("a"), 0).type).toBe("open");
  });

  test("permits are taken on all breakers of a candidate or on none", () => {
    const { breakers, fail } = subject();
    for (let n = 0; n < 3; n++) fail(ids("a"), "upstream-transport");
    fail(ids("a"), "upstream-rate-limited", 600_000);
    expect(breakers.acquire(ids("a"), 61_000)).toBe(false);
    expect(breakers.view(ids("a", "k2"), 61_000).type).toBe("probe-free");
    expect(breakers.acquire(ids("a", "k2"), 61_000)).toBe(true);
    expect(breakers.acquire(ids("a", "k3"), 61_000)).toBe(false);
  });

  test("each class of key trouble has its own ladder", () => {
    const { breakers, fail } = subject();
    const lengths = (code: ErrorCode, perOpening: number) => {
      const found: number[] = [];
      let now = 0;
      for (let n = 0; n < 8; n++) {
        breakers.acquire(ids(code), now);
        for (let times = 0; times < perOpening; times++) fail(ids(code), code, undefined, now);
        const view = breakers.view(ids(code), now);
        if (view.type !== "open") throw new Error("expected it open");
        found.push((view.untilMs - now) / 60_000);
        now = view.untilMs;
      }
      return found;
    };
    expect(lengths("upstream-rate-limited", 3)).toEqual([1, 2, 4, 8, 15, 15, 15, 15]);
    expect(lengths("upstream-key-invalid", 3)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(lengths("upstream-quota-exhausted", 1)).toEqual([15, 30, 60, 120, 240, 360, 360, 360]);
    expect(lengths("upstream-model-missing", 1)).toEqual([10, 10, 10, 10, 10, 10, 10, 10]);
  });

  test("a rule of the operator rests the key when it names a time, and counts for nothing otherwise", () => {
    const { breakers, fail } = subject();
    for (let n = 0; n < 5; n++) fail(ids("a"), "upstream-ruled-out");
    expect(breakers.view(ids("a"), 0).type).toBe("closed");
    fail(ids("a"), "upstream-ruled-out", 20_000);
    expect(breakers.view(ids("a"), 0)).toMatchObject({ type: "open", scope: "key", untilMs: 20_000 });
  });

  test("one breaker can be closed by hand, whatever stands in its id", () => {
    const { breakers, changes, fail } = subject();
    for (let n = 0; n < 3; n++) fail(ids("a/b#c"), "upstream-transport");
    fail(ids("a/b#c"), "upstream-model-missing");
    expect(breakers.resetOne("upstream", "a/b", 0)).toBe(false);
    expect(breakers.resetOne("upstream", "a/b#c", 0)).toBe(true);
    expect(breakers.resetOne("model", "a/b#c/m", 0)).toBe(true);
    expect(breakers.view(ids("a/b#c"), 0).type).toBe("closed");
    expect(changes.at(-1)).toMatchObject({ scope: "model", id: "a/b#c/m", state: "closed" });
  });

  test("of 200 requests that wait for a recovered upstream exactly one probes", () => {
    const { breakers, fail } = subject();
    for (let n = 0; n < 3; n++) fail(ids("a"), "upstream-transport");
    const admitted = (now: number) =>
      Array.from({ length: 200 }, () => breakers.acquire(ids("a"), now)).filter(Boolean);
    expect(admitted(60_000)).toHaveLength(1);
    breakers.proven(ids("a"), 60_000, 60_100);
    expect(admitted(60_100)).toHaveLength(2);
  });

  test("survives a restart less the time that has passed, and a clock that went back", () => {
    const { breakers, fail } = subject();
    fail(ids("a"), "upstream-quota-exhausted");
    for (let n = 0; n < 3; n++) fail(ids("b"), "upstream-transport");
    fail(ids("c"), "upstream-transport");
    const saved = JSON.parse(JSON.stringify(breakers.snapshot(10_000, 1_000_000))) as BreakersSnapshot;
    const later = subject().breakers;
    later.restore(saved, 5000, 1_040_000);
    expect(later.view(ids("a"), 5000)).toMatchObject({ type: "open", scope: "key", untilMs: 5000 + 850_000 });
    expect(later.view(ids("b"), 5000)).toMatchObject({ type: "open", untilMs: 5000 + 10_000 });
    expect(later.rows(5000)).toHaveLength(2);
    const earlier = subject().breakers;
    earlier.restore(saved, 5000, 1);
    expect(earlier.view(ids("b"), 5000)).toMatchObject({ untilMs: 5000 + 50_000 });
  });

  test("tells of openings, probes and closings, once each", () => {
    const { breakers, changes, fail } = subject();
    for (let n = 0; n < 3; n++) fail(ids("a"), "upstream-transport");
    breakers.acquire(ids("a"), 60_000);
    breakers.record(ids("a"), 60_000, 60_100, { type: "success" });
    expect(changes.map(({ scope, id, state }) => `${scope} ${id} ${state}`)).toEqual([
      "upstream a open",
      "upstream a half-open",
      "upstream a closed",
    ]);
  });

  test("forgets upstreams that were edited or removed and keeps the others", () => {
    const { breakers, fail } = subject();
    for (const id of ["a", "b", "c"]) for (let n = 0; n < 3; n++) fail(ids(id), "upstream-transport");
    breakers.reset(new Set(["a"]), new Set(["a", "b"]));
    expect(breakers.rows(0).map((row) => row.id)).toEqual(["b"]);
  });

  test("stays bounded when a client invents model names", () => {
    const { breakers, fail } = subject();
    for (let n = 0; n < 5000; n++) fail(ids("a", "k", `model-${n}`), "upstream-model-missing");
    expect(breakers.rows(0).length).toBeLessThanOrEqual(1001);
  });
});
