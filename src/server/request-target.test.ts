import { describe, expect, test } from "bun:test";
import { readTarget } from "./request-target.ts";

describe("readTarget", () => {
  const cases: [url: string, path: string | null, query: string][] = [
    ["http://localhost:1999/v1/messages", "/v1/messages", ""],
    ["http://localhost/v1/messages?beta=true&x=?", "/v1/messages", "beta=true&x=?"],
    ["https://gw.example/", "/", ""],
    ["http://localhost", "/", ""],
    ["http://localhost//admin/config", "//admin/config", ""],
    // Without a usable Host header the URL is only a path, of which no part may get lost.
    ["/admin/config", "/admin/config", ""],
    ["/x//admin/config", "/x//admin/config", ""],
    ["/x/admin/config?a=//b/admin", "/x/admin/config", "a=//b/admin"],
    ["evil.example:443", null, ""],
    ["*", null, ""],
    ["", null, ""],
  ];
  for (const [url, path, query] of cases) {
    test(`${url || "an empty url"} has the path ${path}`, () => {
      expect(readTarget(url)).toEqual(path === null ? null : { path, query });
    });
  }
});
