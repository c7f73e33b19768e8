import { describe, expect, test } from "bun:test";
import { delayInTextMs, parseDurationMs, readRetryAfterMs } from "./retry-after.ts";

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);

describe("readRetryAfterMs", () => {
  const cases: { name: string; headers: Record<string, string>; expected: number | undefined }[] = [
    { name: "no header", headers: {}, expected: undefined },
    { name: "retry-after-ms", headers: { "retry-after-ms": "1500", "retry-after": "9" }, expected: 1500 },
    { name: "whole seconds", headers: { "retry-after": "30" }, expected: 30_000 },
    { name: "fractions of seconds", headers: { "retry-after": "0.25" }, expected: 250 },
    { name: "zero", headers: { "retry-after": "0" }, expected: 0 },
    { name: "a date to come", headers: { "retry-after": "Mon, 23 Nov 2026 12:00:20 GMT" }, expected: 20_000 },
    { name: "a date gone by", headers: { "retry-after": "Mon, 23 Nov 2026 11:00:00 GMT" }, expected: 0 },
    { name: "garbage", headers: { "retry-after": "soon" }, expected: undefined },
    { name: "a negative number", headers: { "retry-after": "-5" }, expected: undefined },
    { name: "a very long value", headers: { "retry-after": "9".repeat(5000) }, expected: undefined },
    {
      name: "the reset of an exhausted Anthropic dimension",
      headers: {
        "anthropic-ratelimit-requests-remaining": "5",
        "anthropic-ratelimit-requests-reset": "2026-11-23T12:10:00Z",
        "anthropic-ratelimit-tokens-remaining": "0",
        "anthropic-ratelimit-tokens-reset": "2026-11-23T12:00:42Z",
      },
      expected: 42_000,
    },
    {
      name: "the longest reset of exhausted OpenAI dimensions",
      headers: {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "12ms",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "6m0s",
      },
      expected: 360_000,
    },
    {
      name: "the reset of an exhausted day at Cerebras",
      headers: {
        "x-ratelimit-remaining-tokens-minute": "4000",
        "x-ratelimit-reset-tokens-minute": "12.5",
        "x-ratelimit-remaining-requests-day": "0",
        "x-ratelimit-reset-requests-day": "3600.25",
      },
      expected: 3_600_250,
    },
    {
      name: "the reset that the IETF has named",
      headers: { "ratelimit-remaining": "0", "ratelimit-reset": "9" },
      expected: 9000,
    },
    {
      name: "an epoch in seconds",
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW / 1000 + 7) },
      expected: 7000,
    },
    {
      name: "a reset that is -1",
      headers: { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "-1" },
      expected: undefined,
    },
    { name: "space around it", headers: { "retry-after": " 30 " }, expected: 30_000 },
    { name: "a number with a unit", headers: { "retry-after": "30s" }, expected: undefined },
    { name: "thirty years, to be clamped later", headers: { "retry-after": "1000000000" }, expected: 1e12 },
    { name: "an empty header", headers: { "retry-after": "" }, expected: undefined },
    {
      name: "seconds where the milliseconds are garbage",
      headers: { "retry-after-ms": "x", "retry-after": "3" },
      expected: 3000,
    },
    { name: "no milliseconds below zero", headers: { "retry-after-ms": "-1" }, expected: undefined },
    { name: "a date in the old form", headers: { "retry-after": "Monday, 23-Nov-26 12:00:09 GMT" }, expected: 9000 },
    {
      name: "an epoch in milliseconds",
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW + 700) },
      expected: 700,
    },
    {
      name: "a reset of 0",
      headers: { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "0" },
      expected: 0,
    },
    {
      name: "the later of Anthropic's input and output tokens",
      headers: {
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "anthropic-ratelimit-input-tokens-reset": "2026-11-23T12:00:05Z",
        "anthropic-ratelimit-output-tokens-remaining": "0",
        "anthropic-ratelimit-output-tokens-reset": "2026-11-23T12:00:08Z",
      },
      expected: 8000,
    },
    {
      name: "dimensions with something left",
      headers: { "x-ratelimit-remaining-tokens": "3", "x-ratelimit-reset-tokens": "1s" },
      expected: undefined,
    },
  ];
  for (const { name, headers, expected } of cases) {
    test(`reads ${name}`, () => {
      expect(readRetryAfterMs({ get: (header) => headers[header] }, NOW)).toBe(expected as number);
    });
  }
});

test("parseDurationMs reads Go-like durations and nothing else", () => {
  expect(parseDurationMs("45.837906927s")).toBeCloseTo(45_837.9, 0);
  expect(parseDurationMs("1h2m3.5s")).toBe(3_723_500);
  expect(parseDurationMs("12ms")).toBe(12);
  for (const bad of ["", "5", "s", "5 s", "5x", "1s!"]) expect(parseDurationMs(bad)).toBeUndefined();
});

describe("delayInTextMs", () => {
  const cases: [text: string, expected: number | undefined][] = [
    ["Please retry in 37.8s.", 37_800],
    ["Please try again in 6m0s.", 360_000],
    ["Please try again in 12m46.8s. Need more?", 766_800],
    ["please try again after 1 seconds", 1000],
    ["Please retry after 26 seconds. Please go here", 26_000],
    ["Try again in 2 minutes", 120_000],
    ["try again in 350ms", 350],
    ["try again in 3 days of work", undefined],
    ["please retry later", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of cases) {
    test(JSON.stringify(text), () => expect(delayInTextMs(text)).toBe(expected));
  }
});
