import { describe, expect, test } from "bun:test";
import { countFilters, formatFilters, type LogFilters, NO_FILTERS, parseFilters, toLogQuery } from "./log-filters.ts";

const NOW = Date.parse("2026-11-28T15:00:00.000Z");

describe("log filters", () => {
  test("an address without filters and no filters are the same", () => {
    expect(parseFilters(new URLSearchParams(""))).toEqual(NO_FILTERS);
    expect(formatFilters(NO_FILTERS).toString()).toBe("");
    expect(toLogQuery(NO_FILTERS, NOW)).toEqual({});
  });

  test("every filter survives the way through the address", () => {
    const filters: LogFilters = {
      range: "custom",
      from: "2026-11-27T00:00:00.000Z",
      to: "2026-11-28T00:00:00.000Z",
      upstream: "up & down",
      model: "claude-*",
      status: "5xx",
      outcome: "upstream-timeout",
      client_key: "张三",
      key: "sk-ant-a…wxyz",
      session: "a=b",
      search: "100% ?",
      retried: true,
    };
    const address = formatFilters(filters).toString();
    expect(parseFilters(new URLSearchParams(address))).toEqual(filters);
    expect(countFilters(filters)).toBe(10);
  });

  test.each([
    { name: "an unknown range", address: "range=99y", expected: NO_FILTERS },
    { name: "a broken time", address: "range=custom&from=yesterday", expected: { ...NO_FILTERS, range: "custom" } },
    {
      name: "times beside a named range",
      address: "range=1h&from=2026-01-01",
      expected: { ...NO_FILTERS, range: "1h" },
    },
    { name: "blanks", address: "model=%20%20", expected: NO_FILTERS },
    { name: "unknown names", address: "__proto__=1&limit=900", expected: NO_FILTERS },
  ])("leaves out $name", ({ address, expected }) => {
    expect(parseFilters(new URLSearchParams(address))).toEqual(expected as LogFilters);
  });

  test("times without a range mean the time between them", () => {
    expect(parseFilters(new URLSearchParams("from=2026-01-01T00:00:00Z"))).toEqual({
      ...NO_FILTERS,
      range: "custom",
      from: "2026-01-01T00:00:00.000Z",
    });
  });

  test("a search is cut to what the gateway takes", () => {
    expect(parseFilters(new URLSearchParams({ search: "x".repeat(500) })).search).toHaveLength(200);
  });

  test("a named range counts back from now", () => {
    expect(toLogQuery({ ...NO_FILTERS, range: "15m", retried: true }, NOW)).toEqual({
      from: "2026-11-28T14:45:00.000Z",
      retried: "true",
    });
  });
});
