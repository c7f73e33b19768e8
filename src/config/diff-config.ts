// What differs between two documents of config.json, in the words of someone who reads them: upstreams by id, client
// keys by label, everything else by path. Secrets are masked.

import { hashClientKey, labelClientKey } from "./client-key.ts";
import { formatPath, isJsonObject, type JsonObject, ownValue } from "./json-path.ts";
import { maskValue } from "./redact.ts";

/** One difference; `before` or `after` is undefined where there was nothing. */
export interface ConfigDifference {
  /** `upstreams.deepseek.base_url`, `client_keys["sk-abcde…wxyz"].enabled`, `breaker.open_ms`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Lines of a summary. */
const MAX_LINES = 20;
/** Stands for a secret that looks as before once it is masked. */
const CHANGED = "(another value)";

/** All differences in the order of the documents. Neither is changed. */
export function diffConfig(before: JsonObject, after: JsonObject): ConfigDifference[] {
  const found: ConfigDifference[] = [];
  compareObjects(before, after, [], found);
  return found;
}

/** One line per difference, for upstreams and client keys one per entry: `upstreams.deepseek: changed`; 20 at most. */
export function summarizeDiff(differences: readonly ConfigDifference[]): string[] {
  const lines = new Map<string, string>();
  for (const { path, before, after } of differences) {
    const entry = /^(upstreams|client_keys)(\.[A-Za-z_][A-Za-z0-9_]*|\["(?:[^"\\]|\\.)*"\])/.exec(path)?.[0] ?? path;
    const isWhole = entry === path;
    const verb = isWhole && before === undefined ? "added" : isWhole && after === undefined ? "removed" : "changed";
    if (!lines.has(entry)) lines.set(entry, `${entry}: ${verb}`);
  }
  const all = [...lines.values()];
  return all.length <= MAX_LINES ? all : [...all.slice(0, MAX_LINES - 1), `${all.length - MAX_LINES + 1} more`];
}

function compareObjects(
  before: JsonObject,
  after: JsonObject,
  path: readonly string[],
  found: ConfigDifference[],
): void {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of names) compare(ownValue(before, name), ownValue(after, name), [...path, name], found);
}

function compare(before: unknown, after: unknown, path: readonly string[], found: ConfigDifference[]): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  const identity = path.length === 1 ? IDENTITIES.get(path[0] as string) : undefined;
  if (identity && isList(before) && isList(after)) compareLists(before ?? [], after ?? [], path, identity, found);
  else if (isJsonObject(before) && isJsonObject(after)) compareObjects(before, after, path, found);
  else found.push(difference(before, after, path));
}

/** Lists whose entries have a name of their own. */
const IDENTITIES: ReadonlyMap<string, (entry: JsonObject) => string | undefined> = new Map([
  ["upstreams", (entry: JsonObject) => text(ownValue(entry, "id"))],
  ["client_keys", nameOfKey],
]);

function isList(value: unknown): value is readonly unknown[] | undefined {
  return value === undefined || Array.isArray(value);
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: readonly string[],
  identity: (entry: JsonObject) => string | undefined,
  found: ConfigDifference[],
): void {
  const [earlier, later] = [byName(before, identity), byName(after, identity)];
  for (const [name, entry] of earlier) if (!later.has(name)) found.push(difference(entry, undefined, [...path, name]));
  for (const [name, entry] of later) {
    const old = earlier.get(name);
    if (old) compareObjects(old, entry, [...path, name], found);
    else found.push(difference(undefined, entry, [...path, name]));
  }
  const kept = (names: Iterable<string>, others: ReadonlyMap<string, unknown>) =>
    [...names].filter((name) => others.has(name));
  const [oldOrder, newOrder] = [kept(earlier.keys(), later), kept(later.keys(), earlier)];
  if (JSON.stringify(oldOrder) !== JSON.stringify(newOrder))
    found.push({ path: formatPath(path), before: oldOrder, after: newOrder });
}

/** Entries by name; of those that share one, each gets a number. */
function byName(
  list: readonly unknown[],
  identity: (entry: JsonObject) => string | undefined,
): Map<string, JsonObject> {
  const entries = new Map<string, JsonObject>();
  for (const [index, entry] of list.entries()) {
    if (!isJsonObject(entry)) continue;
    const name = identity(entry) ?? `#${index + 1}`;
    entries.set(entries.has(name) ? `${name} (${index + 1})` : name, entry);
  }
  return entries;
}

function nameOfKey(entry: JsonObject): string | undefined {
  const key = text(ownValue(entry, "key"));
  const label = text(ownValue(entry, "label"));
  const hash = key === undefined ? text(ownValue(entry, "hash")) : hashClientKey(key);
  const shown = label ?? (key === undefined ? undefined : labelClientKey(key));
  return shown ?? (hash === undefined ? undefined : `${hash.slice(0, 8)}…`);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function difference(before: unknown, after: unknown, path: readonly string[]): ConfigDifference {
  const shown = { before: maskValue(path, before), after: maskValue(path, after) };
  const isHidden = JSON.stringify(shown.before) === JSON.stringify(shown.after);
  return { path: formatPath(path), before: shown.before, after: isHidden ? CHANGED : shown.after };
}
