// Choices of a fault schedule from a seed: one seed, one sequence.

import { createSeededRandom } from "../../../bench/data/seeded-random.ts";

/** Draws from a seed. */
export interface Seeded {
  /** In [0, 1). */
  next(): number;
  /** An integer in [0, count). */
  below(count: number): number;
  pick<T>(list: readonly T[]): T;
}

/** The sequence of a seed. */
export function seeded(seed: number): Seeded {
  const next = createSeededRandom(seed);
  const below = (count: number): number => Math.floor(next() * count);
  return { next, below, pick: <T>(list: readonly T[]): T => list[below(list.length)] as T };
}
