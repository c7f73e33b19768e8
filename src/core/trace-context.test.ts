import { describe, expect, test } from "bun:test";
import { beginTrace, formatTraceparent } from "./trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const randomHex = (digits: number) => "a".repeat(digits);
const begin = (traceparent: string | null, state: string | null = null) => beginTrace(traceparent, state, randomHex);

describe("a trace", () => {
  test("goes on where the caller's stands", () => {
    const trace = begin(`00-${TRACE}-${SPAN}-01`, "vendor=1");
    expect(trace).toEqual({
      traceId: TRACE,
      spanId: "a".repeat(16),
      parentSpanId: SPAN,
      isSampled: true,
      state: "vendor=1",
    });
    expect(formatTraceparent(trace, "c".repeat(16))).toBe(`00-${TRACE}-${"c".repeat(16)}-01`);
  });

  test("is not recorded when the caller's is not", () => {
    const trace = begin(`00-${TRACE}-${SPAN}-00`);
    expect(trace.isSampled).toBe(false);
    expect(formatTraceparent(trace, SPAN)).toEndWith("-00");
  });

  test("takes what a later version adds", () => {
    expect(begin(`01-${TRACE}-${SPAN}-01-more`).traceId).toBe(TRACE);
  });

  const INVALID = [
    null,
    "",
    "x",
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
  ];
  for (const header of INVALID)
    test(`begins here for ${JSON.stringify(header)}`, () => {
      expect(begin(header, "vendor=1")).toMatchObject({ parentSpanId: undefined, isSampled: true, state: undefined });
    });

  test("passes on no state that is too long or no text", () => {
    expect(begin(`00-${TRACE}-${SPAN}-01`, "x".repeat(513)).state).toBeUndefined();
    expect(begin(`00-${TRACE}-${SPAN}-01`, "a\r\nb").state).toBeUndefined();
  });
});
