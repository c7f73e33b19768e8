// What two people changed in the same thing, and both put together.

/** One difference. `before` or `after` is undefined where there was nothing. */
export interface Change {
  /** `timeouts.first_byte_ms`; names with a dot in them stay whole in `keys`. */
  readonly path: string;
  readonly keys: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

/** The difference between what was loaded, what is wanted and what is there now. */
export interface ThreeWay<T> {
  /** Changed by others since it was loaded. */
  readonly theirs: readonly Change[];
  /** Changed here. */
  readonly mine: readonly Change[];
  /** Paths that both changed, to different values. */
  readonly both: ReadonlySet<string>;
  /** Theirs with mine on top. */
  readonly merged: T;
}

/** Compares field by field; lists count as one value. */
export function compareThreeWays<T extends object>(base: T, mine: T, theirs: T): ThreeWay<T> {
  const theirChanges = diffValues(base, theirs);
  const myChanges = diffValues(base, mine);
  const both = new Set<string>();
  for (const change of myChanges) {
    for (const other of theirChanges) {
      if (touches(change.keys, other.keys) && !isSame(change.after, other.after)) both.add(change.path);
    }
  }
  const merged = myChanges.reduce<unknown>((value, { keys, after }) => withValue(value, keys, after), theirs);
  // Built from T by replacing fields with fields of another T.
  return { theirs: theirChanges, mine: myChanges, both, merged: merged as T };
}

/** Differences between two values, objects field by field, in the order of their fields. */
export function diffValues(before: unknown, after: unknown, keys: readonly string[] = []): Change[] {
  if (isSame(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [{ path: keys.join("."), keys, before, after }];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => diffValues(own(before, name), own(after, name), [...keys, name]));
}

/** Whether two JSON values are equal, whatever the order of their fields. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  if (!isRecord(a) || !isRecord(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isSame(own(a, name), own(b, name)));
}

function withValue(value: unknown, keys: readonly string[], next: unknown): unknown {
  const [name, ...rest] = keys;
  if (name === undefined) return next;
  const entries = Object.entries(isRecord(value) ? value : {});
  const changed = withValue(isRecord(value) ? own(value, name) : undefined, rest, next);
  const kept = entries.filter(([key]) => key !== name);
  const at = entries.findIndex(([key]) => key === name);
  if (changed !== undefined) kept.splice(at < 0 ? kept.length : at, 0, [name, changed]);
  return Object.fromEntries(kept);
}

function touches(a: readonly string[], b: readonly string[]): boolean {
  return a.every((key, index) => index >= b.length || key === b[index]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own(record: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
