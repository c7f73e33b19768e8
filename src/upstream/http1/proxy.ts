// Which outbound proxy, if any, an upstream is reached through: the usual environment variables, read once.
//
// HTTPS_PROXY for https upstreams, HTTP_PROXY for http ones, ALL_PROXY for both; lower case wins over upper case, an
// empty value means none. Loopback upstreams are never proxied (a proxy's loopback is another machine). NO_PROXY
// exempts more of them.

import { BlockList, isIP } from "node:net";

/** The proxy for a URL, or null to connect directly. Never throws. */
export type ProxyResolver = (url: URL) => URL | null;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment. NO_PROXY is a list separated by commas or blanks of: `*` (nothing is proxied); `host`, which
 * also covers its subdomains, as `.host` and `*.host` do; IP literals; networks such as `10.0.0.0/8`; each but the
 * networks optionally with `:port`. Values without a scheme are taken as `http://`.
 * Throws an Error that names the variable (never its value: it may hold a password) when one is not a URL.
 */
export function createProxyResolver(env: Environment): ProxyResolver {
  const fallback = proxyFrom(env, "ALL_PROXY");
  const forHttp = proxyFrom(env, "HTTP_PROXY") ?? fallback;
  const forHttps = proxyFrom(env, "HTTPS_PROXY") ?? fallback;
  if (forHttp === null && forHttps === null) return () => null;
  const isExempt = createExemptions(variable(env, "NO_PROXY") ?? "");
  return (url) => {
    const hostname = bareHost(url.hostname);
    if (isLoopback(hostname) || isExempt(hostname, portOf(url))) return null;
    return url.protocol === "https:" ? forHttps : forHttp;
  };
}

/** Host name or IP literal without brackets and trailing dot, in lower case. */
export function bareHost(hostname: string): string {
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return (bare.endsWith(".") ? bare.slice(0, -1) : bare).toLowerCase();
}

/** The URL's port, or its scheme's. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

function variable(env: Environment, name: string): string | null {
  const value = (env[name.toLowerCase()] ?? env[name] ?? "").trim();
  return value === "" ? null : value;
}

function proxyFrom(env: Environment, name: string): URL | null {
  const value = variable(env, name);
  if (value === null) return null;
  const text = value.includes("://") ? value : `http://${value}`;
  if (!URL.canParse(text) || new URL(text).hostname === "") {
    throw new Error(`environment variable ${name}: expected a proxy URL such as http://proxy.example:3128`);
  }
  return new URL(text);
}

function isLoopback(hostname: string): boolean {
  if (hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "::1") return true;
  return isIP(hostname) === 4 && hostname.startsWith("127.");
}

type Exemption = (hostname: string, port: number) => boolean;

function createExemptions(list: string): Exemption {
  const exemptions = list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map(exemption);
  return (hostname, port) => exemptions.some((isExempt) => isExempt(hostname, port));
}

function exemption(entry: string): Exemption {
  if (entry === "*") return () => true;
  const network = networkOf(entry);
  if (network !== null) return (hostname) => isIP(hostname) !== 0 && network.check(hostname, familyOf(hostname));
  const { host, port } = splitPort(entry);
  const name = bareHost(host.replace(/^\*?\./, ""));
  const matchesHost: (hostname: string) => boolean =
    isIP(name) !== 0
      ? (hostname) => hostname === name
      : (hostname) => hostname === name || hostname.endsWith(`.${name}`);
  return (hostname, upstreamPort) => (port === null || port === upstreamPort) && matchesHost(hostname);
}

function networkOf(entry: string): BlockList | null {
  const match = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(entry);
  const address = match?.[1] ?? "";
  const bits = Number(match?.[2]);
  const version = isIP(address);
  if (version === 0 || bits > (version === 4 ? 32 : 128)) return null;
  const network = new BlockList();
  network.addSubnet(address, bits, familyOf(address));
  return network;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

function splitPort(entry: string): { host: string; port: number | null } {
  if (isIP(entry) === 6) return { host: entry, port: null };
  const match = /^(.*):(\d{1,5})$/.exec(entry);
  return match === null ? { host: entry, port: null } : { host: match[1]!, port: Number(match[2]) };
}
