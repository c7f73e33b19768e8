import { expect, test } from "bun:test";
import { isAllowedHost, isValidHost } from "./host-rules.ts";

test("a Host header names one host and nothing else", () => {
  for (const host of ["localhost", "localhost:1999", "a-b.example_1:80", "127.0.0.1:1999", "[::1]:1999", "[fd00::2]"])
    expect([host, isValidHost(host)]).toEqual([host, true]);
  for (const host of [
    ...["", " ", "localhost, evil.example", "localhost,localhost", "user@localhost", "localhost/x", "localhost?x"],
    ...["localhost#x", "localhost:", "localhost:999999", "localhost\\x", "[::1", "::1", "a b", "localhost:80:80"],
    ...["ä.example", "x".repeat(300)],
  ])
    expect([host, isValidHost(host)]).toEqual([host, false]);
});

test("addresses, local names and named hosts are allowed, other names are not", () => {
  const allowed = ["gw.example", "*.tail.example"];
  for (const host of [
    ...["localhost:1999", "x.localhost", "127.0.0.1", "[::1]:1999", "192.0.2.2:1999", "[fd00::2]:1999"],
    ...["gw.example", "GW.example:443", "a.tail.example", "a.b.tail.example:80"],
  ])
    expect([host, isAllowedHost(host, allowed)]).toEqual([host, true]);
  for (const host of [
    ...[
      "evil.example",
      "127.0.0.1.evil.example",
      "gw.example.evil.example",
      "localhost.",
      "gw.example.",
      "tail.example",
    ],
    ...["xtail.example", "1.2.3", "1.2.3.4.5", "999.1.1.1", "0x7f000001", "2130706433", "localhost, gw.example", ""],
  ])
    expect([host, isAllowedHost(host, allowed)]).toEqual([host, false]);
  expect(isAllowedHost(null, allowed)).toBe(false);
});
