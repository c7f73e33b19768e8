import { describe, expect, test } from "bun:test";
import type { TransportRequest } from "../transport.ts";
import { proxyAuthorization, requestHead } from "./request-head.ts";

function request(over: Partial<TransportRequest>): TransportRequest {
  return {
    method: "POST",
    url: new URL("http://h:81/a/b?c=d#e"),
    headers: {},
    body: null,
    connectTimeoutMs: 1,
    ...over,
  };
}

describe("request head", () => {
  test("writes target, host, headers, length and its own headers", () => {
    expect(
      requestHead(request({ headers: { "x-a": "1", "x-latin": "caf\xe9" }, body: Buffer.from("abc") }), null),
    ).toBe(
      "POST /a/b?c=d HTTP/1.1\r\nhost: h:81\r\nx-a: 1\r\nx-latin: caf\xe9\r\ncontent-length: 3\r\n" +
        "accept-encoding: identity\r\nconnection: keep-alive\r\n\r\n",
    );
  });

  test("leaves out the caller's framing and hop-by-hop headers", () => {
    const headers = { host: "evil", "content-length": "9", "transfer-encoding": "chunked", connection: "x", te: "t" };
    expect(requestHead(request({ headers, method: "GET" }), null)).toBe(
      "GET /a/b?c=d HTTP/1.1\r\nhost: h:81\r\naccept-encoding: identity\r\nconnection: keep-alive\r\n\r\n",
    );
  });

  test("says that a POST without body has length 0", () => {
    expect(requestHead(request({}), null)).toContain("\r\ncontent-length: 0\r\n");
  });

  test("names the whole URL to a forward proxy, with its password", () => {
    const head = requestHead(request({ method: "GET" }), { authorization: "Basic eA==" });
    expect(head).toStartWith("GET http://h:81/a/b?c=d HTTP/1.1\r\nhost: h:81\r\nproxy-authorization: Basic eA==\r\n");
  });

  const VALUES = ["a\rb", "a\nb", "a\r\nx-evil: 1", "a\0b", "a\x7f", "\u010d", "\u560a\u560d", "\ud83d\ude00"];
  for (const value of VALUES) {
    test(`refuses the value ${JSON.stringify(value)} without repeating it`, () => {
      expect(() => requestHead(request({ headers: { "x-a": value } }), null)).toThrow(/^request header x-a: value has/);
    });
  }

  for (const name of ["", "a b", "a:b", "a\r\nb", "ü"]) {
    test(`refuses the name ${JSON.stringify(name)}`, () => {
      expect(() => requestHead(request({ headers: { [name]: "v" } }), null)).toThrow(TypeError);
    });
  }

  test("never lets a URL end the request line early", () => {
    const url = new URL("http://h/a%0d%0ab\r\nc d?e=\nf g");
    expect(requestHead(request({ url, method: "GET" }), null)).toStartWith("GET /a%0d%0abc%20d?e=f%20g HTTP/1.1\r\n");
  });

  test("decodes a proxy's user and password", () => {
    expect(proxyAuthorization(new URL("http://p:1"))).toBeNull();
    const encoded = Buffer.from("us@r:p%ss", "utf8").toString("base64");
    expect(proxyAuthorization(new URL("http://us%40r:p%25ss@p:1"))).toBe(`Basic ${encoded}`);
  });
});
