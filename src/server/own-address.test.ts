import { expect, test } from "bun:test";
import { isOwnAddress } from "./own-address.ts";

const ADDRESSES = ["127.0.0.1", "192.168.1.5", "fe80::1"];
const cases: [url: string, isOwn: boolean][] = [
  ["http://localhost:1999/v1", true],
  ["http://127.0.0.1:1999/v1", true],
  ["http://127.9.9.9:1999", true],
  ["http://[::1]:1999/v1", true],
  ["http://0.0.0.0:1999/v1", true],
  ["http://192.168.1.5:1999/v1", true],
  ["http://[fe80::1]:1999", true],
  ["http://192.168.1.6:1999/v1", false],
  ["http://localhost:11434/v1", false],
  ["https://api.anthropic.com/v1", false],
  ["http://localhost/v1", false],
];
for (const [url, isOwn] of cases) {
  test(`${url} is ${isOwn ? "" : "not "}this gateway on port 1999`, () => {
    expect(isOwnAddress(url, 1999, ADDRESSES)).toBe(isOwn);
  });
}
