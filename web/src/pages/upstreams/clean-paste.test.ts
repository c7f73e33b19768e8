import { describe, expect, test } from "bun:test";
import { cleanAddress, cleanKey } from "./clean-paste.ts";

const KEY = "sk-proj-0123_456789.abcdef==";

describe("a key", () => {
  for (const text of [
    KEY,
    ` ${KEY}\t`,
    `\u00a0${KEY}\u3000`,
    `\u200b${KEY}\ufeff`,
    `"${KEY}"`,
    `'${KEY}',`,
    `“${KEY}”`,
    `Bearer ${KEY}`,
    `bearer  ${KEY}`,
    `Authorization: Bearer ${KEY}`,
    `"Authorization": "Bearer ${KEY}",`,
    `x-api-key: ${KEY}`,
    `export OPENAI_API_KEY=${KEY}`,
    `export OPENAI_API_KEY="${KEY}"`,
    `OPENAI_API_KEY='${KEY}';`,
    `set OPENAI_API_KEY=${KEY}`,
    `$env:OPENAI_API_KEY = "${KEY}"`,
    "ｓｋ－proj-0123＿456789．abcdef＝＝",
  ])
    test(`is found in ${JSON.stringify(text.replaceAll(KEY, "KEY"))}`, () => expect(cleanKey(text)).toBe(KEY));

  for (const text of [
    "env:OPENAI_API_KEY",
    "file:/etc/my keys/openai",
    "ABC=",
    "KEYS_ARE==",
    "sk-one two",
    "a.b.c=",
    "",
  ])
    test(`${JSON.stringify(text)} stays as it is`, () => expect(cleanKey(text)).toBe(text));
});

describe("an address", () => {
  for (const [text, address] of [
    ["https://api.example.com/v1", "https://api.example.com/v1"],
    [" https://api.example.com/v1/ \n", "https://api.example.com/v1/"],
    ['"https://api.example.com/v1"', "https://api.example.com/v1"],
    ["https：／／api.example.com／v1", "https://api.example.com/v1"],
    ["https://api.example.com/v1。", "https://api.example.com/v1"],
    ["OPENAI_BASE_URL=https://api.example.com/v1", "https://api.example.com/v1"],
    ["api.example.com/v1", "https://api.example.com/v1"],
    ["api.example.com", "https://api.example.com"],
    ["localhost:11434/v1", "http://localhost:11434/v1"],
    ["127.0.0.1:8000", "http://127.0.0.1:8000"],
    ["192.168.1.20:8000/v1", "http://192.168.1.20:8000/v1"],
    ["ollama:11434/v1", "http://ollama:11434/v1"],
    ["nas.local:8080/v1", "http://nas.local:8080/v1"],
    ["not an address", "not an address"],
    ["ftp://api.example.com", "ftp://api.example.com"],
    ["nonsense", "nonsense"],
    ["", ""],
  ] as const)
    test(`of ${JSON.stringify(text)} is ${JSON.stringify(address)}`, () => expect(cleanAddress(text)).toBe(address));
});
