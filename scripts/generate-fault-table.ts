// Writes the table of faults and their tests into docs/reliability.md, between its two marks.

import { join } from "node:path";
import { collectFaultTests } from "./fault-table/collect-tests.ts";
import { ELSEWHERE, FAULTS, NOT_PROVOKED } from "./fault-table/faults.ts";

const BEGIN = "<!-- faults: written by scripts/generate-fault-table.ts -->";
const END = "<!-- end of faults -->";

/** The page with the table of today. Throws when the page lacks the marks. */
export async function withFaultTable(root: string, page: string): Promise<string> {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/reliability.md: expected the marks ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${await renderTable(root)}\n${page.slice(end)}`;
}

async function renderTable(root: string): Promise<string> {
  const found = await collectFaultTests(root);
  const rows = Object.entries(FAULTS).map(([id, { what, outcome }]) => {
    const files = new Set([...(found.get(id)?.keys() ?? []), ...(ELSEWHERE[id] ?? []).map(([file]) => file)]);
    return `| ${id} | ${what} | ${outcome} | ${[...files].sort().map(linkTo).join(", ")} |`;
  });
  const notes = Object.entries(NOT_PROVOKED).map(([id, reason]) => `- ${id}: ${reason}.`);
  return [
    "| | what goes wrong | then | proven in |",
    "|---|---|---|---|",
    ...rows,
    "",
    "Not provoked by any test:",
    "",
    ...notes,
    "",
  ].join("\n");
}

function linkTo(file: string): string {
  return `[${file.replace(/^(?:test|src)\//, "").replace(/\.test\.ts$/, "")}](../${file})`;
}

if (import.meta.main) {
  const root = join(import.meta.dir, "..");
  const path = join(root, "docs", "reliability.md");
  await Bun.write(path, await withFaultTable(root, await Bun.file(path).text()));
}
