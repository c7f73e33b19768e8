import { describe, expect, test } from "bun:test";
import { changesSomething, hasCsrfProof, isForeignPage } from "./browser-rules.ts";

const request = (headers: Record<string, string>, method = "POST") =>
  new Request("http://gw:1999/admin/api/x", { method, headers: { host: "gw:1999", ...headers } });

describe("isForeignPage", () => {
  const cases: [headers: Record<string, string>, isForeign: boolean][] = [
    [{}, false],
    [{ "sec-fetch-site": "same-origin" }, false],
    [{ "sec-fetch-site": "none" }, false],
    [{ "sec-fetch-site": "same-site" }, true],
    [{ "sec-fetch-site": "cross-site" }, true],
    [{ "sec-fetch-site": "" }, true],
    [{ origin: "http://gw:1999" }, false],
    [{ origin: "https://gw:1999" }, false],
    [{ origin: "http://gw:2000" }, true],
    [{ origin: "http://gw" }, true],
    [{ origin: "null" }, true],
    [{ origin: "gw:1999" }, true],
    [{ origin: "" }, true],
    [{ origin: "https://evil.example" }, true],
    [{ origin: "https://evil.example", "sec-fetch-site": "same-origin" }, true],
    [{ origin: "https://gw.example" }, false],
    [{ origin: "https://gw.example.evil.example" }, true],
  ];
  for (const [headers, isForeign] of cases)
    test(`${JSON.stringify(headers)} is ${isForeign ? "" : "not "}foreign`, () =>
      expect(isForeignPage(request(headers), ["gw.example"])).toBe(isForeign));
});

test("changes are told by their method, proof by the header", () => {
  expect(["GET", "HEAD", "OPTIONS"].map((method) => changesSomething(request({}, method)))).toEqual([
    false,
    false,
    false,
  ]);
  expect(["POST", "PUT", "PATCH", "DELETE", "QUERY"].every((method) => changesSomething(request({}, method)))).toBe(
    true,
  );
  expect([hasCsrfProof(request({})), hasCsrfProof(request({ "x-apirouter-csrf": "" }))]).toEqual([false, false]);
  expect(hasCsrfProof(request({ "x-apirouter-csrf": "1" }))).toBe(true);
});
