// A key that was just created, for the set-up instructions. In memory only: it is gone with the page.

export interface FreshKey {
  readonly name: string;
  readonly key: string;
}

const memory: { current: FreshKey | undefined } = { current: undefined };

/** Keeps the key until the page is closed or another one comes. */
export function rememberFreshKey(key: FreshKey): void {
  memory.current = key;
}

/** The key, if one was created since the page was opened. */
export function freshKey(): FreshKey | undefined {
  return memory.current;
}
