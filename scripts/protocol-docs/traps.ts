// Collects the tests that name a numbered trap of the protocol references.

import { Glob } from "bun";

export interface TrapTest {
  readonly file: string;
  readonly title: string;
}

/** Traps per reference: 75 in each. */
export const TRAP_COUNT = 75;

/** Traps that no test can name, and why. */
export const NOT_TESTED: Readonly<Record<"messages" | "gemini", Readonly<Record<number, string>>>> = {
  messages: {},
  gemini: {},
};

/** Reads the titles of all tests: `trap 12: …` (Anthropic and OpenAI reference) and `gemini trap 12: …`. */
export async function collectTraps(root: string): Promise<Record<"messages" | "gemini", Map<number, TrapTest[]>>> {
  const found = { messages: new Map<number, TrapTest[]>(), gemini: new Map<number, TrapTest[]>() };
  const files = [...new Glob("{src,test}/**/*.test.ts").scanSync({ cwd: root })].sort();
  for (const file of files) {
    const text = await Bun.file(`${root}/${file}`).text();
    for (const match of text.matchAll(/(gemini )?traps? (\d+(?:(?:, | and |-)\d+)*)(?::\s*([^"`\n]*))?/g)) {
      const set = match[1] ? found.gemini : found.messages;
      for (const number of numbersOf(match[2] as string)) {
        const tests = set.get(number) ?? [];
        const title = (match[3] ?? "").trim();
        if (!tests.some((test) => test.file === file && test.title === title)) tests.push({ file, title });
        set.set(number, tests);
      }
    }
  }
  return found;
}

/** `12`, `12, 13 and 15`, `48-51`. */
function numbersOf(text: string): number[] {
  return text.split(/, | and /).flatMap((part) => {
    const [from, to] = part.split("-").map(Number) as [number, number?];
    return Array.from({ length: (to ?? from) - from + 1 }, (_, at) => from + at);
  });
}
