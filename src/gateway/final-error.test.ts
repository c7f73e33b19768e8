import { describe, expect, test } from "bun:test";
import { type ErrorCode, GatewayError } from "../core/errors.ts";
import { chooseFinalError } from "./final-error.ts";

const failures = (...codes: ErrorCode[]) =>
  codes.map((code) => new GatewayError(code, code, { upstreamStatus: code === "upstream-key-invalid" ? 401 : 500 }));
const choose = (codes: ErrorCode[], extra: Partial<Parameters<typeof chooseFinalError>[1]> = {}) =>
  chooseFinalError(failures(...codes), {
    clientProtocol: "anthropic",
    soonestMs: undefined,
    passUpstreamAuthErrors: false,
    retryAfterCapMs: 0,
    ...extra,
  });

describe("chooseFinalError", () => {
  const cases: { codes: ErrorCode[]; expected: ErrorCode; status: number }[] = [
    { codes: ["upstream-transport", "upstream-request-rejected"], expected: "upstream-request-rejected", status: 400 },
    { codes: ["upstream-rate-limited", "upstream-quota-exhausted"], expected: "upstream-quota-exhausted", status: 429 },
    { codes: ["upstream-overloaded", "upstream-rate-limited"], expected: "upstream-overloaded", status: 529 },
    { codes: ["upstream-overloaded", "upstream-transport"], expected: "upstream-transport", status: 502 },
    { codes: ["upstream-key-invalid"], expected: "upstream-key-invalid", status: 502 },
    { codes: ["upstream-model-missing"], expected: "upstream-model-missing", status: 404 },
    { codes: ["conversion-refused", "upstream-overloaded"], expected: "upstream-overloaded", status: 529 },
    { codes: ["conversion-refused", "conversion-refused"], expected: "conversion-refused", status: 400 },
  ];
  for (const { codes, expected, status } of cases) {
    test(`${codes.join(", ")} is told as ${expected} with ${status}`, () => {
      expect(choose(codes)).toMatchObject({ code: expected, status });
    });
  }

  test("a refused key of the gateway is not taken for the client's", () => {
    expect(choose(["upstream-key-invalid"]).message).toBe(
      "the upstream refuses the gateway's key for it, not the client's: upstream-key-invalid",
    );
    expect(choose(["upstream-key-invalid"], { passUpstreamAuthErrors: true }).message).toBe("upstream-key-invalid");
  });

  test("clients that do not know 529 get 503", () => {
    expect(choose(["upstream-overloaded"], { clientProtocol: "openai-chat" }).status).toBe(503);
  });

  test("an upstream's refusal of its key is shown only when the operator wants it", () => {
    expect(choose(["upstream-key-invalid"], { passUpstreamAuthErrors: true }).status).toBe(401);
  });

  test("tells clients to try again only when that is soon", () => {
    expect(choose(["upstream-rate-limited"], { soonestMs: 5000 })).toMatchObject({
      retryAfterMs: 5000,
      shouldRetry: true,
    });
    expect(choose(["upstream-rate-limited"], { soonestMs: 600_000 })).toMatchObject({
      retryAfterMs: 600_000,
      shouldRetry: false,
    });
    expect(choose(["upstream-quota-exhausted"], { soonestMs: 5000 }).shouldRetry).toBe(false);
  });
});
