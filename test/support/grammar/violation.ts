// What a grammar checker reports, and the list it collects reports in.

/** One broken rule. */
export interface Violation {
  /** Stable name of the rule, for tests that expect or tolerate it. */
  readonly rule: string;
  /** Number of the frame, from 0; -1 for the stream as a whole. */
  readonly frame: number;
  readonly message: string;
}

/** Collects violations. */
export type Report = (rule: string, frame: number, message: string) => void;

/** A list and its collector. */
export function createReport(): { readonly violations: Violation[]; readonly report: Report } {
  const violations: Violation[] = [];
  return { violations, report: (rule, frame, message) => violations.push({ rule, frame, message }) };
}

/** JSON objects as far as checkers look into them. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; undefined when it is none. */
export function asFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The value as a list; `[]` when it is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The parsed text, or undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The checkers report it with their own rule.
    return undefined;
  }
}
