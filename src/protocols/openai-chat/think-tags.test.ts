import { expect, test } from "bun:test";
import { createThinkSplitter } from "./think-tags.ts";

function split(pieces: readonly string[]): { text: string; reasoning: string } {
  let text = "";
  let reasoning = "";
  const splitter = createThinkSplitter(
    (piece) => {
      text += piece;
    },
    (piece) => {
      reasoning += piece;
    },
  );
  for (const piece of pieces) splitter.push(piece);
  splitter.flush();
  return { text, reasoning };
}

const CASES: { name: string; input: string; text: string; reasoning: string }[] = [
  { name: "a thought and an answer", input: "<think>\nhm\n</think>\n\nyes", text: "yes", reasoning: "hm" },
  { name: "no tags", input: "yes < no", text: "yes < no", reasoning: "" },
  { name: "white space before the tag", input: "\n<think>a</think>b", text: "b", reasoning: "a" },
  { name: "a tag in the middle", input: "see <think>x</think>", text: "see <think>x</think>", reasoning: "" },
  { name: "an empty thought", input: "<think></think>a", text: "a", reasoning: "" },
  { name: "a thought without end", input: "<think>a </th", text: "", reasoning: "a </th" },
  { name: "the beginning of a tag only", input: "<thi", text: "<thi", reasoning: "" },
  {
    name: "something like the closing tag inside",
    input: "<think>a </thing> b</think>c",
    text: "c",
    reasoning: "a </thing> b",
  },
];

for (const { name, input, text, reasoning } of CASES) {
  test(`${name}, in any cut`, () => {
    expect(split([input])).toEqual({ text, reasoning });
    expect(split([...input])).toEqual({ text, reasoning });
    for (let at = 1; at < input.length; at++)
      expect(split([input.slice(0, at), input.slice(at)])).toEqual({ text, reasoning });
  });
}

test("white space without end is not held back without end", () => {
  const flood = " ".repeat(1000);
  expect(split([...`<think>a${flood}`, "</think>b"]).reasoning.length).toBeGreaterThan(500);
  expect(split([...flood, "<think>a</think>b"])).toEqual({ text: `${flood}<think>a</think>b`, reasoning: "" });
});
