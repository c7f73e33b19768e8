// Client keys in logs and sums: there they are known by label and id, people know them by name.

import type { ClientKey } from "../config/config.ts";

const ID_LENGTH = 16;

/** First 16 hex digits of the key's SHA-256. */
export function clientKeyId(key: Pick<ClientKey, "hash">): string {
  return key.hash.slice(0, ID_LENGTH);
}

/** Labels and ids of the keys that a name, label or id stands for; the text itself when no key is called so. */
export function clientKeysCalled(keys: readonly ClientKey[], text: string): string[] {
  const called = keys.filter((key) => key.name === text || key.label === text || clientKeyId(key) === text);
  if (called.length === 0) return [text];
  // By id alone: two keys may share a label, but rows of earlier versions hold no id.
  return called.flatMap((key) => (key.label === text ? [clientKeyId(key), key.label] : [clientKeyId(key)]));
}

/** Names of keys by id and by label, for those that have one. */
export function clientKeyNames(keys: readonly ClientKey[]): ReadonlyMap<string, string> {
  const named = keys.filter((key) => key.name !== "");
  return new Map(named.flatMap((key) => [[key.label, key.name] as const, [clientKeyId(key), key.name] as const]));
}
