import { describe, expect, test } from "bun:test";
import type { ErrorCode } from "../core/errors.ts";
import { type BreakerChange, createBreakers } from "./breakers.ts";
import { DECISIONS } from "./decision-table.ts";

const ids = (upstreamId: string, keyId = "k1", model = "m") => ({ upstreamId, model, keyId });

function subject() {
  const changes: BreakerChange[] = [];
  const breakers = createBreakers(
    () => ({ failureThreshold: 3, openMs: 60_000 }),
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

  test("tells of openings and closings, once each", () => {
    const { breakers, changes, fail } = subject();
    for (let n = 0; n < 3; n++) fail(ids("a"), "upstream-transport");
    breakers.acquire(ids("a"), 60_000);
    breakers.record(ids("a"), 60_000, 60_100, { type: "success" });
    expect(changes.map(({ scope, id, state }) => `${scope} ${id} ${state}`)).toEqual([
      "upstream a open",
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
