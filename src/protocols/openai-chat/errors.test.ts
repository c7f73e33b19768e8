import { describe, expect, test } from "bun:test";
import { type ErrorCode, GatewayError } from "../../core/errors.ts";
import type { WireError } from "../../core/wire-error.ts";
import { decodeError, encodeError, isErrorBody } from "./errors.ts";

describe("decodeError", () => {
  const cases: { name: string; status: number; body: unknown; expected: Partial<WireError> }[] = [
    {
      name: "OpenAI's envelope",
      status: 404,
      body: { error: { message: "m", type: "t", code: "c", param: "p" } },
      expected: { status: 404, message: "m", type: "t", code: "c", param: "p" },
    },
    {
      name: "HTML",
      status: 502,
      body: "<html>bad gateway</html>",
      expected: { status: 502, message: "<html>bad gateway</html>" },
    },
    { name: "nothing", status: 500, body: null, expected: { status: 500, message: "" } },
    {
      name: "a list, as Google's chat endpoint sends",
      status: 400,
      body: [{ error: { code: 400, message: "m", status: "INVALID_ARGUMENT" } }],
      expected: { type: "INVALID_ARGUMENT", code: "400" },
    },
    {
      name: "a delay in Google's details",
      status: 429,
      body: { error: { message: "m", details: [{ "@type": "x" }, { retryDelay: "1.5s" }] } },
      expected: { retryAfterMs: 1500 },
    },
    {
      name: "a delay in the text",
      status: 429,
      body: { error: { message: "Please try again in 6m0s." } },
      expected: { retryAfterMs: 360_000 },
    },
    {
      name: "a short delay in the text",
      status: 429,
      body: { error: { message: "try again in 250ms" } },
      expected: { retryAfterMs: 250 },
    },
    {
      name: "OpenRouter's reason",
      status: 429,
      body: { error: { code: 429, message: "Provider returned error", metadata: { raw: "rate-limited upstream" } } },
      expected: { message: "Provider returned error: rate-limited upstream", code: "429" },
    },
    {
      name: "MiniMax's base_resp",
      status: 0,
      body: { choices: null, base_resp: { status_code: 1008, status_msg: "insufficient balance" } },
      expected: { status: 402, message: "insufficient balance", code: "1008" },
    },
    {
      name: "a base_resp of unknown meaning",
      status: 0,
      body: { base_resp: { status_code: 1013, status_msg: "unknown error" } },
      expected: { status: 500, message: "unknown error", code: "1013" },
    },
    {
      name: "FastAPI's detail",
      status: 422,
      body: { detail: [{ msg: "field required" }, { msg: "too long" }] },
      expected: { message: "field required; too long" },
    },
    {
      name: "FastAPI's detail with places",
      status: 422,
      body: {
        detail: [
          { loc: ["body", "tools", 0, {}, "name"], msg: "field required" },
          { loc: "x", msg: "odd" },
        ],
      },
      expected: { message: "body.tools.0.name: field required; odd" },
    },
    { name: "a list of errors", status: 400, body: { errors: [{ message: "m" }] }, expected: { message: "m" } },
    {
      name: "a status of 200 with a code",
      status: 0,
      body: { error: { code: 503, message: "m" } },
      expected: { status: 503 },
    },
  ];
  for (const { name, status, body, expected } of cases) {
    test(name, () => expect(decodeError(status, body)).toMatchObject(expected));
  }

  test("never throws", () => {
    for (const body of [
      undefined,
      7,
      true,
      [],
      [[]],
      { error: [] },
      { error: { message: { a: 1 } } },
      { message: null },
    ]) {
      expect(typeof decodeError(500, body).message).toBe("string");
    }
  });
});

test("isErrorBody tells errors from answers", () => {
  expect(isErrorBody({ error: "x" })).toBe(true);
  expect(isErrorBody({ error: null, choices: [] })).toBe(false);
  expect(isErrorBody({ choices: [], message: "x", code: 1 })).toBe(false);
  expect(isErrorBody({ object: "error" })).toBe(true);
  expect(isErrorBody({ choices: null, base_resp: { status_code: 1002, status_msg: "rate limit" } })).toBe(true);
  expect(isErrorBody({ choices: [], base_resp: { status_code: 0, status_msg: "" } })).toBe(false);
  expect(isErrorBody({})).toBe(false);
  expect(isErrorBody("error")).toBe(false);
});

describe("encodeError", () => {
  const cases: [code: ErrorCode, status: number, type: string, wireCode: string | null][] = [
    ["client-invalid-request", 400, "invalid_request_error", null],
    ["client-unauthenticated", 401, "invalid_request_error", "invalid_api_key"],
    ["client-too-large", 413, "invalid_request_error", "request_too_large"],
    ["upstream-context-length", 400, "invalid_request_error", "context_length_exceeded"],
    ["upstream-model-missing", 404, "invalid_request_error", "model_not_found"],
    ["upstream-rate-limited", 429, "rate_limit_error", "rate_limit_exceeded"],
    ["upstream-overloaded", 503, "server_error", "overloaded"],
    ["upstream-timeout", 504, "server_error", "upstream_timeout"],
    ["upstream-key-invalid", 502, "server_error", "upstream_error"],
    ["no-upstream-available", 503, "server_error", "no_upstream_available"],
    ["gateway-internal", 500, "server_error", "internal_error"],
  ];
  for (const [code, status, type, wireCode] of cases) {
    test(code, () => {
      expect(encodeError(new GatewayError(code, "m"), "r")).toEqual({
        status,
        body: { error: { message: "m", type, param: null, code: wireCode } },
      });
    });
  }

  test("the upstream's own words are repeated about the client's request, never about our key", () => {
    const options = {
      wire: { message: "theirs", type: "t", code: "c", param: "p" },
      wireProtocol: "openai-chat",
    } as const;
    expect(encodeError(new GatewayError("upstream-request-rejected", "m", options), "r").body).toEqual({
      error: { message: "theirs", type: "t", param: "p", code: "c" },
    });
    expect(encodeError(new GatewayError("upstream-key-invalid", "m", options), "r").body).toMatchObject({
      error: { message: "m" },
    });
  });

  test("a number for a code says less than our word, and so does any other for a prompt that is too long", () => {
    for (const code of ["400", "invalid_parameter_error"]) {
      const wire = { message: "maximum context length is 10", code };
      const error = new GatewayError("upstream-context-length", "m", { wire, wireProtocol: "openai-chat" });
      expect(encodeError(error, "r").body).toMatchObject({ error: { code: "context_length_exceeded" } });
    }
  });
});

test("a message that nests too deep to be repeated is none", () => {
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(60_000)}1${"}".repeat(60_000)}`);
  expect(decodeError(500, { error: { message: deep } }).message).toBe("");
});
