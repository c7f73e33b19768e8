import { expect, test } from "bun:test";
import type { LogPage } from "../../../../src/admin/contract/logs.ts";
import { mergeNewest } from "./merge-newest.ts";
import { sampleRow } from "./sample-log.ts";

function page(ids: string, cursor: string | null = null): LogPage {
  return { rows: [...ids].map((id) => sampleRow({ id })), next_cursor: cursor };
}

function idsOf(pages: readonly LogPage[]): string[] {
  return pages.map(({ rows }) => rows.map((row) => row.id).join(""));
}

test("new rows go in front and what was loaded below stays", () => {
  const merged = mergeNewest([page("cb", "x"), page("a")], page("edc", "y"));
  expect(idsOf(merged)).toEqual(["edcb", "a"]);
  expect(merged[0]?.next_cursor).toBe("x");
});

test("starts over when rows between are missing", () => {
  expect(idsOf(mergeNewest([page("cb", "x"), page("a")], page("zyx", "w")))).toEqual(["zyx"]);
});

test("an emptied log that has new rows keeps what it knows when nothing can be missing", () => {
  expect(idsOf(mergeNewest([page("a")], page("b")))).toEqual(["ba"]);
});

test("nothing new changes nothing", () => {
  const pages = [page("cb", "x")];
  expect(mergeNewest(pages, page("cb", "x"))).toBe(pages);
});

test("the first rows of an empty list", () => {
  expect(idsOf(mergeNewest([page("")], page("a")))).toEqual(["a"]);
});
