// Texts, names and JSON values: all of Unicode but lone halves of surrogate pairs, and what tempts naive code.

import fc from "fast-check";

const TEMPTING = [
  " ",
  "\n",
  "\r\n",
  "data: x\n\nevent: y\n\n",
  "[DONE]",
  '"}]}',
  "\\u0000\\",
  "\u0000",
  "\u2028\u2029",
  "🙂👩‍👩‍👧‍👦🇨🇭",
  "𝕏 \u{10ffff}",
  "<think>not a tag</think>",
  "apr1.",
  "null",
  "{}",
  "grüße ὀδός 日本語 العربية",
] as const;

/** A text of at least one character. */
export const someText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }) },
  { weight: 3, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 20 }) },
  { weight: 2, arbitrary: fc.constantFrom(...TEMPTING) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme-ascii", minLength: 500, maxLength: 3000 }) },
);

/** A text that is not only white space, which some formats refuse to carry. */
export const solidText: fc.Arbitrary<string> = someText.map((text) => (text.trim() === "" ? `x${text}x` : text));

/** A tool's name as every format takes it. */
export const toolName: fc.Arbitrary<string> = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_-]{0,30}$/);

/** An id that no format has to change. */
export const plainId: fc.Arbitrary<string> = fc.stringMatching(/^[a-z]{1,8}_[a-zA-Z0-9]{1,20}$/);

const SAFE_NUMBERS = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));

const jsonValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    someText,
    SAFE_NUMBERS,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), tie("value"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value;

/** Arguments of a call: an object as JSON reads it back (no `-0`, no `__proto__`). */
export const argumentsObject: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .dictionary(toolName, jsonValue, { maxKeys: 5, noNullPrototype: true })
  .map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>);

/** The same as text, sometimes large. */
export const argumentsText: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: argumentsObject.map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1000, max: 30_000 }).map((size) => JSON.stringify({ big: "é🙂".repeat(size / 3) })),
  },
);

/** The text in one to a few pieces, none of them empty and none with half a surrogate pair. */
export function cutIntoPieces(text: string, cuts: readonly number[]): string[] {
  const points = [...text];
  const places = [...new Set(cuts.map((cut) => cut % Math.max(1, points.length)))].sort((left, right) => left - right);
  const pieces = [0, ...places].map((from, at) => points.slice(from, places[at] ?? points.length).join(""));
  return pieces.filter((piece) => piece !== "");
}
