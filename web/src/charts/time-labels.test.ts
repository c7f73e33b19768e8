import { expect, test } from "bun:test";
import { createTimeLabels } from "./time-labels.ts";

const AT = new Date(2026, 10, 28, 15, 4).getTime() / 1000;

test("short steps are told as times of day, days as dates", () => {
  const labels = createTimeLabels("en");
  expect(labels.tick(AT, 3600)).toBe("15:04");
  expect(labels.tick(AT, 86_400)).toBe("28 Nov");
  expect(labels.moment(AT, 3600)).toContain("15:04");
  expect(labels.moment(AT, 86_400)).toBe("28 Nov");
});

test("Chinese has its own way", () => {
  expect(createTimeLabels("zh").tick(AT, 86_400)).toBe("11月28日");
});
