import { describe, expect, test } from "bun:test";
import type { PlaygroundEvent } from "../../../../src/admin/contract/playground.ts";
import { sampleRow } from "../logs/sample-log.ts";
import { IDLE, MAX_RAW, STARTED, stopRun, takeEvents, tokensPerSecond } from "./run-state.ts";

const head: PlaygroundEvent = {
  type: "head",
  status: 200,
  headers: { "content-type": "text/event-stream" },
  request_id: "req_1",
  at_ms: 80,
};
const usage = {
  input_tokens: 5,
  cache_read_tokens: null,
  cache_write_tokens: null,
  output_tokens: 50,
  reasoning_tokens: null,
  is_estimated: false,
};

describe("a playground run", () => {
  test("collects text, thinking and tools apart, with the time of the first", () => {
    const run = takeEvents(STARTED, [
      head,
      { type: "delta", kind: "thinking", text: "hm", at_ms: 100 },
      { type: "delta", kind: "text", text: "Hel", at_ms: 200 },
      { type: "delta", kind: "text", text: "lo", at_ms: 210 },
      { type: "delta", kind: "tool", text: "{}", at_ms: 220 },
      { type: "end", row: sampleRow({ usage }), at_ms: 600 },
    ]);
    expect(run).toMatchObject({
      phase: "done",
      status: 200,
      requestId: "req_1",
      thinking: "hm",
      text: "Hello",
      tools: "{}",
      firstByteMs: 80,
      firstContentMs: 100,
      totalMs: 600,
    });
    expect(tokensPerSecond(run)).toBe(100);
  });

  test("a failure stays one when the end follows", () => {
    const run = takeEvents(STARTED, [
      { type: "error", message: "busy", at_ms: 9 },
      { type: "end", row: null, at_ms: 10 },
    ]);
    expect(run).toMatchObject({ phase: "failed", error: "busy", totalMs: 10 });
  });

  test("keeps a bounded part of the raw events and says so", () => {
    const run = takeEvents(STARTED, [
      { type: "raw", text: "x".repeat(MAX_RAW - 1), at_ms: 1 },
      { type: "raw", text: "yz", at_ms: 2 },
      { type: "raw", text: "more", at_ms: 3 },
    ]);
    expect(run.raw).toHaveLength(MAX_RAW);
    expect(run.raw.endsWith("xy")).toBe(true);
    expect(run.rawIsCut).toBe(true);
  });

  test("stopping keeps what came and does nothing to a run that is over", () => {
    const going = takeEvents(STARTED, [{ type: "delta", kind: "text", text: "Hel", at_ms: 5 }]);
    expect(stopRun(going, 30, null)).toMatchObject({ phase: "stopped", text: "Hel", totalMs: 30 });
    expect(stopRun(going, 30, "connection lost")).toMatchObject({ phase: "failed", error: "connection lost" });
    const done = takeEvents(going, [{ type: "end", row: null, at_ms: 20 }]);
    expect(stopRun(done, 30, null)).toBe(done);
    expect(stopRun(IDLE, 30, null)).toBe(IDLE);
  });

  test("tells no speed where there is none to tell", () => {
    const end: PlaygroundEvent = { type: "end", row: sampleRow({ usage }), at_ms: 100 };
    expect(tokensPerSecond(takeEvents(STARTED, [end]))).toBeNull();
    const atOnce: PlaygroundEvent = { type: "delta", kind: "text", text: "all", at_ms: 99 };
    expect(tokensPerSecond(takeEvents(STARTED, [atOnce, end]))).toBeNull();
    const noUsage: PlaygroundEvent = { type: "end", row: sampleRow(), at_ms: 900 };
    expect(tokensPerSecond(takeEvents(STARTED, [atOnce, noUsage]))).toBeNull();
  });
});
