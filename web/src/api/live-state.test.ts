import { expect, test } from "bun:test";
import type { LiveEvent, RunningRequest } from "../../../src/admin/contract/live.ts";
import type { BreakerRow } from "../../../src/admin/contract/upstreams.ts";
import { applyLiveEvent, EMPTY_LIVE } from "./live-state.ts";

const request = (id: string, at: string, phase: RunningRequest["phase"] = "waiting"): RunningRequest => ({
  id,
  at,
  protocol: "anthropic",
  model: "m",
  stream: true,
  client_key: null,
  user_agent: null,
  attempt: 1,
  upstream_id: "u",
  phase,
  elapsed_ms: 0,
});
const breaker = (state: BreakerRow["state"]): BreakerRow => ({
  scope: "upstream",
  id: "u",
  upstream_id: "u",
  subject: null,
  state,
  failures: 3,
  remaining_ms: 1000,
  last_error: null,
  times_opened: 1,
});
const snapshot: LiveEvent = {
  type: "snapshot",
  running: [request("b", "2026-01-02T00:00:00Z"), request("a", "2026-01-01T00:00:00Z")],
  breakers: [breaker("open")],
  version: "1",
};

test("a snapshot replaces everything and puts the oldest request first", () => {
  const state = applyLiveEvent(EMPTY_LIVE, snapshot, 5);
  expect(state.running.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(state).toMatchObject({ isConnected: true, version: "1", receivedAtMs: 5 });
});

test("a request is updated in place and leaves at its end", () => {
  let state = applyLiveEvent(EMPTY_LIVE, snapshot, 0);
  state = applyLiveEvent(state, { type: "request", request: request("a", "2026-01-01T00:00:00Z", "answering") }, 1);
  expect(state.running.map(({ id, phase }) => [id, phase])).toEqual([
    ["a", "answering"],
    ["b", "waiting"],
  ]);
  state = applyLiveEvent(state, { type: "request-end", id: "a", row: {} as never }, 2);
  expect(state.running.map(({ id }) => id)).toEqual(["b"]);
});

test("a breaker that closed is forgotten, others stay", () => {
  const open = applyLiveEvent(EMPTY_LIVE, snapshot, 0);
  expect(applyLiveEvent(open, { type: "breaker", breaker: breaker("half-open") }, 1).breakers).toHaveLength(1);
  expect(applyLiveEvent(open, { type: "breaker", breaker: breaker("closed") }, 1).breakers).toEqual([]);
});
