// Collects the tests that name a numbered fault: `F17 …` at the start of a title, or `(F17)` inside one.

import { Glob } from "bun";

/** Tests by fault number, each as its file. */
export async function collectFaultTests(root: string): Promise<Map<string, Map<string, number>>> {
  const found = new Map<string, Map<string, number>>();
  for (const file of [...new Glob("{src,test}/**/*.test.ts").scanSync({ cwd: root })].sort()) {
    const source = await Bun.file(`${root}/${file}`).text();
    const text = source.replace(/^\s*\/\/.*$/gm, ""); // comments prove nothing
    const named = text.matchAll(/["`]F(\d+[a-i]?)\b[^"`\n]*["`]/g);
    const inside = text.matchAll(/\(F(\d+[a-i]?)\)/g);
    for (const [, number] of [...named, ...inside]) {
      const tests = found.get(`F${number}`) ?? new Map<string, number>();
      tests.set(file, (tests.get(file) ?? 0) + 1);
      found.set(`F${number}`, tests);
    }
  }
  return found;
}
