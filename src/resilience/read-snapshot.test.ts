import { expect, test } from "bun:test";
import { readSnapshot } from "./read-snapshot.ts";

const entry = {
  scope: "key",
  upstreamId: "a",
  inner: "0123456789ab",
  remainingMs: 5,
  openings: 1,
  timesOpened: 2,
  lastError: "upstream-quota-exhausted",
  failuresByClass: { "upstream-quota-exhausted": 3 },
} as const;

test("takes back what was written", () => {
  const saved = { takenAt: 1, breakers: [entry] };
  expect(readSnapshot(JSON.parse(JSON.stringify(saved)))).toEqual(saved);
});

test("leaves out what is not well formed, and unknown classes", () => {
  const odd = [
    null,
    [],
    { ...entry, scope: "planet" },
    { ...entry, remainingMs: -1 },
    { ...entry, remainingMs: null },
    { ...entry, openings: "many" },
    { ...entry, inner: 5 },
  ];
  expect(readSnapshot({ takenAt: 1, breakers: odd })).toEqual({ takenAt: 1, breakers: [] });
  const renamed = { ...entry, lastError: "gone", failuresByClass: { gone: 1, constructor: 1 } };
  expect(readSnapshot({ takenAt: 1, breakers: [renamed] })?.breakers).toEqual([
    { ...entry, lastError: undefined, failuresByClass: {} },
  ]);
});

test("is nothing when it is no snapshot", () => {
  for (const value of [undefined, null, "x", [], {}, { takenAt: "x", breakers: [] }, { takenAt: 1 }])
    expect(readSnapshot(value)).toBeUndefined();
});
