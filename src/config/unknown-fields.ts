// Finds fields that look like misspelt known ones. Other unknown fields are nobody's business: they are kept.

import { isJsonObject, type JsonObject, type JsonPath, ownValue } from "./json-path.ts";
import type { ProblemList } from "./problem-list.ts";
import { KNOWN_FIELDS } from "./schema.ts";

/** Names that other programs give to our fields. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["url", "base_url"],
  ["endpoint", "base_url"],
  ["apikey", "keys"],
  ["apikeys", "keys"],
  ["format", "api_format"],
  ["protocol", "api_format"],
  ["models", "model_map"],
  ["modelmapping", "model_map"],
]);

/** Warns of each unknown field that is probably a known one in disguise; `raw` is the parsed file. */
export function warnOfNearMisses(raw: JsonObject, list: ProblemList): void {
  check(raw, [], KNOWN_FIELDS.file, list);
  for (const name of [
    "breaker",
    "failover",
    "limits",
    "timeouts",
    "log_retention",
    "remote_media",
    "admin",
    "cors",
    "metrics",
    "otel",
  ] as const) {
    check(ownValue(raw, name), [name], KNOWN_FIELDS[name], list);
  }
  for (const [index, upstream] of entries(ownValue(raw, "upstreams"))) {
    const path = ["upstreams", index];
    check(upstream, path, KNOWN_FIELDS.upstream, list, OTHER_NAMES);
    if (!isJsonObject(upstream)) continue;
    check(ownValue(upstream, "timeouts"), [...path, "timeouts"], KNOWN_FIELDS.timeouts, list);
    check(ownValue(upstream, "breaker"), [...path, "breaker"], KNOWN_FIELDS.breaker, list);
    check(ownValue(upstream, "quirks"), [...path, "quirks"], KNOWN_FIELDS.quirks, list);
  }
  const failover = ownValue(raw, "failover");
  for (const [index, rule] of entries(isJsonObject(failover) ? ownValue(failover, "rules") : undefined)) {
    check(rule, ["failover", "rules", index], KNOWN_FIELDS.failover_rule, list);
  }
  for (const [index, price] of entries(ownValue(raw, "prices")))
    check(price, ["prices", index], KNOWN_FIELDS.price, list);
  for (const [index, key] of entries(ownValue(raw, "client_keys"))) {
    check(key, ["client_keys", index], KNOWN_FIELDS.clientKey, list);
    if (isJsonObject(key))
      check(ownValue(key, "limits"), ["client_keys", index, "limits"], KNOWN_FIELDS.clientKeyLimits, list);
  }
}

function entries(value: unknown): Iterable<[number, unknown]> {
  return Array.isArray(value) ? value.entries() : [];
}

function check(
  value: unknown,
  path: JsonPath,
  known: readonly string[],
  list: ProblemList,
  otherNames?: ReadonlyMap<string, string>,
): void {
  if (!isJsonObject(value)) return;
  for (const name of Object.keys(value)) {
    if (known.includes(name) || name.length > 60) continue;
    const meant = otherNames?.get(normalise(name)) ?? known.find((candidate) => isNear(name, candidate));
    if (meant !== undefined) list.warning([...path, name], `unknown field has no effect; did you mean ${meant}?`);
  }
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, "");
}

/** Same but for case and separators, or a slip of the finger away: one edit in short names, two in longer ones. */
function isNear(name: string, known: string): boolean {
  const [left, right] = [normalise(name), normalise(known)];
  if (left === right) return true;
  const allowed = right.length < 3 ? 0 : right.length < 6 ? 1 : 2;
  return Math.abs(left.length - right.length) <= allowed && editDistance(left, right) <= allowed;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function editDistance(left: string, right: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwap) cost = Math.min(cost, (older[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    older = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}
