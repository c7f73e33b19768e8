import { expect, test } from "bun:test";
import { compareThreeWays, diffValues, isSame } from "./three-way.ts";

interface Thing {
  readonly url: string;
  readonly keys: readonly string[];
  readonly map?: Readonly<Record<string, string>>;
}

const base: Thing = { url: "a", keys: ["1"], map: { "gpt-5.1": "x", old: "y" } };

test("finds changes field by field, lists as one value", () => {
  const changed = { url: "b", keys: ["1", "2"], map: { "gpt-5.1": "z", added: "w" } };
  expect(diffValues(base, changed).map(({ path, before, after }) => [path, before, after])).toEqual([
    ["url", "a", "b"],
    ["keys", ["1"], ["1", "2"]],
    ["map.gpt-5.1", "x", "z"],
    ["map.old", "y", undefined],
    ["map.added", undefined, "w"],
  ]);
  expect(diffValues(base, structuredClone(base))).toEqual([]);
});

test("changes of different fields come together without a conflict", () => {
  const { merged, both } = compareThreeWays(base, { ...base, url: "mine" }, { ...base, keys: ["theirs"] });
  expect(merged).toEqual({ ...base, url: "mine", keys: ["theirs"] });
  expect([...both]).toEqual([]);
});

test("where both changed the same field, mine is put on top and named", () => {
  const { merged, both } = compareThreeWays(base, { ...base, url: "mine" }, { ...base, url: "theirs" });
  expect(merged.url).toBe("mine");
  expect([...both]).toEqual(["url"]);
});

test("the same change on both sides is no conflict", () => {
  expect([...compareThreeWays(base, { ...base, url: "new" }, { ...base, url: "new" }).both]).toEqual([]);
});

test("a field within something that the others removed is a conflict, and comes back", () => {
  const { map: _, ...withoutMap } = base;
  const { merged, both } = compareThreeWays<Thing>(base, { ...base, map: { ...base.map, old: "mine" } }, withoutMap);
  expect([...both]).toEqual(["map.old"]);
  expect(merged.map).toEqual({ old: "mine" });
});

test("removing a field removes it from theirs", () => {
  const { merged } = compareThreeWays(base, { ...base, map: { "gpt-5.1": "x" } }, { ...base, url: "theirs" });
  expect(merged).toEqual({ url: "theirs", keys: ["1"], map: { "gpt-5.1": "x" } });
});

test("names of object members that JavaScript has anyway are names like others", () => {
  const { merged } = compareThreeWays<object>({}, { constructor: "a" }, { toString: "b" });
  expect(Object.entries(merged)).toEqual([
    ["toString", "b"],
    ["constructor", "a"],
  ]);
});

test("equality does not mind the order of fields", () => {
  expect(isSame({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 })).toBe(true);
  expect(isSame({ a: undefined }, {})).toBe(true);
  expect(isSame([1], [1, 2])).toBe(false);
  expect(isSame({ a: 1 }, null)).toBe(false);
});
