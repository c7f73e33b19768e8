// From a changed document back to text: unknown fields stay, client keys in clear become hashes.

import { hashClientKey, labelClientKey } from "./client-key.ts";
import { isJsonObject, type JsonObject, ownValue } from "./json-path.ts";

/** Objects whose fields a patch changes one by one; all other values are replaced whole. */
const MERGED_OBJECTS: ReadonlySet<string> = new Set([
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
  "quirks",
]);

/** The text of a document: two spaces, a line feed at the end. */
export function serializeConfig(document: JsonObject): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Applies a partial document. A field of the patch replaces the old one, `null` removes it. The lists `upstreams` and
 * `client_keys` are replaced too, but an entry with the same id (or the same client key) keeps the fields that the
 * patch does not mention, so that an old client cannot drop settings it does not know. Neither argument is changed.
 */
export function patchConfig(document: JsonObject, patch: JsonObject): JsonObject {
  return mergeFields(document, patch, (name, before, after) => {
    if (name === "upstreams") return mergeList(before, after, upstreamIdentity);
    if (name === "client_keys") return mergeList(before, after, clientKeyIdentity);
    return mergeValue(name, before, after);
  });
}

/**
 * Another document with the administrator's password of this one. The password belongs to the installation, not to
 * what is configured in it: an old one must not come back with an old configuration, nor a foreign one with an import.
 */
export function keepPassword(document: JsonObject, current: JsonObject): JsonObject {
  return mergeFields(
    document,
    { admin_password_hash: ownValue(current, "admin_password_hash") ?? null },
    (_name, _before, value) => value,
  );
}

/** Replaces each client key in clear by its hash and a label; other fields and malformed entries stay as they are. */
export function sealClientKeys(document: JsonObject): JsonObject {
  const entries = ownValue(document, "client_keys");
  if (!Array.isArray(entries)) return document;
  const sealed = entries.map((entry: unknown) => (isJsonObject(entry) ? sealClientKey(entry) : entry));
  return { ...document, client_keys: sealed };
}

function sealClientKey(entry: JsonObject): JsonObject {
  const key = ownValue(entry, "key");
  if (typeof key !== "string") return entry;
  const rest = Object.entries(entry).filter(([name]) => name !== "key" && name !== "hash" && name !== "label");
  const label = ownValue(entry, "label") ?? labelClientKey(key);
  return Object.fromEntries([["hash", hashClientKey(key)], ["label", label], ...rest]);
}

/** Object.fromEntries defines own properties, so that a field called `__proto__` stays a field. */
function mergeFields(
  before: JsonObject,
  patch: JsonObject,
  merge: (name: string, before: unknown, after: unknown) => unknown,
): JsonObject {
  const fields = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) fields.delete(name);
    else if (value !== undefined) fields.set(name, merge(name, fields.get(name), value));
  }
  return Object.fromEntries(fields);
}

function mergeValue(name: string, before: unknown, after: unknown): unknown {
  if (!MERGED_OBJECTS.has(name) || !isJsonObject(before) || !isJsonObject(after)) return after;
  return mergeFields(before, after, (_name, _before, value) => value);
}

function mergeList(before: unknown, after: unknown, identity: (entry: JsonObject) => string | undefined): unknown {
  if (!Array.isArray(after)) return after;
  const known = new Map<string, JsonObject>();
  for (const entry of Array.isArray(before) ? before : []) {
    const id = isJsonObject(entry) ? identity(entry) : undefined;
    if (id !== undefined && !known.has(id)) known.set(id, entry);
  }
  return after.map((entry: unknown) => {
    if (!isJsonObject(entry)) return entry;
    const id = identity(entry);
    const earlier = id === undefined ? undefined : known.get(id);
    return mergeFields(earlier ?? {}, entry, mergeValue);
  });
}

function upstreamIdentity(entry: JsonObject): string | undefined {
  const id = ownValue(entry, "id");
  return typeof id === "string" ? id : undefined;
}

function clientKeyIdentity(entry: JsonObject): string | undefined {
  const key = ownValue(entry, "key");
  if (typeof key === "string") return hashClientKey(key);
  const hash = ownValue(entry, "hash");
  return typeof hash === "string" ? hash.toLowerCase() : undefined;
}
