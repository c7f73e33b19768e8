// Finds files that import each other in a circle, type-only imports included.

import type { Violation } from "./check-layers.ts";
import type { SourceTree } from "./source-tree.ts";

/** One violation per circle found, at its alphabetically first file, with the way round. */
export function checkCycles(tree: SourceTree): Violation[] {
  const graph = new Map(
    tree.files.map((file) => [
      file.path,
      file.imports
        .flatMap(({ target }) => (target === undefined ? [] : [target]))
        .filter((target) => target !== file.path),
    ]),
  );
  const done = new Set<string>();
  const violations: Violation[] = [];
  for (const start of [...graph.keys()].sort()) {
    if (done.has(start)) continue;
    const way = findWayBack(start, graph, done);
    if (way !== undefined) {
      violations.push({ path: start, message: `imports itself in a circle: ${[...way, start].join(" -> ")}` });
      for (const path of way) done.add(path);
    }
    done.add(start);
  }
  return violations;
}

// The shortest way from a file back to itself through files not yet judged; undefined when there is none.
function findWayBack(
  start: string,
  graph: ReadonlyMap<string, readonly string[]>,
  done: ReadonlySet<string>,
): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const next of graph.get(path) ?? []) {
      if (next === start) return wayTo(path, start, cameFrom);
      if (cameFrom.has(next) || done.has(next)) continue;
      cameFrom.set(next, path);
      queue.push(next);
    }
  }
  return undefined;
}

function wayTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [end];
  while (way[0] !== start) way.unshift(cameFrom.get(way[0]!) ?? start);
  return way;
}
