import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createJsonFrameParser } from "./json-frames.ts";

/** A parser that tells which texts it could not recognise, in a stream long enough for it to look at every frame. */
function watched(isTransient: (value: unknown) => boolean = () => true): {
  parse: (text: string) => unknown;
  parsed: string[];
} {
  const parsed: string[] = [];
  const parser = createJsonFrameParser(
    (text) => {
      parsed.push(text);
      return parseOrNothing(text);
    },
    (value) => value !== null && isTransient(value),
  );
  for (let n = 0; n < 100; n++) parser("null");
  parsed.length = 0;
  return { parse: parser, parsed };
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Shows a stream of texts to a parser and compares each value with what JSON.parse gives. */
function expectSameValues(texts: readonly string[]): { recognised: number } {
  const { parse, parsed } = watched();
  let recognised = 0;
  for (const text of texts) {
    const before = parsed.length;
    expect(parse(text)).toEqual(parseOrNothing(text));
    if (!parsed.slice(before).includes(text)) recognised += 1;
  }
  return { recognised };
}

const chunk = (text: string, count: number): string =>
  `{"id":"c","n":${count},"choices":[{"index":0,"delta":{"content":${JSON.stringify(text)}},"finish_reason":null}]}`;

describe("createJsonFrameParser", () => {
  test("recognises frames from the third of a kind on", () => {
    const { recognised } = expectSameValues(["a", "b", "c", 'd"', "e\\", "f"].map(chunk));
    expect(recognised).toBe(4);
  });

  test("gives the same object for recognised frames, and another for all others", () => {
    const { parse } = watched();
    const values = ["a", "b", "c", "d"].map((text, at) => parse(chunk(text, at)));
    expect(new Set(values).size).toBe(3);
    expect(values[2]).toBe(values[3]);
  });

  test("is told by text that looks like what follows it", () => {
    const texts = ["a", "b", '"},"finish_reason":"stop"}]}', '\\"}', "\\", '\\\\"', '"', ""];
    expect(expectSameValues(texts.map(chunk)).recognised).toBe(6);
  });

  test("notices what changes outside the places that have changed before", () => {
    const usual = ["a", "b", "c"].map(chunk);
    const odd = chunk("d", 9).replace("null", '"stop"');
    expectSameValues([...usual, odd, chunk("e", 10)]);
    expectSameValues([...usual, `${chunk("d", 9)} `, ` ${chunk("d", 9)}`, chunk("d", 9).slice(0, -1)]);
    expectSameValues([...usual, chunk("d", 9).replace('"index":0', '"index":0,"index":1')]);
  });

  test("learns a further place that changes", () => {
    const ids = ["a", "b", "c", "d", "e", "f"];
    const texts = ids.map((id, at) => chunk(`text ${id}`, at < 3 ? 1 : at).replace('"id":"c"', `"id":"${id}"`));
    expect(expectSameValues(texts).recognised).toBe(3);
  });

  test("keeps short strings of the same hash apart", () => {
    const pieces = [
      "Aa",
      "BB",
      "Aa",
      "C#",
      "BB",
      "Aa",
      "",
      "AaAa",
      "BBBB",
      "AaBB",
      "€",
      "\ud83d",
      "\u0000",
      "x".repeat(16),
    ];
    const texts = [...pieces, ...pieces.toReversed(), ...pieces].map(chunk);
    expect(expectSameValues(texts).recognised).toBe(texts.length - 2);
    expect(expectSameValues(texts.map((text) => text.replace("\\ud83d", "\ud83d"))).recognised).toBe(texts.length - 2);
  });

  test("refuses values that are no JSON in a place that changes", () => {
    const usual = ["a", "b", "c"].map(chunk);
    for (const broken of ['"\\x"', '"a\nb"', '"a', '"a""b"', '"a" , "b"', "01", "1.", "-", "", "1e", "1 2"]) {
      const texts = [chunk("d", 9).replace('"d"', broken), chunk("d", 9).replace(":9,", `:${broken},`)];
      expectSameValues([...usual, ...texts]);
    }
  });

  test("does not take keys, keys that come twice, fractions and signs for places that change", () => {
    expectSameValues(["a", "b", "c"].map((key) => `{"${key}":1}`));
    expectSameValues([1, 2, 3].map((n) => `{"x":${n},"x":5}`));
    expectSameValues([1, 2, 3].map((n) => `{"x":5,"x":${n}}`));
    expectSameValues([1, 2, 3].map((n) => `{"x":{"y":${n}},"x":[${n}]}`));
    expectSameValues([1, 2, 3, 4].map((n) => `{"x":${n}.05,"y":${n}E0,"z":0.${n}e15}`));
    expectSameValues([0, 1, 2, 0].map((n) => `{"x":${n}.000000000000000000001}`));
    expectSameValues(["1.5", "2.5", "-2.5", "1e3", "2e3", "12345678901234567890", "-0", "0"].map((n) => `{"x":${n}}`));
    expectSameValues(["a", "b", "c"].map((text) => `{"__proto__":"${text}","x":{"__proto__":"${text}"}}`));
  });

  test("takes values that stand where no key is", () => {
    const { recognised } = expectSameValues(["a", "b", "c", "d"].map((text) => `[1,["${text}"]]`));
    expect(recognised).toBe(2);
    expectSameValues(['"a"', '"b"', '"c"', "1", "2", "3", "null", "[]"]);
  });

  test("does not confuse its stand-ins with a stream that holds them", () => {
    expectSameValues(["900719925474000", "900719925474001", "900719925474002"].map((text, at) => chunk(text, at)));
    expectSameValues([0, 1, 2, 3].map((n) => `{"x":900719925474000,"y":${n}}`));
  });

  test("changes nothing that is not transient", () => {
    const { parse } = watched(() => false);
    const values = ["a", "b", "c", "d"].map((text) => parse(chunk(text, 1)));
    expect(new Set(values).size).toBe(4);
  });

  test("asks about the kind, not about values that change", () => {
    const asked: unknown[] = [];
    const { parse } = watched((value) => {
      asked.push(structuredClone(value));
      return (value as { type?: unknown }).type === "delta";
    });
    for (const type of ["delta", "other", "delta", "other"]) parse(`{"type":"${type}","text":"${asked.length}"}`);
    for (const text of ["a", "b", "c"]) parse(`{"type":"delta","text":"${text}"}`);
    expect(parse('{"type":"other","text":"d"}')).toEqual({ type: "other", text: "d" });
    expect(asked.length).toBeGreaterThan(4);
  });

  test("costs a short stream nothing: the first frames are only parsed", () => {
    const asked: unknown[] = [];
    const texts = Array.from({ length: 23 }, (_, at) => chunk("x", at));
    const parse = createJsonFrameParser(parseOrNothing, (value) => asked.push(value) > 0);
    expect(texts.map(parse)).toEqual(texts.map(parseOrNothing));
    expect(asked).toEqual([]);
    const more = Array.from({ length: 30 }, (_, at) => parse(chunk("y", at)));
    expect(more.at(-1)).toBe(more.at(-2));
  });

  test("looks at one frame in eight of a stream where nothing is alike, and goes on doing so", () => {
    let asked = 0;
    const { parse, parsed } = watched(() => {
      asked += 1;
      return true;
    });
    const texts = Array.from({ length: 800 }, (_, at) => `{"k${at}":${at}}`);
    for (const text of texts) parse(text);
    expect(parsed).toEqual(texts);
    expect(asked).toBeLessThan(120);
    parsed.length = 0;
    for (let at = 0; at < 100; at++) parse(chunk("x", at));
    expect(parsed.length).toBeLessThan(30);
  });

  test("gives what JSON.parse gives, whatever is said and however it is spelled", () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 3, maxLength: 40 }), (frames) => {
        expectSameValues(frames);
      }),
      { numRuns: 300 },
    );
  });
});

/** What tempts: ends of frames, escapes, halves of surrogate pairs. */
const someText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom(
    '"',
    "\\",
    '\\"',
    '"}',
    '"},"n":7}',
    '","n":1,"text":"',
    "\ud83d",
    "\ude00x",
    "\u2028",
    "900719925474000",
  ),
);

/** JSON text of a string in one of the spellings that parsers take. */
const spelled = fc.tuple(someText, fc.integer({ min: 0, max: 3 })).map(([text, way]) => {
  const json = JSON.stringify(text);
  if (way === 0)
    return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return way === 1 ? json.replaceAll("/", "\\/") : json;
});

const someNumber = fc.oneof(
  fc.nat().map(String),
  fc.constantFrom("0", "007", "-1", "1.5", "1e2", "123456789012345678"),
);

const SPELLINGS: readonly ((text: string, count: string, other: string) => string)[] = [
  (text, count) => `{"type":"delta","text":${text},"n":${count}}`,
  (text, count) => `{"n":${count},"type":"delta","text":${text}}`,
  (text, count) => `{ "type": "delta", "delta": { "text": ${text} }, "n": ${count} }`,
  (text, count, other) => `{"type":"delta","text":${text},"n":${count},"pad":${other}}`,
  (text, count, other) => `{"type":"delta","pad":${other},"items":[{"n":${count}},{"text":${text}}]}`,
  (text, count) => `{"type":"delta","text":${text},"text":"again","n":${count}}`,
];

/** Mostly frames of few kinds, so that they are recognised; some are damaged. */
const frame = fc
  .record({
    spelling: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(0, 1) },
      { weight: 1, arbitrary: fc.nat({ max: SPELLINGS.length - 1 }) },
    ),
    text: spelled,
    count: fc.oneof({ weight: 6, arbitrary: fc.nat({ max: 200 }).map(String) }, { weight: 1, arbitrary: someNumber }),
    other: spelled,
    cut: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 60 }) }),
  })
  .map(({ spelling, text, count, other, cut }) => {
    const whole = (SPELLINGS[spelling] ?? (() => "{}"))(text, count, other);
    return cut === 0 ? whole : whole.slice(0, cut) + whole.slice(cut + 1);
  });
