// Tells whether an upstream's address is this gateway's own: such a circle would answer nobody.

/**
 * Whether a base URL leads to a listener on `port` of this machine. `addresses` are those of its interfaces; names other
 * than `localhost` are not looked up.
 */
export function isOwnAddress(baseUrl: string, port: number, addresses: readonly string[]): boolean {
  const url = new URL(baseUrl);
  const urlPort = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (urlPort !== port) return false;
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (host === "localhost" || host.endsWith(".localhost") || /^127\.\d+\.\d+\.\d+$/.test(host)) return true;
  return host === "::1" || host === "0.0.0.0" || host === "::" || addresses.includes(host);
}
