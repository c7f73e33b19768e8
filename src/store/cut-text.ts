// Bounds for texts that clients and upstreams choose, so that no request can fill the disk.

/** Characters of a name: model, user agent, session. */
export const MAX_NAME = 256;

export function cut(value: string, length: number): string {
  return value.length <= length ? value : value.slice(0, length);
}

/** As `cut`; null for undefined, as columns want it. */
export function cutOptional(value: string | undefined, length: number): string | null {
  return value === undefined ? null : cut(value, length);
}
