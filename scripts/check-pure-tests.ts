// Names the pure files that have no test beside them. It only warns: a file of types alone has nothing to
// test, and a folder's test may cover a small neighbour.

import { join } from "node:path";
import { isPure } from "./boundaries/check-pure.ts";
import {
  type Boundaries,
  readBoundaries,
  readSourceTree,
  type SourceFile,
  type SourceTree,
} from "./boundaries/source-tree.ts";

/** Paths of pure product files that hold code and are imported by no test, in order. */
export function findUntestedPureFiles(tree: SourceTree, boundaries: Boundaries): string[] {
  const tested = new Set(
    tree.files.filter((file) => file.isTest).flatMap((file) => file.imports.map(({ target }) => target ?? "")),
  );
  return tree.files
    .filter((file) => !file.isTest && isPure(file.path, boundaries) && holdsCode(file) && !tested.has(file.path))
    .map((file) => file.path);
}

// Types alone have no function, class or arrow outside a type.
function holdsCode({ tokens }: SourceFile): boolean {
  return tokens.some(
    (token, index) =>
      token.type === "word" && (token.text === "function" || token.text === "class") && tokens[index - 1]?.text !== ".",
  );
}

if (import.meta.main) {
  const root = join(import.meta.dir, "..");
  const untested = findUntestedPureFiles(readSourceTree(root), readBoundaries(root));
  for (const path of untested) console.log(`warning: ${path} has no test`);
}
