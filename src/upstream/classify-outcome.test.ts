import { describe, expect, test } from "bun:test";
import { DEFAULT_FAILOVER } from "../config/defaults.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { WireError } from "../core/wire-error.ts";
import { classifyRefusal, classifyTransportFailure } from "./classify-outcome.ts";

function classify(
  status: number,
  error: Partial<WireError> = {},
  extra: { headers?: Record<string, string>; isJson?: boolean; statuses?: number[] } = {},
) {
  return classifyRefusal({
    status,
    headers: { get: (name) => extra.headers?.[name] },
    error: { message: "", ...error },
    protocol: "anthropic",
    isJson: extra.isJson ?? true,
    failoverStatuses: new Set(extra.statuses ?? DEFAULT_FAILOVER.statuses),
    wallMs: 0,
  });
}

describe("classifyRefusal", () => {
  const cases: {
    name: string;
    status: number;
    error?: Partial<WireError>;
    isJson?: boolean;
    headers?: Record<string, string>;
    expected: ErrorCode;
  }[] = [
    {
      name: "an ordinary 400",
      status: 400,
      error: { type: "invalid_request_error", message: "max_tokens: required" },
      expected: "upstream-request-rejected",
    },
    {
      name: "a long prompt",
      status: 400,
      error: { message: "prompt is too long: 210000 tokens > 200000 maximum" },
      expected: "upstream-context-length",
    },
    {
      name: "OpenAI's context code",
      status: 400,
      error: { code: "context_length_exceeded" },
      expected: "upstream-context-length",
    },
    {
      name: "Gemini's context text",
      status: 400,
      error: { message: "The input token count (5) exceeds the maximum number of tokens allowed (4)." },
      expected: "upstream-context-length",
    },
    {
      name: "a content policy",
      status: 400,
      error: { code: "content_policy_violation" },
      expected: "upstream-content-filtered",
    },
    {
      name: "Gemini's bad key as 400",
      status: 400,
      error: { code: "API_KEY_INVALID", type: "INVALID_ARGUMENT" },
      expected: "upstream-key-invalid",
    },
    { name: "401", status: 401, error: { type: "authentication_error" }, expected: "upstream-key-invalid" },
    {
      name: "403 with words about the key",
      status: 403,
      error: { message: "Your API key has no access" },
      expected: "upstream-key-invalid",
    },
    {
      name: "403 about a model",
      status: 403,
      error: { type: "permission_error", message: "no access to model x" },
      expected: "upstream-model-missing",
    },
    {
      name: "403 as a web page",
      status: 403,
      isJson: false,
      error: { message: "<html>blocked" },
      expected: "upstream-server-error",
    },
    { name: "402", status: 402, expected: "upstream-quota-exhausted" },
    {
      name: "no credit as 400",
      status: 400,
      error: { message: "Your credit balance is too low" },
      expected: "upstream-quota-exhausted",
    },
    { name: "429", status: 429, error: { type: "rate_limit_error" }, expected: "upstream-rate-limited" },
    {
      name: "429 with insufficient_quota",
      status: 429,
      error: { code: "insufficient_quota" },
      expected: "upstream-quota-exhausted",
    },
    {
      name: "429 that says quota but gives a wait",
      status: 429,
      headers: { "retry-after": "20" },
      error: { message: "You exceeded your current quota" },
      expected: "upstream-rate-limited",
    },
    {
      name: "404 for a model",
      status: 404,
      error: { type: "not_found_error", message: "model: x" },
      expected: "upstream-model-missing",
    },
    { name: "404 as a web page", status: 404, isJson: false, expected: "upstream-server-error" },
    { name: "408", status: 408, expected: "upstream-timeout" },
    { name: "409", status: 409, expected: "upstream-conflict" },
    { name: "413", status: 413, expected: "upstream-too-large" },
    {
      name: "a model that gave up before it said anything",
      status: 502,
      error: { type: "MALFORMED_FUNCTION_CALL", gaveUp: true },
      expected: "upstream-gave-up",
    },
    { name: "418", status: 418, expected: "upstream-request-rejected" },
    { name: "500", status: 500, expected: "upstream-server-error" },
    { name: "503 overloaded", status: 503, error: { type: "server_is_overloaded" }, expected: "upstream-overloaded" },
    { name: "529", status: 529, expected: "upstream-overloaded" },
    {
      name: "an overloaded error in a 200",
      status: 200,
      error: { type: "overloaded_error" },
      expected: "upstream-overloaded",
    },
    { name: "a redirect", status: 302, expected: "upstream-server-error" },
    { name: "a cut stream", status: 200, error: { truncated: true }, expected: "upstream-truncated" },
    { name: "junk in a stream", status: 200, error: { malformed: true }, expected: "upstream-malformed" },
    { name: "status 999", status: 999, expected: "upstream-server-error" },
  ];
  for (const { name, status, error, isJson, headers, expected } of cases) {
    test(`takes ${name} for ${expected}`, () => {
      const extra = { ...(isJson === undefined ? {} : { isJson }), ...(headers ? { headers } : {}) };
      expect(classify(status, error, extra).code).toBe(expected);
    });
  }

  test("returns a status that the operator has taken off the list", () => {
    expect(classify(529, {}, { statuses: [500] })).toMatchObject({ code: "upstream-request-rejected", status: 529 });
    expect(classify(500, {}, { statuses: [500] }).code).toBe("upstream-server-error");
  });

  test("moves on for a status that the operator lists", () => {
    expect(classify(418, {}, { statuses: [418] }).code).toBe("upstream-server-error");
  });

  test("reads the wait from headers, then the body, then the text", () => {
    expect(classify(429, { retryAfterMs: 5000 }, { headers: { "retry-after": "2" } }).retryAfterMs).toBe(2000);
    expect(classify(429, { retryAfterMs: 5000 }).retryAfterMs).toBe(5000);
    expect(classify(429, { message: "Please retry in 37.5s." }).retryAfterMs).toBe(37_500);
  });

  test("keeps an upstream's words short, whole and free of control characters", () => {
    const error = classify(500, { message: `a\nb${"👩".repeat(2000)}` });
    expect([...error.message].length).toBeLessThanOrEqual(501);
    expect(error.message.startsWith("a b👩")).toBe(true);
    expect(error.message.isWellFormed()).toBe(true);
  });
});

test("classifyTransportFailure tells our own faults from the upstream's", () => {
  const failure = { detail: "", requestSent: false, reusedConnection: false };
  expect(classifyTransportFailure({ ...failure, code: "connect_refused" })).toMatchObject({
    code: "upstream-transport",
    outcome: "connect_refused",
  });
  expect(classifyTransportFailure({ ...failure, code: "truncated" }).code).toBe("upstream-truncated");
  expect(classifyTransportFailure({ ...failure, code: "local_fault" }).code).toBe("gateway-overloaded");
});
