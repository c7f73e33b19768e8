import { describe, expect, test } from "bun:test";
import { parseVocabulary, type Vocabulary } from "./vocabulary.ts";

function parse(text: string): Vocabulary {
  const steps = parseVocabulary(Buffer.from(text));
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");

describe("parseVocabulary", () => {
  test("finds byte sequences by their rank, and no others", () => {
    const words = ["a", "b", "ab", "\xff\xfe", "abc"];
    const vocabulary = parse(words.map((word, rank) => `${base64(word)} ${rank}\n`).join(""));
    const rank = (text: string) => vocabulary.rankOf(Buffer.from(text, "latin1"), 0, text.length);
    expect(vocabulary.size).toBe(5);
    expect(words.map(rank)).toEqual([0, 1, 2, 3, 4]);
    expect(["c", "ba", "", "abcd"].map(rank)).toEqual([-1, -1, -1, -1]);
    expect(vocabulary.rankOf(Buffer.from("xabx"), 1, 3)).toBe(2);
  });

  test("gives others a turn between steps", () => {
    const file = Array.from({ length: 10_000 }, (_, rank) => `${base64(`w${rank}`)} ${rank}\n`).join("");
    const steps = parseVocabulary(Buffer.from(file));
    let pauses = 0;
    while (!steps.next().done) pauses += 1;
    expect(pauses).toBeGreaterThanOrEqual(8);
  });

  for (const [name, text] of [
    ["a line without rank", "YQ==\n"],
    ["another alphabet", "Y*== 0\n"],
    ["an empty token", " 0\n"],
    ["a line without end", "YQ== 0"],
  ] as const) {
    test(`refuses ${name}`, () => expect(() => parse(text)).toThrow("vocabulary: line 1"));
  }
});
