import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { lineAndColumn, scanJson } from "./json-scan.ts";

function message(text: string): string {
  const scan = scanJson(text);
  if (scan.ok) return "fine";
  const { line, column } = lineAndColumn(text, scan.offset);
  return `${line}:${column} ${scan.message}`;
}

describe("broken JSON is located", () => {
  const cases: [string, string][] = [
    ["", "1:1 expected a JSON object, found an empty file"],
    ['{\n  "a": 1,\n}', '3:1 expected a key in double quotes, found "}"'],
    ['{"a": 1 "b": 2}', '1:9 expected "," or "}", found "\\""'],
    ['{"a" 1}', '1:6 expected ":", found "1"'],
    ["{'a': 1}", '1:2 expected a key in double quotes or "}", found "\'"'],
    ['{"a": tru}', '1:7 expected a value, found "t"'],
    ['{"a": 01}', '1:8 expected "," or "}", found "1"'],
    ['{"a": "x', "1:7 expected a closing double quote, found the end of the file"],
    ['{"a": "x\ny"}', "1:9 expected a closing double quote, found a line break or control character"],
    ['{"a": "\\x"}', '1:8 expected an escape such as \\n, \\" or \\u00e4, found another character after the backslash'],
    ['{"a": [1, 2}', '1:12 expected "," or "]", found "}"'],
    ["{} // x", '1:4 expected the end of the file, found "/"'],
    ["{", '1:2 expected a key in double quotes or "}", found the end of the file'],
  ];
  for (const [text, expected] of cases) test(JSON.stringify(text), () => expect(message(text)).toBe(expected));

  test("nesting without end", () => {
    expect(message("[".repeat(200_000))).toBe("1:101 expected at most 100 levels of nesting, found more");
  });
});

test("positions and doubled keys are found, through escapes and nesting", () => {
  const text = '{"a": [1, {"b\\u0063": 2}],\r\n "a": 3}';
  const scan = scanJson(text);
  expect(scan.ok && scan.offsets.get("a[1].bc")).toBe(text.indexOf("2}"));
  expect(scan.ok && scan.duplicates).toEqual([["a"]]);
  expect(lineAndColumn(text, text.lastIndexOf("3"))).toEqual({ line: 2, column: 7 });
});

test("accepts exactly what JSON.parse accepts", () => {
  const fragment = fc.constantFrom(
    ...'{}[],:"\\/ \n\tu0019aef+-.E'.split(""),
    '"a"',
    "true",
    "null",
    "\\u12ab",
    "\u2028",
    "é",
    "1e5",
  );
  const broken = fc.array(fragment, { maxLength: 14 }).map((parts) => parts.join(""));
  const nearly = fc.tuple(fc.json({ maxDepth: 4 }), fc.nat(), fragment).map(([json, at, part]) => {
    const cut = at % (json.length + 1);
    return json.slice(0, cut) + part + json.slice(cut + (at % 2));
  });
  fc.assert(
    fc.property(fc.oneof(broken, nearly, fc.json()), (text) => {
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      expect(scanJson(text).ok).toBe(parses);
    }),
    { numRuns: 3000 },
  );
});
