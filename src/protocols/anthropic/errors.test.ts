import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/errors.ts";
import { decodeError, decodeInBandError, encodeError, errorEvent } from "./errors.ts";

describe("decodeError", () => {
  const cases: readonly [string, unknown, Record<string, unknown>][] = [
    [
      "the envelope",
      {
        type: "error",
        error: { type: "rate_limit_error", message: "slow", details: { error_code: "ramp_limit_exceeded" } },
      },
      { type: "rate_limit_error", code: "ramp_limit_exceeded", message: "slow" },
    ],
    [
      "an OpenAI-shaped error",
      { error: { message: "no", type: "x", code: 42, param: "p" } },
      { type: "x", code: "42", param: "p", message: "no" },
    ],
    ["an error string", { error: "boom" }, { message: "boom" }],
    ["a FastAPI detail", { detail: "gone" }, { message: "gone" }],
    ["a FastAPI list", { detail: [{ msg: "field required" }] }, { message: "field required" }],
    ["a bare message", { message: "hm", code: "c" }, { message: "hm", code: "c" }],
    ["an array around it", [{ error: { message: "in" } }], { message: "in" }],
    ["an HTML page", "<html><head><title>413 Too Large</title></head></html>", { message: "413 Too Large" }],
    ["plain text", " oops ", { message: "oops" }],
    ["null", null, { message: "" }],
    ["an empty object", {}, { message: "" }],
    ["an empty array", [], { message: "" }],
  ];
  for (const [name, body, expected] of cases) {
    test(`reads ${name}`, () => expect(decodeError(418, body)).toMatchObject({ status: 418, ...expected }));
  }

  test("the type of an in-band error implies its status", () => {
    expect(
      decodeInBandError({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
    ).toMatchObject({
      status: 529,
      type: "overloaded_error",
      message: "Overloaded",
    });
    expect(decodeInBandError({ error: { message: "?" } }).status).toBeUndefined();
  });
});

describe("encodeError", () => {
  test("writes the envelope with type, message and request id", () => {
    expect(encodeError(new GatewayError("client-unauthenticated", "no key"), "req_1")).toEqual({
      status: 401,
      body: { type: "error", error: { type: "authentication_error", message: "no key" }, request_id: "req_1" },
    });
  });

  const kinds: readonly [ConstructorParameters<typeof GatewayError>[0], number, string][] = [
    ["client-invalid-request", 400, "invalid_request_error"],
    ["client-forbidden", 403, "permission_error"],
    ["client-not-found", 404, "not_found_error"],
    ["client-too-large", 413, "request_too_large"],
    ["upstream-rate-limited", 429, "rate_limit_error"],
    ["gateway-internal", 500, "api_error"],
    ["upstream-timeout", 504, "timeout_error"],
    ["upstream-overloaded", 529, "overloaded_error"],
  ];
  for (const [code, status, type] of kinds) {
    test(`${code} is ${status} ${type}`, () => {
      const reply = encodeError(new GatewayError(code, "m"), "r");
      expect(reply.status).toBe(status);
      expect(reply.body).toMatchObject({ error: { type } });
    });
  }

  test("an overload that came as 503 becomes 529", () => {
    expect(encodeError(new GatewayError("upstream-overloaded", "m", { status: 503 }), "r").status).toBe(529);
  });

  test("repeats the words of an upstream of this protocol, not of others", () => {
    const wire = { type: "billing_error", code: "x_limit", message: "Pay up." };
    const own = new GatewayError("upstream-quota-exhausted", "m", { wire, wireProtocol: "anthropic" });
    expect(errorEvent(own)).toEqual({
      type: "error",
      error: { type: "billing_error", message: "Pay up.", details: { error_code: "x_limit" } },
    });
    const foreign = new GatewayError("upstream-quota-exhausted", "m", { wire, wireProtocol: "openai-chat" });
    expect(errorEvent(foreign).error).toEqual({ type: "rate_limit_error", message: "m" });
  });

  const overflows: readonly [string, string][] = [
    [
      "This model's maximum context length is 8,192 tokens. However, your messages resulted in 10000 tokens",
      "prompt is too long: 10000 tokens > 8192 maximum",
    ],
    [
      "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      "prompt is too long: 1200000 tokens > 1048576 maximum",
    ],
    ["prompt is too long: 5 tokens > 4 maximum", "prompt is too long: 5 tokens > 4 maximum"],
    ["too many", "prompt is too long: too many"],
    [
      "maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion).",
      "prompt is too long: 5000 tokens > 4096 maximum",
    ],
    [
      "Your request exceeded model token limit: 131072 (requested: 140000)",
      "prompt is too long: 140000 tokens > 131072 maximum",
    ],
    [
      "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
      "prompt is too long: 9000 tokens > 8192 maximum",
    ],
    [
      "length of prompt_tokens (300000) must be less than max_seq_len (131072).",
      "prompt is too long: 300000 tokens > 131072 maximum",
    ],
    [
      "Prompt contains 65673 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
      "prompt is too long: 65673 tokens > 32768 maximum",
    ],
    [
      "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
      "prompt is too long: 9000 tokens > 8192 maximum",
    ],
    [
      "<400> Range of input length should be [1, 98304]",
      "prompt is too long: <400> Range of input length should be [1, 98304]",
    ],
    [
      "input length and `max_tokens` exceed context limit: 199000 + 20000 > 200000",
      "input length and `max_tokens` exceed context limit: 199000 + 20000 > 200000",
    ],
  ];
  for (const [said, expected] of overflows) {
    test(`gemini trap 69: an overflow is told as "${expected}"`, () => {
      const error = new GatewayError("upstream-context-length", "m", {
        wire: { message: said },
        wireProtocol: "gemini",
      });
      expect(encodeError(error, "r")).toMatchObject({
        status: 400,
        body: { error: { type: "invalid_request_error", message: expected } },
      });
    });
  }
});
