// What of a configuration may be shown, what must never be printed, and how a shown document comes back.

import { maskSecret } from "../lib/secret.ts";
import type { Config, ConfigProblem } from "./config.ts";
import { isSecretName } from "./header-rules.ts";
import { isJsonObject, type JsonObject, type JsonPath, ownValue } from "./json-path.ts";
import { isKeyReference } from "./key-reference.ts";

/**
 * A copy of a document fit for a screen: upstream keys, client keys in clear, secret headers and secret-looking
 * unknown fields masked, the password hash left out. `env:` and `file:` references stay, as they are no secrets.
 */
export function maskConfig(document: JsonObject): JsonObject {
  const shown = Object.entries(document).filter(([name]) => name !== "admin_password_hash");
  return Object.fromEntries(shown.map(([name, value]) => [name, maskField([name], value)]));
}

/** What stands at a path of a document as `maskConfig` shows it; the password hash as `***`. Undefined stays undefined. */
export function maskValue(path: JsonPath, value: unknown): unknown {
  return path.at(-1) === "admin_password_hash" && value !== undefined ? "***" : maskField(path, value);
}

/** Every string of a configuration that no log line may hold. */
export function collectSecrets(config: Config): string[] {
  const secrets = new Set<string>();
  for (const upstream of config.upstreams) {
    for (const key of upstream.keys) secrets.add(key.secret.reveal());
    for (const [name, value] of upstream.headers) if (isSecretName(name)) secrets.add(value);
  }
  if (config.metrics.token) secrets.add(config.metrics.token.reveal());
  for (const value of config.otel.headers.values()) secrets.add(value.reveal());
  if (config.adminPasswordHash !== "") secrets.add(config.adminPasswordHash);
  return [...secrets];
}

/**
 * Puts the keys and headers back that `maskConfig` hid, in upstreams with the same id; a masked value means
 * "unchanged". It is refused where the upstream now points at another host, as that would send the old keys there.
 */
export function unmaskUpstreams(
  shown: readonly unknown[],
  document: JsonObject,
  options: UnmaskOptions = {},
): { readonly upstreams: readonly unknown[]; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const before = ownValue(document, "upstreams");
  const known = new Map<unknown, JsonObject>();
  for (const entry of Array.isArray(before) ? before : [])
    if (isJsonObject(entry)) known.set(ownValue(entry, "id"), entry);

  const upstreams = shown.map((entry, index) => {
    const earlier = isJsonObject(entry) ? known.get(ownValue(entry, "id")) : undefined;
    if (!isJsonObject(entry) || !earlier) return entry;
    const restored = unmaskUpstream(entry, earlier);
    if (restored && !(options.keepsAbsent && isMoved(entry, earlier) && leavesSecretsOut(entry, earlier)))
      return restored;
    problems.push({ path: `upstreams[${index}].keys`, message: KEYS_AGAIN });
    return entry;
  });
  return { upstreams, problems };
}

/** How absent fields are read. */
export interface UnmaskOptions {
  /** The caller keeps fields that an entry leaves out: then they must not move to another host unseen either. */
  readonly keepsAbsent?: boolean;
}

/** Whether keys or headers of before would be kept because the entry does not speak of them. */
function leavesSecretsOut(entry: JsonObject, earlier: JsonObject): boolean {
  return ["keys", "headers"].some((name) => {
    const kept = ownValue(earlier, name);
    const isFilled = Array.isArray(kept) ? kept.length > 0 : isJsonObject(kept) && Object.keys(kept).length > 0;
    return isFilled && (ownValue(entry, name) ?? undefined) === undefined;
  });
}

/** What a form is told when `unmaskUpstream` refuses. */
export const KEYS_AGAIN = "expected the keys to be entered again, because the upstream points at another host";

/**
 * Puts back what `maskConfig` hid in one upstream; null when it has masked values and points at another host than
 * `earlier`, the definition it was shown from.
 */
export function unmaskUpstream(entry: JsonObject, earlier: JsonObject): JsonObject | null {
  const restored = restoreFields(entry, earlier);
  const wasMasked = JSON.stringify(restored) !== JSON.stringify(entry);
  return wasMasked && isMoved(entry, earlier) ? null : restored;
}

/**
 * Puts back what `maskConfig` hid in settings; upstreams and client keys are left as they are. `isPatch`: what is not
 * mentioned stays. Refused where the collector's headers would go to another host than the one they were entered for.
 */
export function unmaskSettings(
  shown: JsonObject,
  document: JsonObject,
  isPatch: boolean,
): { readonly settings: JsonObject; readonly problems: readonly ConfigProblem[] } {
  const own = Object.entries(shown).filter(([name]) => name !== "upstreams" && name !== "client_keys");
  const settings = { ...shown, ...restoreFields(Object.fromEntries(own), document) };
  const [after, before] = [ownValue(settings, "otel"), ownValue(document, "otel")];
  if (!isJsonObject(after) || !isJsonObject(before)) return { settings, problems: [] };
  const origin = (section: JsonObject) => URL.parse(String(ownValue(section, "endpoint") ?? ""))?.origin;
  const endpointStays = isPatch && ownValue(after, "endpoint") === undefined;
  const headers = ownValue(after, "headers") ?? (isPatch ? ownValue(before, "headers") : undefined);
  const old = ownValue(before, "headers");
  const kept = isJsonObject(headers) && isJsonObject(old) ? Object.entries(headers) : [];
  const isKept = kept.some(([name, value]) => isJsonObject(old) && ownValue(old, name) === value);
  if (endpointStays || !isKept || origin(after) === origin(before)) return { settings, problems: [] };
  const message = "expected the headers to be entered again, because the collector is another host";
  return { settings, problems: [{ path: "otel.headers", message }] };
}

function isMoved(entry: JsonObject, earlier: JsonObject): boolean {
  return originOf(entry) !== undefined && originOf(entry) !== originOf(earlier);
}

function maskField(path: JsonPath, value: unknown): unknown {
  const name = path.at(-1) ?? "";
  if (name === "keys" && Array.isArray(value)) return value.map(maskKey);
  if (typeof value === "string") return isSecretAt(path) ? maskKey(value) : value;
  // A model map holds model names, which may contain words such as "token" without being secret.
  if (name === "model_map") return value;
  if (Array.isArray(value)) return value.map((item: unknown) => maskField(name === "client_keys" ? [] : path, item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, maskField([...path, field], inner)]));
}

/** Collectors take their keys in headers of any name. */
function isSecretAt(path: JsonPath): boolean {
  if (path.length === 3 && path[0] === "otel" && path[1] === "headers") return true;
  return isSecretField(String(path.at(-1) ?? ""));
}

/** Our own fields with suspicious names hold choices, not secrets. */
function isSecretField(name: string): boolean {
  return isSecretName(name) && name !== "auth" && name !== "max_tokens_field";
}

function maskKey(value: unknown): unknown {
  if (typeof value !== "string" || isKeyReference(value)) return value;
  return maskSecret(value);
}

function restoreFields(shown: JsonObject, before: JsonObject, path: JsonPath = []): JsonObject {
  const fields = Object.entries(shown).map(([name, value]): [string, unknown] => [
    name,
    restoreField([...path, name], value, ownValue(before, name)),
  ]);
  return Object.fromEntries(fields);
}

/** The inverse of `maskField`. */
function restoreField(path: JsonPath, value: unknown, before: unknown): unknown {
  const name = path.at(-1);
  if (name === "keys" && Array.isArray(value)) return restoreKeys(value, Array.isArray(before) ? before : []);
  if (typeof value === "string") return isSecretAt(path) && maskKey(before) === value ? before : value;
  if (name === "model_map") return value;
  if (Array.isArray(value))
    return value.map((item, index) => restoreField(path, item, Array.isArray(before) ? before[index] : undefined));
  return isJsonObject(value) && isJsonObject(before) ? restoreFields(value, before, path) : value;
}

/** Keys that look alike once masked come back in the order they had. */
function restoreKeys(shown: readonly unknown[], before: readonly unknown[]): unknown[] {
  const hidden = before.filter((key) => typeof key === "string" && !isKeyReference(key));
  return shown.map((value) => {
    const at = hidden.findIndex((key) => maskKey(key) === value);
    return at < 0 ? value : hidden.splice(at, 1)[0];
  });
}

/** Undefined when the entry has no base URL, so that it keeps the earlier one. */
function originOf(entry: JsonObject): string | undefined {
  const baseUrl = ownValue(entry, "base_url");
  return typeof baseUrl === "string" ? (URL.parse(baseUrl.trim())?.origin ?? "") : undefined;
}
