import { expect, test } from "bun:test";
import { GatewayError } from "../core/errors.ts";
import { refusedField } from "./refused-field.ts";

const refusal = (message: string, param?: string): GatewayError =>
  new GatewayError("upstream-request-rejected", message, { wire: { message, param } });

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
