import { expect, test } from "bun:test";
import type { Peer } from "../../server/peer.ts";
import { readCookie, writeCookie } from "./session-cookie.ts";

const plain: Peer = { address: "192.0.2.1", isLocal: false, port: 1999, isTls: false };
const tls: Peer = { ...plain, isTls: true };
const request = (headers: Record<string, string> = {}) => new Request("http://gw/", { headers });

test("without TLS the name carries the port, with TLS the __Host- prefix and Secure as well", () => {
  expect(writeCookie(request(), plain, "tok", undefined)).toBe(
    "apirouter_session_1999=tok; Path=/; HttpOnly; SameSite=Strict",
  );
  expect(writeCookie(request(), tls, "tok", 60)).toBe(
    "__Host-apirouter_session_1999=tok; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=60",
  );
  expect(writeCookie(request({ "x-forwarded-proto": "https" }), plain, "", undefined)).toBe(
    "__Host-apirouter_session_1999=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0",
  );
});

test("only the cookie of this port and this kind of connection is read", () => {
  const both = {
    cookie: "a=b; apirouter_session_1999=plain; __Host-apirouter_session_1999=secure;apirouter_session_2000=other",
  };
  expect(readCookie(request(both), plain)).toBe("plain");
  expect(readCookie(request(both), tls)).toBe("secure");
  expect(readCookie(request(both), { ...plain, port: 2000 })).toBe("other");
  for (const cookie of [
    "",
    "apirouter_session_1999",
    "xapirouter_session_1999=1",
    "=1",
    `apirouter_session_1999=1;${"x".repeat(20_000)}`,
  ])
    expect(readCookie(request({ cookie }), plain)).toBeUndefined();
  expect(readCookie(request(), plain)).toBeUndefined();
});
