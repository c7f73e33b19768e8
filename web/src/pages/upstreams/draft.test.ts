import { expect, test } from "bun:test";
import type { UpstreamInput } from "../../../../src/admin/contract/upstreams.ts";
import {
  isChanged,
  localProblems,
  NEW_KEYS,
  needsKeysAgain,
  newRow,
  problemsAt,
  toDefinition,
  toDraft,
} from "./draft.ts";

const base: UpstreamInput = {
  id: "a",
  base_url: "https://api.example.com/v1",
  api_format: "openai",
  keys: ["sk-abcde…wxyz", "env:KEY"],
  model_map: { "claude-*": "x" },
  priority: 3,
  enabled: true,
  auth: "auto",
  note_of_mine: "stays",
};

test("a definition goes through the form unchanged, fields that the form does not know included", () => {
  expect(toDefinition(toDraft(base), base)).toEqual(base);
  expect(isChanged(toDraft(base), base)).toBe(false);
});

test("an empty row is no change, a filled one is", () => {
  const draft = toDraft(base);
  expect(isChanged({ ...draft, modelMap: [...draft.modelMap, newRow()] }, base)).toBe(false);
  expect(isChanged({ ...draft, modelMap: [...draft.modelMap, newRow("gpt-5", "y")] }, base)).toBe(true);
});

test("new keys are lines, untouched keys stay masked, removed sections disappear", () => {
  const draft = { ...toDraft(base), newKeys: " k1 \n\n k2\n", modelMap: [] };
  const saved = toDefinition(draft, base);
  expect(saved.keys).toEqual(["sk-abcde…wxyz", "env:KEY", "k1", "k2"]);
  expect("model_map" in saved).toBe(false);
});

test("what was copied along with address and keys is not saved", () => {
  const [first, ...others] = toDraft(base).keys;
  if (!first) throw new Error("there is a key");
  const draft = {
    ...toDraft(base),
    baseUrl: "api.example.com/v2",
    keys: [{ ...first, text: '"sk-replaced"' }, ...others],
    newKeys: "Bearer sk-1\nexport A_KEY='sk-2'",
  };
  expect(toDefinition(draft, base)).toMatchObject({
    base_url: "https://api.example.com/v2",
    keys: ["sk-replaced", "env:KEY", "sk-1", "sk-2"],
  });
  expect(needsKeysAgain({ ...toDraft(base), baseUrl: "api.example.com/v2" }, base)).toBe(false);
});

test("masked keys must be typed again when the address points elsewhere, references need not", () => {
  const draft = toDraft(base);
  expect(needsKeysAgain({ ...draft, baseUrl: "https://api.example.com/v2" }, base)).toBe(false);
  expect(needsKeysAgain({ ...draft, baseUrl: "https://evil.example/v1" }, base)).toBe(true);
  const onlyReference = { ...draft, keys: draft.keys.slice(1), baseUrl: "https://other.example/v1" };
  expect(needsKeysAgain(onlyReference, base)).toBe(false);
});

test("tells what is wrong before the gateway is asked", () => {
  const problems = (change: object) => [...localProblems({ ...toDraft(base), ...change }, new Set(["b"]))];
  expect(problems({})).toEqual([]);
  expect(problems({ id: " " })).toEqual([["id", "id-empty"]]);
  expect(problems({ id: "b" })).toEqual([["id", "id-taken"]]);
  expect(problems({ baseUrl: "api.example.com" })).toEqual([]);
  expect(problems({ baseUrl: "not an address" })).toEqual([["base_url", "url-bad"]]);
  expect(problems({ baseUrl: "https://api.example.com/v1 and more" })).toEqual([["base_url", "url-bad"]]);
  expect(problems({ newKeys: "export OPENAI_API_KEY=sk-1\nenv:A B\n" })).toEqual([]);
  expect(problems({ newKeys: "sk-1\nmy key" })).toEqual([[NEW_KEYS, "key-bad"]]);
  const [first, ...others] = toDraft(base).keys;
  expect(problems({ keys: [{ ...first, text: "sk-new密钥" }, ...others] })).toEqual([["keys[0]", "key-bad"]]);
  expect(problems({ baseUrl: "https://RESOURCE.openai.azure.com/v1" })).toEqual([["base_url", "url-placeholder"]]);
  expect(problems({ modelMap: [newRow("a", ""), newRow("b", "c"), newRow("b", "d")] })).toEqual([
    ["model_map.0", "row-half"],
    ["model_map.1", "row-twice"],
    ["model_map.2", "row-twice"],
  ]);
});

test("a model called __proto__ is a model like any other", () => {
  const draft = { ...toDraft(base), modelMap: [newRow("__proto__", "x")] };
  expect(Object.entries(toDefinition(draft, base).model_map ?? {})).toEqual([["__proto__", "x"]]);
});

test("problems of a field include those within it", () => {
  const problems = [
    { path: "keys[1]", message: "bad key" },
    { path: "key", message: "other" },
    { path: "timeouts.idle_ms", message: "too small" },
  ];
  expect(problemsAt(problems, "keys")).toBe("bad key");
  expect(problemsAt(problems, "timeouts")).toBe("too small");
  expect(problemsAt(problems, "headers")).toBeUndefined();
});
