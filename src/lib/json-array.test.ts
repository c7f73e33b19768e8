import { expect, test } from "bun:test";
import { createJsonArraySplitter } from "./json-array.ts";

function split(text: string, size: number) {
  const elements: string[] = [];
  let raw = "";
  const splitter = createJsonArraySplitter((_name, data, bytes) => {
    if (data) elements.push(data);
    raw += Buffer.from(bytes).toString("latin1");
  }, 1 << 20);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
  splitter.end();
  return { elements, raw: Buffer.from(raw, "latin1").toString("utf8") };
}

for (const size of [1, 3, 1000]) {
  test(`splits an array into its elements in chunks of ${size}`, () => {
    const text = `[{"a":"}]\\"ü"}\n,\r\n{"b":[1,{"c":2}]}\n]`;
    const { elements, raw } = split(text, size);
    expect(elements).toEqual([`{"a":"}]\\"ü"}`, `{"b":[1,{"c":2}]}`]);
    expect(raw).toBe(text);
  });

  test(`delivers a single object as one element in chunks of ${size}`, () => {
    expect(split(`{"error":{"code":400}}`, size).elements).toEqual([`{"error":{"code":400}}`]);
  });
}
