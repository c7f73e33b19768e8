import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/errors.ts";
import { decodeError, decodeInBandError, encodeError } from "./errors.ts";

describe("reading error bodies", () => {
  test.each([
    [
      "the API's own shape",
      { error: { message: "m", type: "invalid_request_error", param: "input", code: "unsupported_file" } },
      { message: "m", type: "invalid_request_error", param: "input", code: "unsupported_file" },
    ],
    [
      "xAI's text with a code beside it",
      { code: "invalid-argument", error: "m" },
      { message: "m", code: "invalid-argument" },
    ],
    ["FastAPI's detail", { detail: "m" }, { message: "m" }],
    ["FastAPI's list of details", { detail: [{ msg: "a" }, { msg: "b" }] }, { message: "a; b" }],
    ["a bare message", { message: "m" }, { message: "m" }],
    ["a list around the error", [{ error: { message: "m", code: 503 } }], { message: "m", code: "503" }],
    ["HTML", "<html><head><title>502 Bad Gateway</title></head></html>", { message: "502 Bad Gateway" }],
    ["text", " upstream connect error ", { message: "upstream connect error" }],
    ["nothing", null, { message: "" }],
    ["a number", 7, { message: "" }],
  ])("%s", (_name, body, expected) => {
    expect(decodeError(418, body)).toEqual({ ...expected, status: 418 });
  });

  test.each([
    ["Please try again in 20s.", 20_000],
    ["Please try again in 350ms.", 350],
    ["Please try again in 1.5s", 1500],
    ["try again in 6m0s", 360_000],
    ["retry after 3 seconds", 3000],
    ["try again later", undefined],
  ])("takes the wait out of %j", (message, expected) => {
    expect(decodeError(429, { error: { message } }).retryAfterMs).toBe(expected as number);
  });

  test.each([
    [{ error: { code: "rate_limit_exceeded", message: "m" } }, 429],
    [{ error: { code: "server_is_overloaded", message: "m" } }, 503],
    [{ error: { type: "service_unavailable_error", message: "m" } }, 503],
    [{ error: { code: "context_length_exceeded", message: "m" } }, 400],
    [{ response: { error: { code: "server_error", message: "m" } } }, 500],
    [{ error: { code: "never_seen", message: "m" } }, undefined],
  ])("%j inside a 200 implies its status", (body, status) => {
    expect(decodeInBandError(body).status).toBe(status as number);
  });
});

describe("writing errors", () => {
  test.each([
    ["client-invalid-request", 400, "invalid_request_error", null],
    ["client-unauthenticated", 401, "invalid_request_error", "invalid_api_key"],
    ["upstream-context-length", 400, "invalid_request_error", "context_length_exceeded"],
    ["upstream-model-missing", 404, "invalid_request_error", "model_not_found"],
    ["client-too-large", 413, "invalid_request_error", "request_too_large"],
    ["upstream-rate-limited", 429, "rate_limit_error", "rate_limit_exceeded"],
    ["upstream-quota-exhausted", 429, "insufficient_quota", "insufficient_quota"],
    ["upstream-overloaded", 503, "service_unavailable_error", "server_is_overloaded"],
    ["no-upstream-available", 503, "server_error", "service_unavailable"],
    ["upstream-timeout", 504, "server_error", "timeout"],
    ["upstream-transport", 502, "server_error", "server_error"],
    ["gateway-internal", 500, "server_error", "server_error"],
  ] as const)("%s", (code, status, type, wireCode) => {
    expect(encodeError(new GatewayError(code, "words"))).toEqual({
      status,
      body: { error: { message: "words", type, param: null, code: wireCode } },
    });
  });

  test("a number for a code says less than our word, and so does any other for a prompt that is too long", () => {
    for (const code of ["400", "invalid_parameter_error"]) {
      const wire = { message: "maximum context length is 10", code };
      const error = new GatewayError("upstream-context-length", "m", { wire, wireProtocol: "openai-chat" });
      expect(encodeError(error).body).toMatchObject({ error: { code: "context_length_exceeded" } });
    }
  });

  test("an OpenAI upstream is quoted, a foreign or broken one is not", () => {
    const wire = { message: "theirs", type: "t", code: "c", param: "p" };
    const quoted = new GatewayError("upstream-request-rejected", "ours", { wire, wireProtocol: "openai-chat" });
    expect(encodeError(quoted).body).toEqual({ error: { message: "theirs", type: "t", param: "p", code: "c" } });
    for (const options of [
      { wire, wireProtocol: "anthropic" },
      { wire: { ...wire, malformed: true }, wireProtocol: "openai-responses" },
    ] as const) {
      const body = encodeError(new GatewayError("upstream-request-rejected", "ours", options)).body;
      expect(body).toMatchObject({ error: { message: "ours", type: "invalid_request_error" } });
    }
  });
});
