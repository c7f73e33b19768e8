import { describe, expect, test } from "bun:test";
import { wellFormedJson } from "./well-formed.ts";

describe("wellFormedJson", () => {
  const cases: { name: string; value: unknown; expected: unknown }[] = [
    { name: "the first half of a pair", value: ["a\ud83d"], expected: ["a\ufffd"] },
    { name: "the second half", value: { key: "\ude00b" }, expected: { key: "\ufffdb" } },
    { name: "a whole pair", value: "😀", expected: "😀" },
    { name: "a pair that is put together wrongly", value: "\ude00\ud83d", expected: "\ufffd\ufffd" },
    { name: "text about an escape", value: "\\ud83d", expected: "\\ud83d" },
    { name: "half a pair behind a backslash", value: "\\\ud83d", expected: "\\\ufffd" },
    { name: "other escapes", value: '"\n\u0000', expected: '"\n\u0000' },
  ];
  for (const { name, value, expected } of cases)
    test(name, () => {
      expect(JSON.parse(wellFormedJson(JSON.stringify(value)))).toEqual(expected);
    });

  test("gives the same text back where there is nothing to mend", () => {
    const json = JSON.stringify({ text: "plain 😀" });
    expect(wellFormedJson(json)).toBe(json);
  });
});
