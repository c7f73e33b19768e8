// What the environment says about a fuzz run, and the generator of its choices.
//   APIROUTER_FUZZ=100000        mutations altogether (default 4,000)
//   APIROUTER_FUZZ_SEED=42       another seed (default 1); a failure prints the one it had
//   APIROUTER_FUZZ_CASE=123      one case only

/** Mutations of a default run, over all three kinds of input. */
const DEFAULT_MUTATIONS = 4000;

/** Mutations altogether. */
export const MUTATIONS = numberFromEnv("APIROUTER_FUZZ") ?? DEFAULT_MUTATIONS;
/** Runs of one fast-check property; long runs take more. */
export const PROPERTY_RUNS = Math.max(60, Math.round(MUTATIONS / 50));
export const SEED = numberFromEnv("APIROUTER_FUZZ_SEED") ?? 1;
export const ONLY_CASE = numberFromEnv("APIROUTER_FUZZ_CASE");

/** Options for `fc.assert`: the same seed and number of runs everywhere. */
export const PROPERTY = { seed: SEED, numRuns: PROPERTY_RUNS, includeErrorInReport: true } as const;

function numberFromEnv(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name}: expected a whole number, found "${text}"`);
  return value;
}

/** Repeatable choices. */
export interface Chooser {
  /** From 0 to `below` - 1. */
  int(below: number): number;
  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** Choices that depend on the seed, the kind of input and the number of the case alone, so that one case can be run by itself. */
export function createChooser(kind: string, caseNumber: number): Chooser {
  let state = hash(`${SEED}/${kind}/${caseNumber}`);
  const next = (): number => {
    // Mulberry32: small, fast, good enough to choose mutations.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    int,
    chance: (percent) => int(100) < percent,
    pick(items) {
      if (items.length === 0) throw new Error("nothing to pick from");
      return items[int(items.length)] as (typeof items)[number];
    },
  };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value | 0;
}
