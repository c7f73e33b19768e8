import { expect, test } from "bun:test";
import type { TFunction } from "i18next";
import { changeSummary } from "./change-summary.ts";

// Names the text instead of looking it up.
const t = ((key: string) => `<${key}>`) as TFunction;

test("the verb of a change is told in the page's language, all else stays", () => {
  expect(changeSummary("upstreams.a: added", t)).toBe("upstreams.a: <diff.added>");
  expect(changeSummary('upstreams["b: removed"]: changed', t)).toBe('upstreams["b: removed"]: <diff.changed>');
  expect(changeSummary("3 more", t)).toBe("3 more");
});
