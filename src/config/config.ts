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

/**
 * What becomes of a stream that breaks off after content: `restart` begins the answer anew inside the client's message
 * and delivers tool calls whole, `continue` lets another upstream write on where the text broke off, `error` tells the
 * client, `auto` restarts for known coding agents only.
 */
export type MidStream = "auto" | "restart" | "continue" | "error";

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
  /** The file's breaker settings with this upstream's own over them. */
  readonly breaker: BreakerSettings;
  /** Requests under way at once; 0 for no limit. */
  readonly maxInflight: number;
  /** Goes before the file's; undefined where the upstream has none of its own. */
  readonly midStream?: MidStream | undefined;
}

/** What a client key may do; undefined is no limit. */
export interface KeyLimits {
  /** Names, or patterns with `*`, of models that may be asked for. */
  readonly models?: readonly string[] | undefined;
  /** Ids of upstreams that may be used. */
  readonly upstreams?: ReadonlySet<string> | undefined;
  readonly requestsPerMinute?: number | undefined;
  /** Input and output together. */
  readonly tokensPerMinute?: number | undefined;
  readonly concurrentRequests?: number | undefined;
  /** Of a day or month in UTC; whichever of both is reached first. */
  readonly budget?:
    | {
        readonly period: "day" | "month";
        readonly tokens?: number | undefined;
        readonly usd?: number | undefined;
      }
    | undefined;
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
  /** Goes before the upstream's and the file's. */
  readonly midStream?: MidStream | undefined;
  /** From when on it no longer works, milliseconds since the epoch; undefined for never. */
  readonly expiresAtMs?: number | undefined;
  /** Undefined for a key without any. */
  readonly limits?: KeyLimits | undefined;
}

export interface BreakerSettings {
  /** Consecutive failed requests that open a breaker. Default 3. */
  readonly failureThreshold: number;
  /** How long it stays open. Default 60 000. */
  readonly openMs: number;
  /** Factor by which each further opening without a success in between lengthens it. Default 1: not at all. */
  readonly openMultiplier: number;
  /** Longest opening of a lengthened one. Default 300 000. */
  readonly maxOpenMs: number;
  /** Second rule, for upstreams that flap: a share of failures within a time. Default 60 000. */
  readonly windowMs: number;
  /** Fewest requests within the window. Default 10. */
  readonly windowMinRequests: number;
  /** Share from 0 to 1; 0 switches the rule off. Default 0.5. */
  readonly windowFailureRate: number;
}

/** What to do with answers that the decision table does not know well enough; the first rule that fits holds. */
export interface FailoverRule {
  /** HTTP status; undefined for any. */
  readonly status: number | undefined;
  /** Text of the answer's error, in lower case; undefined for any. */
  readonly contains: string | undefined;
  readonly action: "stop" | "continue";
  /** How long the key is left alone after a `continue`; 0 for not at all. */
  readonly cooldownMs: number;
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
  /** Prompts that are too long for one model go to upstreams with another one. Default false. */
  readonly contextLength: boolean;
  /** Answers refused by a content filter are asked of the next upstream. Default false. */
  readonly contentFilter: boolean;
  /** Requests refused after a conversion go to upstreams of another format. Default false. */
  readonly conversionSuspect: boolean;
  readonly rules: readonly FailoverRule[];
  /** Further attempts that each request adds to what all of them may use. Default 0.2. */
  readonly retryRatio: number;
  /** Further attempts per second that are always allowed, ten seconds of them at once. Default 10. */
  readonly retryPerSecond: number;
  /** Clients are told to come back after this time at the latest; 0 tells the truth. Default 0. */
  readonly retryAfterCapMs: number;
  /** Walks through all candidates that a coding agent's request may make. Default 3. */
  readonly agentRounds: number;
  /** How long a coding agent's request waits for an upstream that is about to be usable. Default 5000. */
  readonly agentWaitMs: number;
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
  /** The same for each upstream that has no limit of its own; a full one is passed over. Default 0: no limit. */
  readonly maxInflightPerUpstream: number;
  /** The same for each client key, or each address where there is none; more get 429. Default 0: no limit. */
  readonly maxInflightPerClient: number;
  /** New requests get 503 while the program is later than this. Default 5000, 0 for never. */
  readonly maxLoopDelayMs: number;
  /** New requests get 503 from 85 % of this on; 0 takes the container's limit, if there is one. Default 0. */
  readonly maxMemoryBytes: number;
  /** Silence inside a request body. Default 30 000. */
  readonly bodyIdleMs: number;
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

/** What the administrator's routes and the console accept. */
export interface AdminSettings {
  /** Names, lower case, under which they answer besides addresses and local names; `*.` stands for all names below. */
  readonly allowedHosts: readonly string[];
  /** Whether scripts may send the password with each request as `x-admin-password`. Default true. */
  readonly passwordHeader: boolean;
}

/** A price of the operator's own, US dollars per million tokens; a rate that is null is not known. */
export interface PriceOverride {
  /** As sent to the upstream or asked for; `*` stands for any text. */
  readonly model: string;
  /** Undefined for all upstreams. */
  readonly upstreamId: string | undefined;
  readonly input: number | null;
  readonly output: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  /** Null: as output. */
  readonly reasoning: number | null;
}

/** The metrics page. */
export interface MetricsSettings {
  /** Bearer token that it asks for; without one it answers this machine only. */
  readonly token: Secret | undefined;
}

/** Where traces and metrics go, by OTLP over HTTP. */
export interface OtelSettings {
  /** Base URL of the collector, without `/v1/traces`; undefined sends nothing. */
  readonly endpoint: string | undefined;
  /** Lower case. */
  readonly headers: ReadonlyMap<string, Secret>;
  /** Default `apirouter`. */
  readonly serviceName: string;
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
  /** What upstreams without timeouts of their own have. */
  readonly timeouts: Timeouts;
  /** Silence after which a client gets the status line and keep-alives. Default 10 000. */
  readonly commitHoldMs: number;
  /** Silence between keep-alives to a client. Default 10 000. */
  readonly keepAliveMs: number;
  /** How long a client may leave a full buffer unread before it is dropped. Default 120 000. */
  readonly clientStallMs: number;
  /** How long running answers may go on after the program was told to stop. Default 30 000. */
  readonly drainMs: number;
  /** Default `auto`. */
  readonly midStream: MidStream;
  /** Days and rows that the request log keeps. Defaults 30 and 1 000 000. */
  readonly logRetention: { readonly days: number; readonly rows: number };
  readonly remoteMedia: RemoteMediaSettings;
  /** Prices that win over the bundled table; in file order. */
  readonly prices: readonly PriceOverride[];
  readonly metrics: MetricsSettings;
  readonly otel: OtelSettings;
  readonly admin: AdminSettings;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. Default none. */
  readonly trustedProxies: readonly string[];
  /** Origins (`https://chat.example`) whose pages may use the API routes while access control is off. Default none. */
  readonly allowedOrigins: readonly string[];
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
