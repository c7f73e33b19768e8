import { describe, expect, test } from "bun:test";
import { ERROR_CODES } from "../../src/core/errors.ts";
import { FINE_OUTCOMES } from "../../src/core/outcome.ts";
import { OUTCOMES_EN } from "../../web/src/outcomes/en.ts";
import { outcomeText } from "../../web/src/outcomes/outcome-texts.ts";
import { OUTCOMES_ZH } from "../../web/src/outcomes/zh.ts";

const ALL = ["ok", "client_closed", ...ERROR_CODES, ...FINE_OUTCOMES];

describe.each([
  { language: "English", texts: OUTCOMES_EN, isChinese: false },
  { language: "Chinese", texts: OUTCOMES_ZH, isChinese: true },
])("outcomes in $language", ({ texts, isChinese }) => {
  test.each(ALL)("%s has a name and an explanation", (outcome) => {
    const { name, text } = outcomeText(texts, outcome);
    expect(name.length).toBeGreaterThan(1);
    expect(name.length).toBeLessThan(30);
    expect(text.length).toBeGreaterThan(5);
    expect(/\p{Script=Han}/u.test(name) && /\p{Script=Han}/u.test(text)).toBe(isChinese);
  });

  test("explains nothing that the gateway cannot log", () => {
    expect(Object.keys(texts).sort()).toEqual([...new Set(ALL)].sort());
  });
});

test("an outcome of another version stands for itself", () => {
  expect(outcomeText(OUTCOMES_EN, "solar_flare")).toEqual({ name: "solar_flare", text: "" });
  expect(outcomeText(OUTCOMES_EN, "toString").name).toBe("toString");
});
