import { expect, test } from "bun:test";
import { bringsParts, tellsMore } from "./tells-more.ts";

const of = (candidate: object) => ({ candidates: [candidate] });
const parts = (...list: object[]) => ({ content: { role: "model", parts: list } });

const cases = [
  { name: "a second end", answer: of({ ...parts({ text: "" }), finishReason: "STOP", index: 0 }), expected: false },
  { name: "a second end with ratings", answer: of({ finishReason: "STOP", safetyRatings: [] }), expected: false },
  { name: "a candidate without anything", answer: of({}), expected: false },
  { name: "no candidates", answer: { candidates: [], usageMetadata: {} }, expected: false },
  { name: "foreign fields", answer: { secret: 1 }, expected: false },
  { name: "text", answer: of(parts({ text: "more" })), expected: true },
  { name: "a call", answer: of({ ...parts({ functionCall: { name: "f" } }), finishReason: "STOP" }), expected: true },
  { name: "a signature", answer: of(parts({ text: "", thoughtSignature: "x" })), expected: true },
  { name: "another reason", answer: of({ finishReason: "MAX_TOKENS" }), expected: true },
  { name: "sources", answer: of({ finishReason: "STOP", groundingMetadata: {} }), expected: true },
  { name: "another answer of several", answer: of({ index: 1, finishReason: "STOP" }), expected: true },
  { name: "the prompt's feedback", answer: { promptFeedback: {} }, expected: true },
];

test("only text, calls and signatures are parts of the answer", () => {
  const brings = cases.filter(({ answer }) => bringsParts(answer)).map(({ name }) => name);
  expect(brings).toEqual(["text", "a call", "a signature"]);
});

for (const { name, answer, expected } of cases)
  test(`${name} ${expected ? "tells" : "does not tell"} more`, () => {
    expect(tellsMore(answer, "STOP")).toBe(expected);
  });
