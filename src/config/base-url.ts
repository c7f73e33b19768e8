// Which upstream addresses are allowed, and how they are written down.

export type BaseUrlCheck =
  | { readonly ok: true; readonly baseUrl: string; readonly warning?: string | undefined }
  | { readonly ok: false; readonly expected: string };

/** Hosts where clouds hand out credentials; no upstream is there. */
const METADATA_HOSTS: ReadonlySet<string> = new Set([
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "metadata.google.internal",
  "metadata.goog",
  "[fd00:ec2::254]",
]);

/** 169.254.169.254 as the tail of a mapped, compatible or translated IPv6 address. */
const METADATA_TAIL = ":a9fe:a9fe]";

/**
 * Checks the base URL of an upstream and returns it without trailing slashes. Private and loopback addresses are
 * allowed, because local models live there; plain http to anywhere else is allowed with a warning.
 */
export function checkBaseUrl(text: string): BaseUrlCheck {
  const trimmed = text.trim();
  // The URL parser would silently drop tabs and line breaks and turn backslashes into slashes.
  const url = /^https?:\/\/[^\s\\]+$/i.test(trimmed) && isPrintable(trimmed) ? URL.parse(trimmed) : null;
  if (!url || url.hostname === "") return { ok: false, expected: "an http:// or https:// URL" };
  if (url.username !== "" || url.password !== "")
    return { ok: false, expected: "a URL without user name and password" };
  if (trimmed.includes("#")) return { ok: false, expected: 'a URL without "#"' };
  if (trimmed.includes("?")) return { ok: false, expected: "a URL without a query" };
  const host = url.hostname.toLowerCase().replace(/\.+$/, "");
  if (METADATA_HOSTS.has(host) || (host.startsWith("[") && host.endsWith(METADATA_TAIL))) {
    return { ok: false, expected: "a host that is not a cloud metadata service" };
  }
  const baseUrl = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  if (url.protocol === "http:" && !isNearHost(host)) {
    return { ok: true, baseUrl, warning: `plain http sends the keys unencrypted to ${host}; use https` };
  }
  return { ok: true, baseUrl };
}

/** A URL for messages: without user info, query and fragment; "" when the text is no URL. */
export function publicUrl(text: string): string {
  const url = URL.parse(text.trim());
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) return "";
  return `${url.origin}${url.pathname}`;
}

function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x21 || code === 0x7f) return false;
  }
  return true;
}

/** Loopback, private and link-local addresses and names that only a local network resolves. */
function isNearHost(host: string): boolean {
  if (host.startsWith("[")) return host === "[::1]" || /^\[(f[cd]|fe[89ab])/.test(host) || isMappedNear(host);
  const octets = host.split(".");
  if (octets.length === 4 && octets.every((octet) => /^\d+$/.test(octet))) {
    return isNearIpv4(Number(octets[0]), Number(octets[1]));
  }
  return octets.length === 1 || /\.(localhost|local|lan|internal|home\.arpa)$/.test(host);
}

function isMappedNear(host: string): boolean {
  const mapped = /^\[::ffff:([0-9a-f]{1,4}):[0-9a-f]{1,4}\]$/.exec(host);
  if (!mapped) return false;
  const high = Number.parseInt(mapped[1] ?? "0", 16);
  return isNearIpv4(high >> 8, high & 0xff);
}

function isNearIpv4(first: number, second: number): boolean {
  if (first === 10 || first === 127) return true;
  if (first === 172) return second >= 16 && second <= 31;
  if (first === 192) return second === 168;
  if (first === 169) return second === 254;
  return first === 100 && second >= 64 && second <= 127;
}
