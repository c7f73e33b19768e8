import { expect, test } from "bun:test";
import { DECISIONS, decide } from "./decision-table.ts";

test("failures of the client or the gateway are returned and blame nobody", () => {
  for (const [code, decision] of Object.entries(DECISIONS)) {
    if (!code.startsWith("client-") && !code.startsWith("gateway-")) continue;
    // The proxy that leads to one upstream need not be the way to the next.
    if (code === "gateway-proxy-failed") continue;
    expect({ code, next: decision.next, breaker: decision.breaker }).toEqual({ code, next: "return", breaker: null });
  }
});

test("a request that an upstream refuses for itself is never tried elsewhere", () => {
  for (const code of [
    "upstream-request-rejected",
    "upstream-context-length",
    "upstream-content-filtered",
    "upstream-too-large",
  ] as const) {
    expect(DECISIONS[code].next).toBe("return");
  }
});

test("an operator may have such a request asked elsewhere all the same", () => {
  const none = { contextLength: false, contentFilter: false, conversionSuspect: false };
  const all = { contextLength: true, contentFilter: true, conversionSuspect: true };
  const cases = [
    ["upstream-context-length", "context_length", "other-model"],
    ["upstream-content-filtered", "content_filter", "next-upstream"],
    ["upstream-request-rejected", "conversion_suspect", "other-format"],
    ["upstream-request-rejected", "client_error", "return"],
    ["upstream-too-large", "too_large", "return"],
  ] as const;
  for (const [code, outcome, next] of cases) {
    expect(decide({ code, outcome }, none).next).toBe("return");
    expect(decide({ code, outcome }, all).next).toBe(next);
  }
});

test("trouble with a key goes to the next key, trouble with a host to the next host", () => {
  expect(DECISIONS["upstream-key-invalid"]).toMatchObject({ next: "next-key", breaker: "key" });
  expect(DECISIONS["upstream-rate-limited"]).toMatchObject({ next: "next-key", breaker: "key" });
  expect(DECISIONS["upstream-transport"]).toMatchObject({ next: "next-upstream", breaker: "upstream" });
  expect(DECISIONS["upstream-overloaded"]).toMatchObject({ next: "next-upstream", breaker: "model" });
});
