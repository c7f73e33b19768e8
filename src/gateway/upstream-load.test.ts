import { expect, test } from "bun:test";
import type { UpstreamConfig } from "../config/config.ts";
import { UpstreamLoad } from "./upstream-load.ts";

const upstream = (id: string, maxInflight: number) => ({ id, maxInflight }) as UpstreamConfig;

test("an upstream is unwell from a failure to the next good answer, for ten seconds at most", () => {
  const load = new UpstreamLoad();
  expect([load.mayBeWell("a", 0), load.answeredMs]).toEqual([true, Number.NEGATIVE_INFINITY]);
  load.failed("a", 1000);
  expect([load.mayBeWell("a", 10_999), load.mayBeWell("a", 11_000), load.mayBeWell("b", 1000)]).toEqual([
    false,
    true,
    true,
  ]);
  load.answered("a", 2000);
  expect([load.mayBeWell("a", 2000), load.answeredMs]).toEqual([true, 2000]);
});

test("an upstream is full at its limit, and never without one", () => {
  const load = new UpstreamLoad();
  load.enter("a");
  load.enter("a");
  expect(load.isFull(upstream("a", 2))).toBe(true);
  expect(load.isFull(upstream("a", 0))).toBe(false);
  expect(load.isFull(upstream("b", 1))).toBe(false);
  load.leave("a");
  expect(load.isFull(upstream("a", 2))).toBe(false);
  load.leave("a");
  load.leave("a");
  expect(load.count("a")).toBe(0);
});
