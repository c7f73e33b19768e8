// JSON with integers that a JavaScript number cannot hold: databases and chat services name things with 64 bits. Read
// as numbers, the last digits change, and the wrong row or message is meant.

/** What the language has beyond the types that we build with: the source of a number, and numbers that keep theirs. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is object;
}
const EXACT = JSON as unknown as ExactJson;

/** As many digits as the smallest integer has that a number cannot hold. */
const MANY_DIGITS = /\d{16}/;
/**
 * The same where a number stands: in front of what may follow one, and not the largest integer that a number holds, which
 * schemas are full of. Only asked second.
 */
const LONG_NUMBER = /(?:^|[:,[\s.-])(?!9007199254740991\D)\d{16,}[\d.eE+-]*\s*(?:[,}\]]|$)/;

/**
 * Parses JSON. Numbers that would come out otherwise than they went in are kept as they are written (objects of
 * `JSON.rawJSON`, which only `JSON.stringify` can read) where they stand below a key that `isKept` names, without it
 * everywhere; elsewhere they are numbers, as always. Throws SyntaxError as `JSON.parse` does, and costs a tenth more
 * where there are none (140 kB, 2026-11).
 */
export function parseWithLongIntegers(text: string, isKept?: (key: string) => boolean): unknown {
  if (!MANY_DIGITS.test(text) || !LONG_NUMBER.test(text)) return JSON.parse(text);
  let found = false;
  const value = EXACT.parse(text, (_key, value, { source }) => {
    if (typeof value !== "number" || Number.isSafeInteger(value) || source === undefined) return value;
    if (source === String(value)) return value;
    found = true;
    return EXACT.rawJSON(source);
  });
  // Whoever wants an object must not get a number that looks like one.
  if (EXACT.isRawJSON(value)) return numberOf(value);
  return found && isKept ? withNumbers(value, isKept) : value;
}

/** Turns kept numbers back into numbers, but for those below a key that is kept. Changes the value; no recursion. */
function withNumbers(root: unknown, isKept: (key: string) => boolean): unknown {
  const open = [root];
  while (open.length > 0) {
    const container = open.pop();
    if (typeof container !== "object" || container === null) continue;
    for (const [key, child] of Object.entries(container)) {
      if (EXACT.isRawJSON(child)) (container as Record<string, unknown>)[key] = numberOf(child);
      else if (Array.isArray(container) || !isKept(key)) open.push(child);
    }
  }
  return root;
}

function numberOf(raw: object): number {
  return Number((raw as { readonly rawJSON: string }).rawJSON);
}
