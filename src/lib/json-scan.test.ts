import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { firstElement, scanTopLevel, spliceValue, stringAt, valueAt } from "./json-scan.ts";

const bytes = (text: string) => Buffer.from(text, "utf8");

describe("scanTopLevel", () => {
  test("finds fields whatever surrounds them", () => {
    const text = `{ "messages":[{"model":"inner","text":"a \\" \\\\"}], "model" : "m\\u00e4" ,"stream":true,"n":1.5e3 }`;
    const body = bytes(text);
    const result = scanTopLevel(body, ["model", "stream", "n", "absent"]);
    expect(stringAt(body, result?.spans.get("model"))).toBe("mä");
    expect(valueAt(body, result?.spans.get("stream"))).toBe(true);
    expect(valueAt(body, result?.spans.get("n"))).toBe(1500);
    expect(result?.spans.has("absent")).toBe(false);
    expect(result?.depth).toBe(3);
  });

  test("takes the last of repeated fields, as JSON.parse does", () => {
    const body = bytes(`{"model":"a","model":{"x":[1]},"model":"b"}`);
    expect(stringAt(body, scanTopLevel(body, ["model"])?.spans.get("model"))).toBe("b");
  });

  for (const bad of [
    "",
    "null",
    "[]",
    `"x"`,
    "{",
    `{"a":1`,
    `{"a":"b}`,
    `{"a":[}`,
    "{} {}",
    `{a:1}x`,
    `{"model":}`,
    "not json",
    "{}]",
  ]) {
    test(`refuses ${JSON.stringify(bad)}`, () => {
      expect(scanTopLevel(bytes(bad), ["model"])).toBeNull();
    });
  }

  test("gives up on nesting beyond the limit", () => {
    expect(scanTopLevel(bytes(`{"a":${"[".repeat(300)}${"]".repeat(300)}}`), ["a"])).toBeNull();
    expect(scanTopLevel(bytes(`{"a":${"[".repeat(100)}${"]".repeat(100)}}`), ["a"])?.depth).toBe(101);
  });

  test("agrees with JSON.parse on any object", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("model", "stream", "x", "y z"), fc.jsonValue()),
        fc.nat(3),
        (object, indent) => {
          const body = bytes(JSON.stringify(object, null, indent));
          const result = scanTopLevel(body, ["model", "stream"]);
          expect(result).not.toBeNull();
          for (const key of ["model", "stream"]) {
            const expected = JSON.parse(JSON.stringify(object))[key];
            expect(valueAt(body, result?.spans.get(key))).toEqual(expected);
          }
        },
      ),
    );
  });

  test("never accepts an object that JSON.parse would take for something else", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const parsed = JSON.parse(text);
        const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
        expect(scanTopLevel(bytes(text), []) !== null).toBe(isObject);
      }),
    );
  });
});

test("spliceValue changes the value and no other byte", () => {
  const body = bytes(`{"a":"ü","model":"old","z":[1]}`);
  const span = scanTopLevel(body, ["model"])?.spans.get("model");
  if (!span) throw new Error("no span");
  expect(Buffer.from(spliceValue(body, span, `"much-newer"`)).toString()).toBe(
    `{"a":"ü","model":"much-newer","z":[1]}`,
  );
});

test("firstElement finds the first element and whether others follow", () => {
  const read = (text: string, max = 1000) => {
    const body = bytes(`{"messages":${text}}`);
    const found = firstElement(body, scanTopLevel(body, ["messages"])?.spans.get("messages"), max);
    return found ? [body.toString("utf8", found.element.start, found.element.end).trim(), found.isOnly] : undefined;
  };
  expect(read(`[{"a":",]}"}, {"b":1}]`)).toEqual([`{"a":",]}"}`, false]);
  expect(read(`[ {"a":[1,2]} ]`)).toEqual([`{"a":[1,2]}`, true]);
  expect(read("[]")).toBeUndefined();
  expect(read(`"text"`)).toBeUndefined();
  expect(read(`[{"a":"${"x".repeat(2000)}"},1]`)).toBeUndefined();
});
