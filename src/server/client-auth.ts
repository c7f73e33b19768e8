// Who may use the API routes: client keys, and what is open without one.

import type { ClientKey, Config } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";
import type { ClientHeaders } from "../upstream/build-call.ts";

const MAX_KEY_LENGTH = 512;
const MAX_QUERY_KEYS = 4;
/** Hex digits of a key's hash by which it is known outside. */
const CLIENT_KEY_ID_LENGTH = 16;

/** Keys of a configuration by hash. A cache on immutable snapshots, not state. */
const byHash = new WeakMap<Config, ReadonlyMap<string, ClientKey>>();

export interface ClientIdentity {
  /** `sk-abcde…wxyz`; undefined for a caller without a key of ours. */
  readonly label: string | undefined;
  /** First 16 hex digits of the key's SHA-256. */
  readonly id: string | undefined;
  readonly key: ClientKey | undefined;
}

/**
 * Lets a caller in or throws GatewayError `client-unauthenticated`. The key is taken from any place where clients put
 * it; several different ones are refused. With access control off, this machine needs no key, and others only if
 * `allow_anonymous_lan` is set. `wallMs` tells which keys have expired.
 */
export function authenticateClient(
  config: Config,
  headers: ClientHeaders,
  query: string,
  isLocal: () => boolean,
  wallMs: number,
): ClientIdentity {
  if (config.clientKeys.length > 0) {
    const known = new Set<ClientKey>();
    for (const key of presentedKeys(headers, query)) {
      const entry = findKey(config, key);
      if (entry) known.add(entry);
    }
    // Clients may send a foreign key beside ours; two of ours leave open who is asking.
    const [entry] = known;
    if (known.size > 1)
      throw new GatewayError("client-unauthenticated", "expected one API key, found several different ones");
    if (entry?.expiresAtMs !== undefined && entry.expiresAtMs <= wallMs)
      throw new GatewayError("client-unauthenticated", "this API key has expired");
    if (entry) return { label: entry.label, id: entry.hash.slice(0, CLIENT_KEY_ID_LENGTH), key: entry };
  }
  // The seed's words: clients and scripts match on them.
  if (config.accessControlEnabled) throw new GatewayError("client-unauthenticated", "Invalid or missing API key");
  if (config.allowAnonymousLan || isLocal()) return { label: undefined, id: undefined, key: undefined };
  throw closedToRemote();
}

function closedToRemote(): GatewayError {
  return new GatewayError(
    "client-unauthenticated",
    "this gateway answers other machines only with a client key: add one to client_keys, or set allow_anonymous_lan",
  );
}

/** All distinct keys of a request, from the headers and the query parameter that clients use. */
function presentedKeys(headers: ClientHeaders, query: string): string[] {
  const bearer = headers.get("authorization");
  const candidates = [
    headers.get("x-api-key"),
    bearer && /^bearer\s+/i.test(bearer) ? bearer.replace(/^bearer\s+/i, "") : null,
    headers.get("x-goog-api-key"),
    headers.get("api-key"),
    ...(query.includes("key=") ? new URLSearchParams(query).getAll("key").slice(0, MAX_QUERY_KEYS) : []),
  ];
  const present = candidates.filter(
    (key): key is string => key !== null && key.trim() !== "" && key.length <= MAX_KEY_LENGTH,
  );
  return [...new Set(present.map((key) => key.trim()))];
}

function findKey(config: Config, key: string): ClientKey | undefined {
  let map = byHash.get(config);
  if (!map) {
    map = new Map(config.clientKeys.map((entry) => [entry.hash, entry]));
    byHash.set(config, map);
  }
  // The whole key is hashed before it is looked up, so the look-up's timing tells nothing about a key.
  const found = map.get(new Bun.CryptoHasher("sha256").update(key).digest("hex"));
  return found?.enabled ? found : undefined;
}
