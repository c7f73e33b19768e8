// Which IP addresses are public, after the special-purpose registries of IANA. Pure: text in, yes or no out.

/**
 * IPv4 networks that are not the public internet.
 * @source IANA IPv4 Special-Purpose Address Registry, with multicast (RFC 5771) and class E (RFC 1112); compared with
 * secondary listings of the registry of 2025-10, not with IANA's own page.
 */
const SPECIAL_IPV4: readonly string[] = [
  "0.0.0.0/8", // this network; 0.0.0.0 connects to the machine itself
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carrier-grade NAT
  "127.0.0.0/8", // loopback
  "168.63.129.16/32", // Azure's platform address: public by number, answered inside each virtual machine
  "169.254.0.0/16", // link-local, metadata services
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, with the broadcast address
];

/** All IPv6 addresses that were ever given out for global unicast. */
const GLOBAL_IPV6 = "2000::/3";

/**
 * IPv6 networks that are not the public internet. Those outside of 2000::/3 are refused anyway and named to be seen.
 * @source IANA IPv6 Special-Purpose Address Registry, compared as above; 2001::/23 whole, though a few of its addresses
 * are reachable, and 64:ff9b::/96, as where a translator sends the traffic is not ours to know.
 */
const SPECIAL_IPV6: readonly string[] = [
  "::/128", // unspecified; connects to the machine itself
  "::1/128", // loopback
  "::/96", // IPv4-compatible, deprecated
  "::ffff:0:0/96", // IPv4-mapped
  "::ffff:0:0:0/96", // IPv4-translated
  "64:ff9b::/96", // NAT64
  "64:ff9b:1::/48", // NAT64, local
  "100::/64", // discard
  "100:0:0:1::/64", // dummy prefix
  "2001::/23", // protocol assignments: Teredo, ORCHID, benchmarks
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4
  "3ffe::/16", // 6bone, returned
  "3fff::/20", // documentation
  "5f00::/16", // segment routing
  "fc00::/7", // unique local, with fd00:ec2::254
  "fe80::/10", // link-local
  "fec0::/10", // site-local, deprecated
  "ff00::/8", // multicast
];

const IPV4_PART = /^(0|[1-9][0-9]{0,2})$/;
const IPV6_GROUP = /^[0-9a-fA-F]{1,4}$/;

interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

const IPV4_NETWORKS = SPECIAL_IPV4.map(parseNetwork);
const IPV6_NETWORKS = SPECIAL_IPV6.map(parseNetwork);
const GLOBAL_NETWORK = parseNetwork(GLOBAL_IPV6);

/**
 * Whether an address belongs to the public internet. Takes what resolvers and URL parsers give: dotted IPv4 without
 * leading zeros, any spelling of IPv6, no brackets, no zone. Everything else is not public, and so is every IPv6
 * address that carries an IPv4 one.
 */
export function isPublicAddress(address: string): boolean {
  const bytes = parseAddress(address);
  if (bytes === null) return false;
  if (bytes.length === 4) return !IPV4_NETWORKS.some((network) => isInside(bytes, network));
  return isInside(bytes, GLOBAL_NETWORK) && !IPV6_NETWORKS.some((network) => isInside(bytes, network));
}

/** Whether two texts are the same address; an IPv4-mapped one, as sockets may report it, is its IPv4 address. */
export function isSameAddress(left: string, right: string): boolean {
  const a = parseAddress(left);
  const b = parseAddress(right);
  return a !== null && b !== null && Buffer.from(unmapped(a)).equals(unmapped(b));
}

/** 4 or 16 bytes; null for anything that is not an address in the forms that `isPublicAddress` takes. */
export function parseAddress(text: string): Uint8Array | null {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => IPV4_PART.test(part) && Number(part) <= 255)) return null;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const front = parseGroups(halves[0]!, halves.length === 1);
  const back = halves.length === 1 ? [] : parseGroups(halves[1]!, true);
  if (front === null || back === null) return null;
  const missing = 16 - front.length - back.length;
  // "::" stands for one group of zeros at least.
  if (halves.length === 1 ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...front, ...new Array<number>(missing).fill(0), ...back]);
}

/** Bytes of the groups between colons; the last one may be dotted IPv4 where the address ends with it. */
function parseGroups(text: string, isEnd: boolean): number[] | null {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (isEnd && index === groups.length - 1 && group.includes(".")) {
      const dotted = parseIpv4(group);
      if (dotted === null) return null;
      bytes.push(...dotted);
    } else {
      if (!IPV6_GROUP.test(group)) return null;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

function parseNetwork(text: string): Network {
  const slash = text.indexOf("/");
  const bytes = parseAddress(text.slice(0, slash));
  if (bytes === null) throw new Error(`expected a network, got ${text}`);
  return { bytes, bits: Number(text.slice(slash + 1)) };
}

/** Both of the same family. */
function isInside(address: Uint8Array, network: Network): boolean {
  for (let bit = 0; bit < network.bits; bit += 8) {
    const mask = network.bits - bit >= 8 ? 0xff : (0xff << (8 - (network.bits - bit))) & 0xff;
    const index = bit / 8;
    if (((address[index]! ^ network.bytes[index]!) & mask) !== 0) return false;
  }
  return true;
}

function unmapped(bytes: Uint8Array): Uint8Array {
  const isMapped = bytes.length === 16 && bytes.subarray(0, 10).every((byte) => byte === 0);
  return isMapped && bytes[10] === 0xff && bytes[11] === 0xff ? bytes.subarray(12) : bytes;
}
