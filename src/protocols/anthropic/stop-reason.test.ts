import { describe, expect, test } from "bun:test";
import type { IrStopReason } from "../../core/stop.ts";
import { decodeStop, encodeStop } from "./stop-reason.ts";

const decode = (reason: unknown, hasToolCall = false, sequence: unknown = null, details: unknown = null) =>
  decodeStop({ reason, sequence, details }, hasToolCall);

describe("decodeStop", () => {
  const cases: readonly [unknown, boolean, IrStopReason][] = [
    ["end_turn", false, "end-turn"],
    ["max_tokens", false, "max-tokens"],
    ["max_tokens", true, "max-tokens"],
    ["stop_sequence", false, "stop-sequence"],
    ["tool_use", true, "tool-use"],
    ["pause_turn", false, "pause-turn"],
    ["refusal", false, "refusal"],
    ["model_context_window_exceeded", false, "context-window"],
    ["compaction", false, "compaction"],
    [null, false, "end-turn"],
    [null, true, "tool-use"],
    ["sensitive", false, "end-turn"],
    ["constructor", false, "end-turn"],
  ];
  for (const [reason, hasToolCall, expected] of cases) {
    test(`${reason} ${hasToolCall ? "with" : "without"} calls is ${expected}`, () => {
      expect(decode(reason, hasToolCall).reason).toBe(expected);
    });
  }

  test("trap 55: tool_use without a call is the end of the turn, an end with calls is tool_use", () => {
    expect(decode("tool_use", false).reason).toBe("end-turn");
    expect(decode("end_turn", true).reason).toBe("tool-use");
    expect(encodeStop({ reason: "tool-use" }, false).stop_reason).toBe("end_turn");
    expect(encodeStop({ reason: "end-turn" }, true).stop_reason).toBe("tool_use");
  });

  test("keeps the matched sequence and the details of a refusal", () => {
    expect(decode("stop_sequence", false, "END").stopSequence).toBe("END");
    expect(decode("refusal", false, null, { type: "refusal", category: "cyber", explanation: "No." })).toMatchObject({
      category: "cyber",
      explanation: "No.",
    });
  });
});

describe("encodeStop", () => {
  test("trap 71: a matched stop sequence is not reported as the end of the turn", () => {
    expect(encodeStop({ reason: "stop-sequence", stopSequence: "###" }, false)).toEqual({
      stop_reason: "stop_sequence",
      stop_sequence: "###",
      stop_details: null,
    });
  });

  test("trap 72: a refusal stays one, with its explanation; foreign categories are left out", () => {
    expect(encodeStop({ reason: "refusal", category: "SAFETY", explanation: "blocked" }, false)).toEqual({
      stop_reason: "refusal",
      stop_sequence: null,
      stop_details: { type: "refusal", category: null, explanation: "blocked" },
    });
  });

  test("trap 70: pause_turn stays pause_turn", () => {
    expect(encodeStop({ reason: "pause-turn" }, false).stop_reason).toBe("pause_turn");
  });
});
