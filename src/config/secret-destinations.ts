// Where a configuration sends what it only refers to (`env:`, `file:`), so that a change which sends a secret to somebody
// new can be told from all others.

import { isJsonObject, type JsonObject, ownValue } from "./json-path.ts";
import { isKeyReference } from "./key-reference.ts";

/** References of `after` that would go to a host to which they do not go in `before`, each with its host, in order. */
export function newDestinations(before: JsonObject, after: JsonObject): string[] {
  const known = new Set(destinationsOf(before));
  return [...new Set(destinationsOf(after))].filter((destination) => !known.has(destination));
}

/** `env:NAME to https://host`. Whatever is damaged leads nowhere: such a document is refused elsewhere. */
function destinationsOf(document: JsonObject): string[] {
  const found: string[] = [];
  const upstreams = ownValue(document, "upstreams");
  for (const upstream of Array.isArray(upstreams) ? upstreams : []) {
    if (!isJsonObject(upstream)) continue;
    const keys = ownValue(upstream, "keys");
    add(found, Array.isArray(keys) ? keys : [], ownValue(upstream, "base_url"));
  }
  const otel = ownValue(document, "otel");
  if (isJsonObject(otel)) {
    const headers = ownValue(otel, "headers");
    add(found, isJsonObject(headers) ? Object.values(headers) : [], ownValue(otel, "endpoint"));
  }
  return found;
}

function add(found: string[], values: readonly unknown[], address: unknown): void {
  const url = typeof address === "string" ? URL.parse(address.trim()) : null;
  if (!url) return;
  for (const value of values)
    if (typeof value === "string" && isKeyReference(value)) found.push(`${value.trim()} to ${url.origin}`);
}
