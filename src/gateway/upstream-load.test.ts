import { expect, test } from "bun:test";
import type { UpstreamConfig } from "../config/config.ts";
import { UpstreamLoad } from "./upstream-load.ts";

const upstream = (id: string, maxInflight: number) => ({ id, maxInflight }) as UpstreamConfig;

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
