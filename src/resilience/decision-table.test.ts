import { expect, test } from "bun:test";
import { DECISIONS } from "./decision-table.ts";

test("failures of the client or the gateway are returned and blame nobody", () => {
  for (const [code, decision] of Object.entries(DECISIONS)) {
    if (!code.startsWith("client-") && !code.startsWith("gateway-")) continue;
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

test("trouble with a key goes to the next key, trouble with a host to the next host", () => {
  expect(DECISIONS["upstream-key-invalid"]).toMatchObject({ next: "next-key", breaker: "key" });
  expect(DECISIONS["upstream-rate-limited"]).toMatchObject({ next: "next-key", breaker: "key" });
  expect(DECISIONS["upstream-transport"]).toMatchObject({ next: "next-upstream", breaker: "upstream" });
  expect(DECISIONS["upstream-overloaded"]).toMatchObject({ next: "next-upstream", breaker: "model" });
});
