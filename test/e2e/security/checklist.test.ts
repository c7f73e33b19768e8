// docs/security.md claims a test for each requirement: the rows are complete and the tests exist.

import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../../..");
const ROWS = readFileSync(join(ROOT, "docs/security.md"), "utf8")
  .split("\n")
  .flatMap((line) => {
    const match = /^\| S(\d+) \| (.+?) \| (.+) \|$/.exec(line);
    return match ? [{ number: Number(match[1]), requirement: match[2] ?? "", heldBy: match[3] ?? "" }] : [];
  });

/** Numbers in use: 65 to 69 and 75 to 79 are free. */
const NUMBERS = Array.from({ length: 89 }, (_, index) => index + 1).filter(
  (number) => !(number >= 65 && number <= 69) && !(number >= 75 && number <= 79),
);

test("every requirement has its row, in order", () => {
  expect(ROWS.map(({ number }) => number)).toEqual(NUMBERS);
  expect(ROWS).toHaveLength(79);
});

test("every row names tests that exist, or says why there is none", () => {
  for (const { number, heldBy } of ROWS) {
    const named = [...heldBy.matchAll(/`([^`]+\.test\.tsx?)` "([^"]+)"/g)];
    if (named.length === 0) {
      expect([number, heldBy.length > 40]).toEqual([number, true]);
      continue;
    }
    for (const [, path = "", name = ""] of named) {
      expect([number, path, existsSync(join(ROOT, path))]).toEqual([number, path, true]);
      const source = readFileSync(join(ROOT, path), "utf8").replaceAll("\\'", "'");
      expect([number, path, name, source.includes(name)]).toEqual([number, path, name, true]);
    }
  }
});
