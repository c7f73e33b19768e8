import { describe, expect, spyOn, test } from "bun:test";
import { parseWithLongIntegers } from "./long-integers.ts";

const below = (key: string) => (name: string) => name === key;
const again = (text: string, key = "input") => JSON.stringify(parseWithLongIntegers(text, below(key)));

describe("long integers", () => {
  const kept = [
    '{"input":{"id":1234567890123456789}}',
    '{"input":{"ids":[9007199254740993,-9223372036854775808],"s":"1234567890123456789"}}',
    '[{"input":{"deep":{"er":18446744073709551615}}}]',
    '{"input":{"price":0.12345678901234567890}}',
  ];
  for (const text of kept)
    test(`come out of ${text} as they went in`, () => {
      expect(again(text)).toBe(text);
    });

  test("are numbers everywhere else", () => {
    const value = parseWithLongIntegers(
      '{"seed":9223372036854775807,"list":[9007199254740993],"input":1}',
      below("input"),
    );
    expect(value).toEqual({ seed: 2 ** 63, list: [2 ** 53], input: 1 });
    expect(parseWithLongIntegers("1234567890123456789", below("input"))).toBe(1234567890123456800);
    expect(parseWithLongIntegers('{"input":9007199254740993}', below("input"))).toEqual({ input: 2 ** 53 });
  });

  test("are kept everywhere where no key is asked for", () => {
    const text = '{"id":1234567890123456789,"ids":[9007199254740993]}';
    expect(JSON.stringify(parseWithLongIntegers(text))).toBe(text);
  });

  test("alone are numbers: whoever wants an object must not take them for one", () => {
    expect(parseWithLongIntegers("1234567890123456789")).toBe(1234567890123456800);
  });

  test("are not looked for where a text or the largest safe integer has the digits", () => {
    const texts = [
      '{"input":{"maximum":9007199254740991}}',
      '{"input":"at 1732836428000000 it was 0.1234567890123456"}',
    ];
    const parse = spyOn(JSON, "parse");
    for (const text of texts) expect(parseWithLongIntegers(text, below("input"))).toEqual(JSON.parse(text));
    expect(parse.mock.calls.filter((call) => call.length > 1)).toEqual([]);
    parse.mockRestore();
  });

  test("that a number holds stay numbers", () => {
    const text = '{"input":{"a":9007199254740991,"b":1.5,"c":"0123456789012345678","d":1e3}}';
    expect(parseWithLongIntegers(text, below("input"))).toEqual(JSON.parse(text));
  });

  test("are found wherever they stand", () => {
    for (let before = 0; before < 40; before++) {
      const text = `{"input":{"${"k".repeat(before)}":9007199254740993}}`;
      expect(again(text)).toBe(text);
    }
  });

  test("do not make invalid JSON valid, nor deep nesting a fault", () => {
    for (const text of ["", "{", '{"input":01234567890123456}', "1234567890123456789x"])
      expect(() => parseWithLongIntegers(text, below("input"))).toThrow(SyntaxError);
    const deep = `${"[".repeat(3000)}1234567890123456789${"]".repeat(3000)}`;
    expect(() => parseWithLongIntegers(deep, below("input"))).not.toThrow();
  });
});
