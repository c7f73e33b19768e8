import { expect, test } from "bun:test";
import { matchSuggestions } from "./combobox.tsx";

const values = (text: string) =>
  matchSuggestions(
    [{ value: "claude-sonnet-4-5" }, { value: "gpt-5", note: "OpenAI" }, { value: "my-gpt" }, { value: "deepseek-v4" }],
    text,
  ).map(({ value }) => value);

test("suggests what holds every word, what begins with it first, and everything for nothing", () => {
  expect(values("gpt")).toEqual(["gpt-5", "my-gpt"]);
  expect(values("openai 5")).toEqual(["gpt-5"]);
  expect(values("")).toHaveLength(4);
  expect(values("none")).toEqual([]);
});
