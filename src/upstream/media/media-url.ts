// Which URLs of messages may be fetched at all, before any name is resolved. Pure.

import { isPublicAddress, parseAddress } from "./address-rules.ts";
import type { MediaError } from "./media-fetcher.ts";

/** Loosens the rules for servers of tests on loopback. Never made from configuration or requests. */
export interface TestAllowance {
  /** Names that are taken although they are local. */
  readonly names: readonly string[];
  /** Addresses that are taken although they are not public. */
  readonly addresses: readonly string[];
  /** Taken beside 443. */
  readonly port: number;
}

export type UrlVerdict =
  | {
      readonly ok: true;
      /** Its host name has no trailing dot. */
      readonly url: URL;
      /** Name or IP literal without brackets: for the resolver, the certificate and SNI. */
      readonly hostname: string;
      readonly port: number;
    }
  | { readonly ok: false; readonly error: MediaError };

const MAX_URL_LENGTH = 8192;
const HTTPS_PORT = 443;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Ends of names that never belong to a public server. */
const LOCAL_NAMES: readonly string[] = ["localhost", "local", "internal", "home.arpa", "onion", "invalid"];

/**
 * Judges a URL as a client wrote it. The URL parser's reading is the only one that counts: it resolves decimal, octal,
 * hexadecimal and full-width spellings of addresses. Addresses in the URL are judged here, those behind a name once
 * they are known. Never throws.
 */
export function checkMediaUrl(text: string, allowance: TestAllowance | null = null): UrlVerdict {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return refused("bad-url");
  const url = new URL(text);
  if (url.protocol !== "https:") return refused("not-https");
  if (url.username !== "" || url.password !== "") return refused("has-credentials");
  const hostname = bareName(url.hostname);
  const isAddress = url.hostname.startsWith("[") || parseAddress(hostname) !== null;
  if (isAddress ? !isAllowedAddress(hostname, allowance) : !isAllowedName(hostname, allowance)) {
    return refused("not-public");
  }
  const port = url.port === "" ? HTTPS_PORT : Number(url.port);
  if (port !== HTTPS_PORT && port !== allowance?.port) return refused("port-refused");
  if (!isAddress) url.hostname = hostname;
  return { ok: true, url, hostname, port };
}

/** Whether a connection may be opened to an address. */
export function isAllowedAddress(address: string, allowance: TestAllowance | null): boolean {
  return isPublicAddress(address) || (allowance?.addresses.includes(address) ?? false);
}

function isAllowedName(name: string, allowance: TestAllowance | null): boolean {
  if (allowance?.names.includes(name)) return true;
  const labels = name.split(".");
  if (name.length > 253 || labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  return !LOCAL_NAMES.some((local) => name === local || name.endsWith(`.${local}`));
}

/** Lower case already: the URL parser saw to it. */
function bareName(hostname: string): string {
  if (hostname.startsWith("[")) return hostname.slice(1, -1);
  return hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
}

function refused(error: MediaError): UrlVerdict {
  return { ok: false, error };
}
