import { expect, test } from "bun:test";
import { leastRecord } from "../../store/request-log-contract.ts";
import { toLogEntry, toLogRow } from "../log-view.ts";
import { createLiveHub, type LiveListener } from "./live-hub.ts";

function hub() {
  const calls = { running: 0, rows: 0 };
  const live = createLiveHub({
    running: () => {
      calls.running += 1;
      return [];
    },
    clock: { monotonicMs: () => 0 },
    toLogRow: (record) => {
      calls.rows += 1;
      return toLogRow(toLogEntry(record), null);
    },
  });
  return { live, calls };
}

test("does nothing while nobody listens", () => {
  const { live, calls } = hub();
  live.ended(leastRecord("a"));
  const never = () => {
    throw new Error("asked although nobody listens");
  };
  live.breaker(never);
  live.config(never, "console");
  expect(calls).toEqual({ running: 0, rows: 0 });
});

test("tells all who listen of a request's end, and those no more who have left", () => {
  const { live } = hub();
  const heard: string[] = [];
  const listener =
    (name: string): LiveListener =>
    (event) =>
      heard.push(`${name} ${event.type}`);
  const leaveOne = live.listen(listener("one"));
  live.listen(listener("two"));
  live.ended(leastRecord("a"));
  leaveOne?.();
  live.ended(leastRecord("b"));
  expect(heard).toEqual(["one request-end", "two request-end", "two request-end"]);
  live.close();
  live.ended(leastRecord("c"));
  expect(heard).toHaveLength(3);
});

test("refuses more listeners than it can serve", () => {
  const { live } = hub();
  const leaves = Array.from({ length: 50 }, () => live.listen(() => undefined));
  expect(live.listen(() => undefined)).toBeUndefined();
  leaves[0]?.();
  expect(live.listen(() => undefined)).toBeDefined();
  live.close();
});

test("gives the record of an awaited request to whoever waits for it", async () => {
  const { live } = hub();
  const waiting = live.whenEnded("mine");
  live.ended(leastRecord("other"));
  live.ended(leastRecord("mine"));
  expect((await waiting.record).id).toBe("mine");
  const given = live.whenEnded("gone");
  given.forget();
  live.ended(leastRecord("gone"));
});
