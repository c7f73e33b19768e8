import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dictionaries } from "./dictionaries.ts";
import { chooseLanguage } from "./language.ts";

type Tree = { readonly [key: string]: string | Tree };

/** `namespace:a.b` to text. */
function flatten(texts: Tree): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (tree: Tree, path: string) => {
    for (const [key, value] of Object.entries(tree)) {
      const next = path === "" ? key : `${path}${path.includes(":") ? "." : ":"}${key}`;
      if (typeof value === "string") found.set(next, value);
      else walk(value, next);
    }
  };
  walk(texts, "");
  return found;
}

const english = flatten(dictionaries.en);
const chinese = flatten(dictionaries.zh);
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map(([, name]) => name).sort();

test("both languages have the same keys", () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
});

test("no text is empty, and both languages use the same placeholders", () => {
  for (const [key, text] of english) {
    expect({ key, isEmpty: text.trim() === "" }).toEqual({ key, isEmpty: false });
    expect({ key, names: placeholders(chinese.get(key) ?? "") }).toEqual({ key, names: placeholders(text) });
  }
});

test("every Chinese text is Chinese, but for names and what has no translation", () => {
  const untranslated = [...chinese].filter(
    ([key, text]) =>
      !/[\u4e00-\u9fff]/.test(text) && text !== english.get(key) && /[a-z]{4}/i.test(text.replace(/\{\{\w+\}\}/g, "")),
  );
  expect(untranslated).toEqual([]);
});

// Keys made of pieces at run time, `t(`kind.${kind}`)`: their beginnings are taken from the sources too.
test("every key is used, and every key that is used is there", () => {
  const sources = [...new Bun.Glob("**/*.{ts,tsx}").scanSync(join(import.meta.dir, ".."))]
    .filter((path) => !/\.test\.tsx?$|text\.(en|zh)\.ts$|common\.(en|zh)\.ts$/.test(path))
    .map((path) => readFileSync(join(import.meta.dir, "..", path), "utf8"))
    .join("\n");
  const literals = new Set([...sources.matchAll(/["'`]((?:\w+:)?[\w-]+(?:\.[\w-]+)*)["'`]/g)].map(([, key]) => key));
  const beginnings = [...sources.matchAll(/`((?:\w+:)?(?:[\w-]+\.)+)\$\{/g)].map(([, start]) => start as string);
  const isUsed = (key: string) => {
    const short = (key.split(":")[1] ?? key).replace(/_(one|other)$/, "");
    return (
      literals.has(short) ||
      literals.has(key) ||
      beginnings.some((start) => short.startsWith(start) || key.startsWith(start))
    );
  };
  expect([...english.keys()].filter((key) => !isUsed(key))).toEqual([]);
});

test("the first language of the browser that we have is taken, otherwise English", () => {
  expect(chooseLanguage(["zh-Hant-TW", "en"])).toBe("zh");
  expect(chooseLanguage(["fr", "de", "zh-CN", "en"])).toBe("zh");
  expect(chooseLanguage(["fr"])).toBe("en");
  expect(chooseLanguage([])).toBe("en");
});
