import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/errors.ts";
import { decodeError, encodeError } from "./errors.ts";

const detail = (type: string, fields: object) => ({ "@type": `type.googleapis.com/google.rpc.${type}`, ...fields });

describe("upstream errors", () => {
  test("gemini trap 51: the reason of a bad key is the code", () => {
    const body = {
      error: {
        code: 400,
        status: "INVALID_ARGUMENT",
        message: "API key not valid.",
        details: [detail("ErrorInfo", { reason: "API_KEY_INVALID" })],
      },
    };
    expect(decodeError(400, body)).toEqual({
      status: 400,
      type: "INVALID_ARGUMENT",
      code: "API_KEY_INVALID",
      message: "API key not valid.",
      retryAfterMs: undefined,
    });
  });

  test("gemini trap 52: the delay and the worst quota are read", () => {
    const violations = [{ quotaId: "TokensPerMinute" }, { quotaId: "RequestsPerDayPerProject-FreeTier" }];
    const details = [detail("QuotaFailure", { violations }), detail("RetryInfo", { retryDelay: "37.5s" })];
    expect(
      decodeError(429, { error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "quota", details } }),
    ).toMatchObject({ code: "RequestsPerDayPerProject-FreeTier", retryAfterMs: 37_500 });
  });

  const delays: [string, number | undefined][] = [
    ["Please retry in 37.8s.", 37_800],
    ["please retry in 250ms", 250],
    ["Please retry in 1m2s", 62_000],
    ["Please retry in 2h3m4.5s", 7_384_500],
    ["retry later", undefined],
  ];
  for (const [message, expected] of delays) {
    test(`the delay in "${message}" is ${expected}`, () => {
      expect(decodeError(429, { error: { message } }).retryAfterMs).toBe(expected as number);
    });
  }

  test("gemini trap 53: an error inside an array is read", () => {
    expect(decodeError(429, [{ error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "m" } }])).toMatchObject({
      type: "RESOURCE_EXHAUSTED",
      message: "m",
    });
  });

  test("pages, texts and odd bodies never throw", () => {
    expect(decodeError(502, "<html><head><title>502 Bad Gateway</title></head></html>").message).toBe(
      "502 Bad Gateway",
    );
    expect(decodeError(500, "x".repeat(9000)).message).toHaveLength(500);
    for (const body of [
      null,
      undefined,
      5,
      [],
      {},
      { error: null },
      { error: "text" },
      { error: { details: "x", code: "y" } },
    ]) {
      expect(decodeError(500, body).status).toBe(500);
    }
    expect(decodeError(400, { error: { message: "m", type: "invalid_request_error", code: "bad" } })).toMatchObject({
      type: "invalid_request_error",
      code: "bad",
    });
  });

  test("an error with status 200 takes the status from its code", () => {
    expect(decodeError(200, { error: { code: 503, status: "UNAVAILABLE", message: "busy" } }).status).toBe(503);
  });
});

describe("client errors", () => {
  const cases: [ConstructorParameters<typeof GatewayError>[0], number, string][] = [
    ["client-invalid-request", 400, "INVALID_ARGUMENT"],
    ["client-unauthenticated", 401, "UNAUTHENTICATED"],
    ["client-forbidden", 403, "PERMISSION_DENIED"],
    ["client-not-found", 404, "NOT_FOUND"],
    ["client-too-large", 413, "INVALID_ARGUMENT"],
    ["upstream-rate-limited", 429, "RESOURCE_EXHAUSTED"],
    ["upstream-overloaded", 503, "UNAVAILABLE"],
    ["upstream-timeout", 504, "DEADLINE_EXCEEDED"],
    ["upstream-server-error", 502, "INTERNAL"],
    ["gateway-internal", 500, "INTERNAL"],
  ];
  for (const [code, status, word] of cases) {
    test(`${code} is ${status} ${word}`, () => {
      expect(encodeError(new GatewayError(code, "words"), "req_1")).toEqual({
        status,
        body: {
          error: {
            code: status,
            message: "words",
            status: word,
            details: [{ "@type": "type.googleapis.com/google.rpc.RequestInfo", requestId: "req_1" }],
          },
        },
      });
    });
  }

  test("waits travel as RetryInfo", () => {
    const { body } = encodeError(new GatewayError("upstream-rate-limited", "w", { retryAfterMs: 1500 }), "");
    expect(body).toMatchObject({ error: { details: [{ retryDelay: "1.5s" }] } });
    const odd = new GatewayError("upstream-rate-limited", "w", { retryAfterMs: 6999.739524000001 });
    expect(encodeError(odd, "").body).toMatchObject({ error: { details: [{ retryDelay: "7s" }] } });
  });

  test("the quota of a day that is spent is named", () => {
    const quotaId = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
    const error = new GatewayError("upstream-rate-limited", "w", {
      wire: { status: 429, type: "RESOURCE_EXHAUSTED", code: quotaId, message: "spent" },
      wireProtocol: "gemini",
      upstreamStatus: 429,
    });
    expect(encodeError(error, "").body).toMatchObject({ error: { details: [{ violations: [{ quotaId }] }] } });
  });

  test("a Gemini upstream's own words are repeated only while the status is its own", () => {
    const wire = { status: 400, type: "FAILED_PRECONDITION", message: "region" };
    const own = new GatewayError("upstream-request-rejected", "rejected", {
      wire,
      wireProtocol: "gemini",
      upstreamStatus: 400,
    });
    expect(encodeError(own, "").body).toMatchObject({
      error: { code: 400, message: "region", status: "FAILED_PRECONDITION" },
    });
    const hidden = new GatewayError("upstream-key-invalid", "rejected", {
      wire,
      wireProtocol: "gemini",
      upstreamStatus: 400,
    });
    expect(encodeError(hidden, "").body).toMatchObject({
      error: { code: 502, message: "rejected", status: "INTERNAL" },
    });
  });

  test("a finish reason is no status word", () => {
    const error = new GatewayError("upstream-server-error", "gave up", {
      wire: { status: 502, type: "MALFORMED_FUNCTION_CALL", message: "gave up" },
      wireProtocol: "gemini",
      upstreamStatus: 502,
    });
    expect(encodeError(error, "").body).toMatchObject({ error: { code: 502, message: "gave up", status: "INTERNAL" } });
  });
});
