import { describe, expect, test } from "bun:test";
import type { MediaError } from "./media-fetcher.ts";
import { checkMediaUrl } from "./media-url.ts";

/** Refused before a name is resolved. Comments name the incident of security.md, section 4.1, that used the trick. */
const REFUSED: readonly (readonly [string, MediaError])[] = [
  // Plain addresses (new-api CVE-2025-59146).
  ["https://127.0.0.1/x.png", "not-public"],
  ["https://127.0.0.1:8443/x.png", "not-public"],
  ["https://10.0.0.1/x.png", "not-public"],
  ["https://172.16.0.1/x.png", "not-public"],
  ["https://192.168.1.1/x.png", "not-public"],
  ["https://169.254.169.254/latest/meta-data/", "not-public"],
  ["https://100.100.100.200/latest/meta-data/", "not-public"],
  ["https://168.63.129.16/machine", "not-public"],
  ["https://192.0.0.192/opc/v1/instance/", "not-public"],
  ["https://198.18.0.1/", "not-public"],
  ["https://224.0.0.1/", "not-public"],
  ["https://255.255.255.255/", "not-public"],
  // The unspecified address is the machine itself (new-api CVE-2026-42339).
  ["https://0.0.0.0/x.png", "not-public"],
  ["https://0/x.png", "not-public"],
  ["https://0.0/x.png", "not-public"],
  ["https://[::]/x.png", "not-public"],
  // Other spellings of IPv4.
  ["https://2130706433/", "not-public"],
  ["https://0x7f000001/", "not-public"],
  ["https://0x7f.0.0.1/", "not-public"],
  ["https://0x7f.1/", "not-public"],
  ["https://0177.0.0.1/", "not-public"],
  ["https://0177.0.1/", "not-public"],
  ["https://017700000001/", "not-public"],
  ["https://127.1/", "not-public"],
  ["https://127.0.1/", "not-public"],
  ["https://2852039166/", "not-public"],
  ["https://0xa9fea9fe/", "not-public"],
  ["https://0xA9.0xFE.0xA9.0xFE/", "not-public"],
  ["https://0251.0376.0251.0376/", "not-public"],
  ["https://127.0.0.1./", "not-public"],
  ["https://１２７.０.０.１/", "not-public"],
  ["https://①②⑦.⓪.⓪.①/", "not-public"],
  ["https://127。0。0。1/", "not-public"],
  ["https://%31%32%37.0.0.1/", "not-public"],
  ["https:127.0.0.1/x.png", "not-public"],
  ["https:////127.0.0.1/x.png", "not-public"],
  ["https:\\\\127.0.0.1\\x.png", "not-public"],
  [" \thttps://127.0.0.1/x.png", "not-public"],
  ["ht\ntps://127.0.\r0.1/x.png", "not-public"],
  // IPv6, with IPv4 inside (LibreChat CVE-2026-31943: hexadecimal mapped form).
  ["https://[::1]/", "not-public"],
  ["https://[0:0:0:0:0:0:0:1]/", "not-public"],
  ["https://[::ffff:127.0.0.1]/", "not-public"],
  ["https://[::ffff:7f00:1]/", "not-public"],
  ["https://[0:0:0:0:0:ffff:7f00:0001]/", "not-public"],
  ["https://[::ffff:a9fe:a9fe]/latest/meta-data/", "not-public"],
  ["https://[::FFFF:169.254.169.254]/", "not-public"],
  ["https://[::ffff:8.8.8.8]/", "not-public"],
  ["https://[::127.0.0.1]/", "not-public"],
  ["https://[::ffff:0:127.0.0.1]/", "not-public"],
  ["https://[64:ff9b::127.0.0.1]/", "not-public"],
  ["https://[64:ff9b:1::a9fe:a9fe]/", "not-public"],
  ["https://[2002:7f00:1::]/", "not-public"],
  ["https://[2001:0:7f00:1::]/", "not-public"],
  ["https://[fe80::1]/", "not-public"],
  ["https://[fd00:ec2::254]/latest/meta-data/", "not-public"],
  ["https://[fec0::1]/", "not-public"],
  ["https://[ff02::1]/", "not-public"],
  ["https://[3fff::1]/", "not-public"],
  ["https://[fe80::1%25eth0]/", "bad-url"],
  ["https://[::1]evil.example/", "bad-url"],
  // Names that are local whatever a resolver says.
  ["https://localhost/x.png", "not-public"],
  ["https://localhost./x.png", "not-public"],
  ["https://LOCALHOST/x.png", "not-public"],
  ["https://ⓛocalhost/x.png", "not-public"],
  ["https://localhost%2e/x.png", "not-public"],
  ["https://app.localhost/x.png", "not-public"],
  ["https://printer.local/x.png", "not-public"],
  ["https://metadata.google.internal/computeMetadata/v1/", "not-public"],
  ["https://metadata.google.internal./computeMetadata/v1/", "not-public"],
  ["https://nas.home.arpa/x.png", "not-public"],
  ["https://hidden.onion/x.png", "not-public"],
  ["https://intranet/x.png", "not-public"],
  ["https://host..example/x.png", "not-public"],
  ["https://example.com../x.png", "not-public"],
  ["https://-evil.example/x.png", "not-public"],
  [`https://${"a".repeat(64)}.example/x.png`, "not-public"],
  [`https://${"a.".repeat(124)}example/x.png`, "not-public"],
  // Hosts that only look like one.
  ["https://public.example@127.0.0.1/", "has-credentials"],
  ["https://127.0.0.1@public.example/", "has-credentials"],
  ["https://user:secret@public.example/", "has-credentials"],
  ["https://:secret@public.example/", "has-credentials"],
  ["https://public.example%40127.0.0.1/", "bad-url"],
  ["https://127.0.0.1#@public.example/", "not-public"],
  ["https://127.0.0.1\\@public.example/", "not-public"],
  ["https://127.0.0.1?@public.example/", "not-public"],
  ["https://127.0.0.1%00.public.example/", "bad-url"],
  ["https://127.0.0.1%0d%0aHost: x/", "bad-url"],
  ["https://1.2.3.4.5/", "bad-url"],
  ["https://256.1.1.1/", "bad-url"],
  ["https://4294967296/", "bad-url"],
  ["https://public.example.0x7f/", "bad-url"],
  ["https://public.127/", "bad-url"],
  // Ports and schemes.
  ["https://public.example:22/", "port-refused"],
  ["https://public.example:80/", "port-refused"],
  ["https://public.example:6379/x.png", "port-refused"],
  ["https://8.8.8.8:53/", "port-refused"],
  ["https://public.example:0/", "port-refused"],
  ["https://public.example:65536/", "bad-url"],
  ["http://public.example/x.png", "not-https"],
  ["http://127.0.0.1/x.png", "not-https"],
  ["file:///etc/passwd", "not-https"],
  ["ftp://public.example/x.png", "not-https"],
  ["gopher://127.0.0.1:6379/_INFO", "not-https"],
  ["data:image/png;base64,AAAA", "not-https"],
  ["blob:https://public.example/1", "not-https"],
  ["view-source:https://127.0.0.1/", "not-https"],
  ["//127.0.0.1/x.png", "bad-url"],
  ["127.0.0.1/x.png", "bad-url"],
  ["https://", "bad-url"],
  ["", "bad-url"],
  [`https://public.example/${"a".repeat(8192)}`, "bad-url"],
];

test("more than sixty tricks are in the table", () => {
  expect(new Set(REFUSED.map(([url]) => url)).size).toBeGreaterThan(100);
});

describe("refused without asking a resolver", () => {
  for (const [url, error] of REFUSED) {
    test(JSON.stringify(url.slice(0, 80)), () => expect(checkMediaUrl(url)).toEqual({ ok: false, error }));
  }
});

describe("taken", () => {
  const table: readonly (readonly [url: string, hostname: string, href: string])[] = [
    ["https://cdn.example/a/b.png?x=1#part", "cdn.example", "https://cdn.example/a/b.png?x=1#part"],
    ["HTTPS://CDN.Example:443/A.png", "cdn.example", "https://cdn.example/A.png"],
    ["https://cdn.example./a.png", "cdn.example", "https://cdn.example/a.png"],
    ["https://a_b.cdn-1.example/", "a_b.cdn-1.example", "https://a_b.cdn-1.example/"],
    ["https://bücher.example/ü.png", "xn--bcher-kva.example", "https://xn--bcher-kva.example/%C3%BC.png"],
    ["https://127.0.0.1.nip.example/", "127.0.0.1.nip.example", "https://127.0.0.1.nip.example/"],
    ["https://8.8.8.8/x.png", "8.8.8.8", "https://8.8.8.8/x.png"],
    ["https://134744072/x.png", "8.8.8.8", "https://8.8.8.8/x.png"],
    ["https://[2606:4700::1111]/x.png", "2606:4700::1111", "https://[2606:4700::1111]/x.png"],
  ];
  for (const [url, hostname, href] of table) {
    test(url, () => {
      const verdict = checkMediaUrl(url);
      expect(verdict.ok && [verdict.hostname, verdict.url.href, verdict.port]).toEqual([hostname, href, 443]);
    });
  }
});

test("an allowance of a test opens its own names, addresses and port, and nothing else", () => {
  const allowance = { names: ["localhost"], addresses: ["127.0.0.1"], port: 8443 };
  const errors = [
    ...["https://localhost:8443/", "https://127.0.0.1:8443/", "https://127.0.0.2:8443/", "https://intranet:8443/"],
    ...["https://localhost:8444/", "http://localhost:8443/", "https://[::1]:8443/"],
  ].map((url) => {
    const verdict = checkMediaUrl(url, allowance);
    return verdict.ok ? "ok" : verdict.error;
  });
  expect(errors).toEqual(["ok", "ok", "not-public", "not-public", "port-refused", "not-https", "not-public"]);
});
