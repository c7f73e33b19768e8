import { expect, test } from "bun:test";
import { clientAddress } from "./trusted-proxies.ts";

const PROXIES = ["127.0.0.1", "::1", "10.0.0.0/8", "fd00::/8"];

const cases = [
  { name: "nobody trusted: the peer", proxies: [], peer: "127.0.0.1", header: "1.1.1.1", expected: "127.0.0.1" },
  { name: "a peer that is no proxy", peer: "9.9.9.9", header: "1.1.1.1", expected: "9.9.9.9" },
  { name: "a proxy without the header", peer: "10.1.2.3", header: null, expected: "10.1.2.3" },
  { name: "a proxy", peer: "10.1.2.3", header: "1.1.1.1", expected: "1.1.1.1" },
  { name: "a proxy over IPv6", peer: "::1", header: "2001:db8::7", expected: "2001:db8::7" },
  { name: "a proxy on a socket of both families", peer: "::ffff:10.1.2.3", header: "1.1.1.1", expected: "1.1.1.1" },
  { name: "what the client has forged before", peer: "10.1.2.3", header: "6.6.6.6, 1.1.1.1", expected: "1.1.1.1" },
  { name: "a forged proxy", peer: "10.1.2.3", header: "6.6.6.6, 10.9.9.9, 1.1.1.1", expected: "1.1.1.1" },
  { name: "a chain of proxies", peer: "127.0.0.1", header: "6.6.6.6, 1.1.1.1, 10.2.2.2, fd12::1", expected: "1.1.1.1" },
  { name: "nothing but proxies", peer: "127.0.0.1", header: "10.2.2.2, 10.3.3.3", expected: "10.2.2.2" },
  { name: "ports", peer: "127.0.0.1", header: "1.1.1.1:4711", expected: "1.1.1.1" },
  { name: "brackets and ports", peer: "127.0.0.1", header: "[2001:db8::7]:4711", expected: "2001:db8::7" },
  { name: "no address", peer: "127.0.0.1", header: "1.1.1.1, unknown", expected: "127.0.0.1" },
  { name: "no address behind a proxy", peer: "127.0.0.1", header: "x, 10.2.2.2", expected: "10.2.2.2" },
  { name: "an empty header", peer: "127.0.0.1", header: "", expected: "127.0.0.1" },
  { name: "a socket without an address", peer: "", header: "1.1.1.1", expected: "" },
];

for (const { name, proxies = PROXIES, peer, header, expected } of cases)
  test(`${name}: ${expected}`, () => {
    const headers = new Headers(header === null ? {} : { "x-forwarded-for": header });
    expect(clientAddress(peer, headers, proxies)).toBe(expected);
  });

test("looks at the last twenty hops of an endless header", () => {
  const headers = new Headers({ "x-forwarded-for": `1.1.1.1, ${"10.0.0.1, ".repeat(5000)}10.0.0.2` });
  expect(clientAddress("127.0.0.1", headers, PROXIES)).toBe("10.0.0.1");
});
