import { expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { CONSOLE_HEADERS, createConsoleAssets } from "./console-assets.ts";
import { type ConsoleFile, decodeConsolePack, encodeConsolePack } from "./console-pack.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const FILES: readonly ConsoleFile[] = [
  {
    path: "index.html",
    contentType: "text/html; charset=utf-8",
    hash: "aaaaaaaaaaaaaaaa",
    isImmutable: false,
    identity: bytes("<!doctype html>"),
  },
  {
    path: "assets/main-12345678.js",
    contentType: "text/javascript; charset=utf-8",
    hash: "bbbbbbbbbbbbbbbb",
    isImmutable: true,
    identity: bytes("console.log(1)"),
    gzip: gzipSync("console.log(1)"),
    br: bytes("br"),
  },
];
const serve = createConsoleAssets(encodeConsolePack(FILES));
const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  serve(new Request(`http://localhost${path}`, { headers, method }), path);

test("a pack comes out as it went in", () => {
  const decoded = decodeConsolePack(encodeConsolePack(FILES));
  expect(decoded.map(({ path, isImmutable }) => [path, isImmutable])).toEqual([
    ["index.html", false],
    ["assets/main-12345678.js", true],
  ]);
  expect(decoded[0]?.gzip).toBeUndefined();
  expect(Buffer.from(decoded[1]?.identity ?? []).toString()).toBe("console.log(1)");
  expect(Buffer.from(decoded[1]?.br ?? []).toString()).toBe("br");
});

test("a pack that is cut is refused", () => {
  const pack = encodeConsolePack(FILES);
  expect(() => decodeConsolePack(pack.subarray(0, pack.length - 1))).toThrow("console pack");
});

test("the console's own paths all get the page, with the security headers and never from a cache unasked", async () => {
  for (const path of ["/admin-ui", "/admin-ui/", "/admin-ui/upstreams", "/admin-ui/logs/req_1%20x"]) {
    const response = get(path);
    expect(response?.status).toBe(200);
    expect(await response?.text()).toBe("<!doctype html>");
    expect(response?.headers.get("cache-control")).toBe("no-cache");
    for (const [name, value] of Object.entries(CONSOLE_HEADERS)) expect(response?.headers.get(name)).toBe(value);
  }
});

test("assets are kept for ever and come compressed to those who can read that", async () => {
  const path = "/admin-ui/assets/main-12345678.js";
  const cases = [
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["", null],
  ] as const;
  for (const [accepted, encoding] of cases) {
    const response = get(path, { "accept-encoding": accepted });
    expect(response?.headers.get("content-encoding")).toBe(encoding);
    expect(response?.headers.get("cache-control")).toContain("immutable");
    expect(response?.headers.get("vary")).toBe("accept-encoding");
  }
});

test("a known tag gets 304 without a body", async () => {
  const tag = get("/admin-ui")?.headers.get("etag") ?? "";
  const response = get("/admin-ui", { "if-none-match": `"x", W/${tag}` });
  expect(response?.status).toBe(304);
  expect(await response?.text()).toBe("");
});

test("HEAD has the headers of GET and no body, other methods are refused", async () => {
  const head = get("/admin-ui", {}, "HEAD");
  expect(head?.headers.get("content-length")).toBe("15");
  expect(await head?.text()).toBe("");
  expect(get("/admin-ui", {}, "POST")?.status).toBe(405);
});

test("nothing but whole names leads to a file", () => {
  const odd = [
    "/admin-ui/assets/",
    "/admin-ui/assets/main.js",
    "/admin-ui/assets/main-12345678.js/",
    "/admin-ui/assets/../index.html",
    "/admin-ui/assets/..%2f..%2fconfig.json",
    "/admin-ui/%2e%2e/%2e%2e/data/config.json",
    "/admin-ui/..\\config.json",
    "/admin-ui/a%00b",
    "/admin-ui/a%5cb",
    `/admin-ui/${"a".repeat(2000)}`,
  ];
  for (const path of odd)
    expect({ path, status: serve(new Request("http://localhost/admin-ui"), path)?.status }).toEqual({
      path,
      status: 404,
    });
  for (const path of ["/", "/admin", "/admin/config", "/admin-uix", "/v1/messages"]) expect(get(path)).toBeUndefined();
});

test("without a console the page says what to do", async () => {
  const bare = createConsoleAssets(undefined);
  const response = bare(new Request("http://localhost/admin-ui"), "/admin-ui");
  expect(response?.status).toBe(503);
  expect(await response?.text()).toContain("./apirouter.sh");
  expect(bare(new Request("http://localhost/"), "/admin-ui/assets/x.js")?.status).toBe(404);
});
