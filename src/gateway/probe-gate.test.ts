import { expect, test } from "bun:test";
import { ProbeGate } from "./probe-gate.ts";

test("one probe at a time, and nobody frees the place of another", () => {
  const gate = new ProbeGate();
  const leave = gate.enter();
  expect(gate.enter()).toBeUndefined();
  leave?.();
  const second = gate.enter();
  expect(second).toBeDefined();
  leave?.();
  expect(gate.isFree).toBe(false);
  second?.();
  expect(gate.isFree).toBe(true);
});

test("the places to wait are bounded", () => {
  const gate = new ProbeGate();
  const places = Array.from({ length: 300 }, () => gate.wait()).filter((leave) => leave !== undefined);
  expect(places).toHaveLength(256);
  places[0]?.();
  expect(gate.wait()).toBeDefined();
});
