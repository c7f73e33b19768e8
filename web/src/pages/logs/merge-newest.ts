// Puts newly loaded rows in front of the ones that are there.

import type { LogPage } from "../../../../src/admin/contract/logs.ts";

/**
 * The pages after the first one was loaded anew. Where it reaches down to rows that are there already, only what is new
 * goes in front and what was loaded below stays; otherwise there is a hole, and it starts over with the fresh page.
 */
export function mergeNewest(pages: readonly LogPage[], fresh: LogPage): readonly LogPage[] {
  const [first, ...others] = pages;
  if (!first || first.rows.length === 0) return [fresh];
  const known = new Set(first.rows.map((row) => row.id));
  const newRows = fresh.rows.filter((row) => !known.has(row.id));
  if (newRows.length === 0) return pages;
  if (newRows.length === fresh.rows.length && fresh.next_cursor !== null) return [fresh];
  return [{ ...first, rows: [...newRows, ...first.rows] }, ...others];
}
