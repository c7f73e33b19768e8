import { expect, test } from "bun:test";
import { collectFaultTests } from "./fault-table/collect-tests.ts";
import { ELSEWHERE, FAULTS } from "./fault-table/faults.ts";
import { withFaultTable } from "./generate-fault-table.ts";

const ROOT = `${import.meta.dir}/..`;
const NUMBERS = [
  ...Array.from({ length: 71 }, (_, at) => `F${at + 1}`),
  ..."abcdefghi".split("").map((each) => `F72${each}`),
];

test("the table of faults in docs/reliability.md is that of the tests; run scripts/generate-fault-table.ts", async () => {
  const page = await Bun.file(`${ROOT}/docs/reliability.md`).text();
  expect(page).toBe(await withFaultTable(ROOT, page));
});

test("every numbered fault has a row, and a test that names it or is named for it", async () => {
  expect(Object.keys(FAULTS)).toEqual(NUMBERS);
  const found = await collectFaultTests(ROOT);
  expect(NUMBERS.filter((id) => !found.has(id) && !ELSEWHERE[id])).toEqual([]);
  // A number that is none would be a slip of the pen.
  expect([...found.keys()].filter((id) => !NUMBERS.includes(id))).toEqual([]);
});

test("tests that are named for a fault exist", async () => {
  const missing: string[] = [];
  for (const [file, title] of Object.values(ELSEWHERE).flat()) {
    const source = Bun.file(`${ROOT}/${file}`);
    if (!(await source.exists()) || !(await source.text()).includes(title)) missing.push(`${file}: ${title}`);
  }
  expect(missing).toEqual([]);
});
