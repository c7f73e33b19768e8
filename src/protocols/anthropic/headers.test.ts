import { describe, expect, test } from "bun:test";
import { FORWARD_HEADERS, upstreamHeaders, upstreamPath } from "./headers.ts";

describe("upstreamHeaders", () => {
  const cases: readonly [string, string][] = [
    ["https://api.anthropic.com/v1", "x-api-key"],
    ["https://eu.anthropic.com", "x-api-key"],
    ["https://anthropic.com.evil.test/v1", "authorization"],
    ["https://notanthropic.com/v1", "authorization"],
    ["https://api.moonshot.cn/anthropic/v1", "authorization"],
    ["no url", "authorization"],
  ];
  for (const [url, header] of cases) {
    test(`${url} gets the key as ${header}`, () => {
      const headers = upstreamHeaders("k", url, {});
      expect(headers[header]).toBe(header === "authorization" ? "Bearer k" : "k");
      expect(headers["anthropic-version"]).toBe("2023-06-01");
      expect(Object.keys(headers)).toHaveLength(2);
    });
  }

  test("no key, no header; a pinned version is sent", () => {
    expect(upstreamHeaders("", "https://api.anthropic.com", { anthropicVersion: "2026-10-21" })).toEqual({
      "anthropic-version": "2026-10-21",
    });
  });
});

test("paths of all operations", () => {
  expect(upstreamPath("generate", "m")).toEqual({ path: "/messages", query: "" });
  expect(upstreamPath("count-tokens", "m").path).toBe("/messages/count_tokens");
  expect(upstreamPath("list-models", "").path).toBe("/models");
  expect(upstreamPath("get-model", "a b/c:d").path).toBe("/models/a%20b/c%3Ad");
});

test("SDK telemetry headers are not forwarded", () => {
  expect(FORWARD_HEADERS.some((header) => header.startsWith("x-stainless"))).toBe(false);
  expect(FORWARD_HEADERS).toContain("anthropic-beta");
});
