// Counts the characters that go through the operations with which code becomes quadratic: parsing, printing, joining,
// cutting and trimming of ever longer texts. Unlike a clock, the count is the same on every machine.

/** What a run cost. */
export interface Work {
  /** Characters parsed, printed, joined, cut and trimmed. */
  readonly characters: number;
  /** Processor time of this process, without waiting. */
  readonly cpuMs: number;
}

type AnyFunction = (...args: unknown[]) => unknown;

/** Runs a function with counting versions of the operations in place; they are put back whatever happens. */
export function countWork(run: () => void): Work {
  let characters = 0;
  const restore: (() => void)[] = [];
  const count = (
    holder: object,
    name: string,
    cost: (result: unknown, self: unknown, args: unknown[]) => number,
  ): void => {
    const fields = holder as Record<string, AnyFunction>;
    const original = fields[name] as AnyFunction;
    fields[name] = function counted(this: unknown, ...args: unknown[]): unknown {
      const result = original.apply(this, args);
      characters += cost(result, this, args);
      return result;
    };
    restore.push(() => {
      fields[name] = original;
    });
  };
  const lengthOf = (value: unknown): number => (typeof value === "string" || Array.isArray(value) ? value.length : 0);
  count(JSON, "parse", (_, __, args) => lengthOf(args[0]));
  count(JSON, "stringify", (result) => lengthOf(result));
  count(Array.prototype, "join", (result, self) => lengthOf(result) + lengthOf(self));
  for (const name of ["trim", "trimStart", "trimEnd"]) count(String.prototype, name, (_, self) => lengthOf(self));
  const startedUsage = process.cpuUsage();
  try {
    run();
  } finally {
    for (const put of restore) put();
  }
  const { user, system } = process.cpuUsage(startedUsage);
  return { characters, cpuMs: (user + system) / 1000 };
}
