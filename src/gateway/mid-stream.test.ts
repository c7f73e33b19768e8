import { expect, test } from "bun:test";
import type { MidStream, UpstreamConfig } from "../config/config.ts";
import type { InboundRequest } from "./inbound.ts";
import { type BreakMode, breakModeOf } from "./mid-stream.ts";

const mode = (file: MidStream, upstream: MidStream | undefined, key: MidStream | undefined, isAgent: boolean) =>
  breakModeOf(
    { config: { midStream: file }, clientMidStream: key } as InboundRequest,
    { midStream: upstream } as UpstreamConfig,
    isAgent,
  );

const CASES: [
  file: MidStream,
  upstream: MidStream | undefined,
  key: MidStream | undefined,
  agent: boolean,
  BreakMode,
][] = [
  ["auto", undefined, undefined, true, "restart"],
  ["auto", undefined, undefined, false, "error"],
  ["restart", undefined, undefined, false, "restart"],
  ["restart", "error", undefined, true, "error"],
  ["error", "error", "restart", false, "restart"],
  ["restart", "restart", "auto", false, "error"],
  ["error", "continue", undefined, false, "continue"],
];
for (const [file, upstream, key, isAgent, expected] of CASES) {
  const who = isAgent ? "an agent" : "another client";
  test(`file ${file}, upstream ${upstream ?? "-"}, key ${key ?? "-"} means ${expected} for ${who}`, () => {
    expect(mode(file, upstream, key, isAgent)).toBe(expected);
  });
}
