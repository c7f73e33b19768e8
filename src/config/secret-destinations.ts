// Where a configuration sends what it only refers to (`env:`, `file:`), so that a change which sends a secret to somebody
// new can be told from all others.

import { isJsonObject, type JsonObject, ownValue } from "./json-path.ts";
import { isKeyReference } from "./key-reference.ts";

/** Variables that hold the collector's address and headers where the file does not; see build-telemetry.ts. */
const COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT";
const COLLECTOR_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS";

type Environment = Readonly<Record<string, string | undefined>>;

/** References of `after` that would go to a host to which they do not go in `before`, each with its host, in order. */
export function newDestinations(before: JsonObject, after: JsonObject, env: Environment): string[] {
  const known = new Set(destinationsOf(before, env));
  return [...new Set(destinationsOf(after, env))].filter((destination) => !known.has(destination));
}

/** `env:NAME to https://host`. Whatever is damaged leads nowhere: such a document is refused elsewhere. */
function destinationsOf(document: JsonObject, env: Environment): string[] {
  const found: string[] = [];
  const upstreams = ownValue(document, "upstreams");
  for (const upstream of Array.isArray(upstreams) ? upstreams : []) {
    if (!isJsonObject(upstream)) continue;
    const keys = ownValue(upstream, "keys");
    add(found, Array.isArray(keys) ? keys.filter(isReference) : [], ownValue(upstream, "base_url"));
  }
  const section = ownValue(document, "otel");
  const otel = isJsonObject(section) ? section : {};
  const headers = ownValue(otel, "headers");
  const references = isJsonObject(headers) ? Object.values(headers).filter(isReference) : [];
  // Headers of the environment go to whatever collector the file names.
  if (env[COLLECTOR_HEADERS]) references.push(COLLECTOR_HEADERS);
  add(found, references, ownValue(otel, "endpoint") ?? env[COLLECTOR]);
  return found;
}

function isReference(value: unknown): value is string {
  return typeof value === "string" && isKeyReference(value);
}

function add(found: string[], references: readonly string[], address: unknown): void {
  const url = typeof address === "string" ? URL.parse(address.trim()) : null;
  if (!url) return;
  for (const reference of references) found.push(`${reference.trim()} to ${url.origin}`);
}
