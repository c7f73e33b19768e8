import { expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import type { IrStop } from "../../core/stop.ts";
import { decodeStop, encodeStop, isFailure } from "./stop-reason.ts";

const NOTHING = { hasCalls: false, hasRefusal: false, hasText: true };

test("unknown words end the turn and are noted, missing ones are not", () => {
  const losses: Loss[] = [];
  const loss = (item: Loss): void => {
    losses.push(item);
  };
  expect(decodeStop("eos", NOTHING, loss)).toEqual({ reason: "end-turn", raw: "eos" });
  expect(decodeStop("", NOTHING, loss)).toEqual({ reason: "end-turn" });
  expect(losses.map(({ feature }) => feature)).toEqual(["unknown-finish-reason"]);
});

test("a cut answer stays cut, with calls as well", () => {
  expect(decodeStop("length", { ...NOTHING, hasCalls: true }, () => undefined).reason).toBe("max-tokens");
});

const CASES: { stop: IrStop; hasCalls?: boolean; expected: string; feature?: string }[] = [
  { stop: { reason: "end-turn" }, expected: "stop" },
  { stop: { reason: "stop-sequence" }, expected: "stop" },
  { stop: { reason: "tool-use" }, hasCalls: true, expected: "tool_calls" },
  { stop: { reason: "tool-use" }, expected: "stop" },
  { stop: { reason: "max-tokens", raw: "MAX_TOKENS" }, expected: "length" },
  { stop: { reason: "context-window" }, expected: "length" },
  { stop: { reason: "refusal" }, expected: "content_filter" },
  { stop: { reason: "refusal", raw: "stop" }, expected: "stop" },
  { stop: { reason: "refusal", raw: "completed" }, expected: "stop" },
  { stop: { reason: "refusal", raw: "refusal" }, expected: "content_filter" },
  { stop: { reason: "refusal", raw: "tool_calls" }, expected: "content_filter" },
  { stop: { reason: "pause-turn" }, expected: "length", feature: "pause-turn" },
  { stop: { reason: "compaction" }, expected: "stop", feature: "compaction" },
];
for (const { stop, hasCalls = false, expected, feature } of CASES) {
  test(`${stop.reason}${stop.raw ? ` (${stop.raw})` : ""} becomes ${expected}${hasCalls ? " with calls" : ""}`, () => {
    const losses: Loss[] = [];
    expect(encodeStop(stop, hasCalls, (loss) => losses.push(loss))).toBe(expected);
    expect(losses.map((loss) => loss.feature)).toEqual(feature === undefined ? [] : [feature]);
  });
}

test("trap 70: a paused turn is cut, not ended, for chat clients, who could not go on with it", () => {
  const losses: Loss[] = [];
  for (const hasCalls of [false, true])
    expect(encodeStop({ reason: "pause-turn", raw: "pause_turn" }, hasCalls, (loss) => losses.push(loss))).toBe(
      "length",
    );
  expect(losses).toHaveLength(2);
});

test("words for failure are no ends", () => {
  expect(isFailure("error")).toBe(true);
  expect(isFailure("stop")).toBe(false);
});

test("names that every object has are unknown words like any other", () => {
  for (const word of ["constructor", "toString", "__proto__"])
    expect(decodeStop(word, NOTHING, () => undefined).reason).toBe("end-turn");
});
