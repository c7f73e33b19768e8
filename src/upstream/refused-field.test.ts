import { expect, test } from "bun:test";
import { GatewayError } from "../core/errors.ts";
import { refusedField } from "./refused-field.ts";

const refusal = (message: string, param?: string): GatewayError =>
  new GatewayError("upstream-request-rejected", message, { wire: { message, param } });

test("trap 7: a refusal of tools beside an effort is recognised, one of the effort alone is not", () => {
  const words = "Function tools with reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions.";
  for (const error of [refusal(words), refusal("Function tools are not supported here", "reasoning_effort")])
    expect(refusedField(error)?.quirks).toEqual({ toolsNeedNoEffort: true });
  expect(refusedField(refusal("unknown value", "reasoning_effort"))).toBeUndefined();
  expect(refusedField(refusal("tools: expected an array", "tools"))).toBeUndefined();
});

test("trap 43: a refusal of stream_options is recognised by its words or its parameter, no other one is", () => {
  for (const error of [
    refusal("Unrecognized request argument supplied: stream_options"),
    refusal("body.stream_options: Extra inputs are not permitted"),
    refusal("unknown parameter", "stream_options"),
    refusal("unknown parameter", "stream_options.include_usage"),
  ])
    expect(refusedField(error)?.quirks).toEqual({ streamOptions: false });
  expect(refusedField(refusal("unknown parameter", "stream"))).toBeUndefined();
  expect(refusedField(new GatewayError("upstream-server-error", "stream_options"))).toBeUndefined();
});

test("trap 43: stream_options that the origin itself refuses tell nothing of a server", () => {
  const isSound = refusedField(refusal("unknown parameter", "stream_options"))?.isSound;
  for (const value of [undefined, {}, { include_usage: true, include_obfuscation: false }])
    expect([isSound?.(value, true), isSound?.(value, false)]).toEqual([true, false]);
  for (const value of [null, "x", [], { include_usage: "yes" }, { more: true }])
    expect(isSound?.(value, true)).toBe(false);
});
