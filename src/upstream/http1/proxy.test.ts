import { describe, expect, test } from "bun:test";
import { createProxyResolver, type Environment } from "./proxy.ts";

const P = "http://proxy.example:3128";

const CASES: { name: string; env: Environment; url: string; expected: string | null }[] = [
  { name: "no variables", env: {}, url: "https://a.example/", expected: null },
  { name: "https", env: { HTTPS_PROXY: P }, url: "https://a.example/", expected: `${P}/` },
  { name: "https variable, http upstream", env: { HTTPS_PROXY: P }, url: "http://a.example/", expected: null },
  { name: "http", env: { HTTP_PROXY: P }, url: "http://a.example/", expected: `${P}/` },
  { name: "all", env: { ALL_PROXY: P }, url: "https://a.example/", expected: `${P}/` },
  {
    name: "lower case first",
    env: { https_proxy: P, HTTPS_PROXY: "http://x:1" },
    url: "https://a.example/",
    expected: `${P}/`,
  },
  {
    name: "empty lower case switches off",
    env: { https_proxy: "", HTTPS_PROXY: P },
    url: "https://a/",
    expected: null,
  },
  { name: "no scheme", env: { HTTPS_PROXY: "proxy.example:3128" }, url: "https://a.example/", expected: `${P}/` },
  { name: "localhost", env: { ALL_PROXY: P }, url: "http://localhost:11434/", expected: null },
  { name: "127.0.0.2", env: { ALL_PROXY: P }, url: "http://127.0.0.2/", expected: null },
  { name: "::1", env: { ALL_PROXY: P }, url: "http://[::1]:80/", expected: null },
  { name: "star", env: { ALL_PROXY: P, NO_PROXY: "*" }, url: "http://a.example/", expected: null },
  ...(
    [
      ["a.example", "http://a.example/", false],
      ["a.example", "http://A.EXAMPLE/", false],
      ["a.example", "http://sub.a.example/", false],
      ["a.example", "http://nota.example/", true],
      [".a.example", "http://sub.a.example/", false],
      ["*.a.example", "http://sub.a.example/", false],
      ["b.example, a.example", "http://a.example/", false],
      ["b.example a.example", "http://a.example/", false],
      ["a.example:8080", "http://a.example:8080/", false],
      ["a.example:8080", "http://a.example/", true],
      ["a.example:443", "https://a.example/", false],
      ["10.1.2.3", "http://10.1.2.3/", false],
      ["10.1.2.3", "http://10.1.2.30/", true],
      ["10.0.0.0/8", "http://10.200.1.1/", false],
      ["10.0.0.0/8", "http://11.0.0.1/", true],
      ["10.0.0.0/8", "http://a.example/", true],
      ["fd00::1", "http://[fd00::1]/", false],
      ["[fd00::1]:81", "http://[fd00::1]:81/", false],
      ["[fd00::1]:81", "http://[fd00::1]/", true],
      ["fd00::/16", "http://[fd00::7]/", false],
    ] as const
  ).map(([noProxy, url, isProxied]) => ({
    name: `NO_PROXY=${noProxy} for ${url}`,
    env: { ALL_PROXY: P, no_proxy: noProxy },
    url,
    expected: isProxied ? `${P}/` : null,
  })),
];

describe("proxy resolver", () => {
  for (const { name, env, url, expected } of CASES) {
    test(`${expected === null ? "goes directly" : "uses the proxy"}: ${name}`, () => {
      expect(createProxyResolver(env)(new URL(url))?.href ?? null).toBe(expected);
    });
  }

  test("names the variable but not the value of a broken one", () => {
    expect(() => createProxyResolver({ HTTPS_PROXY: "http://user:secret@:x" })).toThrow(
      /^environment variable HTTPS_PROXY: expected a proxy URL such as http:\/\/proxy\.example:3128$/,
    );
  });
});
