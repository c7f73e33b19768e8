// Checks the whole checkout against boundaries.json and the other rules about who may import and use what.
// Prints one line per violation, `file:line message`, and exits 1 when there is one. The rules themselves
// are in boundaries/.

import { join } from "node:path";
import { checkCycles } from "./boundaries/check-cycles.ts";
import { checkFolders, checkLayers, type Violation } from "./boundaries/check-layers.ts";
import { checkPure } from "./boundaries/check-pure.ts";
import { type Boundaries, readBoundaries, readSourceTree, type SourceTree } from "./boundaries/source-tree.ts";

/** All violations of all rules, sorted by file and line. */
export function checkBoundaries(tree: SourceTree, boundaries: Boundaries): Violation[] {
  return [
    ...checkLayers(tree, boundaries),
    ...checkPure(tree, boundaries),
    ...checkCycles(tree),
    ...checkFolders(tree, boundaries),
  ].sort((a, b) => a.path.localeCompare(b.path) || (a.line ?? 0) - (b.line ?? 0));
}

if (import.meta.main) {
  const root = process.argv[2] ?? join(import.meta.dir, "..");
  const tree = readSourceTree(root);
  const violations = checkBoundaries(tree, readBoundaries(root));
  for (const { path, line, message } of violations) {
    console.log(`${path}${line === undefined ? "" : `:${line}`} ${message}`);
  }
  console.log(`${tree.files.length} files, ${violations.length} violations`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
