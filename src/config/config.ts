// The running configuration: an immutable snapshot. A request keeps the one it started with.
// File names of the fields (snake_case, seed-compatible) are in schema.ts; this is what the program works with.

import type { ProtocolId } from "../core/protocol-id.ts";
import type { UpstreamQuirks } from "../core/upstream-quirks.ts";
import type { Secret } from "../lib/secret.ts";

/** One key of an upstream. */
export interface UpstreamKey {
  /** Fingerprint: first 12 hex digits of the key's SHA-256; stable across saves, safe to log. */
  readonly id: string;
  readonly secret: Secret;
  /** Its place in the file's list, from 0; the list may also hold what is left out here. */
  readonly position: number;
}

/** How a request is authenticated at an upstream; `auto` follows the protocol. */
export type AuthStyle = "auto" | "bearer" | "x-api-key" | "x-goog-api-key" | "api-key" | "none";

/** Milliseconds. 0 switches a limit off where the field says so. */
export interface Timeouts {
  /** TCP and TLS handshake. Default 10 000. */
  readonly connectMs: number;
  /** From request sent to response head, streams only. Default 120 000. */
  readonly firstByteMs: number;
  /** From request sent to the first content, streams only. Default 300 000. */
  readonly firstContentMs: number;
  /** Silence between two chunks of a stream. Default 120 000. */
  readonly idleMs: number;
  /** Whole non-streaming request. Default 600 000. */
  readonly requestMs: number;
  /** Whole stream; 0 for no limit. Default 3 600 000. */
  readonly streamMs: number;
}

/** One upstream as configured. */
export interface UpstreamConfig {
  readonly id: string;
  /** http or https, without trailing slash, user info, query or fragment. */
  readonly baseUrl: string;
  readonly protocol: ProtocolId;
  readonly keys: readonly UpstreamKey[];
  /** Requested model to upstream model; keys may hold `*` (matched after exact names, longest pattern first). */
  readonly modelMap: ReadonlyMap<string, string>;
  /** Lower is tried first; default 999; ties keep file order. */
  readonly priority: number;
  readonly enabled: boolean;
  readonly auth: AuthStyle;
  /** Extra request headers, lower case; never authentication, hop-by-hop or length headers. */
  readonly headers: ReadonlyMap<string, string>;
  readonly timeouts: Timeouts;
  readonly quirks: UpstreamQuirks;
  /** `strict` refuses a conversion that would lose something, before it is sent. */
  readonly lossPolicy: "allow" | "strict";
}

/** A key that clients authenticate with; only its hash is kept. */
export interface ClientKey {
  /** SHA-256 of the whole key, lower-case hex. */
  readonly hash: string;
  /** For people: `sk-abcde…wxyz`. */
  readonly label: string;
  readonly name: string;
  readonly enabled: boolean;
  /** As in the file; undefined when unknown. */
  readonly createdAt?: string | undefined;
}

export interface BreakerSettings {
  /** Consecutive failed requests that open a breaker. Default 3. */
  readonly failureThreshold: number;
  /** How long it stays open. Default 60 000. */
  readonly openMs: number;
}

export interface FailoverSettings {
  /** HTTP statuses that move a request to the next candidate. */
  readonly statuses: ReadonlySet<number>;
  /** Attempts per request, 1 to 100. Default 16. */
  readonly maxAttempts: number;
  /** No new attempt later than this after the request came in. Default 120 000. */
  readonly windowMs: number;
  /** What to do when every candidate's breaker is open. Default `probe`. */
  readonly allOpen: "probe" | "fail_fast";
  /** Show an upstream's 401, 402, 403 to the client as they are. Default false. */
  readonly passUpstreamAuthErrors: boolean;
}

export interface Limits {
  /** Bytes of a request body, after decompression. Default 34 603 008 (33 MiB). */
  readonly maxRequestBytes: number;
  /** Bytes of one stream event. Default 8 388 608. */
  readonly maxEventBytes: number;
  /** Bytes of a whole non-streaming answer. Default 67 108 864. */
  readonly maxResponseBytes: number;
  /** Requests under way at once; more get 503. Default 10 000. */
  readonly maxInflight: number;
}

/** Image and PDF URLs in messages, for upstreams that do not load them by themselves (quirk `fetches_urls`). */
export interface RemoteMediaSettings {
  /**
   * Whether the gateway fetches them and sends their bytes instead. Default false: a client then cannot make the
   * gateway open connections. When true, only https URLs at public addresses are fetched.
   */
  readonly inline: boolean;
  /** Bytes of one file, before base64; larger ones stay URLs. 1024 to 67 108 864, default 10 485 760 (10 MiB). */
  readonly maxBytes: number;
  /** Milliseconds for one file, from name lookup to last byte. 1 to 60 000, default 5 000. */
  readonly timeoutMs: number;
  /** Different URLs fetched for one request, first ones first; the others stay URLs. 1 to 100, default 20. */
  readonly maxItems: number;
}

/** Everything an operator can set, validated and frozen. */
export interface Config {
  /** Counts up with every applied configuration of this process, from 1. */
  readonly version: number;
  /** In file order; enabled or not. */
  readonly upstreams: readonly UpstreamConfig[];
  readonly debugMode: boolean;
  /** As in the file: SHA-256 hex of the seed or an argon2id string; "" when none is set. */
  readonly adminPasswordHash: string;
  readonly accessControlEnabled: boolean;
  readonly clientKeys: readonly ClientKey[];
  /** Lets peers outside this machine use /v1 without a client key. Default false. */
  readonly allowAnonymousLan: boolean;
  readonly breaker: BreakerSettings;
  readonly failover: FailoverSettings;
  readonly limits: Limits;
  /** Silence after which a client gets the status line and keep-alives. Default 10 000. */
  readonly commitHoldMs: number;
  /** Silence between keep-alives to a client. Default 10 000. */
  readonly keepAliveMs: number;
  /**
   * What becomes of a stream that breaks off after content: `restart` begins the answer anew inside the client's
   * message and delivers tool calls whole, `error` tells the client, `auto` restarts for known coding agents only.
   * Default `auto`.
   */
  readonly midStream: "auto" | "restart" | "error";
  /** Days and rows that the request log keeps. Defaults 30 and 1 000 000. */
  readonly logRetention: { readonly days: number; readonly rows: number };
  readonly remoteMedia: RemoteMediaSettings;
}

/** One thing wrong with a configuration: where, what was expected, what was found (secrets masked). */
export interface ConfigProblem {
  /** `upstreams[2].base_url`, or "" for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** 1-based position in the file, where known. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}
