// The gateway's address as whoever looks at this page can use it.

/** With the page's own host in place of "all addresses" (`0.0.0.0`, `[::]`), which is no address to call. */
export function visibleAddress(address: string, pageHost: string): string {
  const url = URL.parse(address);
  if (!url || (url.hostname !== "0.0.0.0" && url.hostname !== "[::]")) return address;
  url.hostname = pageHost;
  return url.origin;
}
