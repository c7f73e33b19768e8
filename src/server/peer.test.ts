import { expect, test } from "bun:test";
import { isLocalHost, isLocalRequest, isLoopback } from "./peer.ts";

const headers = (values: Record<string, string>) => ({ get: (name: string) => values[name] ?? null });

test("only loopback peers with a local host name and no proxy in between are local", () => {
  expect(isLocalRequest("127.0.0.1", headers({ host: "localhost:1999" }))).toBe(true);
  expect(isLocalRequest("::1", headers({ host: "[::1]:1999" }))).toBe(true);
  expect(isLocalRequest("::ffff:127.0.0.1", headers({ host: "127.0.0.1" }))).toBe(true);
  expect(isLocalRequest("192.168.1.4", headers({ host: "localhost" }))).toBe(false);
  expect(isLocalRequest("127.0.0.1", headers({ host: "evil.example" }))).toBe(false);
  expect(isLocalRequest("127.0.0.1", headers({}))).toBe(false);
  expect(isLocalRequest("127.0.0.1", headers({ host: "localhost", "x-forwarded-for": "1.2.3.4" }))).toBe(false);
  expect(isLocalRequest(undefined, headers({ host: "localhost" }))).toBe(false);
});

test("names that only look local are not", () => {
  for (const host of ["127.0.0.1.evil.example", "localhost.evil.example", "localhost.", "xlocalhost"])
    expect(isLocalHost(host)).toBe(false);
  for (const host of ["a.localhost", "LOCALHOST:80", "127.1.2.3"]) expect(isLocalHost(host)).toBe(true);
  for (const address of ["128.0.0.1", "::2", "10.0.0.1", "127.0.0.1.nip.io"]) expect(isLoopback(address)).toBe(false);
});
