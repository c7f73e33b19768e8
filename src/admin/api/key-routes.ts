// Client keys: who may use the gateway.

import { hashClientKey, labelClientKey } from "../../config/client-key.ts";
import type { ClientKey } from "../../config/config.ts";
import { isJsonObject, type JsonObject, ownValue } from "../../config/json-path.ts";
import { randomId } from "../../lib/random.ts";
import { clientKeyId } from "../client-keys.ts";
import { saved } from "../contract/common.ts";
import {
  accessControlInput,
  createdKey,
  type KeyView,
  keyInput,
  keyLimits,
  keyList,
  keyPatch,
} from "../contract/keys.ts";
import { AdminError } from "./admin-error.ts";
import { changeConfig, listIn, withFields } from "./change-config.ts";
import type { AdminParts, KeyUsage } from "./parts.ts";
import { json, type Route, route } from "./route.ts";

const NO_USAGE: KeyUsage = {
  requests_today: 0,
  tokens_today: 0,
  cost_today_usd: null,
  requests_month: 0,
  tokens_month: 0,
  cost_month_usd: null,
  unpriced_month: 0,
  running: 0,
  last_used_at: null,
};
/** Of base 62: about 256 bits. */
const KEY_LENGTH = 43;
const CHANGES = ["conflict", "file-invalid", "storage"] as const;

export function keyRoutes(parts: AdminParts): Route[] {
  const { configFile } = parts;

  async function views(): Promise<KeyView[]> {
    const [usage, entries] = [await parts.keyUsage(), entriesByHash(configFile.document())];
    const nowMs = parts.gateway.clock.wallMs();
    const running = new Map<string, number>();
    for (const { inbound } of parts.gateway.inflight.running())
      if (inbound.clientKeyId !== undefined)
        running.set(inbound.clientKeyId, (running.get(inbound.clientKeyId) ?? 0) + 1);
    return configFile.current().clientKeys.map((key) => {
      const id = clientKeyId(key);
      const used = { ...NO_USAGE, ...usage.get(id), running: running.get(id) ?? 0 };
      return keyView(key, entries.get(key.hash) ?? {}, used, nowMs);
    });
  }

  return [
    route({
      method: "GET",
      path: "/keys",
      summary: "client keys with their limits and what they have used",
      answer: json(keyList),
      handle: async () => ({
        version: configFile.revision(),
        access_control_enabled: configFile.current().accessControlEnabled,
        allow_anonymous_lan: configFile.current().allowAnonymousLan,
        keys: await views(),
      }),
    }),
    route({
      method: "POST",
      path: "/keys",
      summary: "makes a key; this answer is the only place where it is ever shown",
      body: keyInput,
      answer: json(createdKey, 201),
      errors: CHANGES,
      handle: async (call) => {
        const key = `sk-${randomId(parts.gateway.random, KEY_LENGTH)}`;
        const hash = hashClientKey(key);
        const entry = withFields(
          {
            hash,
            label: labelClientKey(key),
            name: call.body.name,
            enabled: true,
            created_at: new Date(parts.gateway.clock.wallMs()).toISOString(),
          },
          optionalFields(call.body),
        );
        const { version } = await changeConfig(configFile, call, {
          mutate: (document) => withFields(document, { client_keys: [...listIn(document, "client_keys"), entry] }),
          relative: (path) => path.replace(/^client_keys\[\d+\]\.?/, ""),
        });
        const view = (await views()).find(({ id }) => id === clientKeyId({ hash }));
        if (!view) throw new AdminError("conflict", "the key was removed in the meantime");
        return { key, view, version };
      },
    }),
    route({
      method: "PATCH",
      path: "/keys/{id}",
      summary: "changes a key's name, state, expiry or limits",
      body: keyPatch,
      answer: json(saved),
      errors: ["not-found", ...CHANGES],
      handle: (call) =>
        changeConfig(configFile, call, {
          mutate(document) {
            const { name, enabled, mid_stream: midStream } = call.body;
            const changes: JsonObject = optionalFields(call.body);
            if (name !== undefined) changes["name"] = name;
            if (enabled !== undefined) changes["enabled"] = enabled;
            if (midStream !== undefined) changes["mid_stream"] = midStream ?? undefined;
            return changeEntries(document, call.params.id, (entry) => withFields(entry, changes));
          },
          relative: (path) => path.replace(/^client_keys\[\d+\]\.?/, ""),
        }),
    }),
    route({
      method: "DELETE",
      path: "/keys/{id}",
      summary: "removes a key; requests under way end as they would",
      answer: json(saved),
      errors: ["not-found", ...CHANGES],
      handle: (call) =>
        changeConfig(configFile, call, {
          mutate: (document) => changeEntries(document, call.params.id, () => null),
        }),
    }),
    route({
      method: "PUT",
      path: "/keys/access-control",
      summary: "whether clients need a key",
      body: accessControlInput,
      answer: json(saved),
      errors: CHANGES,
      handle: (call) =>
        changeConfig(configFile, call, {
          mutate: (document) =>
            withFields(document, {
              access_control_enabled: call.body.enabled,
              ...(call.body.allow_anonymous_lan !== undefined && {
                allow_anonymous_lan: call.body.allow_anonymous_lan,
              }),
            }),
        }),
    }),
  ];
}

function keyView(key: ClientKey, entry: JsonObject, usage: KeyUsage, nowMs: number): KeyView {
  const expiresAt = isoOrNull(ownValue(entry, "expires_at"));
  const limits = keyLimits.safeParse(ownValue(entry, "limits"));
  const midStream = ownValue(entry, "mid_stream");
  return {
    id: clientKeyId(key),
    label: key.label,
    name: key.name,
    enabled: key.enabled,
    created_at: isoOrNull(key.createdAt),
    expires_at: expiresAt,
    is_expired: expiresAt !== null && Date.parse(expiresAt) <= nowMs,
    limits: limits.success ? limits.data : {},
    mid_stream: typeof midStream === "string" ? midStream : null,
    usage,
  };
}

/** What the seed wrote may be seconds, milliseconds or any text. */
function isoOrNull(value: unknown): string | null {
  const text = String(value ?? "");
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  const date = new Date(number === undefined ? text : number < 1e11 ? number * 1000 : number);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Null or nothing removes a field. */
function optionalFields(input: { expires_at?: string | null | undefined; limits?: unknown }): JsonObject {
  const changes: JsonObject = {};
  if ("expires_at" in input) changes["expires_at"] = input.expires_at ?? undefined;
  if (input.limits !== undefined) changes["limits"] = withoutNulls(input.limits);
  return changes;
}

/** Undefined when nothing is left. */
function withoutNulls(value: unknown): unknown {
  if (!isJsonObject(value)) return value ?? undefined;
  const fields = Object.entries(value).map(([name, inner]) => [name, withoutNulls(inner)] as const);
  const kept = fields.filter(([, inner]) => inner !== undefined);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

function hashOf(entry: unknown): string | undefined {
  if (!isJsonObject(entry)) return undefined;
  const [key, hash] = [ownValue(entry, "key"), ownValue(entry, "hash")];
  if (typeof key === "string") return hashClientKey(key);
  return typeof hash === "string" ? hash.toLowerCase() : undefined;
}

function entriesByHash(document: JsonObject): Map<string, JsonObject> {
  const entries = new Map<string, JsonObject>();
  for (const entry of listIn(document, "client_keys")) {
    const hash = hashOf(entry);
    if (hash !== undefined && !entries.has(hash)) entries.set(hash, entry as JsonObject);
  }
  return entries;
}

/** Changes or removes every entry of one key: the file may hold it twice. */
function changeEntries(document: JsonObject, id: string, change: (entry: JsonObject) => JsonObject | null): JsonObject {
  let isKnown = false;
  const entries = listIn(document, "client_keys").flatMap((entry) => {
    const hash = hashOf(entry);
    if (hash === undefined || clientKeyId({ hash }) !== id) return [entry];
    isKnown = true;
    const changed = change(entry as JsonObject);
    return changed === null ? [] : [changed];
  });
  if (!isKnown) throw new AdminError("not-found", "there is no key of this id");
  return withFields(document, { client_keys: entries });
}
