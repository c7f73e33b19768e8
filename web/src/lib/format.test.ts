import { expect, test } from "bun:test";
import { createFormatter } from "./format.ts";

const en = createFormatter("en", "unpriced");
const zh = createFormatter("zh", "未定价");

test("what is not known is a dash, and money without a price is never 0", () => {
  expect(en.number(null)).toBe("–");
  expect(en.duration(undefined)).toBe("–");
  expect(en.money(null)).toBe("unpriced");
  expect(zh.money(null)).toBe("未定价");
  expect(en.money(0)).toBe("$0.00");
});

test("money keeps the digits that small amounts need", () => {
  expect(en.money(1234.5)).toBe("$1,234.50");
  expect(en.money(0.0421)).toBe("$0.042");
  expect(en.money(0.00312)).toBe("$0.00312");
  expect(en.money(0.00000123)).toBe("$0.0000012");
});

test("durations use the two largest units", () => {
  expect([0, 840, 3210, 12_340, 59_960, 125_000, 7_260_000, 180_000_000].map((ms) => en.duration(ms))).toEqual([
    "0 ms",
    "840 ms",
    "3.21 s",
    "12.3 s",
    "1 min",
    "2 min 5 s",
    "2 h 1 min",
    "2 d 2 h",
  ]);
  expect(zh.duration(125_000)).toBe("2 分 5 秒");
});

test("tokens are short and never round up to a thousand of a unit", () => {
  expect([0, 950, 12_345, 999_600, 4_560_000, 2e9].map((value) => en.compact(value))).toEqual([
    "0",
    "950",
    "12.3K",
    "1M",
    "4.56M",
    "2B",
  ]);
});

test("relative times speak both languages", () => {
  const now = Date.parse("2026-11-28T12:00:00Z");
  expect(en.relative("2026-11-28T11:55:00Z", now)).toBe("5 minutes ago");
  expect(zh.relative("2026-11-28T11:55:00Z", now)).toBe("5分钟前");
  expect(en.relative("2026-12-01T12:00:00Z", now)).toBe("in 3 days");
});

test("a ratio of nothing is a dash", () => {
  expect(en.ratio(0, 0)).toBe("–");
  expect(en.ratio(1, 3)).toBe("33 %");
  expect(en.ratio(1, 400)).toBe("0.3 %");
});

test("bytes use binary units", () => {
  expect(en.bytes(34_603_008)).toBe("33 MiB");
  expect(en.bytes(512)).toBe("512 B");
});
