// Lines that stand on each other.

/** Each line raised by those before it; a gap counts as 0. The lines have the same length. */
export function stack(lines: readonly (readonly (number | null)[])[]): number[][] {
  const sums: number[] = [];
  return lines.map((line) => line.map((value, index) => (sums[index] = (sums[index] ?? 0) + (value ?? 0))));
}
