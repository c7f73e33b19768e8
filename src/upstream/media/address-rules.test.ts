import { describe, expect, test } from "bun:test";
import { isPublicAddress, isSameAddress, parseAddress } from "./address-rules.ts";

/** First and last address of each network, and the neighbours that are public. */
const NETWORKS: readonly { readonly refused: readonly string[]; readonly next: readonly string[] }[] = [
  { refused: ["0.0.0.0", "0.255.255.255"], next: ["1.0.0.0"] },
  { refused: ["10.0.0.0", "10.255.255.255"], next: ["9.255.255.255", "11.0.0.0"] },
  { refused: ["100.64.0.0", "100.100.100.200", "100.127.255.255"], next: ["100.63.255.255", "100.128.0.0"] },
  { refused: ["127.0.0.0", "127.0.0.1", "127.255.255.255"], next: ["126.255.255.255", "128.0.0.0"] },
  { refused: ["168.63.129.16"], next: ["168.63.129.15", "168.63.129.17"] },
  { refused: ["169.254.0.0", "169.254.169.254", "169.254.255.255"], next: ["169.253.255.255", "169.255.0.0"] },
  { refused: ["172.16.0.0", "172.31.255.255"], next: ["172.15.255.255", "172.32.0.0"] },
  { refused: ["192.0.0.0", "192.0.0.192", "192.0.0.255"], next: ["191.255.255.255", "192.0.1.0"] },
  { refused: ["192.0.2.0", "192.0.2.255"], next: ["192.0.1.255", "192.0.3.0"] },
  { refused: ["192.88.99.0", "192.88.99.255"], next: ["192.88.98.255", "192.88.100.0"] },
  { refused: ["192.168.0.0", "192.168.255.255"], next: ["192.167.255.255", "192.169.0.0"] },
  { refused: ["198.18.0.0", "198.19.255.255"], next: ["198.17.255.255", "198.20.0.0"] },
  { refused: ["198.51.100.0", "198.51.100.255"], next: ["198.51.99.255", "198.51.101.0"] },
  { refused: ["203.0.113.0", "203.0.113.255"], next: ["203.0.112.255", "203.0.114.0"] },
  { refused: ["224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255"], next: ["223.255.255.255"] },
  { refused: ["::", "::1", "::7f00:1", "::8.8.8.8"], next: [] },
  { refused: ["::ffff:127.0.0.1", "::ffff:7f00:1", "::FFFF:8.8.8.8", "0:0:0:0:0:ffff:a9fe:a9fe"], next: [] },
  { refused: ["::ffff:0:127.0.0.1", "::ffff:0:808:808"], next: [] },
  { refused: ["64:ff9b::", "64:ff9b::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::", "64:ff9b:1:ffff::1"], next: [] },
  { refused: ["100::", "100::ffff:ffff:ffff:ffff", "100:0:0:1::", "1000::1"], next: [] },
  { refused: ["1fff:ffff::", "4000::", "5f00::1", "8000::", "e000::"], next: ["2000::", "3ffd:ffff::"] },
  { refused: ["2001::", "2001:0:4136:e378::1", "2001:1::1", "2001:20::1", "2001:1ff:ffff::"], next: ["2001:200::"] },
  { refused: ["2001:db8::", "2001:db8:ffff::1"], next: ["2001:db7:ffff::", "2001:db9::"] },
  { refused: ["2002::", "2002:7f00:1::", "2002:ffff::"], next: ["2001:ffff::", "2003::"] },
  { refused: ["3ffe::1", "3fff::", "3fff:fff:ffff::"], next: ["3fff:1000::"] },
  { refused: ["fc00::", "fd00:ec2::254", "fdff:ffff::1"], next: [] },
  { refused: ["fe80::", "fe80::1", "febf:ffff::", "fec0::", "feff:ffff::"], next: [] },
  { refused: ["ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], next: [] },
];

describe("special networks", () => {
  for (const { refused, next } of NETWORKS) {
    test(`${refused[0]} to ${refused.at(-1)} is not public`, () => {
      expect(refused.filter(isPublicAddress)).toEqual([]);
    });
    if (next.length > 0) {
      test(`${next.join(" and ")} beside it is`, () => expect(next.filter(isPublicAddress)).toEqual([...next]));
    }
  }
});

test("ordinary addresses are public", () => {
  const addresses = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2A00:1450:4001:80b::200e"];
  expect(addresses.filter(isPublicAddress)).toEqual(addresses);
});

test("what is no canonical address is not public, whatever a lenient resolver would make of it", () => {
  const texts = [
    ...["", " ", "8.8.8", "8.8.8.8.8", "8.8.8.", ".8.8.8.8", "8.8.8.256", "08.8.8.8", "010.8.8.8", "0x8.8.8.8"],
    ...[
      "134744072",
      "0x08080808",
      "8.8.8.8 ",
      "8.8.8.8\n",
      "８.8.8.8",
      "8.8.8.8:443",
      "+8.8.8.8",
      "8.8.8.-8",
      "1e1.1.1.1",
    ],
    ...["2606:4700", "2606::4700::1", ":2606::1", "2606::1:", "2606:::1", "2606:4700:1:2:3:4:5:6:7", "2606::1%eth0"],
    ...["[2606::1]", "2606::1/64", "2606::12345", "2606::g", "2606::1.2.3", "2606:1.2.3.4::1", "1:2:3:4:5:6:7::8:9"],
    ...["example.com", "localhost", "::ffff:8.8.8.08", `2606::${"0".repeat(100)}1`],
  ];
  expect(texts.filter(isPublicAddress)).toEqual([]);
});

test("all spellings of an IPv6 address give the same bytes", () => {
  const bytes = [0x26, 0x06, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4];
  for (const text of [
    "2606:4700::102:304",
    "2606:4700::1.2.3.4",
    "2606:4700:0:0:0:0:0102:0304",
    "2606:4700:0::0:102:304",
  ]) {
    expect([...(parseAddress(text) ?? [])]).toEqual(bytes);
  }
  expect([...(parseAddress("1:2:3:4:5:6:7::") ?? [])]).toEqual([0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]);
  expect([...(parseAddress("::") ?? [])]).toEqual(new Array<number>(16).fill(0));
});

describe("addresses are compared by value", () => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ["1.2.3.4", "1.2.3.4", true],
    ["::ffff:1.2.3.4", "1.2.3.4", true],
    ["::ffff:102:304", "1.2.3.4", true],
    ["2606:4700::1", "2606:4700:0:0::1", true],
    ["1.2.3.4", "1.2.3.5", false],
    ["::1.2.3.4", "1.2.3.4", false],
    ["localhost", "localhost", false],
  ];
  for (const [left, right, expected] of table) {
    test(`${left} and ${right}`, () => expect(isSameAddress(left, right)).toBe(expected));
  }
});
